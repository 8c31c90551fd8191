"""Kafka, processes, lag and state: which verdict, and what to do."""

from __future__ import annotations

from typing import Any

import pytest

from streams.board.cluster import Cluster, Group, Member, Position, Sighting, Sightings, Size
from streams.board.views.system import works
from streams.board.views.system.verdicts import Section

NOW = 1_000_000.0
ALL = {"events": (0, 1), "findings": (0,)}


def a_worker(**partitions: tuple[int, ...]) -> Member:
    return Member("w·1", "10.0.0.1", partitions or ALL)


def a_look(at: float = NOW, **over: Any) -> Cluster:
    """Two partitions of events and one of findings, worked off by one worker; delivery runs."""
    base: dict[str, Any] = {
        "at": at,
        "took_ms": 40.0,
        "brokers": 3,
        "workers": Group("fenghuo", "Stable", (a_worker(),)),
        "delivery": Group("fenghuo.deliver", "Stable", (a_worker(),)),
        "positions": (position("events", 0), position("events", 1), position("findings", 0)),
        "notices": (position("notices", 0),),
        "sizes": (Size("state.detect", 100, 5 * 1024**2),),
    }
    return Cluster(**{**base, **over})


def position(topic: str, partition: int, committed: int | None = 90, end: int = 90) -> Position:
    return Position(topic, partition, committed, 0, end)


def says(section: Section) -> str:
    return " ".join(f"{line.name.en}: {line.says.en}" for line in section.lines)


def test_all_is_well_when_everything_answers_and_is_owned() -> None:
    look = a_look()
    for section in (
        works.kafka(Sighting(look), None, NOW),
        works.workers(look),
        works.lag(Sighting(look)),
        works.states(look),
    ):
        assert section.verdict == "ok", section
        assert all(not line.todo.en for line in section.lines)


def test_a_cluster_that_does_not_answer_is_a_fault_since_it_last_did() -> None:
    section = works.kafka(Sighting(a_look(), None, "no", NOW - 90), NOW - 120, NOW)
    assert section.verdict == "fault"
    assert "2 min" in section.says.en
    assert section.lines[0].todo.zh


def test_a_missing_topic_is_a_fault_with_the_command_to_run() -> None:
    section = works.kafka(Sighting(a_look(missing=("index",))), None, NOW)
    assert section.verdict == "fault"
    assert "topics create" in section.lines[0].todo.en


def test_no_worker_is_a_fault() -> None:
    section = works.workers(a_look(workers=Group("fenghuo", "Empty", ())))
    assert (section.verdict, section.lines[0].says.en) == ("fault", "no worker is running")


def test_a_partition_nobody_owns_is_named() -> None:
    section = works.workers(a_look(workers=Group("fenghuo", "Stable", (a_worker(events=(0,), findings=(0,)),))))
    assert section.verdict == "fault"
    assert "events 1" in section.lines[0].says.en


def test_handing_out_partitions_anew_is_no_fault_yet() -> None:
    section = works.workers(a_look(workers=Group("fenghuo", "PreparingRebalance", (a_worker(events=(0,)),))))
    assert section.verdict == "watch"


@pytest.mark.parametrize(("committed", "verdict"), [(None, "watch"), (5, "fault")])
def test_delivery_that_stopped_is_worse_than_one_that_never_ran(committed: int | None, verdict: str) -> None:
    gone = Group("fenghuo.deliver", "Empty", ())
    section = works.workers(a_look(delivery=gone, notices=(position("notices", 0, committed),)))
    assert section.verdict == verdict


def test_what_waits_and_moves_is_no_fault() -> None:
    before = a_look(NOW - 300, positions=(position("events", 0, 10, 90),))
    section = works.lag(Sighting(a_look(positions=(position("events", 0, 80, 500),)), before))
    assert section.verdict == "ok"
    assert "420 waiting" in says(section)


def test_a_partition_without_progress_is_a_fault() -> None:
    before = a_look(NOW - 300, positions=(position("events", 0, 10, 90), position("events", 1)))
    section = works.lag(Sighting(a_look(positions=(position("events", 0, 10, 500), position("events", 1))), before))
    assert section.verdict == "fault"
    assert "no progress on partition 0" in says(section)


def test_nothing_is_stuck_that_came_a_moment_ago() -> None:
    before = a_look(NOW - 5, positions=(position("events", 0, 10, 90),))
    assert works.lag(Sighting(a_look(positions=(position("events", 0, 10, 500),)), before)).verdict == "ok"
    before = a_look(NOW - 300, positions=(position("events", 0, 10, 10),))  # nothing waited then
    assert works.lag(Sighting(a_look(positions=(position("events", 0, 10, 500),)), before)).verdict == "ok"


def test_a_backlog_says_how_long_it_will_take() -> None:
    before = a_look(NOW - 100, positions=(position("events", 0, 0, 90_000),))
    section = works.lag(Sighting(a_look(positions=(position("events", 0, 1_000, 7_000),)), before))
    assert section.verdict == "watch"
    assert "10 min" in says(section)


def test_lag_counts_from_the_oldest_record_there_is() -> None:
    assert Position("events", 0, None, 40, 100).lag == 60
    assert Position("events", 0, 10, 40, 100).lag == 60
    assert Position("events", 0, 120, 40, 100).lag == 0


def test_large_state_is_worth_attention() -> None:
    section = works.states(a_look(sizes=(Size("state.detect", 9, 3 * 1024**3), Size("state.city", 1, None))))
    assert section.verdict == "watch"
    assert "3.0 GB" in says(section)


def test_the_look_to_compare_with_is_some_minutes_old() -> None:
    sightings = Sightings(apart_s=300.0)
    for second in range(0, 1_000, 5):
        sightings.saw(a_look(NOW + second))
    latest = sightings.latest()
    assert latest.now is not None
    assert latest.before is not None
    assert 300 <= latest.now.at - latest.before.at <= 305


def test_an_answer_ends_what_failed() -> None:
    sightings = Sightings()
    sightings.failed("no broker", NOW)
    sightings.failed("no broker", NOW + 5)
    assert sightings.latest().failing_since == NOW
    sightings.saw(a_look())
    assert sightings.latest() == Sighting(a_look())
