"""The services room of groups: one module per subject."""
