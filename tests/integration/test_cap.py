"""CAP on real Kafka: warnings come in once however often they are sent, alerts go out onto a topic."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest
from kafka import KafkaConsumer
from rich.console import Console

from rules.alert import Text
from streams import topics
from streams.cap.compose import Sender
from streams.cap.reading import read_cap
from streams.cap.taking import take_files
from streams.channels.base import Retryable
from streams.channels.cap import CapSettings
from streams.clients import connect
from streams.declaring import declared
from tests.builders import a_message as a_letter
from tests.builders import an_alert, send_through, tools_of
from tests.integration.harness import a_city, read_all
from tests.streams.cap.messages import a_message, an_area, an_info, refers

pytestmark = pytest.mark.kafka
SENDER = Sender(id="desk@city.example", name=Text("市值班台", "City duty desk"))


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
        topic = city.settings.topic(topics.SIGNALS)
        settings = CapSettings(sender=SENDER, bootstrap=kafka, topic=topic)
        versions = (an_alert(), an_alert(change="update", version=2))
        send_through(settings.open("cap", tools_of()), *map(a_letter, versions))
        consumer = connect(KafkaConsumer, city.settings, auto_offset_reset="earliest", consumer_timeout_ms=5_000)
        try:
            consumer.subscribe([topic])
            records = list(consumer)
        finally:
            consumer.close()
    assert [record.key for record in records] == [b"a1", b"a1"]
    assert [read_cap(record.value).msg_type for record in records] == ["Alert", "Update"]
    assert dict(records[1].headers)["identifier"] == b"fenghuo.a1.2"
    assert datetime.now(UTC) > read_cap(records[0].value).sent


def test_a_cluster_that_is_away_is_to_be_retried() -> None:
    settings = CapSettings(sender=SENDER, bootstrap="127.0.0.1:9", topic="x", timeout_s=3.0)
    with pytest.raises(Retryable):
        send_through(settings.open("cap", tools_of()), a_letter())
