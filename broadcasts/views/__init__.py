"""Doors of broadcasts."""
