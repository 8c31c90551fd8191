"""Two workers that both believe they own a raw partition, on a real Kafka."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from types import SimpleNamespace
from typing import Any

import pytest
from aiokafka.errors import ProducerFenced
from faust.types import TP

from streams import topics
from streams.intaking import IntakeStage
from streams.metrics import Metrics
from streams.producing import Outbox, new_producer
from streams.settings import Settings
from streams.state import read_partition
from streams.topicadmin import create_topics
from streams.watermarks import read_clock
from tests.teaching import new_intake

HOTLINE = "hotline.calls"


@pytest.fixture
def settings(kafka: str, topic_prefix: str) -> Settings:
    made = Settings(bootstrap=kafka, prefix=topic_prefix, group=f"{topic_prefix}group", partitions=1)
    create_topics(made)
    return made


async def zero() -> int:
    return 0


@asynccontextmanager
async def a_stage(settings: Settings, confirmed: list[Any]) -> AsyncIterator[IntakeStage]:
    """The intake of a worker, and an end to all it has started."""
    producer = new_producer(settings.client())
    await producer.start()
    outbox = Outbox(producer, 1)
    stage = IntakeStage(settings, new_intake(), outbox, Metrics(), confirmed.append, lambda _: True, lambda _: 0, {})
    try:
        yield stage
    finally:
        await stage.revoke([tp for tp, _ in stage.offsets()])
        await producer.stop()


def a_batch(tp: TP, first: int, last: int) -> Any:
    records = [SimpleNamespace(offset=n, timestamp=1_000 * n, value=b"no report") for n in range(first, last + 1)]
    return SimpleNamespace(message=SimpleNamespace(tp=tp, partition=tp.partition), value=records)


def test_a_worker_that_lost_a_raw_partition_unawares_cannot_put_old_offsets_over_new_ones(settings: Settings) -> None:
    tp = TP(settings.topic(HOTLINE), 0)

    async def scene() -> int:
        old, new = list[Any](), list[Any]()
        async with a_stage(settings, old) as frozen, a_stage(settings, new) as owner:
            await frozen.assign(tp, HOTLINE, "hotline", zero)
            await frozen.take(a_batch(tp, 0, 4))
            await owner.assign(tp, HOTLINE, "hotline", zero)
            await owner.take(a_batch(tp, 0, 9))
            await owner.snapshot()
            with pytest.raises(ProducerFenced):
                await frozen.snapshot()
            assert (len(old), len(new)) == (0, 1)
            stored = await read_partition(settings.client(), settings.topic(topics.INTAKE_STATE), 0)
            return read_clock(stored[HOTLINE]).offset

    assert asyncio.run(scene()) == 9


def test_a_takeover_that_fails_leaves_no_producer_behind(settings: Settings) -> None:
    async def no_answer() -> int:
        raise OSError("no answer")

    async def scene() -> None:
        nothing: Any = None
        stage = IntakeStage(settings, new_intake(), nothing, Metrics(), nothing, nothing, nothing, {})
        with pytest.raises(OSError, match="no answer"):
            await stage.assign(TP(settings.topic(HOTLINE), 0), HOTLINE, "hotline", no_answer)
        assert asyncio.all_tasks() == {asyncio.current_task()}

    asyncio.run(scene())
