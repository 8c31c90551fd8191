"""The parity law: what alerts become depends on the events and the watermark, never on the order of arrival."""

from __future__ import annotations

import random

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from detectors.detector import Scope
from detectors.event import Event
from rules.alert import Alert
from tests.builders import T0, a_pipeline, a_place, an_event

SPOTS = {
    "s1": a_place("s1", lon=116.6800, lat=23.3500),
    "s2": a_place("s2", lon=116.6830, lat=23.3500),
    "s3": a_place("s3", lon=116.6860, lat=23.3500),
    "far": a_place("far", lon=116.80, lat=23.40, community="c2"),
    "nowhere": a_place("", name="", community="c1"),
}


def final_form(alert: Alert) -> bytes:
    """Everything but how it grew."""
    return msgspec.json.encode({k: v for k, v in msgspec.structs.asdict(alert).items() if k != "revision"})


def run(events: list[Event], cuts: list[float], *, snapshots: bool = False) -> tuple[dict[str, bytes], list[Alert]]:
    """Feed events in the given order, advancing wherever a cut allows it; return final alerts and all versions."""
    pipeline = a_pipeline()
    versions: list[Alert] = []
    stored: dict[str, bytes] = {}
    rest = [event.occurred_at.timestamp() for event in events]
    for index, event in enumerate(events):
        outcome = pipeline.process(event)
        assert outcome.verdict == "ACCEPTED"
        versions += outcome.alerts
        ahead = min(rest[index + 1 :], default=None)
        for cut in cuts:
            if ahead is not None and T0 + cut <= ahead:
                versions += pipeline.advance(T0 + cut).alerts
        if snapshots and index % 3 == 0:
            for key, data in pipeline.dirty().items():
                if data is None:
                    stored.pop(key, None)
                else:
                    stored[key] = data
            again = a_pipeline()
            again.restore(stored, pipeline.watermark)
            pipeline = again
    versions += pipeline.advance(max(rest) + 0.0).alerts
    final: dict[str, bytes] = {}
    for alert in versions:
        if alert.status == "withdrawn":
            final.pop(alert.id, None)
        else:
            final[alert.id] = final_form(alert)
    return final, versions


@st.composite
def happenings(draw: st.DrawFn) -> list[Event]:
    n = draw(st.integers(1, 25))
    events = []
    for i in range(n):
        t = draw(st.one_of(st.integers(0, 4 * 3600), st.integers(0, 12 * 86400)))
        kind = draw(st.sampled_from(["gas_leak", "noise", "parking", "waterlogging", "water_outage", "hazmat"]))
        source = draw(st.sampled_from(["hotline", "hotline", "grid", "police"]))
        place = SPOTS[draw(st.sampled_from(sorted(SPOTS)))]
        reporter = draw(st.sampled_from(["", "a", "b", "c", "d", "e", "f"]))
        depth = draw(st.sampled_from([0.0, 0.0, 30.0])) if kind == "waterlogging" else 0.0
        tags = draw(st.sampled_from([(), (), ("danger",)]))
        events.append(an_event(f"{i:02}", t, kind, source, place=place, reporter=reporter, depth_cm=depth, tags=tags))
    return events


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(happenings(), st.randoms(use_true_random=False), st.lists(st.integers(0, 13 * 86400), max_size=6))
def test_the_order_of_arrival_and_the_cuts_of_the_watermark_do_not_change_what_alerts_become(
    events: list[Event], rng: random.Random, cuts: list[int]
) -> None:
    in_order = sorted(events, key=lambda event: (event.occurred_at, event.id))
    shuffled = list(events)
    rng.shuffle(shuffled)
    expected, _ = run(in_order, [])
    got, _ = run(shuffled, sorted(map(float, cuts)))
    assert got == expected


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(happenings(), st.randoms(use_true_random=False), st.lists(st.integers(0, 13 * 86400), max_size=6))
def test_a_restored_pipeline_goes_on_version_by_version(
    events: list[Event], rng: random.Random, cuts: list[int]
) -> None:
    shuffled = list(events)
    rng.shuffle(shuffled)
    order = sorted(map(float, cuts))
    assert run(shuffled, order, snapshots=True) == run(shuffled, order)


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(happenings())
def test_versions_of_an_alert_count_up_from_one(events: list[Event]) -> None:
    _, versions = run(events, [])
    by_id: dict[str, list[int]] = {}
    for alert in versions:
        by_id.setdefault(alert.id, []).append(alert.revision.version)
    for numbers in by_id.values():
        assert numbers == list(range(1, len(numbers) + 1))


def test_a_second_copy_of_an_event_is_a_duplicate_and_raises_nothing() -> None:
    pipeline = a_pipeline()
    event = an_event("1", 0, "gas_leak", place=SPOTS["s1"], reporter="a")
    assert len(pipeline.process(event).alerts) == 1
    again = pipeline.process(event)
    assert (again.verdict, again.alerts) == ("DUPLICATE", [])


@pytest.mark.parametrize("scope", ["district", "city"])
def test_a_report_that_comes_again_with_another_district_is_counted_in_both(scope: Scope) -> None:
    """Somebody corrected where it was: one partition may have both districts, the city has them all."""
    pipeline, elsewhere = a_pipeline(scope=scope), a_place(district="d2", street="st2", community="c2")
    for event in (an_event("1", 60.0), an_event("1", 60.0, place=elsewhere)):
        assert pipeline.process(event).verdict == "ACCEPTED"
    assert pipeline.advance(T0 + 86_400.0).verdict == "ACCEPTED"


def test_an_event_before_the_watermark_is_late() -> None:
    pipeline = a_pipeline()
    pipeline.advance(T0 + 100)
    assert pipeline.process(an_event("1", 99)).verdict == "LATE"
    assert pipeline.process(an_event("2", 100)).verdict == "ACCEPTED"


@pytest.mark.parametrize(("minutes", "grade"), [(10, "red"), (45, "orange")])
def test_two_gas_reports_within_half_an_hour_and_500_metres_are_red(minutes: int, grade: str) -> None:
    pipeline = a_pipeline()
    first = pipeline.process(an_event("1", 0, "gas_leak", place=SPOTS["s1"], reporter="a")).alerts
    assert [(a.grade.value, a.revision.change) for a in first] == [("orange", "new")]
    pipeline.process(an_event("2", minutes * 60, "gas_leak", place=SPOTS["s2"], reporter="b"))
    final = pipeline.advance(T0 + minutes * 60 + 1).alerts or first
    assert {a.id for a in final} == {first[0].id}
    latest, _ = run(
        [
            an_event("1", 0, "gas_leak", place=SPOTS["s1"], reporter="a"),
            an_event("2", minutes * 60, "gas_leak", place=SPOTS["s2"], reporter="b"),
        ],
        [],
    )
    (alert,) = [msgspec.json.decode(data) for data in latest.values()]
    assert alert["grade"] == grade
    assert alert["events"] == 2


def test_a_watermark_nobody_knows_yet_moves_nothing() -> None:
    pipeline = a_pipeline()
    for number in range(3):
        pipeline.process(an_event(str(number), number, "garbage", place=SPOTS["s1"], reporter=f"r{number}"))
        assert pipeline.advance(float("-inf")).signals == []
    assert pipeline.watermark == float("-inf")


def test_events_that_wait_in_small_groups_are_taken_up_again_after_a_restart() -> None:
    events = [an_event(str(n), n * 3600, "garbage", place=SPOTS["s1"], reporter=f"r{n}") for n in range(3)]
    before = a_pipeline()
    written: dict[str, bytes] = {}
    for event in events[:2]:
        before.process(event)
        before.advance(event.occurred_at.timestamp())
        for key, data in before.dirty().items():
            if data is None:
                del written[key]
            else:
                written[key] = data
    after = a_pipeline()
    after.restore(written, before.watermark)
    (alert,) = after.process(events[2]).alerts
    assert alert.evidence == tuple(event.id for event in events)
