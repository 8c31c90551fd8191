"""Surges of the whole city, and the rule that grades them."""

from __future__ import annotations

from datetime import UTC, datetime
from itertools import count
from zoneinfo import ZoneInfo

from detectors.event import Event, Place
from detectors.signal import Signal
from detectors.surge_city import CitySurge
from detectors.surge_config import SurgeConfig
from rules.alert import Alert
from tests.builders import a_pipeline, the_book

HOUR = 3_600.0
BEGINS = 1_767_225_600.0  # 2026-01-01
HOURS, DISTRICTS = 240, ("440507", "440511", "440512", "440513")
_numbers = count()


def report(hour: float, district: str) -> tuple[Event, float]:
    t = BEGINS + hour * HOUR
    place = Place(district=district, street=f"{district}-01")
    at = datetime.fromtimestamp(t, UTC)
    return Event(id=f"sos:{next(_numbers)}", source="sos", kind="noise", occurred_at=at, place=place), t


def usual() -> list[tuple[Event, float]]:
    return [report(hour + n / 10, district) for hour in range(HOURS) for n, district in enumerate(DISTRICTS)]


def surge(sizes: dict[str, int]) -> list[tuple[Event, float]]:
    found = [report(HOURS + n / 100, district) for district, size in sizes.items() for n in range(size)]
    return sorted(found, key=lambda timed: timed[1])


def told(sizes: dict[str, int]) -> list[Signal]:
    detector = CitySurge(CitySurge.levels(SurgeConfig(windows=("hour",))), ZoneInfo("Asia/Shanghai"))
    for event, t in usual():
        detector.observe(event, t)
    detector.advance(BEGINS + HOURS * HOUR)
    found = [signal for event, t in surge(sizes) for signal in detector.observe(event, t)]
    found += detector.advance(BEGINS + (HOURS + 1) * HOUR)
    return [signal for signal in {signal.id: signal for signal in found}.values() if not signal.withdrawn]


def test_where_every_district_is_up_a_little_the_city_speaks() -> None:
    (signal,) = told(dict.fromkeys(DISTRICTS, 4))
    assert (signal.level, signal.place, signal.observed, signal.detector) == ("city", Place(), 16, "surge_city")
    assert set(signal.evidence) <= {f"sos:{n}" for n in range(next(_numbers))}


def test_what_a_district_explains_is_not_the_citys() -> None:
    assert told({DISTRICTS[0]: 30}) == []


def test_the_rule_about_it_is_a_shadow_and_names_the_city() -> None:
    pipeline = a_pipeline(book=the_book())
    shadow: list[Alert] = []
    for event, t in [*usual(), *surge(dict.fromkeys(DISTRICTS, 5))]:
        shadow += pipeline.advance(t - 1.0).shadow
        shadow += pipeline.process(event).shadow
    shadow += pipeline.advance(BEGINS + (HOURS + 2) * HOUR).shadow
    alerts = {alert.id: alert for alert in shadow if alert.rule.id == "city-surge"}
    assert {(alert.place.level, alert.kind, alert.observed) for alert in alerts.values()} == {("city", "noise", 20)}
