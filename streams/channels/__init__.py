"""How messages leave: one file a channel, found by itself when it is put here."""
