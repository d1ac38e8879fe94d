"""Writes of the committee's room."""
