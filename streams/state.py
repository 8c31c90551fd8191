"""State on Kafka: what a partition knows, written to a compacted topic in transactions.

Every few seconds the keys that changed are written together with the input offset they contain. One transaction
holds them all, so that a reader sees the state as of one offset or as of the one before, never between; and the
transactional id belongs to the partition, so that a worker that lost the partition without noticing cannot write any
more (fencing).
"""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Iterable, Mapping
from contextlib import asynccontextmanager
from typing import Any

from aiokafka import AIOKafkaProducer, TopicPartition
from aiokafka.structs import ConsumerRecord

from streams.consumers import AIOKafkaConsumer
from streams.errors import StateError
from streams.history import up_to
from streams.inventory import KEY, REBUILD, Inventory
from streams.producing import Outbox, new_producer
from streams.topics import CLOCK_MS

_FETCH_BYTES = 8 * 1024 * 1024
_CLOCK = "the clock of this machine is more than five minutes {} the broker's; see that both go by one time server"


async def read_partition(client: Mapping[str, Any], topic: str, partition: int) -> dict[str, bytes]:
    """Return the latest committed value of every key of one partition.

    Raises
    ------
    StateError
        When the broker stops answering before the end is reached, or a record there is none of ours.

    """
    async with _reader(client) as consumer:
        return await _read(consumer, TopicPartition(topic, partition))


@asynccontextmanager
async def _reader(client: Mapping[str, Any]) -> AsyncIterator[AIOKafkaConsumer]:
    consumer = AIOKafkaConsumer(
        **client,
        enable_auto_commit=False,
        auto_offset_reset="earliest",
        isolation_level="read_committed",
        max_partition_fetch_bytes=_FETCH_BYTES,
        fetch_max_wait_ms=100,
    )
    try:
        await consumer.start()
        yield consumer
    finally:
        await consumer.stop()  # also one that could not start holds connections


async def _read(consumer: AIOKafkaConsumer, where: TopicPartition) -> dict[str, bytes]:
    consumer.assign([where])
    start = (await consumer.beginning_offsets([where]))[where]
    end = (await consumer.end_offsets([where]))[where]
    # An explicit seek: seek_to_beginning just after assign can lose against the reset to the latest offset.
    consumer.seek(where, start)
    found: dict[str, bytes] = {}
    async for records in up_to(consumer, where, end):
        for record in records:
            key = _key_of(record)
            if record.value is None:
                found.pop(key, None)
            else:
                found[key] = record.value
    return found


def _key_of(record: ConsumerRecord) -> str:
    try:
        return (record.key or b"\xff").decode()  # no key, no state
    except UnicodeDecodeError as error:
        where = f"{record.topic}/{record.partition}"
        raise StateError(
            f"{where}: the record at offset {record.offset} was not written by Fenghuo{REBUILD}"
        ) from error


class StateWriter:
    """Reads and writes the state of one partition; nobody else can write while it does.

    Parameters
    ----------
    client
        What every client of the cluster is told.
    topic, partition
        Where the state is kept.
    owner
        Consumer group; part of the transactional id.
    source
        Id of the topic whose offsets the state speaks of; empty for none.

    Attributes
    ----------
    inventory
        What stands there.

    """

    def __init__(self, client: Mapping[str, Any], topic: str, partition: int, owner: str, source: str = "") -> None:
        self.inventory = Inventory(source)
        self._client = client
        self._topic = topic
        self._partition = partition
        self._producer: AIOKafkaProducer = new_producer(client, transactional_id=f"{owner}/{topic}/{partition}")
        self._outbox = Outbox(self._producer, partition + 1)

    async def start(self) -> None:
        """Connect, and fence whoever wrote this partition before."""
        try:
            await self._producer.start()
        except BaseException:
            await self._producer.stop()
            raise

    async def stop(self) -> None:
        """Disconnect."""
        await self._producer.stop()

    async def read(self) -> dict[str, bytes]:
        """Return what stands there, as `read_partition` does; what is written later is noted besides.

        Raises
        ------
        StateError
            When that cannot be, or it is not what was written.

        """
        stored = await read_partition(self._client, self._topic, self._partition)
        written = stored.pop(KEY, None)
        self.inventory.note(stored)
        self.inventory.check(written, f"{self._topic}/{self._partition}")
        return stored

    async def write(self, items: Mapping[str, bytes | None], beside: Iterable[tuple[str, str, bytes]] = ()) -> None:
        """Write all items or none; ``None`` deletes a key.

        Parameters
        ----------
        items
            What changed, by key.
        beside
            Topic, key and value of records to write on the same partition of other topics: all or none with the items.

        Raises
        ------
        aiokafka.errors.ProducerFenced
            When another worker has taken the partition over.
        StateError
            When our clock is far from the broker's: what we write would be kept too short, or make late what comes.

        """
        self.inventory.note(items)
        began, self._outbox.broker_s = time.time(), 0.0
        async with self._producer.transaction():
            for key, value in {**items, KEY: self.inventory.encoded()}.items():
                self._outbox.add(self._topic, key.encode(), value, partition=self._partition)
            for topic, key, value in beside:
                self._outbox.add(topic, key.encode(), value, partition=self._partition)
            await self._outbox.send()
            _hold_clock(began, self._outbox.broker_s, time.time())


def _hold_clock(before: float, written: float, after: float) -> None:
    """Hold our clock against the broker's, which wrote something down at `written`: not `before` and not `after` it."""
    for ahead_s, what in ((before - written, "ahead of"), (written - after, "behind")):
        if written and ahead_s > CLOCK_MS / 1_000:
            raise StateError(_CLOCK.format(what))
