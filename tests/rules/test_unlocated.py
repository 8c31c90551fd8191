"""Reports without coordinates: near is the same spot, or an area as small as the radius, and the alert says so."""

from __future__ import annotations

from typing import Any

import msgspec

from detectors.event import Event, Place
from rules.alert import Alert
from rules.book import Book
from rules.rule import Rule
from tests.builders import a_pipeline, a_place, an_event

MIN = 60.0


def stand(events: list[Event], radius_m: float | None, at_least: int = 1, **over: Any) -> list[Alert]:
    rule = {
        "id": "tried",
        "number": 90,
        "name": {"zh": "试", "en": "tried"},
        "kinds": ["noise"],
        "grade": "blue",
        "radius_m": radius_m,
        "fires": [{"count": {"at_least": at_least, "within": "1d"}}],
        "why": {"zh": "{reporters}人反映", "en": "{reporters} told of it"},
        **over,
    }
    pipeline = a_pipeline(book=Book(rules=(msgspec.convert(rule, Rule),), digest="d"))
    latest = {alert.id: alert for event in events for alert in pipeline.process(event).alerts}
    latest.update((alert.id, alert) for alert in pipeline.advance(events[0].occurred_at.timestamp()).alerts)
    return list(latest.values())


def told(*places: Place) -> list[Event]:
    return [an_event(str(n), n * MIN, reporter=f"r{n}", place=place) for n, place in enumerate(places)]


def test_reports_of_one_community_at_unknown_spots_are_not_within_a_hundred_metres() -> None:
    somewhere = a_place("", grid="c1-01")
    alerts = stand(told(somewhere, somewhere, somewhere), 100)
    assert [alert.events for alert in alerts] == [1, 1, 1]
    assert stand(told(somewhere, somewhere, somewhere), 100, at_least=2) == []
    assert not any("坐标缺失" in alert.why.zh for alert in alerts)


def test_reports_of_one_spot_are_near_and_the_alert_says_that_coordinates_are_missing() -> None:
    (alert,) = stand(told(a_place(), a_place(lon=116.7, lat=23.3)), 100, at_least=2)
    assert alert.why.zh == "2人反映（1起坐标缺失，以同一点位为近）"
    assert alert.why.en == "2 told of it (coordinates missing: 1; near is the same spot)"


def test_a_larger_radius_takes_a_grid_or_a_community_for_near() -> None:
    (grid,) = stand(told(a_place("", grid="c1-01"), a_place("x", grid="c1-01")), 500, at_least=2)
    assert grid.why.zh.endswith("（2起坐标缺失，以同一点位、网格为近）")
    (community,) = stand(told(a_place("", grid="c1-01"), a_place("", grid="c1-02")), 2_000, at_least=2)
    assert community.why.en.endswith("(coordinates missing: 2; near is the same spot, grid, community)")


def test_where_all_coordinates_are_known_nothing_is_said_of_them() -> None:
    (alert,) = stand(told(a_place(lon=116.7, lat=23.3), a_place("x", lon=116.7, lat=23.3)), 100)
    assert alert.why.zh == "2人反映"


def test_reports_without_a_spot_are_not_all_at_one() -> None:
    fires = [{"count": {"at_least": 2, "within": "1d", "at": "spot"}}]
    known, unknown = a_place(), a_place("")
    assert stand(told(unknown, unknown, known, unknown), None, per="street", fires=fires) == []
    (alert,) = stand(told(unknown, known, unknown, known), None, per="street", fires=fires)
    assert (alert.observed, alert.events) == (2, 4)
