"""Every write on tips; one module per part of their life."""
