"""Partitions that rest and wake up: whichever is read first, nothing is late that was written before."""

from __future__ import annotations

import signal
import subprocess
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

from kafka import KafkaProducer

from streams import topics
from streams.clients import connect
from streams.feed import feed_reports, parcels
from streams.replay import Replay, drain
from streams.sources.hotline import HotlineCall
from streams.sources.mapping_row import Row, RowOk
from tests.integration.harness import (
    City,
    a_city,
    current,
    event_origins,
    final_forms,
    read_all,
    settle,
    wait_ready,
)

BEGINS = datetime(2026, 3, 11, 6, tzinfo=UTC)
KINDS = ("gas_leak", "road_collapse", "elevator_trap", "ebike_fire")


def calls(day: int) -> list[Row]:
    """Eight calls in two hours, each an alert of its own: each lies further apart than the allowed lateness."""
    rows: list[Row] = []
    for n in range(8):
        at = BEGINS + timedelta(days=day, minutes=16 * n)
        call = HotlineCall(
            id=f"{day}-{n}",
            occurred_at=at,
            kind=KINDS[n % 4],
            text="出事了",
            caller=f"1380013{n:04}",
            district="440507",
            street="440507-01",
            spot=f"小区{n}",
        )
        rows.append(RowOk(call, at.timestamp(), 0))
    return rows


def test_a_second_file_after_a_rest_gives_live_what_replay_gives(kafka: str, topic_prefix: str, tmp_path: Path) -> None:
    first, second = calls(0), calls(3)
    with a_city(kafka, topic_prefix, tmp_path / "logs", partitions=4, idle_s=1.0) as city:
        lateness_s = city.settings.lateness_s
        replay = Replay(city.parts(), lateness_s=lateness_s, now=time.time())
        drain(replay.run([*first, *second]))
        wait_ready(city.start_worker(), city)
        for rows in (first, second):
            assert feed_reports(parcels(rows), city.settings).rows == len(rows)
            settle(city, rows[-1].t - lateness_s)  # by then every partition rests
            time.sleep(3.0)
        assert read_all(city, topics.LATE) == []
        assert final_forms(current(city)) == final_forms(replay.tally.final)


def put(city: City, row: Row, partition: int) -> None:
    """Write one call to a partition."""
    producer = connect(KafkaProducer, city.settings)
    try:
        for parcel in parcels([row]):
            producer.send(city.settings.topic(parcel.topic), parcel.value, partition=partition)
        producer.flush()
    finally:
        producer.close()


@contextmanager
def frozen(worker: subprocess.Popen[bytes]) -> Iterator[None]:
    """A worker that does nothing for a while, shorter than its session."""
    worker.send_signal(signal.SIGSTOP)
    try:
        yield
    finally:
        worker.send_signal(signal.SIGCONT)


def read_by(city: City, rows: int) -> dict[str, int]:
    """Wait until so many are events, and say how many of each partition are."""
    end = time.monotonic() + 5.0
    while time.monotonic() < end:
        found = Counter[str]()
        for (channel, _), offsets in event_origins(city).items():
            found[channel] += len(offsets)
        if found.total() >= rows:
            break
        time.sleep(0.2)
    return dict(found)


def test_what_a_frozen_worker_has_yet_to_read_is_not_late_though_its_partition_rested_while_the_other_went_on(
    kafka: str, topic_prefix: str, tmp_path: Path
) -> None:
    first, second = calls(0), calls(3)
    with a_city(kafka, topic_prefix, tmp_path / "logs", partitions=2, idle_s=2.0) as city:
        lateness_s = city.settings.lateness_s
        replay = Replay(city.parts(), lateness_s=lateness_s, now=time.time())
        drain(replay.run([*first[:2], *second]))
        workers = [city.start_worker() for _ in range(2)]
        for worker in workers:
            wait_ready(worker, city)
        with frozen(workers[0]):
            for n in range(2):
                put(city, first[n], n)
            (channel,) = read_by(city, 1)
        awake = int(channel[-1])
        settle(city, first[1].t - lateness_s)
        for row in second[:6]:
            put(city, row, awake)
            time.sleep(1.0)
        with frozen(workers[0]):
            put(city, second[6], 1 - awake)
            time.sleep(1.0)
            put(city, second[7], awake)
            time.sleep(1.0)
            assert read_by(city, 9)[channel] == 8
        settle(city, second[-1].t - lateness_s)
        assert read_all(city, topics.LATE) == []
        assert final_forms(current(city)) == final_forms(replay.tally.final)
