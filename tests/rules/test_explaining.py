"""An alert is explained by the figures that decided it, as the real fold read them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

import msgspec
import pytest

from detectors.event import Event
from detectors.localtime import DayKinds, LocalDays
from detectors.norms import Norms
from detectors.surge_config import SurgeConfig
from rules.alert import Alert, Grade
from rules.book import Book
from rules.engine import Engine
from rules.explaining import EventsGone, explain
from rules.explanation import Explanation, PartView, Reason
from rules.issue import City
from rules.rule import Rule
from rules.sifting import Dropped, Heard, UnknownRule
from rules.surgelens import Lens
from rules.surroundings import Declaration, Surroundings
from tests.builders import T0, a_pipeline, a_place, a_taxonomy, an_area_tree, an_event

LENS = Lens(SurgeConfig(levels=("district",)), ZoneInfo("UTC"))
HOUR, DAY = 3_600.0, 86_400.0
NAME = {"zh": "规则", "en": "rule"}
BECAUSE = {"zh": "因为", "en": "because"}
ONE = [{"count": {"at_least": 1}}]


def a_rule(id: str = "rule", **over: Any) -> Rule:  # noqa: A002
    base = {"id": id, "number": 1, "name": NAME, "kinds": ["noise"], "quiet": "1d", "grade": "blue"}
    return msgspec.convert({**base, **over}, Rule)


def raised(when: dict[str, Any], **over: Any) -> dict[str, Any]:
    """A rule that fires at one event, and is raised to red when something more holds."""
    return {"fires": ONE, "raises": [{"when": when, "to": "red", "because": BECAUSE}], **over}


def call(n: int, t: float, by: str = "", **over: Any) -> Event:
    return an_event(f"{n:03}", t, reporter=by or f"somebody-{n}", **over)


def a_city() -> City:
    areas = an_area_tree()
    days = LocalDays(areas.zone)
    return City(areas, a_taxonomy(), days, Surroundings(DayKinds("none", days)), Norms(days), "b")


def spoken(
    book: Book, city: City, events: Sequence[Event], until: float, declared: Sequence[Declaration] = ()
) -> dict[str, Alert]:
    """The last version of every alert."""
    engine = Engine(book, city)
    issued = [alert for one in declared for alert in engine.declare(one)]
    for event in events:
        issued += engine.event(event, event.occurred_at.timestamp())
    issued += engine.advance(T0 + until)
    return {alert.id: alert for alert in issued}


def explained(
    rule: Rule,
    events: Sequence[Event],
    *,
    others: Sequence[Rule] = (),
    declared: Sequence[Declaration] = (),
    dropped: Sequence[Dropped] = (),
    until: float = 2 * DAY,
) -> Explanation:
    """The only alert of `rule`, explained; it must be reproduced."""
    book, city = Book((rule, *others), "b"), a_city()
    (alert,) = [a for a in spoken(book, city, events, until, declared).values() if a.rule.id == rule.id]
    said = explain(book, city, alert, Heard(list(events), list(dropped), T0 + until), LENS)
    assert said.differs == ()
    return said


def parts(said: Explanation) -> dict[str, PartView]:
    """The parts of all conditions by name, the last condition's first."""
    return {part.part: part for condition in said.conditions for part in condition.parts}


A, B = "a" * 16, "b" * 16
CLOSED = {"match": {"status": "closed"}, "within": "7d"}
GRID = {"sources": ["grid"]}
CHANGE = {"within": "1h", "against": "24h", "times": 3, "least": 3}
SPOT_COUNT = {"at_least": 2, "within": "1h", "at": "spot"}
CASES: dict[str, tuple[dict[str, Any], list[Event], str, float, float]] = {
    "events, also of one reporter": (
        {"fires": [{"count": {"at_least": 2, "within": "1h", "of": "events"}}]},
        [call(1, 0, A), call(2, 60, A)],
        "count",
        2,
        2,
    ),
    "distinct reporters": (
        {"fires": [{"count": {"at_least": 2, "within": "1h"}}]},
        [call(1, 0, A), call(2, 60, A), call(3, 120, B)],
        "count",
        2,
        2,
    ),
    "reporters within a radius": (
        {"radius_m": 500, "fires": [{"count": {"at_least": 2, "within": "30min"}}]},
        [
            call(1, 0, place=a_place("s1", lon=116.7, lat=23.3)),
            call(2, 60, place=a_place("s2", lon=116.7, lat=23.303)),
            call(3, 70, place=a_place("s3", lon=116.7, lat=23.5)),
        ],
        "count",
        2,
        2,
    ),
    "a sequence": (
        {"per": "spot", "fires": [{"after": [CLOSED]}]},
        [call(1, 0, status="closed"), call(2, DAY / 2)],
        "after",
        1,
        1,
    ),
    "what did not follow": (
        {"per": "spot", "fires": [{"then_not": {"match": GRID, "within": "1h"}}]},
        [call(1, 0)],
        "then_not",
        1,
        1,
    ),
    "a share": (
        {"fires": [{"share": {"match": GRID, "at_least": 0.5, "least": 2, "within": "1h"}}]},
        [call(1, 0), call(2, 60, source="grid")],
        "share",
        0.5,
        0.5,
    ),
    "a ratio": (
        {
            "fires": [
                {"ratio": {"match": GRID, "to": {"sources": ["hotline"]}, "at_least": 2, "least": 1, "within": "1h"}}
            ]
        },
        [call(1, 0), call(2, 60, source="grid"), call(3, 90, source="grid")],
        "ratio",
        2,
        2,
    ),
    "a change": (
        {"fires": [{"change": CHANGE}]},
        [call(0, 0), *(call(n, 20 * HOUR + n) for n in (1, 2, 3))],
        "change",
        72,
        3,
    ),
    "something new": ({"fires": [{"fresh": {"within": "7d"}}]}, [call(1, 0)], "fresh", 1, 1),
    "several sources": (
        raised({"sources": 2}),
        [call(1, 0), call(2, 60, source="police")],
        "sources",
        2,
        2,
    ),
    "how long it lasts": (raised({"lasting": "1h"}), [call(1, 0), call(2, 2 * HOUR)], "lasting", 7_200, 3_600),
    "spots at once": (
        {**raised({"spots": 2}), "fires": [{"count": SPOT_COUNT}]},
        [call(n, n, place=a_place(f"s{n % 2}")) for n in range(4)],
        "spots",
        2,
        2,
    ),
    "a number": (raised({"number": {"people": 30}}), [call(1, 0, people=31)], "people", 31, 30),
    "a word": (raised({"tags": ["danger"]}), [call(1, 0, tags=("danger",))], "tags", 1, 1),
}


@pytest.mark.parametrize("name", CASES)
def test_every_kind_of_condition_is_told_with_the_value_that_decided(name: str) -> None:
    rule, events, part, value, threshold = CASES[name]
    read = parts(explained(a_rule(**rule), events))[part]
    assert (read.value, read.threshold, read.met) == (value, threshold, True)
    assert read.missing == 0
    assert read.what.zh
    assert read.what.en


def test_a_chain_is_told() -> None:
    other = a_rule("other", fires=[{"count": {"at_least": 2, "within": "1h"}}])
    rule = a_rule(fires=[{"fired": {"rule": "other", "within": "1d"}, "count": {"at_least": 3, "within": "1d"}}])
    read = parts(explained(rule, [call(1, 0), call(2, 60), call(3, HOUR)], others=[other]))
    assert (read["fired"].value, read["count"].value) == (1, 3)


def test_what_was_declared_of_the_area_is_told() -> None:
    storm = Declaration(id="w", issued_at=datetime.fromtimestamp(T0 - 60, UTC), weather=("rainstorm_red",))
    said = explained(a_rule(**raised({"context": {"weather": ["rainstorm"]}})), [call(1, 0)], declared=[storm])
    assert parts(said)["context"].value == 1
    assert said.alert.grade is Grade.RED


def test_a_raise_that_was_not_met_says_how_close_it_came() -> None:
    said = explained(a_rule(**raised({"count": {"at_least": 4, "within": "1h"}})), [call(1, 0), call(2, 60)])
    fires, more = said.conditions
    assert (fires.role, fires.met) == ("fires", True)
    assert (more.role, more.met, more.effect.en, more.says.en) == ("raises", False, "to red", "because")
    assert [(part.value, part.threshold, part.missing) for part in more.parts] == [(2, 4, 2)]
    assert more.at == datetime.fromtimestamp(T0 + 60, UTC)


def test_what_holds_the_grade_down_is_told() -> None:
    said = explained(a_rule(**raised({"number": {"people": 3}}), maximum="yellow"), [call(1, 0, people=3)])
    assert (said.alert.grade, said.capped) == (Grade.YELLOW, True)
    assert not explained(a_rule(**raised({"number": {"people": 3}})), [call(1, 0, people=3)]).capped


def test_a_lower_is_told() -> None:
    lower = {"when": {"match": GRID}, "because": BECAUSE}
    said = explained(a_rule(fires=ONE, grade="red", lowers=[lower]), [call(1, 0, source="grid")])
    assert [(one.role, one.met, one.effect.zh) for one in said.conditions[1:]] == [("lowers", True, "降1级")]


def test_events_are_told_without_a_reporter_in_full_and_repeats_are_counted() -> None:
    rule = a_rule(fires=[{"count": {"at_least": 2, "within": "1h"}}])
    said = explained(rule, [call(1, 0, A), call(2, 60, A), call(3, 120, B), an_event("4", 180)])
    assert [(e.id, e.reporter, e.again) for e in said.events] == [
        ("hotline:001", "aaaaaa", False),
        ("hotline:002", "aaaaaa", True),
        ("hotline:003", "bbbbbb", False),
        ("hotline:4", "", False),
    ]
    assert said.repeats == 1
    assert A not in msgspec.json.encode(said).decode()


def test_a_closed_matter_a_rule_compared_with_is_told_as_such() -> None:
    said = explained(a_rule(per="spot", fires=[{"after": [CLOSED]}]), [call(1, 0, status="closed"), call(2, HOUR)])
    assert [(e.id, e.part) for e in said.events] == [("hotline:001", "compared"), ("hotline:002", "counted")]


def test_what_was_left_out_is_told_with_why() -> None:
    rule = a_rule(sources=["hotline"], fires=[{"count": {"at_least": 2, "within": "1h"}}])
    events = [
        call(1, 0),
        call(2, 60, status="closed"),
        call(3, 90, source="grid"),
        call(4, 120),
        call(5, 70, kind="dust"),
    ]
    dropped = [Dropped(call(6, 100), Reason.LATE), Dropped(call(1, 0), Reason.DUPLICATE)]
    said = explained(rule, sorted(events, key=lambda e: e.occurred_at), dropped=dropped)
    assert [(one.id, one.reason) for one in said.dropped] == [
        ("hotline:001", Reason.DUPLICATE),
        ("hotline:002", Reason.CLOSED),
        ("grid:003", Reason.SOURCE_NOT_COUNTED),
        ("hotline:006", Reason.LATE),
    ]


def test_other_events_than_those_of_the_alert_show_in_what_differs() -> None:
    rule = a_rule(fires=[{"count": {"at_least": 2, "within": "1h"}}])
    book, city, events = Book((rule,), "b"), a_city(), [call(1, 0), call(2, 60), call(3, 90)]
    (alert,) = spoken(book, city, events, DAY).values()
    said = explain(book, city, alert, Heard(events[:2], [], T0 + DAY), LENS)
    assert set(said.differs) == {"observed", "events", "reporters", "evidence"}
    assert explain(book, city, alert, Heard(events[:1], [], T0 + DAY), LENS).differs == ("id",)


@pytest.mark.parametrize("by", ["probability", "budget"])
def test_a_surge_is_told_by_the_detectors_own_figures(by: str) -> None:
    tail: dict[str, Any] = {"min_observed": 5, "min_ratio": 2.0}
    budget = {"blue": "20/day", "yellow": "3/day", "orange": "1/week", "red": "1/year"}
    tail |= {"budget": budget} if by == "budget" else {"blue": 1e-4, "red": 1e-12}
    rule = a_rule(grade=None, signal="surge", tail=tail)
    book = Book((rule,), "b")
    events = [call(n, n * 3 * HOUR) for n in range(240)]
    events += [call(1_000 + n, 29 * DAY + n) for n in range(12)]
    events.sort(key=lambda event: event.occurred_at)
    pipeline = a_pipeline(book=book)
    issued = [alert for event in events for alert in pipeline.process(event).alerts]
    issued += pipeline.advance(T0 + 30 * DAY).alerts
    latest = {alert.id: alert for alert in issued if alert.status != "withdrawn"}
    assert latest
    for alert in latest.values():
        lens = Lens(SurgeConfig.of(an_area_tree()), an_area_tree().zone)
        said = explain(book, a_city(), alert, Heard(events, [], T0 + 30 * DAY), lens)
        assert said.differs == ()
        read = parts(said)
        assert (read["observed"].value, read["observed"].threshold) == (alert.observed, 5)
        assert read["p_value"].value == alert.p_value
        assert said.conditions[0].parts[-1].part == ("by_chance" if by == "budget" else "p_value")
        assert all(part.met for part in said.conditions[0].parts)
        assert [event.id for event in said.events] == list(alert.evidence)


def test_an_alert_whose_rule_or_events_are_gone_cannot_be_explained() -> None:
    rule = a_rule(fires=ONE)
    book, city = Book((rule,), "b"), a_city()
    (alert,) = spoken(book, city, [call(1, 0)], DAY).values()
    with pytest.raises(EventsGone):
        explain(book, city, alert, Heard([], [], T0 + DAY), LENS)
    with pytest.raises(UnknownRule):
        explain(Book((), "b"), city, alert, Heard([call(1, 0)], [], T0 + DAY), LENS)
