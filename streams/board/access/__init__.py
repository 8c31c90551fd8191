"""Who may see and do what on the board: signing in, sessions, and everything that stands between it and the network."""
