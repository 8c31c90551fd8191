"""Alerts of one rule in one group that stand at the same time have ids of their own, whatever came first."""

from __future__ import annotations

import random
from itertools import product
from typing import Any

import msgspec
from hypothesis import given, settings
from hypothesis import strategies as st

from detectors.event import Event
from rules.alert import Alert
from rules.book import Book
from rules.likeness import gist_of, likeness
from rules.rule import Rule
from tests.builders import T0, a_pipeline, a_place, an_event

HOUR, DAY = 3_600.0, 86_400.0
PAIR = min(("".join(pair) for pair in product(map(chr, range(0x4E00, 0x4F00)), repeat=2)), key=gist_of)
"""Of many pairs of characters the one with the smallest hash: every text it stands in has the same first hash."""

GRILL = [PAIR + text for text in ("楼下烧烤店油烟扰民到夜里", "楼下烧烤店油烟扰民到凌晨", "楼下烧烤店的油烟扰民到夜里")]
DRILL = [PAIR + text for text in ("工地打桩机整夜施工震动", "工地打桩机整夜施工太吵", "工地的打桩机整夜施工震动")]


def a_book(**over: Any) -> Book:
    rule = {
        "id": "tried",
        "number": 90,
        "name": {"zh": "试", "en": "tried"},
        "kinds": ["noise"],
        "grade": "yellow",
        "quiet": "14d",
        "per": "spot",
        "fires": [{"count": {"at_least": 1}}],
    }
    return Book(rules=(msgspec.convert({**rule, **over}, Rule),), digest="d")


ALIKE = a_book(alike=0.5, fires=[{"count": {"at_least": 2, "within": "30d", "of": "events"}}])


def finals(book: Book, events: list[Event]) -> dict[str, Alert]:
    """What stands when nothing is closed yet."""
    pipeline = a_pipeline(book=book)
    latest: dict[str, Alert] = {}
    for event in events:
        latest.update((alert.id, alert) for alert in pipeline.process(event).alerts)
    latest.update((alert.id, alert) for alert in pipeline.advance(T0).alerts)
    return {alert.id: alert for alert in latest.values() if alert.status == "open"}


def noises(texts: list[str], **over: Any) -> list[Event]:
    return [an_event(f"{n:02d}", n * HOUR, text=text, reporter=f"r{n}", **over) for n, text in enumerate(texts)]


def test_two_matters_with_the_same_smallest_hash_are_two_alerts() -> None:
    assert gist_of(GRILL[0])[0] == gist_of(DRILL[0])[0]
    assert likeness(gist_of(GRILL[0]), gist_of(DRILL[0])) < 0.5
    stand = finals(ALIKE, noises([text for pair in zip(GRILL, DRILL, strict=True) for text in pair]))
    evidence = sorted(alert.evidence for alert in stand.values())
    assert evidence == [tuple(f"hotline:{n:02d}" for n in numbers) for numbers in ((0, 2, 4), (1, 3, 5))]


def test_two_places_of_one_cell_farther_apart_than_the_radius_are_two_alerts() -> None:
    corners = [a_place("cell", lon=116.7, lat=lat) for lat in (23.3, 23.3012)]
    events = [an_event(str(n), n * HOUR, place=place) for n, place in enumerate(corners)]
    assert len(finals(a_book(radius_m=100), events)) == 2


def test_an_alert_that_is_begun_anew_after_a_month_is_another_one() -> None:
    events = [an_event(str(day), day * DAY) for day in (0, 29, 58)]
    assert len(finals(a_book(quiet="60d"), events)) == 2


def test_reports_without_words_of_a_rule_about_likeness_are_one_alert_each() -> None:
    assert len(finals(a_book(alike=0.5), noises(["", "", ""]))) == 3


PLACES = [
    a_place(spot, lon=116.7, lat=23.3 + north) for spot in ("", "cell") for north in (0.0, 0.0008, 0.0016, 0.0024, 0.1)
]


@st.composite
def reports(draw: st.DrawFn) -> list[Event]:
    return [
        an_event(
            f"{i:02d}",
            draw(st.integers(0, 100)) * 6 * HOUR,
            reporter=f"r{i}",
            place=draw(st.sampled_from(PLACES)),
            text=draw(st.sampled_from([*GRILL, *DRILL, PAIR, ""])),
        )
        for i in range(draw(st.integers(1, 12)))
    ]


BOOKS = [ALIKE, a_book(alike=0.5), a_book(radius_m=100), a_book(radius_m=100, quiet="60d"), a_book(quiet="60d")]


@settings(max_examples=200, deadline=None)
@given(reports(), st.sampled_from(BOOKS), st.randoms(use_true_random=False))
def test_every_report_is_in_an_alert_and_ids_do_not_depend_on_the_order_of_arrival(
    events: list[Event], book: Book, rng: random.Random
) -> None:
    stand = finals(book, sorted(events, key=lambda event: (event.occurred_at, event.id)))
    if book is not ALIKE:
        told = {id_ for alert in stand.values() for id_ in alert.evidence}
        assert told == {event.id for event in events if event.place.spot or book.rules[0].radius_m}
    shuffled = list(events)
    rng.shuffle(shuffled)
    assert canonical(finals(book, shuffled)) == canonical(stand)


def canonical(stand: dict[str, Alert]) -> dict[str, dict[str, Any]]:
    """All but how an alert grew, and the normal value, which settles later."""
    return {id_: {**msgspec.structs.asdict(alert), "revision": None, "expected": None} for id_, alert in stand.items()}
