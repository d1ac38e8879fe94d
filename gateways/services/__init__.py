"""The services room of gateways: one module per subject."""
