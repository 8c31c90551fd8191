"""What can be set, what is set, and whether it can be used."""
