"""Who may see, draft, decide and sign in the committee's room."""
