"""What is declared of areas, on real Kafka: the alerts of a replay, and a bad declaration among the dead letters."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

from kafka import KafkaAdminClient, TopicPartition
from rich.console import Console

from rules.surroundings import Declaration
from streams import topics
from streams.backtest.command import backtest
from streams.backtest.order import Order
from streams.clients import connect
from streams.codec import CONTEXT, decode_dead_letter, read_origin
from streams.declaring import declare, declared
from streams.feed import feed_reports, parcels
from streams.publishing import publish
from streams.recorded import replay_topic
from streams.replay import Replay, drain
from streams.sources.hotline import HotlineCall
from streams.sources.mapping_row import Row, RowOk
from tests.integration.harness import (
    City,
    a_city,
    alerts,
    current,
    final_forms,
    read_all,
    settle,
    versions,
    wait_ready,
)

BEGINS = datetime(2026, 3, 11, 6, tzinfo=UTC)


def floods() -> list[Row]:
    """Water reported in every other street of two districts, and quiet days that let the alerts close."""
    rows: list[Row] = []
    for street in ("440507-01", "440511-01"):
        for n in range(12):
            at = BEGINS + timedelta(minutes=10 * n)
            call = HotlineCall(
                id=f"{street}-{n}",
                occurred_at=at,
                kind="waterlogging",
                text="路面积水",
                district=street[:6],
                street=street,
                caller=f"1380013{n:04}",
            )
            rows.append(RowOk(call, at.timestamp(), 0))
    return sorted(rows, key=lambda row: row.t)


def passed_on(city: City) -> int:
    origins = [read_origin(record.headers) for record in read_all(city, topics.EVENTS)]  # type: ignore[attr-defined]
    return sum(origin is not None and origin[0] == CONTEXT for origin in origins)


def wait_for(city: City, count: int) -> None:
    deadline = time.monotonic() + 30
    while passed_on(city) < count:
        assert time.monotonic() < deadline, city.logs()
        time.sleep(0.2)


def forget_what_was_passed_on(city: City) -> int:
    """Delete the oldest records of ``events``, up to the last declaration, as retention does in time."""
    last: dict[int, int] = {}
    for record in read_all(city, topics.EVENTS):
        origin = read_origin(record.headers)  # type: ignore[attr-defined]
        if origin is not None and origin[0] == CONTEXT:
            last[record.partition] = record.offset + 1  # type: ignore[attr-defined]
    admin = connect(KafkaAdminClient, city.settings)
    try:
        name = city.settings.topic(topics.EVENTS)
        admin.delete_records({TopicPartition(name, partition): offset for partition, offset in last.items()})
    finally:
        admin.close()
    return len(last)


def test_what_is_declared_raises_the_same_alerts_live_in_replay_and_from_the_recorded_topic(
    kafka: str, topic_prefix: str, tmp_path: Path
) -> None:
    rows, said = floods(), Console(file=(tmp_path / "said").open("w"))
    storm = Declaration(
        id="weather/440507", issued_at=BEGINS + timedelta(minutes=40), area="440507", weather=("rainstorm_red",)
    )
    with a_city(kafka, topic_prefix, tmp_path / "logs", partitions=2, idle_s=2.0) as city:
        lateness_s = city.settings.lateness_s
        calm, wet = (
            Replay(city.parts(), lateness_s=lateness_s, now=time.time(), declarations=known) for known in ((), [storm])
        )
        for replay in (calm, wet):
            drain(replay.run(rows))
        grades = [sorted(alert.grade.value for alert in replay.tally.final.values()) for replay in (calm, wet)]
        assert grades == [["yellow", "yellow"], ["orange", "yellow"]]
        for worker in [city.start_worker() for _ in range(2)]:
            wait_ready(worker, city)
        publish(city.settings, topics.CONTEXT, "broken", b'{"id": "broken"}')
        declare(
            city.settings,
            said,
            storm.id,
            area=storm.area,
            weather=storm.weather,
            at=storm.issued_at.isoformat(),
        )
        wait_for(city, city.settings.partitions)
        assert feed_reports(parcels(rows), city.settings).rows == len(rows)
        settle(city, wet.tally.newest - lateness_s)
        assert final_forms(current(city)) == final_forms(wet.tally.final)
        again = versions([alert for one in replay_topic(city.settings, city.parts()) for alert in one.alerts])
        assert versions(alerts(city)) == again
        assert list(declared(city.settings)) == [storm]
        of_all = backtest(Order(book="shipped", topic=True), city.settings).new.whole.alerts
        assert (of_all["orange"], of_all["yellow"]) == (1, 1)
        assert forget_what_was_passed_on(city) > 0
        assert backtest(Order(book="shipped", topic=True), city.settings).new.whole.alerts == of_all
        (dead,) = [decode_dead_letter(r.value) for r in read_all(city, topics.DEAD)]  # type: ignore[attr-defined]
        assert (dead.topic, dead.reason, dead.path) == ("context", "SCHEMA", "$.issued_at")
        declare(city.settings, said, storm.id)
        wait_for(city, city.settings.partitions)  # those before are gone
        assert list(declared(city.settings)) == []
    said.file.close()
