"""Ctrl-C in the middle of long work that has something to show for itself, and signals that come before any work."""

from __future__ import annotations

import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import typer

_ENDING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class Interrupt:
    """Whether Ctrl-C was pressed, or a signal came that does here what Ctrl-C does.

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
        alike = [number for number in _ENDING if signal.getsignal(number) is signal.default_int_handler]
        before = {number: signal.signal(number, self._note) for number in {signal.SIGINT, *alike}}
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)

    def check(self) -> None:
        """Do now what Ctrl-C does.

        Raises
        ------
        KeyboardInterrupt
            When it was pressed.

        """
        if self.came:
            raise KeyboardInterrupt

    def _note(self, number: int, _: object) -> None:
        self.came = True
        signal.signal(number, signal.default_int_handler)


@contextmanager
def before_the_start(of: str) -> Iterator[Callable[[], None]]:
    """End the command with a line and exit code 0 when a signal comes before a process has handlers of its own.

    What a signal cuts off may be an import, which says that a module is missing, or goes on as if nothing had been. So
    it is not looked at how the block ends, and the block asks once more when its imports are done.

    Parameters
    ----------
    of
        What does not start then, for the line.

    Yields
    ------
    What to call when all is imported.

    """
    told = False

    def stop(*_: object) -> None:
        nonlocal told
        told = True
        raise KeyboardInterrupt

    def go_on() -> None:
        if told:
            raise KeyboardInterrupt

    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, stop)
    try:
        yield go_on
    except BaseException:
        if not told:
            raise
        typer.echo(f"fenghuo: {of} was stopped before it had started", err=True)
        raise typer.Exit(0) from None
