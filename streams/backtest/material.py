"""What a backtest is run on, as events: files through intake, a simulated city, or events that intake made before."""

from __future__ import annotations

import gzip
import zlib
from collections.abc import Callable, Iterable, Iterator
from datetime import datetime
from io import BufferedReader
from pathlib import Path
from typing import BinaryIO

import msgspec

from detectors.areas import AreaTree
from detectors.event import Event
from streams.backtest.trial import Account
from streams.codec import decode_event, encode
from streams.errors import NO_JSON, BadInput, ConfigurationError, Fault
from streams.intake.intake import Intake
from streams.settings import reason
from streams.simulate import Delays, Scenario, Simulation, simulate
from streams.simulate.filing import Draft
from streams.sources.mapping_row import Row, RowOk
from streams.sources.report import Report

_TELL_ROWS = 2_000


def of_rows(rows: Iterable[Row], intake: Intake, account: Account, now: float) -> Iterator[Event]:
    """Yield the events that rows of files become; count the others.

    Parameters
    ----------
    rows
        In the order of event time.
    intake
        Normalises them.
    account
        Where those are counted that cannot become events.
    now
        Present time, which rows may not lie beyond, epoch seconds.

    """
    for row in rows:
        if isinstance(row, RowOk):
            yield from _normalised(row.report, intake, account, now)
        else:
            account.bury(row.reason)


def of_drafts(
    drafts: Iterable[Draft], intake: Intake, account: Account, now: float, misread: set[str]
) -> Iterator[Event]:
    """Yield the events that simulated reports become, as `of_rows`; add those taken for another kind to `misread`."""
    for draft in drafts:
        for event in _normalised(draft.report, intake, account, now):
            if event.kind != draft.kind:
                misread.add(event.id)
            yield event


def _normalised(report: Report, intake: Intake, account: Account, now: float) -> tuple[Event, ...]:
    try:
        return (intake.normalise(report, now),)
    except BadInput as bad:
        account.bury(bad.reason)
        return ()


def staged_days(
    scenarios: Iterable[Scenario],
    *,
    areas: AreaTree,
    start: datetime,
    days: float,
    seed: int,
    daily: float,
    late_s: float,
) -> Simulation:
    """Simulate a city in which the same scenarios are played every day, each time at other places.

    Parameters
    ----------
    scenarios
        What is played, with times from midnight on.
    areas
        The city.
    start
        Local midnight the first day begins with.
    days
        How long, days.
    seed
        Same seed, same days.
    daily
        Mean reports a day of plain life.
    late_s
        Allowed lateness the delays of reports are made for, seconds.

    """
    each = list(scenarios)
    played = [
        msgspec.structs.replace(one, at_h=one.at_h + 24.0 * day)
        for day in range(int(-(-days // 1)))
        for one in each
        if one.at_h + 24.0 * day < 24.0 * days
    ]
    delays = Delays(lateness_s=late_s)
    return simulate(areas=areas, start=start, days=days, seed=seed, daily_events=daily, scenarios=played, delays=delays)


def of_events_file(path: Path, told: Callable[[int], None]) -> Iterator[Event]:
    """Yield the events of a file of JSON Lines, as they are on the ``events`` topic.

    Parameters
    ----------
    path
        The file; gzipped when its name ends in ``.gz``.
    told
        Called now and then with the number of bytes of the file that have been read.

    Raises
    ------
    ConfigurationError
        When it cannot be read, or a line is no event.

    """
    try:
        with path.open("rb") as raw:
            file = BufferedReader(gzip.GzipFile(fileobj=raw), 1 << 17) if path.suffix == ".gz" else raw
            for number, line in enumerate(file, start=1):
                if number % _TELL_ROWS == 0:
                    told(raw.tell())
                if not line.isspace():
                    yield _event(line, path, number)
    except (OSError, EOFError, zlib.error) as error:
        said = reason(error) if isinstance(error, OSError) and error.strerror else "is not gzip, or was cut off"
        raise ConfigurationError([Fault(str(path), "--events", f"cannot be read: {said}")]) from error


def _event(line: bytes, path: Path, number: int) -> Event:
    try:
        return decode_event(line)
    except NO_JSON as error:
        said, _, where = str(error).partition(" - at `")
        message = f"is no event ({said}): write such a file with --save-events, or give MAPPING FILE for raw reports"
        raise ConfigurationError([Fault(str(path), where.rstrip("`"), message, number)]) from error


def kept(events: Iterable[Event], file: BinaryIO) -> Iterator[Event]:
    """Yield events, and write each as one line of JSON."""
    for event in events:
        file.write(encode(event) + b"\n")
        yield event
