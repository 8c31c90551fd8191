"""A rule to try, and what it says of events."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import msgspec

from detectors.event import Event
from rules.alert import Alert
from rules.book import Book
from rules.rule import Rule
from rules.surroundings import Declaration
from streams.pipeline import Pipeline
from tests.builders import T0, a_pipeline, an_event

MIN, HOUR, DAY = 60.0, 3_600.0, 86_400.0
WIRE = ("flying wire", "飞线")


def a_rule(**over: Any) -> dict[str, Any]:
    """A yellow rule about noise in a community."""
    base = {
        "id": "tried",
        "number": 90,
        "name": {"zh": "试", "en": "tried"},
        "kinds": ["noise"],
        "grade": "yellow",
        "quiet": "1h",
        "per": "community",
    }
    return {**base, **over}


def a_book(*rules: dict[str, Any]) -> Book:
    return Book(rules=tuple(msgspec.convert(rule, Rule) for rule in rules), digest="d")


def trial(*rules: dict[str, Any]) -> Pipeline:
    """A pipeline with nothing but these rules."""
    return a_pipeline(book=a_book(*rules))


def told(
    rules: Iterable[dict[str, Any]], events: Iterable[Event], *, until: float = 0.0, about: Iterable[Declaration] = ()
) -> list[Alert]:
    """Return the latest version of every alert that stands, `until` seconds after the last event."""
    pipeline = trial(*rules)
    latest: dict[str, Alert] = {}
    for declaration in about:
        pipeline.declare(declaration)
    end = T0
    for event in events:
        end = max(end, event.occurred_at.timestamp())
        latest.update((alert.id, alert) for alert in pipeline.process(event).alerts)
    latest.update((alert.id, alert) for alert in pipeline.advance(end + until + 1).alerts)
    return [alert for alert in latest.values() if alert.status != "withdrawn"]


def noises(*hours: float, **over: Any) -> list[Event]:
    return [an_event(f"n{i}", t * HOUR, reporter=f"r{i}", **over) for i, t in enumerate(hours)]


def others(kind: str, *hours: float, **over: Any) -> list[Event]:
    return [an_event(f"{kind}{i}", t * HOUR, kind, reporter=f"o{i}", **over) for i, t in enumerate(hours)]


def in_order(*events: Event) -> list[Event]:
    return sorted(events, key=lambda event: event.occurred_at)
