"""Every kind of condition: what fires it, what does not, and that the order of arrival never matters."""

from __future__ import annotations

import random
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from detectors.event import Event
from rules.alert import Alert
from rules.book import Book
from rules.condition import Count
from rules.rule import Rule
from rules.surroundings import Declaration
from rules.window import COUNTED, Window, item_of
from streams.pipeline import Pipeline
from tests.builders import T0, a_pipeline, a_place, an_event

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


def test_a_share_needs_its_smallest_number() -> None:
    share = {"match": {"tags": ["danger"]}, "at_least": 0.5, "least": 4, "within": "1d"}
    rule = a_rule(fires=[{"share": share}])
    marked = an_event("m", 5 * HOUR, reporter="m", tags=("danger",))
    second = an_event("m2", 6 * HOUR, reporter="m2", tags=("danger",))
    assert told([rule], [*noises(1, 2), second]) == []  # one of three: too few to say
    assert told([rule], [*noises(1, 2, 3), marked]) == []  # one of four
    (alert,) = told([rule], [*noises(1, 2), marked, second])
    assert alert.grade.value == "yellow"


def test_a_ratio_holds_one_sort_of_event_against_another() -> None:
    ratio = {"match": {"kinds": ["noise"]}, "to": {"kinds": ["dust"]}, "at_least": 3, "least": 1, "within": "1d"}
    rule = a_rule(fires=[{"ratio": ratio}])
    assert told([rule], noises(1, 2, 3)) == []  # nothing to hold it against
    assert told([rule], in_order(*noises(1, 2, 3), *others("dust", 0.5, 0.6))) == []
    assert len(told([rule], in_order(*noises(1, 2, 3), *others("dust", 0.5)))) == 1


def test_a_spike_is_held_against_the_groups_own_past() -> None:
    rule = a_rule(fires=[{"change": {"within": "1d", "against": "4d", "times": 3, "least": 3}}])
    usual = noises(2, 26, 50, 74)  # one a day
    burst = [an_event(f"b{i}", (97 + i) * HOUR, reporter=f"b{i}") for i in range(3)]
    assert told([rule], [*usual, *burst[:2]]) == []
    (alert,) = told([rule], [*usual, *burst])
    assert alert.raised_at == burst[2].occurred_at


def test_a_drop_is_seen_when_nothing_comes_any_more() -> None:
    rule = a_rule(fires=[{"change": {"within": "6h", "against": "24h", "down_to": 0, "least": 2}}], quiet="12h")
    steady = noises(*[h / 2 for h in range(60)])  # two an hour for thirty hours
    assert told([rule], steady, until=5 * HOUR) == []
    (alert,) = told([rule], steady, until=6 * HOUR)
    assert alert.raised_at == steady[-1].occurred_at + timedelta(hours=6)


def test_a_new_kind_is_new_once() -> None:
    rule = a_rule(kinds=["noise", "dust"], together=True, fires=[{"fresh": {"of": "kinds", "within": "7d"}}])
    first = told([rule], [*noises(0), *others("dust", 30), *others("dust", 60)])
    assert [alert.raised_at for alert in first] == [
        datetime.fromtimestamp(T0, UTC),
        datetime.fromtimestamp(T0 + 30 * HOUR, UTC),
    ]


def test_cardinality_counts_places() -> None:
    rule = a_rule(per="street", fires=[{"count": {"at_least": 3, "within": "1d", "of": "communities"}}])
    somewhere = [
        an_event(f"c{i}", i * HOUR, place=a_place(f"s{i}", community=f"c{i % 3}"), reporter="same") for i in range(4)
    ]
    assert told([rule], somewhere[:2]) == []
    (alert,) = told([rule], somewhere)
    assert (alert.observed, alert.reporters) == (3, 1)


def test_a_sequence_is_in_order_and_in_time() -> None:
    after = [{"match": {"kinds": ["dust"]}, "within": "4h"}, {"match": {"kinds": ["odor"]}, "within": "1h"}]
    rule = a_rule(fires=[{"after": after}])
    dust, odor = others("dust", 1), others("odor", 4)
    assert len(told([rule], [*dust, *odor, *noises(4.5)])) == 1
    assert told([rule], [*dust, *odor, *noises(5.5)]) == []  # too late after the second step
    assert told([rule], [*others("odor", 1), *others("dust", 2), *noises(2.5)]) == []  # the wrong way round
    assert told([rule], [*dust, *others("odor", 5.5), *noises(6)]) == []  # too late after the first step


def test_reopened_means_reported_again_after_it_was_closed() -> None:
    rule = a_rule(per="spot", fires=[{"after": [{"match": {"status": "closed"}, "within": "7d"}]}])
    closed = an_event("x", 10 * HOUR, status="closed")
    assert told([rule], [*noises(0), closed]) == []
    assert told([rule], [*noises(0, 5)]) == []
    (alert,) = told([rule], [*noises(0), closed, an_event("again", 20 * HOUR, reporter="z")])
    assert alert.raised_at.timestamp() == T0 + 20 * HOUR
    assert told([rule], [closed, an_event("late", 10 * HOUR + 7 * DAY + 1)]) == []


def test_what_does_not_follow_fires_when_the_wait_is_over() -> None:
    rule = a_rule(fires=[{"then_not": {"match": {"kinds": ["dust"]}, "within": "30min"}}])
    assert told([rule], noises(1), until=29 * MIN) == []
    (alert,) = told([rule], noises(1), until=31 * MIN)
    assert (alert.raised_at.timestamp(), alert.evidence) == (T0 + HOUR + 1800, ("hotline:n0",))
    assert told([rule], in_order(*noises(1), *others("dust", 1.4)), until=60 * MIN) == []
    assert len(told([rule], in_order(*noises(1), *others("dust", 0.9)), until=60 * MIN)) == 1  # came before


def test_a_wait_that_ends_just_at_the_watermark_ends_after_it() -> None:
    pipeline = trial(a_rule(fires=[{"then_not": {"match": {"kinds": ["dust"]}, "within": "1h"}}]))
    (event,) = noises(0)
    pipeline.process(event)
    assert pipeline.advance(T0 + HOUR).alerts == []
    (alert,) = pipeline.advance(T0 + HOUR + 1).alerts
    assert alert.evidence == (event.id,)


def test_a_chain_asks_whether_another_rule_fired_here() -> None:
    wire = a_rule(
        id="wire", kinds=["fire_hazard"], per="spot", quiet="1d", fires=[{"count": {"at_least": 3, "within": "30d"}}]
    )
    fire = a_rule(
        kinds=["ebike_fire"],
        per="spot",
        fires=[{"count": {"at_least": 1}}],
        raises=[
            {
                "to": "red",
                "when": {"fired": {"rule": "wire", "within": "90d"}},
                "because": {"zh": WIRE[1], "en": WIRE[0]},
            }
        ],
    )
    reports = others("fire_hazard", 0, 24, 48)
    burning = others("ebike_fire", 48 + 60 * 24)
    (alert,) = [a for a in told([wire, fire], [*reports, *burning]) if a.rule.id == "tried"]
    assert alert.grade.value == "red"
    assert alert.steps[-1].because.en == WIRE[0]
    for unlike in (reports[:2], [*reports[:2], an_event("o2", 48 * HOUR, "fire_hazard", place=a_place("other"))]):
        (alert,) = [a for a in told([wire, fire], [*unlike, *burning]) if a.rule.id == "tried"]
        assert alert.grade.value == "yellow"
    (alert,) = [a for a in told([wire, fire], [*reports, *others("ebike_fire", 48 + 91 * 24)]) if a.rule.id == "tried"]
    assert alert.grade.value == "yellow"


def test_only_texts_that_are_alike_are_one_matter() -> None:
    rule = a_rule(alike=0.3, fires=[{"count": {"at_least": 3, "within": "30d"}}], quiet="7d")
    same = [
        "楼下烧烤店油烟扰民，夜里十二点还在营业",
        "烧烤店油烟很大，夜里十二点还在营业，扰民",
        "楼下烧烤店夜里十二点还在营业，油烟扰民严重",
    ]
    unlike = ["广场舞音响太吵", "装修电钻从早响到晚", "学校喇叭周末还响"]
    speak = [an_event(f"s{i}", i * HOUR, text=text, reporter=f"r{i}") for i, text in enumerate(same)]
    others_ = [an_event(f"u{i}", (i + 5) * HOUR, text=text, reporter=f"u{i}") for i, text in enumerate(unlike)]
    assert told([rule], others_) == []
    assert told([rule], [*speak[:2], *others_]) == []
    (alert,) = told([rule], [*speak, *others_])
    assert alert.evidence == tuple(event.id for event in speak)


@pytest.mark.parametrize(
    ("where", "told_of"),
    [
        ({"text": {"any": ["电钻"], "none": ["演练"]}}, ["n1"]),
        ({"text": {"all": ["装修", "电钻"]}}, ["n1"]),
        ({"text": {"regex": "凌晨[一二三]点"}}, ["n2"]),
        ({"hours": "22:00-06:00"}, ["n2"]),
        ({"number": {"people": 5}}, ["n3"]),
        ({"expr": "event.people > 3 && event.community == 'c1'"}, ["n3"]),
        ({"days": "weekend"}, []),
        ({"sources": ["grid"]}, []),
    ],
)
def test_a_selector_says_which_events_count(where: dict[str, Any], told_of: list[str]) -> None:
    rule = a_rule(fires=[{"count": {"at_least": 1}}], where=where)
    events = [
        an_event("n0", 7 * HOUR, text="电钻演练"),
        an_event("n1", 8 * HOUR, text="楼上装修电钻响"),
        an_event("n2", 23 * HOUR, text="凌晨二点还在唱歌"),
        an_event("n3", 30 * HOUR, people=5),
    ]
    found = told([rule], events)
    assert [id_.removeprefix("hotline:") for alert in found for id_ in alert.evidence] == told_of


def test_a_weather_warning_raises_while_it_is_in_force_and_where_it_is() -> None:
    raises = [{"by": 1, "when": {"context": {"weather": ["rainstorm"]}}, "because": {"zh": "暴雨", "en": "rain"}}]
    rule = a_rule(fires=[{"count": {"at_least": 1}}], raises=raises)
    at = datetime.fromtimestamp(T0, UTC)
    warning = Declaration(id="w", issued_at=at, until_at=at + timedelta(hours=5), area="d1", weather=("rainstorm_red",))
    elsewhere = msgspec.structs.replace(warning, area="d2")
    lifted = Declaration(id="w", issued_at=at + timedelta(hours=2))
    graded = [
        [alert.grade.value for alert in told([rule], noises(hour), about=about)]
        for hour, about in (
            (3, [warning]),
            (6, [warning]),
            (3, [elsewhere]),
            (3, [warning, lifted]),
            (1, [warning, lifted]),
        )
    ]
    assert graded == [["orange"], ["yellow"], ["yellow"], ["yellow"], ["orange"]]


def test_a_threshold_profile_is_chosen_by_the_mode_of_the_area() -> None:
    fires = [
        {"count": {"at_least": 3, "within": "1d"}},
        {"count": {"at_least": 2, "within": "1d"}, "context": {"mode": "emergency"}},
    ]
    emergency = Declaration(id="m", issued_at=datetime.fromtimestamp(T0, UTC), mode="emergency")
    assert told([a_rule(fires=fires)], noises(1, 2)) == []
    assert len(told([a_rule(fires=fires)], noises(1, 2), about=[emergency])) == 1


def test_a_declaration_that_comes_after_the_event_still_counts() -> None:
    raises = [{"to": "red", "when": {"context": {"event": ["any"]}}, "because": {"zh": "活动", "en": "event"}}]
    pipeline = trial(a_rule(fires=[{"count": {"at_least": 1}}], raises=raises))
    (event,) = noises(2)
    assert pipeline.process(event).alerts[0].grade.value == "yellow"
    (version,) = pipeline.declare(
        Declaration(id="fair", issued_at=datetime.fromtimestamp(T0, UTC), event="fair")
    ).alerts
    assert (version.grade.value, version.revision.change) == ("red", "upgrade")


def test_lowers_come_after_raises_and_the_maximum() -> None:
    because = {"zh": "因", "en": "why"}
    rule = a_rule(
        grade="orange",
        maximum="orange",
        fires=[{"count": {"at_least": 1}}],
        raises=[{"by": 2, "when": {"tags": ["danger"]}, "because": because}],
        lowers=[{"when": {"match": {"text": {"any": ["演练"]}}}, "because": because}],
    )
    grades = [
        told([rule], [an_event("1", 0, tags=tags, text=text)])[0].grade.value
        for tags, text in (((), ""), (("danger",), ""), ((), "消防演练"), (("danger",), "消防演练"))
    ]
    assert grades == ["orange", "orange", "yellow", "yellow"]


def test_a_shadow_rule_is_heard_apart() -> None:
    pipeline = trial(a_rule(status="shadow", fires=[{"count": {"at_least": 1}}]))
    (event,) = noises(1)
    outcome = pipeline.process(event)
    assert outcome.alerts == []
    assert [alert.rule.status for alert in outcome.shadow] == ["shadow"]


def test_owner_clocks_plan_and_gate_are_the_rules() -> None:
    rule = a_rule(
        fires=[{"count": {"at_least": 1}}],
        owners=[{"areas": ["d9"], "zh": "九", "en": "nine"}, {"kinds": ["noise"], "zh": "噪", "en": "noise office"}],
        owner={"zh": "主", "en": "main"},
        clocks={"sign": "10min", "on_site": "30min"},
        plan={"zh": "预案", "en": "plan"},
        gate="containment",
        restricted=True,
    )
    (alert,) = told([rule], noises(1))
    assert (alert.owner.en, alert.plan.en, alert.gate, alert.restricted) == (
        "noise office",
        "plan",
        "containment",
        True,
    )
    assert alert.sign_by - alert.graded_at == timedelta(minutes=10)
    assert alert.on_site_by - alert.graded_at == timedelta(minutes=30)


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
