"""The forms room of groups: one module per subject."""
