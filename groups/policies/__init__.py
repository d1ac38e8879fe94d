"""Who may do what with rosters and groups, and which rows one may know of."""
