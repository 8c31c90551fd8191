"""Taking over a partition of `events` on a real Kafka and letting it go, in the midst of things."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Iterable
from types import SimpleNamespace
from typing import Any

import msgspec
import pytest

from streams import topics
from streams.detecting import DetectStage
from streams.emission import Emission
from streams.history import read_again
from streams.lines import CITY, DISTRICTS
from streams.metrics import Metrics
from streams.partition import EventsPartition, Record
from streams.producing import Outbox, new_producer
from streams.settings import Settings
from streams.state import read_partition
from streams.switching import Switch
from streams.tail import Tail
from streams.topicadmin import create_topics
from tests.builders import a_pipeline


def a_stage(settings: Settings) -> DetectStage:
    """A stage that has taken over nothing yet and sends nothing."""
    nothing: Any = None
    return DetectStage(
        DISTRICTS, settings, nothing, Metrics(), lambda: EventsPartition(a_pipeline(), []), nothing, nothing
    )


@pytest.mark.parametrize("how", ["fails", "is cut off"])
def test_a_takeover_that_does_not_come_to_its_end_leaves_no_producer_behind(
    how: str, kafka: str, topic_prefix: str
) -> None:
    settings = Settings(bootstrap=kafka, prefix=topic_prefix, group=f"{topic_prefix}group", partitions=1)
    create_topics(settings)

    async def scene() -> None:
        stage = a_stage(settings)
        asked = asyncio.Event()

        async def first_offset() -> int:
            asked.set()
            if how == "fails":
                raise OSError("no answer")
            return await asyncio.get_running_loop().create_future()

        async def zero() -> int:
            return 0

        takeover = asyncio.ensure_future(stage.assign(0, first_offset))
        await asked.wait()
        if how == "is cut off":
            takeover.cancel()
        with pytest.raises((OSError, asyncio.CancelledError)):
            await takeover
        assert stage.offsets() == []
        assert asyncio.all_tasks() == {asyncio.current_task()}  # a producer that is not closed goes on sending
        await stage.assign(0, zero)
        assert len(stage.offsets()) == 1
        await stage.revoke([0])

    asyncio.run(scene())


class Waiting(EventsPartition):
    """Waits before the second part of a batch."""

    def __init__(self, reached: Callable[[], object], go_on: threading.Event) -> None:
        super().__init__(a_pipeline(), [])
        self._reached, self._go_on = reached, go_on

    def take(self, records: Iterable[Record], emit: Callable[[Emission], None]) -> Switch | None:
        records = list(records)
        if records[0].offset > CITY.at_once:
            self._reached()
            assert self._go_on.wait(10)
        return super().take(records, emit)


def test_what_a_state_contains_was_put_out_also_when_its_partition_is_asked_back_in_the_midst_of_a_batch(
    kafka: str, topic_prefix: str
) -> None:
    settings = Settings(bootstrap=kafka, prefix=topic_prefix, group=f"{topic_prefix}group", partitions=1)
    create_topics(settings)
    name = settings.topic(topics.CITY)

    async def zero() -> int:
        return 0

    async def scene() -> None:
        producer = new_producer(settings.client())
        await producer.start()
        outbox, reached, go_on = Outbox(producer, 1), asyncio.Event(), threading.Event()
        for _ in range(2 * CITY.at_once + 1):
            outbox.add(name, b"d1", b"garbage", partition=0)
        await outbox.send()
        again = read_again(settings.client(), name, 0, since_ms=None, first=0, end=2 * CITY.at_once + 1)
        garbage = [record async for part in again for record in part]
        loop, message = asyncio.get_running_loop(), SimpleNamespace(topic=name, partition=0)
        stage = DetectStage(
            CITY,
            settings,
            outbox,
            Metrics(),
            lambda: Waiting(lambda: loop.call_soon_threadsafe(reached.set), go_on),
            lambda _: None,
            lambda _: True,
        )
        await stage.assign(0, zero)
        await stage.take(SimpleNamespace(message=message, value=garbage[:1]))
        taking = asyncio.ensure_future(stage.take(SimpleNamespace(message=message, value=garbage[1:])))
        await reached.wait()
        writing = asyncio.ensure_future(stage.snapshot())
        await asyncio.sleep(0)
        leaving = asyncio.ensure_future(stage.revoke([0]))
        await asyncio.sleep(0)
        go_on.set()
        await asyncio.gather(taking, writing, leaving)
        await producer.stop()

    asyncio.run(scene())
    stored = asyncio.run(read_partition(settings.client(), settings.topic(topics.CITY_STATE), 0))
    contained = msgspec.msgpack.decode(stored["meta"])["offset"]
    with Tail(settings, [topics.DEAD], from_beginning=True) as tail:
        put_out = [record.value for record in tail.to_end()]
    assert contained >= CITY.at_once
    assert len(put_out) == contained + 1
