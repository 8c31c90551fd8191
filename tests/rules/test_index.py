"""The area index: 100 on an ordinary day, less the further from it, and why; the same in whatever order things come."""

from __future__ import annotations

import random
from collections.abc import Iterable, Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from detectors.areas import AreaTree
from detectors.event import Event
from rules.alert import Alert, Handling, Revision
from rules.index import AreaIndexer
from rules.index_config import IndexFault, load_index_config
from rules.index_counting import EventCounter
from rules.index_record import AreaIndex
from tests.builders import T0, a_place, a_taxonomy, an_alert, an_area_tree, an_event

DAY = 86_400.0
CONFIG = load_index_config()
POINT = {"level": "spot", "lon": None, "lat": None}


def a_city(residents: int = 0) -> AreaTree:
    community = {"id": "c1", "name": "一社区", "population": residents}
    street = {"id": "st1", "name": "一街道", "communities": [community]}
    return an_area_tree(districts=[{"id": "d1", "name": "一区", "name_en": "District One", "streets": [street]}])


def an_indexer(**over: Any) -> AreaIndexer:
    return AreaIndexer(CONFIG, over.get("areas") or a_city(), a_taxonomy())


def plain_days(days: Iterable[int], a_day: int = 10, kind: str = "noise") -> Iterator[Event]:
    for day in days:
        for n in range(a_day):
            yield an_event(f"{kind}-{day}-{n}", day * DAY + n * 600.0, kind)


def scores(indexer: AreaIndexer, until_day: float) -> list[AreaIndex]:
    return indexer.advance(T0 + until_day * DAY + CONFIG.settle_s)


def run(
    events: Iterable[Event], days: int, alerts: Iterable[tuple[float, Alert]] = (), **over: Any
) -> dict[tuple[str, int], AreaIndex]:
    """The final scores by area and number of the day."""
    indexer = an_indexer(**over)
    for event in events:
        indexer.count(event)
    for at, alert in alerts:
        indexer.note([alert], T0 + at * DAY)
    first = date(2026, 1, 1)
    found = [one for day in range(1, days + 1) for one in scores(indexer, day) if one.final]
    return {(one.area, (one.day - first).days): one for one in found}


def an_alert_on(day: float, grade: str = "orange", **over: Any) -> Alert:
    at = datetime.fromtimestamp(T0 + day * DAY, UTC)
    times = dict.fromkeys(("first_at", "last_at", "raised_at", "graded_at"), at)
    return an_alert(grade=grade, **{**times, **over})


def handled(day: float, **over: Any) -> Revision:
    at = datetime.fromtimestamp(T0 + day * DAY, UTC)
    handling = Handling(level="community", area="c1", sign_by=at, **over)
    return Revision(version=2, change="update", handling=handling)


def test_an_ordinary_day_is_green_and_nothing_contributed() -> None:
    found = run(plain_days(range(20)), 20)
    one = found["c1", 19]
    assert (one.score, one.colour, one.contributors, one.events) == (100.0, "green", (), 10)
    assert one.norm.expected == 10.0
    assert one.norm.long_run is None


def test_a_day_far_above_its_norm_is_red_and_says_by_what() -> None:
    trees = (an_event(f"t{n}", 19 * DAY + n, "tree_fall") for n in range(30))
    one = run([*plain_days(range(20)), *trees], 20)["d1", 19]
    assert one.colour == "red"
    (trees_fell,) = one.contributors
    assert (trees_fell.what, trees_fell.key, trees_fell.observed) == ("count", "natural_hazard", 30)
    assert trees_fell.share == 1.0
    assert trees_fell.text.zh == "自然灾害30起，常态0起/日"
    assert one.name.en == "District One"


def test_every_level_up_to_the_city_has_a_score() -> None:
    found = run(plain_days(range(12)), 12)
    assert {area for area, day in found if day == 11} == {"c1", "st1", "d1", "test"}
    assert [one.level for (_, day), one in found.items() if day == 11] == ["city", "district", "street", "community"]


def test_there_is_no_score_before_there_is_a_norm() -> None:
    days = [day for area, day in run(plain_days(range(12)), 12) if area == "c1"]
    assert days == [8, 9, 10, 11]


def test_the_score_of_the_running_day_follows_every_version_of_an_alert() -> None:
    versions = [an_alert_on(11.2, "orange"), an_alert_on(11.2, "red"), an_alert_on(11.2, "red", status="withdrawn")]
    indexer = an_indexer()
    for event in plain_days(range(12)):
        indexer.count(event)
    scores(indexer, 11.3)
    found = []
    for version in versions:
        indexer.note([version], T0 + 11.3 * DAY)
        found.append(next(one for one in indexer.current() if one.area == "c1"))
    assert [(one.alerts, one.score < 100.0) for one in found] == [(1, True), (1, True), (0, False)]
    assert found[1].score < found[0].score


def test_a_day_of_which_nothing_was_heard_has_no_score_and_is_no_part_of_a_norm() -> None:
    found = run(plain_days([day for day in range(24) if day not in {15, 16}]), 24)
    assert ("c1", 15) not in found
    assert ("test", 16) not in found
    assert found["c1", 23].norm.expected == 10.0


def test_days_before_a_feed_had_begun_in_earnest_are_no_part_of_a_norm() -> None:
    thin, full = plain_days(range(30), 6), plain_days(range(30, 60), 200, "theft")
    found = run([*thin, *full], 60)
    assert found["c1", 45].norm.expected == pytest.approx(206 - 6, abs=7)
    assert found["c1", 59].score == 100.0


def test_the_rhythm_of_the_week_is_ordinary() -> None:
    days = (day for day in range(60))
    events = [event for day in days for event in plain_days([day], 4 if day % 7 in {2, 3} else 20)]
    found = run(events, 60)
    assert min(found["test", day].score for day in range(35, 60)) >= 90


def test_the_norm_has_three_parts_once_a_year_has_gone_by() -> None:
    found = run([*plain_days(range(250), 6), *plain_days(range(250, 430), 12)], 430)
    norm = found["c1", 429].norm
    assert norm.last_period == 12.0
    assert norm.last_year == 6.0
    assert norm.long_run == pytest.approx((250 * 6 + 178 * 12) / 428, abs=0.1)
    assert norm.expected == pytest.approx(0.4 * 12 + 0.3 * 6 + 0.3 * (norm.long_run or 0), abs=0.01)


def test_the_same_excess_is_felt_less_among_more_residents() -> None:
    trees = [an_event(f"t{n}", 19 * DAY + n, "tree_fall") for n in range(8)]
    events = [*plain_days(range(20)), *trees]
    few, many = (run(events, 20, areas=a_city(residents))["c1", 19] for residents in (5_000, 900_000))
    assert few.score < many.score
    assert (few.per_10k, many.per_10k) == (36.0, 0.2)
    assert run(events, 20)["c1", 19].per_10k is None


@pytest.mark.parametrize(
    ("grade", "colour"), [("blue", "green"), ("yellow", "yellow"), ("orange", "orange"), ("red", "red")]
)
def test_one_alert_where_there_are_none_gives_the_area_its_colour(grade: str, colour: str) -> None:
    found = run(plain_days(range(12)), 12, [(11, an_alert_on(11.3, grade))])
    one = found["c1", 11]
    assert one.colour == colour
    assert one.contributors[0].text.zh.startswith("燃气泄漏预警1条")
    assert found["c1", 10].score == 100.0


@pytest.mark.parametrize(
    ("over", "expected"),
    [
        ({}, 75.0),
        ({"revision": handled(11.4, missed=1)}, 69.8),
        ({"revision": handled(11.4, signed_by="x", signed_at=datetime.fromtimestamp(T0 + 11.4 * DAY, UTC))}, 79.4),
        ({"revision": handled(11.4, resolved_at=datetime.fromtimestamp(T0 + 11.4 * DAY, UTC))}, 86.6),
        ({"pending_check": True}, 86.6),
        ({"status": "closed"}, 86.6),
        ({"revision": handled(11.4, verdict="false", judged_at=datetime.fromtimestamp(T0 + 11.4 * DAY, UTC))}, 100.0),
        ({"status": "withdrawn"}, 100.0),
        ({"exercise": True}, 100.0),
        ({"restricted": True}, 100.0),
        ({"rule": msgspec.structs.replace(an_alert().rule, status="shadow")}, 100.0),
    ],
)
def test_what_became_of_an_alert_changes_what_it_takes_off(over: dict[str, Any], expected: float) -> None:
    found = run(plain_days(range(12)), 12, [(11.5, an_alert_on(11.3, **over))])
    assert found["c1", 11].score == pytest.approx(expected, abs=0.2)


def test_an_alert_fades_day_by_day_without_new_evidence_and_is_gone_when_it_closes() -> None:
    open_, closed = an_alert_on(11.3), an_alert_on(11.3, status="closed")
    found = run(plain_days(range(16)), 16, [(11, open_)])
    assert [found["c1", day].score for day in (11, 12, 13, 14)] == sorted(
        found["c1", day].score for day in (11, 12, 13, 14)
    )
    assert found["c1", 12].score == pytest.approx(86.6, abs=0.2)
    over = run(plain_days(range(16)), 16, [(11, open_), (12.1, closed)])
    assert over["c1", 13].score == 100.0
    assert over["c1", 12].score > found["c1", 12].score


def test_a_grade_counts_from_the_day_it_was_reached() -> None:
    at = datetime.fromtimestamp(T0 + 12.2 * DAY, UTC)
    red = an_alert_on(11.3, "red", graded_at=at, last_at=at)
    found = run(plain_days(range(13)), 13, [(11.4, an_alert_on(11.3, "yellow")), (11.9, red)])
    assert (found["c1", 11].colour, found["c1", 12].colour) == ("yellow", "red")


def test_an_alert_of_two_districts_counts_in_both() -> None:
    trees = an_area_tree(districts=[{"id": "d1", "name": "一区"}, {"id": "d2", "name": "二区"}])
    there = [
        an_event(f"o{d}", d * DAY, "noise", place=a_place(district="d2", street="", community="")) for d in range(12)
    ]
    found = run(
        [*plain_days(range(12)), *there], 12, [(11, an_alert_on(11.3, "red", districts=("d1", "d2")))], areas=trees
    )
    assert found["d1", 11].score == found["d2", 11].score < 70


def test_usual_alerts_are_part_of_what_is_normal() -> None:
    usual = [(day + 0.4, an_alert_on(day + 0.3, "yellow", id=f"a{day}")) for day in range(20, 60)]
    found = run(plain_days(range(60)), 60, usual)
    assert found["c1", 20].score < 90
    assert found["c1", 59].score == 100.0
    assert found["c1", 59].alerts > 0


def test_the_running_day_is_told_where_it_changes_and_only_then() -> None:
    indexer = an_indexer()
    for event in plain_days(range(12)):
        indexer.count(event)
    for day in range(1, 12):
        scores(indexer, day)
    for n in range(20):
        indexer.count(an_event(f"t{n}", 11 * DAY + 3_600 + n, "tree_fall"))
    told = scores(indexer, 11.1)
    assert {one.area for one in told} == {"c1", "st1", "d1", "test"}
    assert not any(one.final for one in told)
    assert scores(indexer, 11.2) == []
    assert [one.area for one in indexer.current()] == ["test", "d1", "st1", "c1"]


HAPPENED = st.lists(
    st.tuples(
        st.integers(0, 13),
        st.integers(0, 86_399),
        st.sampled_from(["noise", "tree_fall", "theft"]),
        st.sampled_from("ab"),
    ),
    max_size=60,
)


@settings(max_examples=40, deadline=None)
@given(HAPPENED, st.randoms(use_true_random=False), st.lists(st.floats(0.01, 14.0), max_size=12))
def test_final_scores_are_the_same_in_whatever_order_and_however_time_is_cut(
    happened: list[tuple[int, int, str, str]], rng: random.Random, cuts: list[float]
) -> None:
    extra = [
        an_event(f"x{n}", day * DAY + second, kind, place=a_place(community=community))
        for n, (day, second, kind, community) in enumerate(happened)
    ]
    events = [*plain_days(range(14)), *extra]
    straight = finals(events, [float(day) for day in range(1, 15)])
    shuffled = events[:]
    rng.shuffle(shuffled)
    assert finals(shuffled, [*sorted(cuts), 14.0]) == straight


def finals(events: list[Event], cuts: list[float]) -> list[AreaIndex]:
    """Final scores when each event comes just before the first cut that lies after it, with a state stored at each."""
    indexer, left, found = an_indexer(), events, list[AreaIndex]()
    kept: dict[str, bytes] = {}
    for cut in cuts:
        for event in left:
            if event.occurred_at.timestamp() < T0 + cut * DAY + CONFIG.settle_s:
                indexer.count(event)
        left = [event for event in left if event.occurred_at.timestamp() >= T0 + cut * DAY + CONFIG.settle_s]
        found += [one for one in scores(indexer, cut) if one.final]
        for key, data in indexer.dirty().items():
            if data is None:
                kept.pop(key, None)
            else:
                kept[key] = data
        indexer = an_indexer()
        indexer.restore(kept)
    return found


def test_a_restart_goes_on_as_if_nothing_had_been() -> None:
    events = list(plain_days(range(90)))
    alerts = [(day + 0.5, an_alert_on(day + 0.3, id=f"a{day}")) for day in range(0, 90, 5)]
    straight, kept, restarted = an_indexer(), dict[str, bytes](), an_indexer()
    for day in range(1, 91):
        for one in (straight, restarted):
            for event in events[(day - 1) * 10 : day * 10]:
                one.count(event)
            one.note([alert for at, alert in alerts if day - 1 < at <= day], T0 + day * DAY)
        assert scores(straight, day + 0.1) == scores(restarted, day + 0.1)
        for key, data in restarted.dirty().items():
            kept = {**kept, key: data} if data is not None else {name: one for name, one in kept.items() if name != key}
        restarted = an_indexer()
        restarted.restore(kept)
    assert len(kept) < 63 + 60 + 20


def test_counted_elsewhere_is_counted_all_the_same() -> None:
    events = list(plain_days(range(12)))
    here, there, counter = an_indexer(), an_indexer(), EventCounter(a_city(), a_taxonomy())
    for n, event in enumerate(events):
        here.count(event)
        counter.count(event)
        if n % 7 == 0:
            there.absorb(counter.drain(T0))
    there.absorb(counter.drain(T0))
    assert scores(here, 12) == scores(there, 12)


def test_a_day_is_closed_some_time_after_its_end() -> None:
    indexer = an_indexer()
    for event in plain_days(range(12)):
        indexer.count(event)
    for day in range(1, 12):
        scores(indexer, day)
    assert indexer.advance(T0 + 12 * DAY + CONFIG.settle_s - 1) == []
    indexer.note([an_alert_on(11.9, "red")], T0 + 12 * DAY)
    told = indexer.advance(T0 + 12 * DAY + CONFIG.settle_s)
    assert [one.colour for one in told if one.final and one.area == "c1"] == ["red"]


def test_what_is_settled_is_not_counted_again() -> None:
    closed = [an_event(f"c{n}", 11 * DAY + n, status="closed") for n in range(50)]
    assert run([*plain_days(range(12)), *closed], 12)["c1", 11].events == 10


def test_a_place_nobody_could_tell_counts_for_the_city_only() -> None:
    nowhere = [
        an_event(f"n{n}", 11 * DAY + n, place=a_place(district="test:unknown", street="", community=""))
        for n in range(3)
    ]
    found = run([*plain_days(range(12)), *nowhere], 12)
    assert found["test", 11].events == 13
    assert not any("unknown" in area for area, _ in found)


def test_memory_is_bounded() -> None:
    indexer, kept = an_indexer(), set[str]()
    for day in range(1, 1_200):
        for event in plain_days([day - 1], 2):
            indexer.count(event)
        indexer.note([an_alert_on(day - 0.5, id=f"a{day}")], T0 + day * DAY)
        scores(indexer, day)
        changed = indexer.dirty()
        kept = (kept | {key for key, data in changed.items() if data is not None}) - {
            key for key, data in changed.items() if data is None
        }
    by_part = {part: sum(key.startswith(part) for key in kept) for part in ("history/day", "history/week", "alerts/")}
    assert by_part["history/day"] <= 75
    assert by_part["history/week"] <= 107
    assert by_part["alerts/"] <= 14


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"bands": {"green": 90, "yellow": 95, "orange": 70}}, "must fall"),
        ({"alerts": {"points": {"red": 1}}}, "missing blue"),
        ({"counts": {"weights": {"order": 1}}}, "missing other"),
        ({"norm": {"keep_weeks": 3}}, "keep_weeks"),
        ({"refresh_s": 0}, "refresh_s"),
        ({"speed": 1}, "speed"),
    ],
)
def test_a_faulty_configuration_says_where(tmp_path: Path, change: dict[str, Any], words: str) -> None:
    content = msgspec.to_builtins(CONFIG)
    for name, value in change.items():
        content[name] = {**content[name], **value} if isinstance(value, dict) else value
    path = tmp_path / "index.yaml"
    path.write_text(yaml.safe_dump(content), encoding="utf-8")
    with pytest.raises(IndexFault, match=words):
        load_index_config(path)


def test_what_is_no_yaml_or_no_file_is_told(tmp_path: Path) -> None:
    with pytest.raises(IndexFault, match="no such file"):
        load_index_config(tmp_path / "none.yaml")
    (tmp_path / "odd.yaml").write_text("a: [", encoding="utf-8")
    with pytest.raises(IndexFault, match="line 2: not YAML"):
        load_index_config(tmp_path / "odd.yaml")
    (tmp_path / "odd.yaml").write_text(f"{yaml.safe_dump(msgspec.to_builtins(CONFIG))}version: 2\n", encoding="utf-8")
    with pytest.raises(IndexFault, match=r"\$\.version: stands twice, first on line"):
        load_index_config(tmp_path / "odd.yaml")


def test_days_are_the_citys_own() -> None:
    tree = AreaTree.from_mapping({"city": "x", "name": "X", "tz": "Asia/Shanghai", "calendar": "none", "open": True})
    indexer = an_indexer(areas=tree)
    indexer.count(an_event("late", 20 * 3_600.0))
    indexer.advance(T0 + timedelta(hours=21).total_seconds())
    assert [one for one in indexer.dirty() if one.startswith("history/day")] == ["history/day/20455"]
