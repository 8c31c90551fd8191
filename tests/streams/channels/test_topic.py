"""Kafka: what arrives on a real topic, and what a cluster that is not there means."""

from __future__ import annotations

import uuid
from typing import Any

import msgspec
import pytest
from kafka import KafkaConsumer
from kafka.admin import KafkaAdminClient, NewTopic

from streams.channels.base import Channel, Permanent, Retryable
from streams.channels.payload import Told
from streams.channels.topic import KafkaSettings
from streams.clients import connect
from streams.settings import Settings
from tests.builders import a_message, an_alert, send_through, tools_of
from tests.counterparts import closed_port, silent_port


def a_topic(bootstrap: str, topic: str = "partners", **settings: Any) -> Channel:
    given = {"timeout_s": 10.0, **settings}
    return KafkaSettings(bootstrap=bootstrap, topic=topic, **given).open("partners", tools_of())


def a_new_topic(settings: Settings) -> str:
    topic = f"partners-{uuid.uuid4().hex[:8]}"
    admin = connect(KafkaAdminClient, settings)
    admin.create_topics([NewTopic(topic, 1, 1)])
    admin.close()
    return topic


def test_alerts_arrive_under_their_id_and_sign_links_do_not(kafka: str) -> None:
    settings = Settings(bootstrap=kafka)
    topic = a_new_topic(settings)
    links = {"sign": "https://x.example/s/abc", "open": "https://x.example/a/1"}
    messages = [a_message(links=links), a_message(an_alert("a"), an_alert("b"), what="digest", key="digest/1")]
    receipts = send_through(a_topic(kafka, topic), *messages)
    assert [one.detail for one in receipts] == ["0/0", "0/1"]
    consumer = connect(KafkaConsumer, settings, auto_offset_reset="earliest", consumer_timeout_ms=10_000)
    consumer.subscribe([topic])
    first, second = next(consumer), next(consumer)
    consumer.close()
    assert (first.key, second.key) == (b"a1", b"digest/1")
    assert dict(first.headers) == {"idempotency-key": messages[0].key.encode()}
    told = msgspec.json.decode(first.value, type=Told)
    assert told.links == {"open": "https://x.example/a/1"}
    assert told.alerts == messages[0].alerts
    assert b"abc" not in first.value


def test_what_a_topic_does_not_take_is_permanent(kafka: str) -> None:
    huge = a_message(*(an_alert(f"{n}", evidence=("x" * 200,) * 100) for n in range(100)), what="digest")
    with pytest.raises(Permanent) as caught:
        send_through(a_topic(kafka, a_new_topic(Settings(bootstrap=kafka))), huge)
    assert caught.value.reason == "TOO_LONG"


def test_a_topic_that_is_not_there_passes_for_it_may_be_made_yet(kafka: str) -> None:
    with pytest.raises(Retryable) as caught:
        send_through(a_topic(kafka, f"none-{uuid.uuid4().hex[:8]}", timeout_s=1.0), a_message())
    assert caught.value.reason == "TIMEOUT"


def test_a_cluster_that_is_not_there_passes() -> None:
    with pytest.raises(Retryable) as caught:
        send_through(a_topic(f"127.0.0.1:{closed_port()}"), a_message())
    assert caught.value.reason == "CONNECTION"


def test_a_cluster_that_says_nothing_passes_within_the_time_limit() -> None:
    with silent_port() as port, pytest.raises(Retryable) as caught:
        send_through(a_topic(f"127.0.0.1:{port}", timeout_s=0.5), a_message())
    assert caught.value.reason in {"TIMEOUT", "CONNECTION"}
