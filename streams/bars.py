"""Progress bars on the terminal."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn


def console() -> Console:
    """Return where figures and tables go."""
    return Console(highlight=False)


@contextmanager
def progress(what: str, total: int | None, *, also: str = "{task.fields[also]}") -> Iterator[Progress]:
    """Show one bar on standard error while the block runs; nothing where that is no terminal."""
    err = Console(stderr=True, highlight=False)
    columns = (
        SpinnerColumn(),
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("{task.fields[rate]}", style="cyan"),
        TextColumn(also, style="dim"),
        TimeElapsedColumn(),
    )
    with Progress(*columns, console=err, disable=not err.is_terminal, transient=True) as bar:
        bar.add_task(what, total=total, also="", rate="")
        yield bar


def rate(done: int, began: float) -> str:
    """Return how many a second since `began` (`time.monotonic`)."""
    elapsed = time.monotonic() - began
    return f"{done / elapsed:,.0f}/s" if elapsed > 0 else ""
