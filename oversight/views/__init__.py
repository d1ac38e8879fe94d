"""Pages of the committee's room."""
