"""The duty board: a live page for the floor of an operations centre. A reader of topics and a writer of commands."""
