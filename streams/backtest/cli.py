"""The command line: `fenghuo backtest`."""

# ruff: noqa: PLC0415 - as in `streams.cli`
from __future__ import annotations

from datetime import time
from pathlib import Path
from typing import Annotated, NamedTuple

import typer

from streams.options import Areas, Bootstrap, Language, Lessons, Prefix, Scenarios, settings_of


class Shifts(NamedTuple):
    """Local times at which shifts begin, in order."""

    begins: tuple[time, ...]


def shifts(value: str) -> Shifts:
    """Read the beginnings of shifts: ``0,8,16`` or ``07:30,19:30``."""
    try:
        begins = [time.fromisoformat(one.strip().rjust(2, "0" if one.strip() else "?")) for one in value.split(",")]
    except ValueError:
        begins = []
    if not begins or begins != sorted(set(begins)):
        raise typer.BadParameter(f"{value!r} is no list of local times in order such as 00:00,08:00,16:00")
    return Shifts(tuple(begins))


def backtest(
    inputs: Annotated[
        list[str] | None, typer.Argument(metavar="[MAPPING FILE... [MAPPING FILE...]]", show_default=False)
    ] = None,
    book: Annotated[str | None, typer.Option(help="Folder of the rule book, or `shipped`; else FENGHUO_BOOK.")] = None,
    against: Annotated[str | None, typer.Option(help="Folder of the book to hold it against, or `shipped`.")] = None,
    topic: Annotated[bool, typer.Option("--topic", help="Run on the recorded events topic.")] = False,  # noqa: FBT002 - a flag
    events: Annotated[Path | None, typer.Option(help="Run on events that --save-events wrote.")] = None,
    simulate: Annotated[float | None, typer.Option(help="Run on so many simulated days.", min=0.01, max=3_660)] = None,
    seed: Annotated[int, typer.Option(help="Of the simulation: same seed, same days.")] = 1,
    daily: Annotated[float, typer.Option(help="Mean reports a simulated day.", min=0, max=10_000_000)] = 3_000.0,
    scenario: Scenarios = None,
    truth: Annotated[Path | None, typer.Option(help="What really happened, JSON lines; a simulation knows.")] = None,
    feedback: Annotated[Path | None, typer.Option(help="Verdicts on alerts, 属实 or 误报, JSON lines.")] = None,
    context: Annotated[Path | None, typer.Option(help="What was declared of areas, JSON lines; not --topic.")] = None,
    lessons: Lessons = None,
    early: Annotated[float, typer.Option(help="Hours an alert may come before what it is about.", min=0)] = 1.0,
    late: Annotated[float, typer.Option(help="Hours an alert may come after its end.", min=0)] = 1.0,
    shift: Annotated[
        Shifts, typer.Option("--shifts", help="Local times shifts begin at.", parser=shifts, metavar="HH:MM,...")
    ] = "00:00,08:00,16:00",  # type: ignore[assignment]
    show: Annotated[int, typer.Option(help="Print so many of the alerts that differ.", min=0)] = 20,
    json: Annotated[Path | None, typer.Option(help="Write the report here as JSON.")] = None,
    html: Annotated[Path | None, typer.Option(help="Write it here as one self-contained page.")] = None,
    save_events: Annotated[Path | None, typer.Option(help="Write the events here, .jsonl or .jsonl.gz.")] = None,
    areas: Areas = None,
    bootstrap: Bootstrap = None,
    prefix: Prefix = None,
    lang: Language = "zh",
) -> None:
    """Say what a rule book would have done: load, precision, recall, lead time, and the difference to another book."""
    given = (bool(inputs), topic, events is not None, simulate is not None)
    if sum(given) != 1:
        raise typer.BadParameter("give one of MAPPING FILE..., --topic, --events FILE, --simulate DAYS")
    if simulate is not None and truth is not None:
        raise typer.BadParameter("--truth is for files and topics: a simulation knows what it staged")
    if simulate is not None and feedback is not None:
        raise typer.BadParameter("--feedback is for files and topics: nobody has looked into simulated alerts")
    if topic and context is not None:
        raise typer.BadParameter("--context goes with files: the recorded topic holds what was declared")
    if lessons is not None and (topic or events is not None):
        raise typer.BadParameter("--lessons is for MAPPING FILE... and --simulate: these events have their kinds")
    if save_events is not None and (topic or events is not None):
        raise typer.BadParameter("--save-events is for MAPPING FILE... and --simulate: these are events already")
    folder = None if book in {None, "shipped"} else book
    settings = settings_of(bootstrap, prefix, book=folder, areas=areas)
    from streams.backtest.command import SHIPPED
    from streams.backtest.command import backtest as run
    from streams.backtest.matching import Tolerance
    from streams.backtest.order import Order
    from streams.backtest.tables import print_report
    from streams.feed import read_inputs

    report = run(
        Order(
            book=book or settings.book or SHIPPED,
            against=against,
            inputs=read_inputs(inputs) if inputs else [],
            topic=topic,
            events=events,
            simulated_days=simulate,
            seed=seed,
            daily=daily,
            scenarios=tuple(scenario or ("demo-day",)),
            truth=truth,
            feedback=feedback,
            context=context,
            lessons=lessons,
            areas=areas,
            json=json,
            html=html,
            save_events=save_events,
            tolerance=Tolerance(early_s=3_600 * early, late_s=3_600 * late),
            shifts=shift.begins,
            lang=lang,
        ),
        settings,
    )
    print_report(report, lang, shown=show, written=[path for path in (json, html, save_events) if path])
