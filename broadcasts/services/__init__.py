"""Every write of broadcasts."""
