"""The parity law on real Kafka: replay, one worker, two workers, and workers killed in mid-stream."""

from __future__ import annotations

import signal
import subprocess
import time
from datetime import datetime
from pathlib import Path

import pytest

from streams.assembly import Parts
from streams.feed import feed_reports, parcels
from streams.recorded import replay_topic
from streams.replay import Replay, Tally, drain
from streams.simulate import load_scenarios, simulate
from streams.sources.mapping import load_mapping, read_ordered
from streams.sources.mapping_row import Row, RowOk
from streams.topics import raw_topics
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
    unacknowledged,
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


def simulated_day(parts: Parts, daily_events: float = 2_000) -> list[Row]:
    """The demo day of the simulator, by event time."""
    start = datetime(2026, 3, 11, tzinfo=parts.areas.zone)
    staged = simulate(
        areas=parts.areas,
        start=start,
        days=1,
        seed=7,
        daily_events=daily_events,
        scenarios=load_scenarios(["demo-day"]),
    )
    return sorted(
        (RowOk(report, report.occurred_at.timestamp(), 0) for _, report in staged.reports), key=lambda row: row.t
    )


def feed(city: City, rows: list[Row]) -> None:
    fed = feed_reports(parcels(rows), city.settings)
    assert fed.rows == len(rows)


def check_live(city: City, rows: list[Row], expected: Tally) -> None:
    """Everything the law asks of a live run that has settled."""
    settle(city, expected.newest - city.settings.lateness_s)
    got, wanted = final_forms(current(city)), final_forms(expected.final)
    assert got == wanted
    live = versions(alerts(city))
    again = versions([alert for said in replay_topic(city.settings, city.parts()) for alert in said.alerts])
    assert live == again, "a replay of the recorded topic issues other versions than live did"
    check_contiguous(city, len(rows))


def check_contiguous(city: City, rows: int) -> None:
    """Every raw offset is on ``events`` or among the dead letters, and none is in both."""
    raw = {
        f"{topic}/{record.partition}/{record.offset}"  # type: ignore[attr-defined]
        for topic in raw_topics()
        for record in read_all(city, topic)
    }
    assert len(raw) == rows
    out = {f"{channel}/{o}" for (channel, _), offsets in event_origins(city).items() for o in offsets}
    buried = {record.key.decode() for record in read_all(city, "dead-letters")}  # type: ignore[attr-defined]
    dead = {key for key in buried if key.split("/")[0] in raw_topics()}
    assert out | dead == raw, "a raw record is neither an event nor a dead letter"
    assert not out & dead


def test_the_st_louis_month_gives_the_same_final_alerts_in_replay_and_live(
    kafka: str, topic_prefix: str, tmp_path: Path, shared_data: Path
) -> None:
    rows = stlouis(shared_data)
    with a_city(kafka, topic_prefix, tmp_path, areas="stlouis") as city:
        expected = replayed(rows, city.parts(), city.settings.lateness_s)
        for worker in [city.start_worker() for _ in "ab"]:
            wait_ready(worker, city)
        feed(city, rows)
        check_live(city, rows, expected)


@pytest.mark.parametrize("workers", [1, 2])
def test_the_simulated_day_gives_the_same_final_alerts_in_replay_and_live(
    workers: int, kafka: str, topic_prefix: str, tmp_path: Path
) -> None:
    with a_city(kafka, topic_prefix, tmp_path) as city:
        rows = simulated_day(city.parts())
        expected = replayed(rows, city.parts(), city.settings.lateness_s)
        assert {alert.grade.value for alert in expected.final.values()} == {"red", "orange", "yellow", "blue"}
        for worker in [city.start_worker() for _ in range(workers)]:
            wait_ready(worker, city)
        feed(city, rows)
        check_live(city, rows, expected)
        if workers == 1:
            counted = metrics(city)
            for verdict in ("ACCEPTED", "DUPLICATE"):
                assert counted.get(f'fenghuo_events_total{{verdict="{verdict}"}}', 0) == expected.verdicts[verdict]


def test_workers_that_join_and_leave_in_mid_stream_lose_nothing(kafka: str, topic_prefix: str, tmp_path: Path) -> None:
    with a_city(kafka, topic_prefix, tmp_path) as city:
        rows = simulated_day(city.parts())
        expected = replayed(rows, city.parts(), city.settings.lateness_s)
        first = city.start_worker()
        wait_ready(first, city)
        quarter = len(rows) // 4
        feed(city, rows[:quarter])
        second = city.start_worker()
        feed(city, rows[quarter : 2 * quarter])
        wait_ready(second, city)
        third = city.start_worker()
        feed(city, rows[2 * quarter : 3 * quarter])
        wait_ready(third, city)
        third.send_signal(signal.SIGTERM)  # what it had comes back to those who had it before
        feed(city, rows[3 * quarter :])
        assert third.wait(30) == 0, f"a worker that was asked to leave did not leave well\n{city.logs()}"
        second.kill()
        check_live(city, rows, expected)
        assert first.poll() is None


def kill_in_mid_stream(worker: subprocess.Popen[bytes], city: City) -> None:
    """Kill the only worker once it has said something and before it has acknowledged everything."""
    deadline = time.monotonic() + 60
    while not metrics(city).get('fenghuo_events_total{verdict="ACCEPTED"}'):
        assert time.monotonic() < deadline, city.logs()
        time.sleep(0.01)
    worker.kill()
    worker.wait()
    assert unacknowledged(city) > 0, "killed too late to show anything"


def test_kill_9_in_mid_stream_and_a_restart_lose_nothing_and_double_nothing(
    kafka: str, topic_prefix: str, tmp_path: Path
) -> None:
    with a_city(kafka, topic_prefix, tmp_path) as city:
        rows = simulated_day(city.parts(), daily_events=10_000)
        expected = replayed(rows, city.parts(), city.settings.lateness_s)
        first = city.start_worker()
        wait_ready(first, city)
        third = len(rows) // 3
        feed(city, rows[:third])
        kill_in_mid_stream(first, city)
        feed(city, rows[third : 2 * third])
        second = city.start_worker()
        wait_ready(second, city, 90)
        kill_in_mid_stream(second, city)
        third_worker = city.start_worker()
        feed(city, rows[2 * third :])
        wait_ready(third_worker, city, 90)
        check_live(city, rows, expected)
