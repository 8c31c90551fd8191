"""The plain commands: what they print, and the bars they show meanwhile."""

from __future__ import annotations

import time
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from rich.table import Table

from streams import topics
from streams.bars import console, progress, rate
from streams.demo_day import BEGINS
from streams.errors import ConfigurationError, Fault
from streams.feed import Fed, feed_reports, parcels
from streams.intake.places import load_areas
from streams.interrupt import Interrupt
from streams.outputs import output_faults
from streams.settings import Settings, reason
from streams.simulate import load_scenarios, simulate, write_jsonl
from streams.sources.mapping import Mapping, Row, load_mapping, read_ordered, shipped_mappings
from streams.tail import sizes


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
    """Send files to their topics, with a bar, and print what was sent.

    Raises
    ------
    KeyboardInterrupt
        After Ctrl-C; what has been sent by then is confirmed and told.

    """
    interrupt = Interrupt()
    rows = _read(inputs)
    began = time.monotonic()
    with progress("sending", len(rows)) as bar:

        def told(fed: Fed) -> None:
            reached = "" if fed.reached is None else f"{datetime.fromtimestamp(fed.reached, UTC):%Y-%m-%d %H:%M}Z"
            bar.update(bar.task_ids[0], completed=fed.rows, rate=rate(fed.rows, began), also=reached)

        with interrupt.heard():
            fed = feed_reports(parcels(rows), settings, speed=speed, told=told, stopped=lambda: interrupt.came)
    if interrupt.came:
        console().print(f"Interrupted: {fed.rows:,} of {len(rows):,} rows were sent", style="bold yellow")
    _print_fed(fed, settings, time.monotonic() - began)
    interrupt.check()
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
    if fed.bad:
        where = f" --prefix {settings.prefix}" if settings.prefix else ""
        said = f"`fenghuo dead-letters list{where}` tells which, and why"
        console().print(said, style="yellow", soft_wrap=True, markup=False)


def simulate_to(
    out: Path,
    truth: Path | None,
    settings: Settings,
    *,
    start: datetime | None,
    days: float,
    seed: int,
    daily_events: float,
    scenarios: Sequence[str],
) -> int:
    """Write a simulation to files, with a bar; return the number of reports.

    Raises
    ------
    ConfigurationError
        With every fault of area file and scenarios, or when a file cannot be written.

    """
    faults = output_faults({"--out": out, "--truth": truth}, [])
    if start is not None and not 1900 <= start.year <= 2200:  # noqa: PLR2004 - years there are calendars for
        faults.append(Fault("--start", "", f"{start.date()} does not lie between 1900 and 2200"))
    if faults:
        raise ConfigurationError(faults)
    areas = load_areas(settings.areas)
    simulation = simulate(
        areas=areas,
        start=(start or BEGINS).replace(tzinfo=areas.zone),
        days=days,
        seed=seed,
        daily_events=daily_events,
        scenarios=load_scenarios(scenarios),
    )
    began = time.monotonic()
    with progress("simulating", simulation.expected) as bar:

        def told(count: int) -> None:
            bar.update(bar.task_ids[0], completed=count, rate=rate(count, began))

        try:
            count = write_jsonl(simulation, out, truth, told)
        except OSError as error:
            raise ConfigurationError(
                [Fault(str(error.filename or out), "", f"cannot be written: {reason(error)}")]
            ) from error
    console().print(f"{count:,} reports to {out}" + (f", {len(simulation.truth)} truths to {truth}" if truth else ""))
    return count
