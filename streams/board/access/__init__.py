"""Who may look at the board: signing in, sessions, and what guards the pages."""
