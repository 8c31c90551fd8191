"""What a source sent before it was masked, found on a real raw topic, after it is on record who is shown it."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest
from kafka import KafkaProducer

from streams.audittrail import Wanted as Asked
from streams.audittrail import read_trail
from streams.board.originals import Wanted, find_original, reveal
from streams.clients import connect
from streams.errors import BrokerUnavailable, ConfigurationError
from streams.settings import Settings
from streams.topicadmin import create_topics

AT = datetime(2026, 1, 1, tzinfo=UTC)


@pytest.fixture
def settings(kafka: str, topic_prefix: str) -> Settings:
    """Thirty thousand calls over two partitions, one of them wanted."""
    settings = Settings(bootstrap=kafka, prefix=topic_prefix, partitions=2)
    create_topics(settings)
    producer = connect(KafkaProducer, settings, acks="all", linger_ms=20)
    for n in range(30_000):
        call = {"id": f"W{n}", "occurred_at": AT.isoformat(), "text": f"第{n}通", "caller": "13800138000"}
        producer.send(settings.topic("hotline.calls"), json.dumps(call).encode(), partition=n % 2)
    producer.flush(60)
    producer.close(timeout=5)
    return settings


def wanted(event: str, **over: str) -> Wanted:
    return Wanted(**{"event": event, "occurred_at": AT, "alert": "a1", "by": "li", "why": "回拨13912345678", **over})  # type: ignore[arg-type]


def test_the_record_is_found_wherever_it_is_on_the_topic(settings: Settings) -> None:
    for number in (0, 15_001, 29_999):
        found = find_original(settings, f"hotline:W{number}", AT)
        assert ("text", f"第{number}通") in found.fields
        assert found.fields[0] == ("contact", "13800138000")


def test_what_is_past_retention_is_said_to_be_so_and_what_takes_too_long_not(settings: Settings) -> None:
    gone = find_original(settings, "hotline:gone", None)
    assert (gone.fields, gone.looked_at, gone.to_the_end) == ((), 30_000, True)
    hurried = find_original(settings, "hotline:W0", None, within_s=0)
    assert (hurried.fields, hurried.to_the_end) == ((), False)
    assert 0 < hurried.looked_at < 30_000
    assert find_original(settings, "somewhere:1", None).to_the_end


def test_it_is_on_record_that_somebody_asked_also_when_nothing_is_found(settings: Settings) -> None:
    assert reveal(settings, wanted("hotline:W7")).fields
    assert not reveal(settings, wanted("hotline:gone")).fields
    entries = read_trail(settings, Asked(subject="a1"))
    assert [(one.by, one.action, one.subject, one.why) for one in entries] == [
        ("li", "reveal", "hotline:W7", "回拨[手机号]"),
        ("li", "reveal", "hotline:gone", "回拨[手机号]"),
    ]


def test_without_a_reason_nothing_is_looked_for(settings: Settings) -> None:
    with pytest.raises(ConfigurationError):
        reveal(settings, wanted("hotline:W7", why=" "))
    assert read_trail(settings, Asked(subject="a1")) == []


def test_where_it_cannot_be_put_on_record_nothing_is_shown(settings: Settings) -> None:
    elsewhere = Settings(bootstrap=settings.bootstrap, prefix="nothing-there-", partitions=2)
    with pytest.raises(BrokerUnavailable):
        reveal(elsewhere, wanted("hotline:W7"))
