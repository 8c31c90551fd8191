"""Reads a stretch of one partition, beside the consumer group: again, or to see what is there."""

from __future__ import annotations

import time
from collections.abc import AsyncGenerator, Mapping
from contextlib import aclosing
from typing import Any

from aiokafka import TopicPartition

from streams.consumers import AIOKafkaConsumer
from streams.errors import StateError

_STALLED_S = 30.0
_POLL_MS = 200
_TOGETHER = 500
_FETCH_BYTES = 8 * 1024 * 1024


async def read_again(
    client: Mapping[str, Any], topic: str, partition: int, *, since_ms: int | None, first: int, end: int
) -> AsyncGenerator[list[Any], None]:
    """Yield the records of a stretch in the order of their offsets, some at a time.

    Parameters
    ----------
    client
        What every client of the cluster is told.
    topic, partition
        What to read.
    since_ms
        Kafka timestamp to begin at; ``None`` for the oldest record.
    first, end
        Offsets to stay between, the second exclusive.

    Raises
    ------
    StateError
        When the broker stops answering before the end is reached.

    """
    where = TopicPartition(topic, partition)
    consumer = AIOKafkaConsumer(
        **client,
        enable_auto_commit=False,
        auto_offset_reset="earliest",
        max_partition_fetch_bytes=_FETCH_BYTES,
        fetch_max_wait_ms=100,
    )
    try:
        await consumer.start()
        consumer.assign([where])
        first = max(first, (await consumer.beginning_offsets([where]))[where])
        if since_ms is not None:
            found = (await consumer.offsets_for_times({where: since_ms}))[where]
            first = max(first, end if found is None else found.offset)
        consumer.seek(where, first)
        async for records in up_to(consumer, where, end):
            yield records
    finally:
        await consumer.stop()  # also one that could not start holds connections


async def up_to(consumer: AIOKafkaConsumer, where: TopicPartition, end: int) -> AsyncGenerator[list[Any], None]:
    """Yield the records of a partition from the position of its consumer up to `end`, exclusive, some at a time.

    In short turns: a transaction that was cut off, what ends one, and what compaction took away move the position, and
    are no records to wait for.

    Raises
    ------
    StateError
        When the broker stops answering before the end is reached.

    """
    position, moved_at = await consumer.position(where), time.monotonic()
    while position < end:
        got = (await consumer.getmany(where, timeout_ms=_POLL_MS, max_records=_TOGETHER)).get(where, [])
        after = await consumer.position(where)
        if after > position:
            position, moved_at = after, time.monotonic()
            yield [record for record in got if record.offset < end]
        elif time.monotonic() - moved_at > _STALLED_S:
            raise StateError(f"{where.topic}/{where.partition}: no answer at offset {position} of {end}")


async def holds_nothing(client: Mapping[str, Any], topic: str, partition: int, first: int, end: int) -> bool:
    """Tell whether no record stands between two offsets, the second exclusive.

    Raises
    ------
    StateError
        When the broker stops answering.

    """
    async with aclosing(read_again(client, topic, partition, since_ms=None, first=first, end=end)) as parts:
        async for records in parts:
            if records:
                return False
    return True
