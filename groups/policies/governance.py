"""Permissions of governance."""
