"""Shapes of input of the committee's room."""
