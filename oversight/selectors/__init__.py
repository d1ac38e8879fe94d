"""Reads of the committee's room, each for an actor."""
