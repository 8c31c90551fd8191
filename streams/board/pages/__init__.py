"""The pages of the board, one file each: a module with a ``PAGE`` is all it takes."""
