"""What the app registers for rosters: menu entries, figures, work for today, holdings, recurring jobs."""
