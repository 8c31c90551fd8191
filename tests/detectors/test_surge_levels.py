"""Of one surge in a community, its street and its district one area speaks: the smallest that explains it."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from itertools import count
from zoneinfo import ZoneInfo

import pytest

from detectors.event import Event, Place
from detectors.signal import Signal
from detectors.surge import SurgeDetector
from detectors.surge_config import SurgeConfig

ZONE = ZoneInfo("Asia/Shanghai")
HOUR = 3600.0
STREETS, COMMUNITIES, HOURS = 4, 3, 240
LEVELS = SurgeConfig(levels=("community", "street", "district"), windows=("hour",))
_numbers = count()


def report(t: float, street: int, community: int) -> tuple[Event, float]:
    name = f"s{street}" if street >= 0 else ""
    place = Place(district="d", street=name, community=f"{name}c{community}" if community >= 0 else "")
    at = datetime.fromtimestamp(t, UTC)
    return Event(id=f"sos:{next(_numbers)}", source="sos", kind="noise", occurred_at=at, place=place), t


def watched(config: SurgeConfig = LEVELS) -> SurgeDetector:
    """Return a detector of a district where every community has an event in every third hour."""
    detector = SurgeDetector(config, ZONE)
    for hour in range(HOURS):
        for street in range(STREETS):
            detector.observe(*report(hour * HOUR + street, street, hour % COMMUNITIES))
    detector.advance(HOURS * HOUR)
    return detector


def surge(detector: SurgeDetector, sizes: dict[tuple[int, int], int]) -> dict[str, Signal]:
    """Return what stands, by area, once events have come to communities and their hour is over."""
    found = [s for where, size in sizes.items() for n in range(size) for s in detector.observe(*at(n, *where))]
    found += detector.advance((HOURS + 1) * HOUR)
    last = {signal.id: signal for signal in found}
    return {signal.key.split("|")[0]: signal for signal in last.values() if not signal.withdrawn}


def at(n: int, street: int, community: int) -> tuple[Event, float]:
    return report(HOURS * HOUR + n, street, community)


def test_where_one_community_explains_it_that_one_speaks_for_street_and_district() -> None:
    told = surge(watched(), {(0, 1): 30})
    assert list(told) == ["s0c1"]
    (signal,) = told.values()
    assert (signal.level, signal.observed, signal.also) == ("community", 30, ("street", "district"))
    assert signal.place == Place(district="d", street="s0", community="s0c1")
    assert 0.0 < signal.expected < 1.0


def test_where_it_is_all_over_a_street_the_street_speaks() -> None:
    told = surge(watched(), {(0, community): 5 for community in range(COMMUNITIES)})
    assert {name: signal.also for name, signal in told.items()} == {"s0": ("district",)}


def test_where_every_street_is_up_a_little_and_none_alone_the_district_speaks() -> None:
    told = surge(watched(), {(street, street % COMMUNITIES): 4 for street in range(STREETS)})
    assert {name: (s.level, s.observed) for name, s in told.items()} == {"d": ("district", 16)}


def test_two_streets_that_explain_it_speak_for_the_district() -> None:
    told = surge(watched(), {(street, community): 5 for street in (0, 2) for community in range(COMMUNITIES)})
    assert {name: signal.also for name, signal in told.items()} == {"s0": ("district",), "s2": ("district",)}


def test_who_spoke_first_is_withdrawn_when_more_of_the_street_joins_in() -> None:
    detector = watched()
    first = [signal for n in range(9) for signal in detector.observe(*at(n, 0, 0))]
    assert {(signal.level, signal.withdrawn) for signal in first[-1:]} == {("community", False)}
    then = [signal for n in range(7) for c in (1, 2) for signal in detector.observe(*at(100 + n, 0, c))]
    standing = {s.key: s for s in (*first, *then)}
    assert {key: s.withdrawn for key, s in standing.items() if s.level != "district"} == {
        "s0c0|noise": True,
        "s0|noise": False,
    }


def test_who_speaks_for_larger_areas_is_as_unlikely_as_they_are() -> None:
    told = surge(watched(), {(0, 1): 30})["s0c1"]
    street = surge(watched(replace(LEVELS, levels=("street", "district"))), {(0, 1): 30})["s0"]
    assert told.by_chance is not None
    assert street.by_chance is not None
    assert told.by_chance <= street.by_chance * 10


def test_events_of_no_known_street_are_the_districts() -> None:
    told = surge(watched(), {(-1, -1): 40})
    assert {name: (s.level, s.observed) for name, s in told.items()} == {"d": ("district", 40)}


def test_few_events_do_not_speak_for_a_larger_area() -> None:
    detector = watched(replace(LEVELS, min_to_explain=100))
    assert set(surge(detector, {(0, 1): 30})) == {"s0"}


def test_who_asks_for_all_is_told_who_speaks_instead() -> None:
    told = surge(watched(replace(LEVELS, tell_all=True)), {(0, 1): 30})
    assert {name: told[name].left_to for name in ("s0c1", "s0", "d")} == {
        "s0c1": "",
        "s0": "community",
        "d": "community",
    }
    plain = surge(watched(), {(0, 1): 30})["s0c1"]
    same = ("observed", "expected", "p_value", "by_chance", "also", "model_age")
    assert [getattr(told["s0c1"], name) for name in same] == [getattr(plain, name) for name in same]


@pytest.mark.parametrize(
    ("levels", "area"), [(("street",), "s0"), (("community", "street"), "s0c1"), (("district",), "d")]
)
def test_only_the_levels_asked_for_speak(levels: tuple[str, ...], area: str) -> None:
    assert set(surge(watched(replace(LEVELS, levels=levels)), {(0, 1): 30})) == {area}
