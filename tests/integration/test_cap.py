"""CAP on real Kafka: warnings come in once however often they are sent, alerts go out onto a topic."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from pathlib import Path

import pytest
from kafka import KafkaConsumer
from rich.console import Console

from streams import topics
from streams.cap.reading import read_cap
from streams.cap.taking import take_files
from streams.channels.base import Message, Recipient, Retryable
from streams.channels.cap import cap_channel
from streams.clients import connect
from streams.declaring import declared
from tests.builders import an_alert
from tests.integration.harness import a_city, read_all
from tests.streams.cap.messages import a_message, an_area, an_info, refers

pytestmark = pytest.mark.kafka
SENDER = {"id": "desk@city.example", "name": {"zh": "市值班台", "en": "City duty desk"}}


def test_warnings_are_declared_replaced_and_ended_on_the_topic(kafka: str, topic_prefix: str, tmp_path: Path) -> None:
    update = a_message(
        an_info(headline="暴雨橙色预警信号", areas=an_area(("440507", "440511"))),
        identifier="second",
        sent="2026-08-03T09:00:00+08:00",
        msgType="Update",
        references=refers("first"),
    )
    cancel = a_message(identifier="c", sent="2026-08-03T11:00:00+08:00", msgType="Cancel", references=refers("second"))
    paths = []
    for name, raw in (("first", a_message(identifier="first")), ("second", update), ("third", cancel)):
        (tmp_path / name).write_bytes(raw)
        paths.append(str(tmp_path / name))
    with a_city(kafka, topic_prefix, tmp_path / "city") as city:
        console = Console(quiet=True)

        def take(*files: str) -> list[tuple[str, tuple[str, ...]]]:
            take_files(city.settings, console, files, holds_s=3_600.0)
            return [(one.area, one.weather) for one in declared(city.settings)]

        assert take(paths[0]) == [("440507", ("rainstorm_red",))]
        assert take(paths[1]) == [("440507", ("rainstorm_orange",)), ("440511", ("rainstorm_orange",))]
        assert take(paths[0]) == [("440507", ("rainstorm_orange",)), ("440511", ("rainstorm_orange",))]
        before = len(read_all(city, topics.CONTEXT))
        assert take(paths[2]) == []
        assert take(*paths) == []
        assert len(read_all(city, topics.CONTEXT)) > before


def test_alerts_are_put_on_a_topic_by_alert(kafka: str, topic_prefix: str, tmp_path: Path) -> None:
    with a_city(kafka, topic_prefix, tmp_path / "city") as city:
        given = {"sender": SENDER, "bootstrap": kafka, "topic": city.settings.topic(topics.SIGNALS)}

        async def run() -> None:
            channel = cap_channel("cap", given, {})
            try:
                for version in (1, 2):
                    alert = an_alert(change="new" if version == 1 else "update", version=version)
                    recipient = Recipient(id="r", channel="cap")
                    await channel.send(Message(key="k", alerts=(alert,), what="alert", recipient=recipient))
            finally:
                await channel.close()

        asyncio.run(run())
        consumer = connect(KafkaConsumer, city.settings, auto_offset_reset="earliest", consumer_timeout_ms=5_000)
        try:
            consumer.subscribe([given["topic"]])
            records = list(consumer)
        finally:
            consumer.close()
    assert [record.key for record in records] == [b"a1", b"a1"]
    assert [read_cap(record.value).msg_type for record in records] == ["Alert", "Update"]
    assert dict(records[1].headers)["identifier"] == b"fenghuo.a1.2"
    assert datetime.now(UTC) > read_cap(records[0].value).sent


def test_a_cluster_that_is_away_is_to_be_retried() -> None:
    async def run() -> None:
        channel = cap_channel("cap", {"sender": SENDER, "bootstrap": "127.0.0.1:9", "topic": "x", "timeout_s": 3}, {})
        with pytest.raises(Retryable):
            await channel.send(
                Message(key="k", alerts=(an_alert(),), what="alert", recipient=Recipient(id="r", channel="cap"))
            )
        await channel.close()

    asyncio.run(run())
