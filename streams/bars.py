"""The long steps as a person sees them: progress bars, tables and closing summaries on the terminal."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn
from rich.table import Table

from streams import topics
from streams.feed import Fed, feed_reports, parcels
from streams.settings import Settings
from streams.sources.mapping import Mapping, Row, load_mapping, read_ordered, shipped_mappings
from streams.tail import sizes


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


def list_mappings() -> None:
    """Print the shipped mappings."""
    table = Table("mapping", "areas", "sources", "what it maps", box=None, padding=(0, 2, 0, 0), header_style="bold")
    for name in shipped_mappings():
        mapping = load_mapping(name)
        table.add_row(f"[cyan]{name}", mapping.areas, ", ".join(mapping.sources), mapping.description.partition(".")[0])
    console().print(table)


def list_topics(settings: Settings) -> None:
    """Print the topics that exist, with the number of records in each."""
    table = Table("topic", "partitions", "records", "kept", box=None, padding=(0, 2, 0, 0), header_style="bold")
    table.columns[1].justify = table.columns[2].justify = "right"
    counted = sizes(settings, [spec.name for spec in topics.specs()])
    for spec in topics.specs():
        counts = counted[spec.name]
        kept = "latest of each key" if spec.keep_days is None else f"{spec.keep_days} days"
        if counts is None:
            table.add_row(settings.topic(spec.name), "-", "missing", kept, style="dim")
        else:
            table.add_row(settings.topic(spec.name), str(len(counts)), f"{sum(counts):,}", kept)
    console().print(table)


def feed_files(inputs: list[tuple[Mapping, Path]], settings: Settings, speed: float | None) -> Fed:
    """Send files to their topics, with a bar, and print what was sent."""
    rows = _read(inputs)
    began = time.monotonic()
    with progress("sending", len(rows)) as bar:

        def told(fed: Fed) -> None:
            reached = "" if fed.reached is None else f"{datetime.fromtimestamp(fed.reached, UTC):%Y-%m-%d %H:%M}Z"
            bar.update(bar.task_ids[0], completed=fed.rows, rate=rate(fed.rows, began), also=reached)

        fed = feed_reports(parcels(rows), settings, speed=speed, told=told)
    _print_fed(fed, settings, time.monotonic() - began)
    strange = ", ".join(sorted({mapping.areas for mapping, _ in inputs} - {settings.areas}))
    if strange:
        console().print(f"Their places are in the area tree [bold]{strange}[/]: workers need FENGHUO_AREAS={strange}")
    return fed


def _read(inputs: list[tuple[Mapping, Path]]) -> list[Row]:
    """Read files, with a bar, and return their rows in the order of event time."""
    began = time.monotonic()
    with progress("reading", None) as bar:

        def told(rows: int) -> None:
            bar.update(bar.task_ids[0], completed=rows, rate=rate(rows, began))

        return list(read_ordered(inputs, told))


def _print_fed(fed: Fed, settings: Settings, elapsed_s: float) -> None:
    table = Table(box=None, padding=(0, 2, 0, 0), show_header=False)
    table.add_column(style="dim")
    table.add_column(justify="right")
    table.add_row("rows sent and confirmed", f"[bold]{fed.rows:,}")
    for topic, count in sorted(fed.by_topic.items()):
        table.add_row(f"  to {settings.topic(topic)}", f"{count:,}")
    table.add_row("of them not usable, for the dead letters", f"{fed.bad:,}")
    table.add_row("rows a second", f"{fed.rows / elapsed_s:,.0f}")
    console().print(table)
