"""`fenghuo alerts tail` on a real Kafka."""

from __future__ import annotations

import asyncio
import io
import json

import pytest

from rules.alert import Alert
from streams import topics
from streams.alerttail import tail_alerts
from streams.codec import encode
from streams.language import Voice
from streams.producing import Outbox, new_producer
from streams.settings import Settings
from streams.topicadmin import create_topics
from tests.builders import an_alert

VERSIONS = [
    an_alert("a"),
    an_alert("b", "blue"),
    an_alert("a", "red", "upgrade", 2),
    an_alert("a"),  # sent again by a restarted worker, as is what followed
    an_alert("a", "red", "upgrade", 2),
    an_alert("b", "blue", "withdrawn", 2),
]


@pytest.fixture
def settings(kafka: str, topic_prefix: str) -> Settings:
    """A cluster on which `VERSIONS` were issued."""
    settings = Settings(bootstrap=kafka, prefix=topic_prefix, partitions=2)
    create_topics(settings)
    asyncio.run(_issue(settings, VERSIONS))
    return settings


async def _issue(settings: Settings, alerts: list[Alert]) -> None:
    producer = new_producer(settings.client())
    await producer.start()
    outbox = Outbox(producer, settings.partitions)
    for alert in alerts:
        value = encode(alert)
        outbox.add(settings.topic(topics.ALERTS), alert.id.encode(), value)
        stands = None if alert.status == "withdrawn" else value
        outbox.add(settings.topic(topics.CURRENT), alert.id.encode(), stands)
    await outbox.send()
    await producer.stop()


def tailed(settings: Settings, *, as_json: bool = True, current: bool = False) -> str:
    """What is printed up to the end of the topic."""
    out = io.StringIO()
    tail_alerts(settings, out, as_json=as_json, current=current, from_beginning=True, follow=False, voice=Voice("zh"))
    return out.getvalue()


def test_every_version_comes_once_as_one_json_object_a_line(settings: Settings) -> None:
    alerts = [json.loads(line) for line in tailed(settings).splitlines()]
    came = sorted((alert["id"], alert["revision"]["version"]) for alert in alerts)
    assert came == [("a", 1), ("a", 2), ("b", 1), ("b", 2)]


def test_people_get_blocks_with_an_empty_line_between(settings: Settings) -> None:
    blocks = tailed(settings, as_json=False).strip().split("\n\n")
    assert len(blocks) == 4
    assert {block[: block.index("】") + 1] for block in blocks} == {
        "【橙色·新发】",
        "【红色·升级】",
        "【蓝色·新发】",
        "【蓝色·撤销】",
    }


def test_what_stands_is_the_last_version_of_what_was_not_withdrawn(settings: Settings) -> None:
    standing = [json.loads(line) for line in tailed(settings, current=True).splitlines()]
    assert [(alert["id"], alert["revision"]["version"]) for alert in standing] == [("a", 2)]


def test_what_is_over_does_not_stand(settings: Settings) -> None:
    asyncio.run(_issue(settings, [an_alert("c"), an_alert("c", "orange", "closed", 2)]))
    assert {json.loads(line)["id"] for line in tailed(settings, current=True).splitlines()} == {"a"}
    assert {json.loads(line)["id"] for line in tailed(settings).splitlines()} == {"a", "b", "c"}
