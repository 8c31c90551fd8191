"""`fenghuo report`: reads what it is about, makes it, writes it."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

import msgspec

from detectors.areas import AreaTree
from detectors.taxonomy import load_taxonomy
from rules.alert import Text
from streams.assembly import read_book
from streams.bookshop import book_in_force
from streams.errors import ConfigurationError, Fault
from streams.intake.places import load_areas
from streams.language import Lang
from streams.report.compose import compose
from streams.report.figures import Report
from streams.report.page import page
from streams.report.period import Period, read_day, read_week
from streams.report.reading import names_for, read_file, read_topics
from streams.settings import Settings, reason


class Subject(NamedTuple):
    """What a report is about: a city, and a period of its local time."""

    areas: AreaTree
    period: Period


def read_period(settings: Settings, day: str | None, week: str | None) -> Subject:
    """Return the city and the period that was asked for.

    Raises
    ------
    ConfigurationError
        When it is not exactly one day or week, or there is no such.

    """
    areas = load_areas(settings.areas)
    if (day is None) == (week is None):
        raise ConfigurationError([Fault("--day, --week", "", "give one of them: --day 2026-01-05 or --week 2026-W02")])
    try:
        period = read_day(day, areas.zone) if day is not None else read_week(week or "", areas.zone)
    except (ValueError, OverflowError) as error:
        option, given, like = ("--day", day, "2026-01-05") if day is not None else ("--week", week, "2026-W02")
        raise ConfigurationError([Fault(option, "", f"{given!r} is none: write it as {like}")]) from error
    return Subject(areas, period)


def make_report(
    settings: Settings,
    subject: Subject,
    *,
    as_of: datetime | None,
    restricted: bool,
    file: Path | None,
    exercise: bool = False,
) -> Report:
    """Return the report.

    Parameters
    ----------
    settings
        Cluster, prefix, rule book.
    subject
        What it is about.
    as_of
        Local time until when what became of alerts counts; ``None`` for now, of a file for all there is.
    restricted
        Count alerts that only the duty desk may see, too.
    file
        Alerts that a replay wrote, instead of the topics.
    exercise
        Count the alerts of exercises and no others.

    Raises
    ------
    ConfigurationError
        When the file cannot be read, or holds what is no alert.
    BrokerUnavailable
        When the broker does not answer, or the topics are not there.

    """
    areas, period = subject
    taxonomy = load_taxonomy()
    material = read_file(file) if file is not None else read_topics(settings, period, restricted=restricted)
    material = msgspec.structs.replace(material, exercise=exercise)
    own = file is not None  # no topics to ask
    book = read_book(settings.book, taxonomy, examples=False) if own else book_in_force(settings, taxonomy)
    until = datetime.now(UTC) if as_of is None else as_of.replace(tzinfo=areas.zone).astimezone(UTC)
    city = Text(areas.name, areas.english.get(areas.name, areas.name))
    return compose(material, period, until, city, names_for(areas, taxonomy, book))


def write(report: Report, lang: Lang, *, page_to: Path | None, json_to: Path | None) -> list[Path]:
    """Write a report as a page and as JSON; return where to.

    Raises
    ------
    ConfigurationError
        With every file that cannot be written.

    """
    texts = {page_to: page(report, lang).encode(), json_to: msgspec.json.format(msgspec.json.encode(report)) + b"\n"}
    faults, written = [], []
    for path, text in texts.items():
        try:
            if path is not None:
                path.write_bytes(text)
                written.append(path)
        except OSError as error:
            faults.append(Fault(str(path), "", f"cannot be written: {reason(error)}"))
    if faults:
        raise ConfigurationError(faults)
    return written
