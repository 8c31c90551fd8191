"""Neither the order of arrival, nor a restart, nor a second delivery changes what any condition says."""

from __future__ import annotations

import random
from datetime import UTC, datetime
from typing import Any

import msgspec
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from detectors.event import Event
from rules.alert import Alert
from rules.condition import Count
from rules.surroundings import Declaration
from rules.window import COUNTED, Window, item_of
from tests.builders import T0, a_pipeline, a_place, an_event
from tests.rules.tried import HOUR, a_book, a_rule, in_order, told

EVERYTHING = [
    a_rule(id="counts", fires=[{"count": {"at_least": 2, "within": "3h"}}]),
    a_rule(id="waits", per="spot", fires=[{"then_not": {"match": {"kinds": ["dust"]}, "within": "1h"}}]),
    a_rule(id="drops", fires=[{"change": {"within": "2h", "against": "6h", "down_to": 0.5, "least": 1}}]),
    a_rule(id="spikes", fires=[{"change": {"within": "1h", "against": "4h", "times": 2, "least": 2}}]),
    a_rule(id="again", per="spot", fires=[{"after": [{"match": {"status": "closed"}, "within": "1d"}]}]),
    a_rule(id="firsts", kinds=["noise", "dust"], together=True, fires=[{"fresh": {"of": "spots", "within": "5h"}}]),
    a_rule(
        id="parts",
        fires=[{"share": {"match": {"tags": ["danger"]}, "at_least": 0.5, "least": 2, "within": "4h"}}],
        lowers=[{"when": {"match": {"tags": ["crowd"]}}, "because": {"zh": "a", "en": "a"}}],
    ),
    a_rule(id="likes", alike=0.4, fires=[{"count": {"at_least": 2, "within": "6h"}}]),
    a_rule(
        id="chained",
        per="spot",
        fires=[{"count": {"at_least": 1}}],
        raises=[
            {"to": "red", "when": {"fired": {"rule": "dusty", "within": "6h"}}, "because": {"zh": "b", "en": "b"}},
            {"by": 1, "when": {"sources": 2, "within": "2h"}, "because": {"zh": "c", "en": "c"}},
            {"by": 1, "when": {"context": {"mode": "emergency"}}, "because": {"zh": "d", "en": "d"}},
        ],
    ),
    a_rule(id="dusty", kinds=["dust"], per="spot", fires=[{"count": {"at_least": 2, "within": "4h"}}]),
    a_rule(id="near", radius_m=400, fires=[{"count": {"at_least": 2, "within": "3h", "of": "events"}}]),
]
PLACES = [
    a_place("s1", lon=116.680, lat=23.35),
    a_place("s2", lon=116.683, lat=23.35),
    a_place("s3", lon=116.69, lat=23.35),
]
TEXTS = ["", "楼下烧烤店油烟扰民", "楼下烧烤店油烟太大", "路灯不亮了请修"]


@st.composite
def happenings(draw: st.DrawFn) -> list[Event]:
    """Up to 14 events of two kinds at three spots within twelve hours."""
    return [
        an_event(
            f"{i:02d}",
            draw(st.integers(0, 48)) * 900.0,
            draw(st.sampled_from(["noise", "noise", "dust"])),
            draw(st.sampled_from(["hotline", "grid"])),
            place=draw(st.sampled_from(PLACES)),
            reporter=draw(st.sampled_from(["a", "b", "c", ""])),
            status=draw(st.sampled_from(["open", "open", "closed"])),
            tags=draw(st.sampled_from([(), ("danger",), ("crowd",)])),
            text=draw(st.sampled_from(TEXTS)),
        )
        for i in range(draw(st.integers(1, 14)))
    ]


MODE = Declaration(id="m", issued_at=datetime.fromtimestamp(T0 + 4 * HOUR, UTC), mode="emergency")


def finals(events: list[Event], cuts: list[int], *, mode_at: int = 0, snapshots: bool = False) -> dict[str, bytes]:
    """Feed events in the given order, the watermark following as far as it may; return what stands at the end."""
    book = a_book(*EVERYTHING)
    pipeline = a_pipeline(book=book)
    stored: dict[str, bytes] = {}
    latest: dict[str, Alert] = {}
    times = [event.occurred_at.timestamp() for event in events]
    for index, event in enumerate(events):
        if index == mode_at:
            latest.update((alert.id, alert) for alert in pipeline.declare(MODE).alerts)
        latest.update((alert.id, alert) for alert in pipeline.process(event).alerts)
        allowed = min([*times[index + 1 :], T0 + 4 * HOUR if index < mode_at else T0 + 14 * HOUR])
        for cut in cuts:
            if T0 + cut <= allowed:
                latest.update((alert.id, alert) for alert in pipeline.advance(T0 + cut).alerts)
        if snapshots:
            for key, data in pipeline.dirty().items():
                stored.pop(key, None)
                if data is not None:
                    stored[key] = data
            pipeline = a_pipeline(book=book)
            pipeline.restore(stored, pipeline.watermark if not cuts else max_cut(T0, cuts, allowed))
    latest.update((alert.id, alert) for alert in pipeline.advance(T0 + 14 * HOUR).alerts)
    return {
        alert.id: msgspec.json.encode({k: v for k, v in msgspec.structs.asdict(alert).items() if k != "revision"})
        for alert in latest.values()
        if alert.status != "withdrawn"
    }


def max_cut(base: float, cuts: list[int], allowed: float) -> float:
    return max([base + cut for cut in cuts if base + cut <= allowed], default=float("-inf"))


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    happenings(), st.randoms(use_true_random=False), st.lists(st.integers(0, 12 * 3600), max_size=5), st.integers(0, 14)
)
def test_the_order_of_arrival_changes_no_alert_of_any_condition(
    events: list[Event], rng: random.Random, cuts: list[int], mode_at: int
) -> None:
    ordered = in_order(*events)
    expected = finals(ordered, [])
    shuffled = list(events)
    rng.shuffle(shuffled)
    assert finals(shuffled, sorted(cuts), mode_at=min(mode_at, len(events) - 1)) == expected


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(happenings(), st.lists(st.integers(0, 12 * 3600), max_size=5))
def test_a_restart_after_every_event_changes_no_alert_of_any_condition(events: list[Event], cuts: list[int]) -> None:
    assert finals(events, sorted(cuts), snapshots=True) == finals(events, sorted(cuts))


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(happenings())
def test_a_second_delivery_of_every_event_raises_nothing(events: list[Event]) -> None:
    pipeline = a_pipeline(book=a_book(*EVERYTHING))
    for event in events:
        pipeline.process(event)
    for event in events:
        again = pipeline.process(event)
        assert (again.verdict, again.alerts, again.signals) == ("DUPLICATE", [], [])


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(happenings(), st.sampled_from(["orange", "red", 1, 2]))
def test_one_more_raise_never_lowers_a_grade(events: list[Event], step: str | int) -> None:
    rule = next(rule for rule in EVERYTHING if rule["id"] == "chained")
    dusty = next(rule for rule in EVERYTHING if rule["id"] == "dusty")
    more: dict[str, Any] = {"when": {"tags": ["danger"]}, "because": {"zh": "e", "en": "e"}}
    more["to" if isinstance(step, str) else "by"] = step
    ordered = in_order(*events)
    before = {alert.id: alert for alert in told([rule, dusty], ordered)}
    after = {alert.id: alert for alert in told([{**rule, "raises": [*rule["raises"], more]}, dusty], ordered)}
    assert before.keys() == after.keys()
    assert all(after[id_].grade.rank >= alert.grade.rank for id_, alert in before.items())


@given(st.lists(st.tuples(st.integers(0, 200), st.sampled_from("abcd")), min_size=1, max_size=40), st.integers(1, 100))
def test_a_window_never_counts_one_reporter_twice(calls: list[tuple[int, str]], length: int) -> None:
    window = Window(Count(at_least=2, within="1min"), float(length))
    events = [an_event(f"{i:03d}", t, reporter=who) for i, (t, who) in enumerate(sorted(calls))]
    items = [item_of(event, event.occurred_at.timestamp(), COUNTED) for event in events]
    for index, item in enumerate(items):
        inside = {x.who for x in items[: index + 1] if x.t > item.t - length}
        assert window.push(items, index) == len(inside) <= 4
