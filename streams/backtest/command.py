"""`fenghuo backtest`: reads what it is told to, runs the books, writes what came of it."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

import msgspec

from detectors.areas import AreaTree
from detectors.taxonomy import load_taxonomy
from rules.book import Book
from streams.assembly import Parts, read_book
from streams.backtest.compose import Entrant, compose
from streams.backtest.feedback import read_feedback
from streams.backtest.order import Order
from streams.backtest.page import page
from streams.backtest.report import Report
from streams.backtest.running import run_order
from streams.backtest.trial import TrialParts
from streams.backtest.truthfile import read_truth
from streams.context import load_declarations
from streams.errors import ConfigurationError, Fault
from streams.intake.hazards import load_hazards
from streams.intake.intake import Intake
from streams.intake.places import load_areas
from streams.lessons import load_lessons, teach
from streams.outputs import output_faults
from streams.settings import Settings, reason

SHIPPED = "shipped"
T = TypeVar("T")


def backtest(order: Order, settings: Settings) -> Report:
    """Run a backtest and write what is to be written.

    Raises
    ------
    ConfigurationError
        With every fault of books, truth and files, before anything is run; or when there was no event at all.
    BrokerUnavailable
        When the broker does not answer, or the topics are not there.

    """
    faults = _output_faults(order)
    areas = _gathered(faults, lambda: load_areas(_areas_name(order, settings)))
    taxonomy = load_taxonomy()
    named = [order.book, *([] if order.against is None else [order.against])]
    books = [_gathered(faults, lambda name=name: _book(name)) for name in named]  # type: ignore[misc]
    truths = None
    if order.truth is not None and areas is not None:
        file = order.truth
        truths = _gathered(faults, lambda: read_truth(file, areas, taxonomy))
    declarations = feedback = lessons = None
    if order.lessons is not None:
        file_of_lessons = order.lessons
        lessons = _gathered(faults, lambda: load_lessons(file_of_lessons, taxonomy.kinds))
    if order.context is not None:
        context = order.context
        declarations = _gathered(faults, lambda: load_declarations(context))
    if order.feedback is not None:
        verdicts, known = order.feedback, {rule.id for book in books if book is not None for rule in book.rules}
        feedback = _gathered(faults, lambda: read_feedback(verdicts, known if None not in books else ()))
    if faults or areas is None:
        raise ConfigurationError(faults)
    parts = _parts(areas, settings, books[0])
    teach(parts.intake, lessons or ())
    trial = TrialParts.of(parts, [book for book in books if book is not None])
    truths = run_order(order, settings, trial, declarations) or truths
    if not trial.account.verdicts["ACCEPTED"]:
        raise ConfigurationError([Fault(order.source.en, "", _nothing(trial.account.dead))])
    entrants = [Entrant(*each) for each in zip(named, trial.books, trial.ledgers, strict=True)]
    report = compose(
        entrants,
        trial.account,
        areas,
        source=order.source,
        truths=truths,
        feedback=feedback,
        tolerance=order.tolerance,
        shifts=order.shifts,
    )
    _write(order.json, lambda: msgspec.json.format(msgspec.json.encode(report), indent=1) + b"\n")
    _write(order.html, lambda: page(report, order.lang).encode())
    return report


def _parts(areas: AreaTree, settings: Settings, book: Book | None) -> Parts:
    """Return the parts of a pipeline; reporters are hashed with a key made up for this run, see `assemble_for`."""
    taxonomy = load_taxonomy()
    register = load_hazards(Path(settings.hazards), areas) if settings.hazards else None
    key = settings.secret() if settings.reporter_key or settings.reporter_key_file else os.urandom(32)
    intake = Intake(areas=areas, taxonomy=taxonomy, reporter_key=key, hazards=register)
    assert book is not None  # noqa: S101 - a book with faults has been told of
    return Parts(areas, taxonomy, book, intake)


def _book(name: str) -> Book:
    return read_book("" if name == SHIPPED else name, load_taxonomy())


def _areas_name(order: Order, settings: Settings) -> str:
    if order.areas is not None or not order.inputs:
        return order.areas or settings.areas
    named = sorted({mapping.areas for mapping, _ in order.inputs})
    if len(named) > 1:
        message = f"mappings of different cities ({', '.join(named)}): say which area tree to use with --areas"
        raise ConfigurationError([Fault("backtest", "", message)])
    return named[0]


def _gathered(faults: list[Fault], load: Callable[[], T]) -> T | None:
    """Return what `load` returns, or add its faults to the others."""
    try:
        return load()
    except ConfigurationError as error:
        faults += error.faults
        return None


def _nothing(dead: Counter[str]) -> str:
    if not dead:
        return "no event in it: nothing to test a book on"
    reasons = ", ".join(f"{count:,} {reason}" for reason, count in sorted(dead.items()))
    return f"no row of it can become an event ({reasons}): `fenghuo replay --dead FILE` tells why, row by row"


def _output_faults(order: Order) -> list[Fault]:
    """Return what is wrong with the files to be written, and with those to be read beside the source."""
    beside = (order.events, order.truth, order.context, order.feedback, order.lessons)
    read = [path for path in (*beside, *(path for _, path in order.inputs)) if path is not None]
    outputs = {"--json": order.json, "--html": order.html, "--save-events": order.save_events}
    return output_faults(outputs, read)


def _write(path: Path | None, content: Callable[[], bytes]) -> None:
    if path is None:
        return
    try:
        path.write_bytes(content())
    except OSError as error:
        raise ConfigurationError([Fault(str(path), "", f"cannot be written: {reason(error)}")]) from error
