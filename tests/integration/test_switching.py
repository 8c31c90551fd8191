"""A switch that reads a stretch again on a real Kafka: all of it, and no longer than the partition is ours."""

from __future__ import annotations

import asyncio
from types import SimpleNamespace
from typing import Any

import pytest

from rules.succession import succession
from streams.codec import SRC, encode, origin
from streams.detecting import DetectStage
from streams.history import read_again
from streams.lines import DISTRICTS
from streams.metrics import Metrics
from streams.partition import EventsPartition
from streams.producing import Outbox, new_producer
from streams.published import Library
from streams.settings import Settings
from streams.topics import EVENTS
from tests.builders import a_pipeline, a_taxonomy, an_event
from tests.integration.harness import create_lasting_topics
from tests.streams.test_reload import BOOK, published, the_book

RECORDS = 1_200


def a_stage(settings: Settings, outbox: Outbox, metrics: Metrics) -> DetectStage:
    library = Library(a_taxonomy())

    def new() -> EventsPartition:
        return EventsPartition(a_pipeline(book=the_book("base")), [], library)

    return DetectStage(DISTRICTS, settings, outbox, metrics, new, lambda _: None, lambda _: True)


async def write(outbox: Outbox, settings: Settings) -> None:
    """Fill partition 0: events a millisecond of Kafka time apart, and a book at the end."""
    name = settings.topic(EVENTS)
    for n in range(RECORDS):
        kind = "waterlogging" if n % 2 else "hazmat"
        event = an_event(str(n), n * 30, kind, reporter=f"r{n}")
        outbox.add(
            name, b"d1", encode(event), timestamp_ms=1_000 + n, headers=origin("hotline.calls/0", n), partition=0
        )
    outbox.add(name, b"rules", encode(published("lower")), headers=origin("rules/0", 0, BOOK), partition=0)
    await outbox.send()


@pytest.mark.parametrize("asked_back", [False, True])
def test_a_partition_is_switched_unless_it_is_asked_back_while_it_reads(
    asked_back: bool,  # noqa: FBT001 - a parameter of the test
    kafka: str,
    topic_prefix: str,
) -> None:
    settings = Settings(bootstrap=kafka, prefix=topic_prefix, group=f"{topic_prefix}group", partitions=1)
    create_lasting_topics(settings)
    assert "waterlogging" in succession(the_book("base"), the_book("lower")).changed

    async def zero() -> int:
        return 0

    async def scene() -> None:
        producer = new_producer(settings.client())
        await producer.start()
        outbox = Outbox(producer, 1)
        await write(outbox, settings)
        where = (settings.client(), settings.topic(EVENTS), 0)
        batch: list[Any] = [
            r async for part in read_again(*where, since_ms=None, first=0, end=RECORDS + 1) for r in part
        ]
        assert [record.offset for record in batch] == list(range(RECORDS + 1))
        some = [r async for part in read_again(*where, since_ms=1_900, first=0, end=1_000) for r in part]
        assert [record.offset for record in some] == list(range(900, 1_000))
        assert {record.headers[0][0] for record in some} == {SRC}
        metrics = Metrics()
        stage = a_stage(settings, outbox, metrics)
        await stage.assign(0, zero)
        message = SimpleNamespace(topic=settings.topic(EVENTS), partition=0)
        taking = asyncio.ensure_future(stage.take(SimpleNamespace(message=message, value=batch)))
        await asyncio.sleep(0)  # it holds the lock and begins to read
        if asked_back:
            await asyncio.wait_for(stage.revoke([0]), 5)
        await taking
        assert f"fenghuo_book_switches_total {0.0 if asked_back else 1.0}" in metrics.text().decode()
        assert stage.digests() == ([] if asked_back else [the_book("lower").digest])
        assert stage.offsets() == ([] if asked_back else [((settings.topic(EVENTS), 0), RECORDS)])
        await stage.revoke([0])
        await producer.stop()

    asyncio.run(scene())
