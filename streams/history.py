"""Reads a stretch of one partition again, beside the consumer group."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Mapping
from typing import Any

from aiokafka import AIOKafkaConsumer, TopicPartition

from streams.errors import StateError

_STALLED_MS = 30_000
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
        position = first
        while position < end:
            got = (await consumer.getmany(where, timeout_ms=_STALLED_MS, max_records=_TOGETHER)).get(where, [])
            after = await consumer.position(where)
            if not got and after == position:
                raise StateError(f"{topic}/{partition}: no answer at offset {position} of {end}")
            position = after
            yield [record for record in got if record.offset < end]
    finally:
        await consumer.stop()  # also one that could not start holds connections
