"""The parity law on real Kafka: replay, one worker, two workers, and workers killed in mid-stream."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from streams.assembly import Parts
from streams.feed import feed_reports, parcels
from streams.recorded import replay_topic
from streams.replay import Replay, Tally, drain
from streams.sources.mapping import load_mapping, read_ordered
from streams.sources.mapping_row import Row
from tests.integration.harness import (
    City,
    a_city,
    alerts,
    current,
    event_origins,
    final_forms,
    metrics,
    read_all,
    settle,
    versions,
    wait_ready,
)

pytestmark = [pytest.mark.slow]


def stlouis(data: Path) -> list[Row]:
    folder = data / "stlouis_2018_01"
    names = {"stlouis-requests": "requests.csv.gz", "stlouis-incidents": "incidents.csv.gz"}
    return list(read_ordered([(load_mapping(name), folder / file) for name, file in names.items()]))


def replayed(rows: list[Row], parts: Parts, lateness_s: float) -> Tally:
    replay = Replay(parts, lateness_s=lateness_s, now=time.time())
    drain(replay.run(rows))
    assert replay.tally.adds_up()
    return replay.tally


def feed(city: City, rows: list[Row]) -> None:
    fed = feed_reports(parcels(rows), city.settings)
    assert fed.rows == len(rows)


def check_live(city: City, rows: list[Row], expected: Tally) -> None:
    """Everything the law asks of a live run that has settled."""
    settle(city, expected.newest - city.settings.lateness_s)
    got, wanted = final_forms(current(city)), final_forms(expected.final)
    for id_ in sorted(set(got) ^ set(wanted))[:3]:
        print(id_, wanted.get(id_, b"").decode(), *[a.revision for a in alerts(city) if a.id == id_])
    assert got == wanted
    live = versions(alerts(city))
    again = versions([alert for said in replay_topic(city.settings, city.parts()) for alert in said.alerts])
    assert live == again, "a replay of the recorded topic issues other versions than live did"
    seen = {(r.topic, r.partition, r.offset) for r in read_all(city, "hotline.calls")}  # type: ignore[attr-defined]
    seen |= {(r.topic, r.partition, r.offset) for r in read_all(city, "police.events")}  # type: ignore[attr-defined]
    seen |= {(r.topic, r.partition, r.offset) for r in read_all(city, "grid.reports")}  # type: ignore[attr-defined]
    assert len(seen) == len(rows)
    out = {(channel, offset) for (channel, _), offsets in event_origins(city).items() for offset in offsets}
    dead = {record.key for record in read_all(city, "dead-letters")}  # type: ignore[attr-defined]
    assert len(out) + len(dead) == len(rows), "an event was lost between the raw topics and events"


@pytest.mark.parametrize("workers", [1, 2])
def test_the_st_louis_month_gives_the_same_final_alerts_in_replay_and_live(
    workers: int, kafka: str, topic_prefix: str, tmp_path: Path, shared_data: Path
) -> None:
    rows = stlouis(shared_data)
    with a_city(kafka, topic_prefix, tmp_path, areas="stlouis") as city:
        expected = replayed(rows, city.parts(), city.settings.lateness_s)
        for worker in [city.start_worker() for _ in range(workers)]:
            wait_ready(worker, city)
        feed(city, rows)
        check_live(city, rows, expected)
        if workers == 1:
            counted = metrics(city)
            assert counted['fenghuo_events_total{verdict="ACCEPTED"}'] == expected.verdicts["ACCEPTED"]
            assert counted['fenghuo_events_total{verdict="DUPLICATE"}'] == expected.verdicts["DUPLICATE"]


def test_kill_9_in_mid_stream_and_a_restart_lose_nothing_and_double_nothing(
    kafka: str, topic_prefix: str, tmp_path: Path, shared_data: Path
) -> None:
    rows = stlouis(shared_data)
    with a_city(kafka, topic_prefix, tmp_path, areas="stlouis") as city:
        expected = replayed(rows, city.parts(), city.settings.lateness_s)
        first = city.start_worker()
        wait_ready(first, city)
        third = len(rows) // 3
        feed(city, rows[:third])
        time.sleep(1.2)
        first.kill()
        feed(city, rows[third : 2 * third])
        second = city.start_worker()
        wait_ready(second, city, 90)
        time.sleep(0.7)
        second.kill()
        third_worker = city.start_worker()
        feed(city, rows[2 * third :])
        wait_ready(third_worker, city, 90)
        check_live(city, rows, expected)
