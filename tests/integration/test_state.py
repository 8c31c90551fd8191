"""State on a real Kafka whose last writer was cut off in the midst of a transaction."""

from __future__ import annotations

import asyncio
import time
from contextlib import suppress

import pytest
from aiokafka.errors import ProducerFenced

from streams import topics
from streams.settings import Settings
from streams.state import StateWriter
from streams.topicadmin import create_topics


@pytest.mark.parametrize("before", [{}, {"a": b"1", "b": b"2"}])
def test_state_is_read_at_once_where_the_last_transaction_was_cut_off(
    before: dict[str, bytes], kafka: str, topic_prefix: str
) -> None:
    settings = Settings(bootstrap=kafka, prefix=topic_prefix, group=f"{topic_prefix}group", partitions=1)
    create_topics(settings)

    async def scene() -> tuple[dict[str, bytes], float]:
        killed, next_ = (StateWriter(settings.client(), settings.topic(topics.DETECT_STATE), 0, "g") for _ in range(2))
        await killed.start()
        if before:
            await killed.write(before)
        producer = killed._producer
        await producer.begin_transaction()
        await producer.send_and_wait(settings.topic(topics.DETECT_STATE), b"lost", b"a", partition=0)
        await next_.start()
        began = time.monotonic()
        found = await next_.read()
        took_s = time.monotonic() - began
        await next_.stop()
        with suppress(ProducerFenced):
            await killed.stop()
        return found, took_s

    found, took_s = asyncio.run(scene())
    assert found == before
    assert took_s < 10.0  # what waits for records that nobody is given waits half a minute
