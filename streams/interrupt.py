"""Ctrl-C in the middle of long work that has something to show for itself."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from contextlib import contextmanager


class Interrupt:
    """Whether Ctrl-C was pressed.

    The first time is only noted: whoever works stops where what has been done adds up. The second time is Python's own.

    Attributes
    ----------
    came
        Whether it was.

    """

    def __init__(self) -> None:
        self.came = False

    @contextmanager
    def heard(self) -> Iterator[None]:
        """Listen while the block runs."""
        before = signal.signal(signal.SIGINT, self._note)
        try:
            yield
        finally:
            signal.signal(signal.SIGINT, before)

    def check(self) -> None:
        """Do now what Ctrl-C does.

        Raises
        ------
        KeyboardInterrupt
            When it was pressed.

        """
        if self.came:
            raise KeyboardInterrupt

    def _note(self, *_: object) -> None:
        self.came = True
        signal.signal(signal.SIGINT, signal.default_int_handler)
