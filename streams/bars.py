"""Progress bars on the terminal."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, Progress, ProgressColumn, SpinnerColumn, Task, TextColumn, TimeElapsedColumn
from rich.text import Text as Styled


def console() -> Console:
    """Return where figures and tables go."""
    return Console(highlight=False)


class _Done(ProgressColumn):
    """How much is done, and of how much when that is known."""

    def render(self, task: Task) -> Styled:
        """Return ``1,200/3,000``, ``1,200`` without a total, nothing while there is nothing to count."""
        return Styled(done_of(int(task.completed), None if task.total is None else int(task.total)))


def done_of(done: int, total: int | None) -> str:
    """Return how much is done, and of how much when that is known."""
    if total is not None:
        return f"{done:,}/{total:,}"
    return f"{done:,}" if done else ""


@contextmanager
def progress(what: str, total: int | None, *, also: str = "{task.fields[also]}") -> Iterator[Progress]:
    """Show one bar on standard error while the block runs; nothing where that is no terminal, or in the background."""
    err = Console(stderr=True, highlight=False)
    columns = (
        SpinnerColumn(),
        TextColumn("{task.description}"),
        BarColumn(),
        _Done(),
        TextColumn("{task.fields[rate]}", style="cyan"),
        TextColumn(also, style="dim"),
        TimeElapsedColumn(),
    )
    watched = err.is_terminal and threading.current_thread() is threading.main_thread()
    with Progress(*columns, console=err, disable=not watched, transient=True) as bar:
        bar.add_task(what, total=total, also="", rate="")
        yield bar


def rate(done: int, began: float) -> str:
    """Return how many a second since `began` (`time.monotonic`)."""
    elapsed = time.monotonic() - began
    return f"{done / elapsed:,.0f}/s" if elapsed > 0 else ""
