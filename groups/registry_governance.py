"""What the app registers for governance: menu entries, figures, work for today, holdings, recurring jobs."""
