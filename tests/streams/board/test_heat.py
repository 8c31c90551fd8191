"""Counting events of any span, and looking back at alerts, scores and clusters."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

import pytest

from detectors.event import Event
from detectors.signal import Cluster, Member, Signal
from rules.alert import Grade, Text
from rules.index_history import Norm
from rules.index_record import AreaIndex
from streams.board.clusters import Clusters
from streams.board.courses import Courses
from streams.board.heat import Heat
from streams.board.told import Told
from streams.board.views.city_heat import warmth
from streams.codec import WATERMARK, encode, origin
from streams.tail import Heard
from tests.builders import T0, a_place, an_alert, an_event

DAY = 86_400.0


def heard(topic: str, value: Any, ms: int = 0, headers: Any = ()) -> Heard:
    return Heard(topic, 0, 0, ms, b"k", None if value is None else encode(value), headers)


def event_heard(event: Event, ms: int | None = None) -> Heard:
    return heard("events", event, int(event.occurred_at.timestamp() * 1_000) if ms is None else ms)


def test_events_count_in_every_area_around_them_and_in_the_city() -> None:
    heat = Heat()
    for n in range(3):
        heat.take(event_heard(an_event(str(n), 60.0 * n)))
    heat.take(event_heard(an_event("4", 0.0, place=a_place(community="c2"))))
    assert heat.count(T0, T0 + 120) == {"": 3, "d1": 3, "st1": 3, "c1": 2, "c2": 1}


def test_events_that_come_late_or_are_of_other_kinds_are_told_apart() -> None:
    heat = Heat()
    for t, kind in ((300.0, "noise"), (100.0, "gas_leak"), (200.0, "noise")):
        heat.add(T0 + t, ("d", "", ""), kind)
    assert heat.count(T0, T0 + 250, {"noise"}) == {"": 1, "d": 1}
    assert heat.kinds(T0, T0 + 400) == {"noise": 2, "gas_leak": 1}
    assert heat.course(T0, 100.0, 4, area="d") == [0, 1, 1, 1]


def test_events_of_a_day_have_no_hour() -> None:
    heat = Heat()
    heat.take(event_heard(an_event("1", 0.0, resolution="day")))
    assert heat.count(T0, T0 + 1, exact=True) == {}
    assert heat.count(T0, T0 + 1)["d1"] == 1
    assert heat.course(T0, 3_600.0, 24) == [0] * 24


def test_clocks_among_the_events_are_no_events() -> None:
    heat = Heat()
    heat.take(heard("events", {"at": 1}, headers=origin("events/0", 1, WATERMARK)))
    assert len(heat) == 0


def test_only_so_many_events_are_kept_and_the_oldest_go() -> None:
    heat = Heat(kept=5_000)
    for n in range(12_000):
        heat.add(float(n), ("d", "", ""), "noise")
    assert 4_400 <= len(heat) <= 5_000
    assert heat.oldest is not None
    assert heat.count(0.0, 12_000.0)[""] == 12_000 - heat.oldest


def test_heat_is_held_against_the_same_span_of_the_days_before() -> None:
    heat = Heat()
    for day in range(8):
        for n in range(4 if day < 7 else 12):
            heat.add(day * DAY + 43_200 + n, ("d", "", ""), "noise")
    warm = warmth(heat, "hour", 7 * DAY + 45_000, ["d"], None)
    assert warm.usual == {"": 4.0, "d": 4.0}
    assert (warm.counts["d"], warm.fill("d"), warm.fill("elsewhere")) == (12, "h3", "h0")


def test_without_days_before_counts_are_plain_and_the_legend_says_so() -> None:
    heat = Heat()
    for n in range(10):
        heat.add(float(n), ("d" if n < 9 else "e", "", ""), "noise")
    warm = warmth(heat, "hour", 3_600.0, ["d", "e"], None)
    assert warm.usual is None
    assert (warm.fill("d"), warm.fill("e")) == ("h4", "h1")
    assert [text.zh for _, text in warm.legend()] == ["0起", "1起", "2–4起", "5–6起", "≥7起"]


def test_a_day_is_held_against_the_norm_of_the_index_until_enough_days_are_known() -> None:
    heat = Heat()
    heat.add(10.0, ("d", "", ""), "noise")
    assert warmth(heat, "day", DAY, ["d"], None, {"d": 7.0}).usual == {"d": 7.0}
    assert warmth(heat, "day", DAY, ["d"], ["noise"], {"d": 7.0}).usual is None


def test_an_alert_has_the_grade_it_had_then() -> None:
    courses, alert = Courses(), an_alert(grade="red", version=3)
    versions = (
        (0, "yellow", "new"),
        (600, "red", "upgrade"),
        (1_200, "orange", "downgrade"),
        (1_800, "orange", "closed"),
    )
    for version, (t, grade, change) in enumerate(versions, 1):
        courses.take(heard("alerts", an_alert(grade=grade, change=change, version=version), int((T0 + t) * 1_000)))
    grades = [courses.grade_at(alert, T0 + t) for t in (-1, 0, 599, 700, 1_300, 1_900)]
    assert grades == [None, Grade.YELLOW, Grade.YELLOW, Grade.RED, Grade.ORANGE, None]


def test_in_a_replay_versions_are_dated_by_the_event_time_reached() -> None:
    wall_ms = 1_900_000_000_000
    courses = Courses()
    for minute in range(10):
        courses.take(event_heard(an_event(str(minute), 60.0 * minute), wall_ms + 1_000 * minute))
    courses.take(heard("alerts", an_alert(), wall_ms + 5_000))
    assert courses.grade_at(an_alert(), T0 + 299) is None
    assert courses.grade_at(an_alert(), T0 + 300) is Grade.ORANGE


def test_calls_that_come_hours_late_do_not_make_a_live_city_a_replay() -> None:
    courses = Courses()
    now_ms = int(T0 * 1_000)
    courses.take(event_heard(an_event("late", -9 * 3_600.0), now_ms))
    courses.take(event_heard(an_event("live", 0.0), now_ms + 1_000))
    courses.take(heard("alerts", an_alert(), now_ms + 2_000))
    assert courses.grade_at(an_alert(), T0 - 3_600) is None
    assert courses.grade_at(an_alert(), T0 + 2) is Grade.ORANGE


def test_an_alert_that_has_not_changed_for_days_stood_all_the_time() -> None:
    assert Courses().grade_at(an_alert(), T0 + 9 * DAY) is Grade.ORANGE
    assert Courses().grade_at(an_alert(), T0 - 1) is None


def an_index(score: float, t: float, area: str = "d1") -> AreaIndex:
    return AreaIndex(
        area=area,
        level="district",
        name=Text("区", "D"),
        day=date(2026, 1, 1),
        score=score,
        colour="green" if score >= 90 else "red",
        final=False,
        as_of=datetime.fromtimestamp(T0 + t, UTC),
        events=3,
        norm=Norm(expected=2.0),
        per_10k=None,
        alerts=0,
        contributors=(),
        formula=1,
    )


def test_the_index_is_told_as_it_was() -> None:
    told = Told()
    for score, t in ((95.0, 0.0), (60.0, 3_600.0)):
        told.take(heard("index", an_index(score, t)))
    early, late = told.at("d1", T0 + 60), told.at("d1", T0 + 7_200)
    assert early is not None
    assert late is not None
    assert (early.score, late.score, told.at("d1", T0 - 1)) == (95.0, 60.0, None)
    assert told.course("d1", T0 + 60, T0 + 7_200) == [(T0 + 60, 95.0), (T0 + 3_600, 60.0)]


def test_a_day_that_is_closed_late_does_not_undo_what_runs() -> None:
    told = Told()
    told.take(heard("index", an_index(95.0, 900.0)))
    told.take(heard("index", an_index(10.0, 0.0)))
    assert told.course("d1", T0, T0 + DAY) == [(T0 + 900, 95.0)]


def a_cluster_signal(t: float = 0.0, **over: Any) -> Signal:
    member = Member(id="c1", level="community", name="C1", district="d1", observed=9, expected=1.0)
    cluster = Cluster(
        category="municipal",
        members=(member,),
        districts=("d1",),
        relative_risk=9.0,
        log_odds=8.0,
        kinds=(("manhole", 9),),
        lon=116.7,
        lat=23.4,
        radius_m=900.0,
        outline=((116.6, 23.3), (116.8, 23.3), (116.7, 23.5), (116.6, 23.3)),
    )
    at = datetime.fromtimestamp(T0 + t, UTC)
    base: dict[str, Any] = {
        "id": f"scan:{t}",
        "detector": "scan",
        "key": "c1|municipal",
        "kind": "manhole",
        "place": a_place(),
        "level": "community",
        "starts_at": at,
        "ends_at": at,
        "observed": 9,
        "expected": 1.0,
        "expected_high": 4.0,
        "p_value": 1e-9,
        "model_age": 30,
        "sources": ("hotline",),
        "evidence": ("hotline:1", "hotline:2"),
        "reporters": 9,
        "cluster": cluster,
    }
    return Signal(**base | over)


def test_the_cluster_of_an_alert_is_the_last_found_that_shares_its_events() -> None:
    clusters = Clusters()
    for t in (0.0, 3_600.0):
        clusters.take(heard("signals", a_cluster_signal(t)))
    found = clusters.of(["hotline:2"], T0 + 60)
    assert found is not None
    assert (found.at, found.members) == (T0, ("c1",))
    assert clusters.of(["hotline:2"], T0 + DAY).at == T0 + 3_600  # type: ignore[union-attr]
    assert clusters.of(["hotline:9"], T0 + DAY) is None


def test_a_cluster_that_is_taken_back_is_gone() -> None:
    clusters = Clusters()
    clusters.take(heard("signals", a_cluster_signal()))
    clusters.take(heard("signals", a_cluster_signal(withdrawn=True)))
    assert clusters.of(["hotline:1"], T0 + DAY) is None


@pytest.mark.parametrize("detector", ["surge", "spread"])
def test_signals_of_other_detectors_are_not_clusters(detector: str) -> None:
    clusters = Clusters()
    clusters.take(heard("signals", a_cluster_signal(detector=detector)))
    assert clusters.of(["hotline:1"], T0 + DAY) is None
