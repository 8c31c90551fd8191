"""Runs the examples of a rule: a synthetic place, the events of the example, and what the rule says of them."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Literal

import msgspec

from detectors.areas import AreaTree
from detectors.event import Event, Place
from detectors.localtime import DayKinds, LocalDays
from detectors.norms import Norms
from detectors.taxonomy import Taxonomy
from rules.alert import Alert
from rules.book import Book
from rules.duty import Duty
from rules.engine import Engine
from rules.issue import City
from rules.rule import Example, Happening, Rule
from rules.selector import seconds
from rules.surroundings import Declaration, Surroundings
from rules.watch import run_watched

START = "2025-10-13T09:00"
"""A quiet workday morning, local time, eighty days before the next public holiday."""

_LON, _LAT = 116.7, 23.3
_APART_DEG = 0.5
_METRES_A_DEGREE = 6_371_008.8 * math.pi / 180


@dataclass(frozen=True, slots=True)
class Verdict:
    """What came of one example.

    Parameters
    ----------
    path
        JSONPath of the example.
    name
        Its name.
    wanted
        Whether the rule was to fire or to be silent.
    fault
        What happened instead; empty when it came out as it says.

    """

    path: str
    name: str
    wanted: Literal["fires", "silent"]
    fault: str


def example_faults(rule: Rule, book: Book) -> list[tuple[str, str]]:
    """List the examples of `rule` that are missing or come out otherwise than they say, with their paths."""
    failed = [verdict for verdict in verdicts(rule, book) if verdict.fault]
    return [*missing_examples(rule), *((one.path, f"example {one.name!r} {one.fault}") for one in failed)]


def missing_examples(rule: Rule) -> Iterator[tuple[str, str]]:
    """Yield the examples `rule` has to have and has not, with their paths.

    A rule that runs has to show when it fires and when it keeps silent. So has a modifier: it fires when it raises
    another rule's alert. A rule of signals has no examples: it grades what a detector makes of weeks of events.
    """
    given = {"fires": rule.examples.fires, "silent": rule.examples.silent}
    if rule.signal is not None:
        said = "a rule of signals grades what a detector makes of weeks of events: no example can show that"
        yield from ((f"$.examples.{name}", said) for name, examples in given.items() if examples)
        return
    if rule.status in {"active", "shadow"}:
        for name, examples in given.items():
            if not examples:
                yield "$.examples", f"missing example: give at least one in `{name}`"


def verdicts(rule: Rule, book: Book) -> Iterator[Verdict]:
    """Run every example of `rule` and yield what came of it."""
    if rule.signal is not None:
        return
    own = _surrounded(rule, book)
    wanted: tuple[Literal["fires", "silent"], ...] = ("fires", "silent")
    for name in wanted:
        for index, example in enumerate(getattr(rule.examples, name)):
            alerts = _spoken(rule, run_example(rule, example, own))
            fault = _fires(example, alerts) if name == "fires" else _silent(alerts)
            yield Verdict(f"$.examples.{name}[{index}]", example.name, name, fault)


def _surrounded(rule: Rule, book: Book) -> Book:
    """Return a book of `rule`, running whatever its status, with the rules it works with."""
    shown = msgspec.structs.replace(rule, status="active")
    others = [other for other in book.rules if other.id != rule.id]
    if rule.modifies:
        speaks = [not other.modifies and _modifies(rule, other) for other in others]
    else:
        speaks = [_modifies(other, rule) for other in others]
    # The others stay, as drafts: a chain may ask about them.
    kept = [
        other if spoken else msgspec.structs.replace(other, status="draft")
        for other, spoken in zip(others, speaks, strict=True)
    ]
    return Book(rules=(shown, *kept), digest=book.digest)


def _modifies(modifier: Rule, rule: Rule) -> bool:
    return "all" in modifier.modifies or rule.id in modifier.modifies


def _spoken(rule: Rule, alerts: list[Alert]) -> list[Alert]:
    """Return the alerts in which `rule` has a say."""
    if not rule.modifies:
        return [alert for alert in alerts if alert.rule.id == rule.id]
    if rule.unsigned is not None:
        return [alert for alert in alerts if alert.revision.handling is not None and alert.revision.handling.missed]
    reasons = [step.because for step in rule.raises]
    return [alert for alert in alerts if any(step.because in reasons for step in alert.steps)]


def _fires(example: Example, alerts: list[Alert]) -> str:
    if not alerts:
        return "does not fire"
    reached = max((alert.grade for alert in alerts), key=lambda grade: grade.rank)
    if example.grade is not None and reached is not example.grade:
        return f"fires at {reached.value}, the example says {example.grade.value}"
    levels = {alert.revision.handling.level for alert in alerts if alert.revision.handling is not None}
    if example.level is not None and levels != {example.level}:
        return f"goes up to {', '.join(sorted(levels))}, the example says {example.level}"
    return ""


def _silent(alerts: list[Alert]) -> str:
    if not alerts:
        return ""
    said = sorted({f"{alert.why.en} ({alert.grade.value})" for alert in alerts})
    return f"is not silent: {'; '.join(said)}"


def run_example(rule: Rule, example: Example, book: Book) -> list[Alert]:
    """Return the last version of every alert `book` comes to in an example of `rule`, without withdrawn ones."""
    start = start_of(example)
    engine = Engine(book, _city(book.digest))
    for declared in _declared(example, start):
        engine.declare(declared)
    events = sorted(events_of(rule, example), key=lambda event: (event.occurred_at, event.id))
    if rule.unsigned is not None:
        return run_watched(engine, Duty(book, _areas().city), events, example, start.timestamp())
    issued = [alert for event in events for alert in engine.event(event, event.occurred_at.timestamp())]
    end = max((event.occurred_at.timestamp() for event in events), default=start.timestamp())
    issued += engine.advance(end + seconds(example.then) + 1.0)
    latest = {alert.id: alert for alert in issued}
    return [alert for alert in latest.values() if alert.status != "withdrawn"]


def start_of(example: Example) -> datetime:
    """Return when an example begins, aware UTC.

    Raises
    ------
    ValueError
        When it is no local date and time such as ``2026-10-01T09:00``.

    """
    local = datetime.fromisoformat(example.start or START)
    return (local if local.tzinfo is not None else local.replace(tzinfo=_areas().zone)).astimezone(UTC)


def events_of(rule: Rule, example: Example) -> list[Event]:
    """Return the events of an example of `rule`, in the order they are written in."""
    start = start_of(example)
    spots: dict[str, int] = {}
    for happening in example.events:
        spots.setdefault(happening.where, len(spots))
    return [
        _event(rule, happening, n, start, _place(happening, spots[happening.where]))
        for n, happening in enumerate(example.events)
    ]


def _event(rule: Rule, happening: Happening, n: int, start: datetime, place: Place) -> Event:
    source = happening.source or rule.sources[0]
    kinds = rule.kinds or ("",)
    return Event(
        id=f"{source}:{n}" + (":closed" if happening.status == "closed" else ""),
        source=source,
        kind=happening.kind or kinds[0],
        occurred_at=start + timedelta(seconds=seconds(happening.at)),
        place=place,
        reporter=happening.by or f"somebody {n}",
        text=happening.text,
        status=happening.status,
        tags=tuple(sorted(happening.tags)),
        people=happening.people,
        injured=happening.injured,
        depth_cm=happening.depth_cm,
    )


def _place(happening: Happening, n: int) -> Place:
    """Return the place of an event: named places are 55 km apart, so that no radius joins two of them."""
    parts = happening.where.split("/")
    street, community, spot = (*("street", "community")[: 3 - len(parts)], *parts)
    lat = _LAT + n * _APART_DEG
    return Place(
        district="district",
        street=street,
        community=f"{street}:{community}",
        grid=f"{street}:{community}-01",
        spot=f"{street}:{community}/{spot}",
        name=spot,
        lon=_LON + happening.metres / (_METRES_A_DEGREE * math.cos(math.radians(lat))),
        lat=lat,
        scenes=tuple(sorted(happening.scenes)),
    )


def _declared(example: Example, start: datetime) -> Iterator[Declaration]:
    """Yield what the example says is in force all the time."""
    context = example.context
    if context is None:
        return
    yield Declaration(id="context", issued_at=start, weather=context.weather, mode=context.mode)
    for n, event in enumerate(context.event):
        yield Declaration(id=f"event/{n}", issued_at=start, event=event)


def _city(book: str) -> City:
    days = LocalDays(_areas().zone)
    around = Surroundings(DayKinds("cn", days))
    return City(areas=_areas(), taxonomy=_taxonomy(), days=days, around=around, norms=Norms(days), book=book)


@cache
def _taxonomy() -> Taxonomy:
    """Return a taxonomy without kinds: what an example's alerts are called does not matter."""
    return Taxonomy(version=0, categories={}, kinds={}, exclusions=(), tags={})


@cache
def _areas() -> AreaTree:
    content = {"city": "example", "name": "示例", "tz": "Asia/Shanghai", "calendar": "cn", "open": True}
    return AreaTree.from_mapping(content)
