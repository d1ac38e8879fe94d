"""The views room of groups: one module per subject."""
