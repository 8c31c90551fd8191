"""What has to see all districts runs beside the partitions, and together they say what one pipeline says."""

from __future__ import annotations

import random
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from zoneinfo import ZoneInfo

import msgspec
import pytest

from detectors.detector import Scope
from detectors.event import Event, Place
from detectors.signal import Signal
from rules.alert import Alert
from rules.explaining import explain
from rules.explanation import Reason
from rules.question import Question
from rules.whynot import why_not
from streams.assembly import Parts, assemble
from streams.explain_material import Desk
from streams.lines import CITY, DISTRICTS
from streams.metrics import Metrics
from streams.outlet import Outlet
from streams.partition import Emission
from streams.pipeline import Pipeline
from streams.recall import Recall
from streams.replay import Replay, Tally
from streams.settings import Settings
from streams.sources.mapping import load_mapping, read_ordered
from streams.sources.mapping_row import RowOk
from tests.builders import a_taxonomy, the_book
from tests.integration.harness import final_forms

HOUR, DAY = 3_600.0, 86_400.0
BEGINS = 1_767_225_600.0  # 2026-01-01
LATENESS_S = 600.0
STREETS = [f"{district}-{n:02d}" for district in ("440507", "440511") for n in (1, 2, 3)]
MATTER = "中心粮站夜间烘干粮食灰尘很大"


@cache
def city() -> Parts:
    return assemble(areas="shantou", book="", hazards="", reporter_key=b"k" * 16)


@cache
def weeks() -> tuple[Event, ...]:
    """Four weeks of two districts in which, at the end, a class gathers across their border and a matter is told of."""
    rng, events = random.Random(11), []
    communities = {street: city().areas.children(street) for street in STREETS}

    def add(t: float, street: str, kind: str, text: str) -> None:
        area = rng.choice(communities[street])
        place = Place(district=street[:6], street=street, community=area.id, name=area.name, lon=area.lon, lat=area.lat)
        events.append(
            Event(
                id=f"hotline:{len(events)}",
                source="hotline",
                kind=kind,
                occurred_at=datetime.fromtimestamp(t, UTC),
                place=place,
                reporter=f"r{rng.randrange(10_000)}",
                text=text,
            )
        )

    for hour in range(28 * 24):
        for _ in range(2 if 8 <= hour % 24 <= 20 else 0):
            street, text = rng.choice(STREETS), "".join(chr(0x4E00 + rng.randrange(20_000)) for _ in range(8))
            add(BEGINS + (hour + rng.random()) * HOUR, street, rng.choice(("noise", "garbage", "parking")), text)
    for n in range(30):
        add(BEGINS + 26 * DAY + rng.random() * 10 * HOUR, STREETS[3 * (n % 2)], "waterlogging", "")
    for n in range(12):
        add(BEGINS + 27 * DAY + n * 900.0, STREETS[n % 6], "dust", MATTER)
    return tuple(sorted(events, key=lambda event: (event.occurred_at, event.id)))


def a_pipeline(scope: Scope | None) -> Pipeline:
    return Pipeline(book=the_book(), areas=city().areas, taxonomy=a_taxonomy(), scope=scope)


def said(
    scope: Scope | None, events: Iterable[Event], every_s: float, restarts: Sequence[int] = ()
) -> dict[str, Alert]:
    """The last version of every alert that is not withdrawn."""
    pipeline, state = a_pipeline(scope), dict[str, bytes]()
    tally, due, t = Tally(), float("-inf"), BEGINS
    for number, event in enumerate(events):
        t = max(t, event.occurred_at.timestamp())
        if t >= due:
            due = t + every_s
            outcome = pipeline.advance(t - LATENESS_S)
            tally.note(outcome.alerts, outcome.shadow)
        outcome = pipeline.process(event)
        assert outcome.verdict == "ACCEPTED"
        tally.note(outcome.alerts, outcome.shadow)
        if number in restarts:
            changed = state | pipeline.dirty()
            state = {name: data for name, data in changed.items() if data is not None}
            pipeline, before = a_pipeline(scope), pipeline
            pipeline.restore(state, before.watermark)
    outcome = pipeline.advance(BEGINS + 60 * DAY)
    tally.note(outcome.alerts, outcome.shadow)
    return tally.final | tally.shadow


@cache
def whole() -> dict[str, bytes]:
    return final_forms(said(None, weeks(), 300.0))


def test_a_cluster_across_districts_and_a_matter_told_of_everywhere_are_alerts_of_the_city() -> None:
    alerts = said("city", weeks(), 300.0)
    by_rule = {alert.rule.id: alert for alert in alerts.values()}
    assert by_rule.keys() == {"clusters", "topics", "city-surge"}
    cluster, topic = by_rule["clusters"], by_rule["topics"]
    assert (cluster.place.level, cluster.place.district, cluster.place.key) == ("city", "", "440500")
    assert "跨2个辖区" in cluster.why.zh
    assert cluster.title.zh.startswith("区域聚集·")
    assert "处" in cluster.title.zh
    assert topic.reporters == 12
    assert "中心粮站夜间烘干粮食" in topic.title.zh


def test_partitions_and_the_city_together_say_what_one_pipeline_says() -> None:
    districts = [[e for e in weeks() if e.place.district == one] for one in ("440507", "440511")]
    parts = [said("district", events, 300.0) for events in districts]
    together = [*parts, said("city", weeks(), 300.0)]
    assert sum(map(len, together)) == len(set().union(*together)) > 3
    assert final_forms({id_: alert for part in together for id_, alert in part.items()}) == whole()


@pytest.mark.parametrize(("seed", "every_s"), [(1, 900.0), (2, 90_000.0)])
def test_order_of_arrival_advances_and_restarts_change_no_alert_of_the_city(seed: int, every_s: float) -> None:
    rng = random.Random(seed)
    jittered = sorted(weeks(), key=lambda event: event.occurred_at.timestamp() + rng.random() * LATENESS_S)
    restarts = [rng.randrange(len(jittered)) for _ in range(4)]
    assert final_forms(said("city", jittered, every_s, restarts)) == {
        id_: form for id_, form in whole().items() if id_ in final_forms(said("city", weeks(), 300.0))
    }


def test_no_word_of_what_is_for_the_duty_desk_only_names_a_topic() -> None:
    secret = [msgspec.structs.replace(e, kind="threat") if e.text == MATTER else e for e in weeks()]
    assert "topics" not in {alert.rule.id for alert in said("city", secret, 3_600.0).values()}


def test_a_book_without_rules_about_the_city_leaves_it_nothing_to_do() -> None:
    book = the_book()
    rules = tuple(rule for rule in book.rules if rule.signal not in {"scan", "topics", "surge_city"})
    pipeline = Pipeline(book=type(book)(rules, "d"), areas=city().areas, taxonomy=a_taxonomy(), scope="city")
    for event in weeks()[:200]:
        assert not pipeline.process(event).alerts
    assert not [name for name in pipeline.dirty() if not name.startswith("seen/")]


@pytest.mark.slow
def test_the_typhoon_is_one_cluster_that_names_its_communities(shared_data: Path) -> None:
    versions, _ = replayed("pingshan", shared_data / "pingshan_2018" / "appeals.csv.gz")
    (typhoon,) = [a for a in versions if (a.rule.id, a.kind, a.revision.change) == ("clusters", "tree_fall", "new")]
    assert typhoon.grade.value == "orange"
    assert all(name in typhoon.why.zh for name in ("金沙社区", "坑梓社区", "10处相邻区域", "跨4个辖区"))
    assert typhoon.place.level == "city"
    day = datetime(2018, 9, 16, tzinfo=ZoneInfo("Asia/Shanghai"))
    assert (typhoon.first_at, typhoon.raised_at) == (day, day + timedelta(days=1))


@pytest.mark.slow
@pytest.mark.parametrize(("words", "begins"), [(("丽发新城", "搅拌"), "2019-11-02"), (("滨河", "车位"), "2019-07-28")])
def test_large_complaints_are_alerts_by_their_fifth_message(
    words: tuple[str, str], begins: str, shared_data: Path
) -> None:
    versions, events = replayed("citizen-messages", shared_data / "teddy_2020" / "messages.csv.gz")
    since = datetime.fromisoformat(f"{begins}T00:00+08:00")
    mine = [e for e in events if e.occurred_at >= since and all(word in e.text for word in words)]
    first = min(a.raised_at for a in versions if a.rule.id == "topics" and {e.id for e in mine} & set(a.evidence))
    assert sum(event.occurred_at <= first for event in mine) <= 5
    weeks_long = (events[-1].occurred_at - events[0].occurred_at).days / 7
    assert len({a.id for a in versions if a.rule.id == "topics"}) <= 1.5 * weeks_long


@cache
def replayed(mapping: str, file: Path) -> tuple[list[Alert], list[Event]]:
    """Every version, and the events."""
    loaded = load_mapping(mapping)
    parts = assemble(areas=loaded.areas, book="", hazards="", reporter_key=b"k" * 16)
    rows = list(read_ordered([(loaded, file)], None))
    replay = Replay(parts, lateness_s=LATENESS_S, now=4e9)
    versions = [alert for outcome in replay.run(rows) for alert in outcome.alerts]
    return versions, [parts.intake.normalise(row.report, 4e9) for row in rows if isinstance(row, RowOk)]


def heard() -> Desk:
    desk = Desk(city())
    pipeline = desk.new_pipeline()
    for event in weeks():
        pipeline.process(event)
    pipeline.advance(BEGINS + 60 * DAY)
    return desk


def test_an_alert_of_the_city_is_explained_by_all_districts() -> None:
    desk = heard()
    for alert in [one for one in desk.notes.alerts.values() if one.rule.id in {"clusters", "topics"}]:
        answer = explain(the_book(), desk.city, alert, desk.notes.heard(), desk.lens)
        assert answer.differs == ()
        assert {view.id for view in answer.events} == set(alert.evidence)
        assert len({event_district(desk, view.id) for view in answer.events}) == 2


def event_district(desk: Desk, id_: str) -> str:
    return next(event.place.district for event in desk.notes.accepted if event.id == id_)


def test_what_was_said_of_a_cluster_is_found_by_any_of_its_areas_and_not_elsewhere() -> None:
    desk, book = heard(), the_book()
    asked = [Question("clusters", Place(district=s[:6], street=s), BEGINS + 26.5 * DAY, "") for s in STREETS]
    said_of = [why_not(book, desk.city, one, desk.notes.heard(), desk.lens) for one in asked]
    reasons = dict(zip(STREETS, (one.reason for one in said_of), strict=True))
    assert {street for street, reason in reasons.items() if reason is Reason.ALREADY_OPEN} == {STREETS[0], STREETS[3]}


def test_an_event_that_is_sent_again_with_another_district_stops_nobody() -> None:
    pipeline, event = a_pipeline("city"), weeks()[0]
    moved = msgspec.structs.replace(event, place=Place(district="440514"))
    assert [pipeline.process(one).verdict for one in (event, moved)] == ["ACCEPTED", "ACCEPTED"]
    pipeline.advance(BEGINS + 60 * DAY)


def test_an_event_that_is_late_is_put_out_once_and_not_by_the_city_again() -> None:
    put_out: list[str] = []
    outbox: Any = SimpleNamespace(add=lambda topic, *_, **__: put_out.append(topic))
    for line in (DISTRICTS, CITY):
        Outlet(line, Settings(), outbox, Metrics()).emit(Emission(0, late=weeks()[0]))
    assert put_out == ["events.late"]


def test_a_thread_that_goes_on_for_weeks_is_recalled_from_its_first_signal() -> None:
    recall, first = Recall(), next(s for s in signals_of_the_city() if s.thread)
    for day in range(30):
        ends_at = first.ends_at + timedelta(days=day)
        recall.note([msgspec.structs.replace(first, id=f"{first.id}/{day}", ends_at=ends_at)])
        recall.forget(ends_at.timestamp())
    assert len(list(recall)) == 30
    recall.forget(first.ends_at.timestamp() + 40 * DAY)
    assert not list(recall)


@cache
def signals_of_the_city() -> tuple[Signal, ...]:
    pipeline = a_pipeline("city")
    for event in weeks():
        pipeline.process(event)
    return tuple(pipeline.advance(BEGINS + 60 * DAY).signals)
