"""The selectors room of groups: one module per subject."""
