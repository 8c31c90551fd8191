"""What a fetch becomes."""

from __future__ import annotations

import asyncio
import time
from pathlib import Path
from typing import Any

import pytest
from aiokafka import AIOKafkaConsumer
from faust.types import TP

from streams.app import new_app
from streams.settings import Settings
from streams.transport import BATCH_RECORDS, Consumer, parts


@pytest.mark.parametrize("fetched", [0, 1, BATCH_RECORDS, BATCH_RECORDS + 1, 5 * BATCH_RECORDS - 1])
def test_a_long_fetch_is_worked_off_in_bounded_batches_that_join(fetched: int) -> None:
    batch: list[Any] = list(range(fetched))
    cut = parts(batch)
    assert all(0 < len(part) <= BATCH_RECORDS for part in cut)
    assert [record for part in cut for record in part] == batch


class Asked(Consumer):
    """A consumer that asks nobody, and takes as long over it as a cluster where nothing happens."""

    async def _getmany(self, active_partitions: Any, timeout: float) -> dict[TP, Any]:  # noqa: ARG002, ASYNC109
        await asyncio.sleep(timeout)
        return {}


def a_consumer(tmp_path: Path) -> Asked:
    """Return a consumer of the batched topic ``raw`` that was never started."""
    app = new_app(Settings(), tmp_path)
    app.batched_topics = frozenset({"raw"})
    told = dict.fromkeys(("callback", "on_partitions_revoked", "on_partitions_assigned"), print)
    return Asked(app.transport, **told)


@pytest.mark.parametrize("others", [set(), {TP("raw", 1)}], ids=["alone", "beside one where nothing happens"])
def test_a_partition_that_has_caught_up_is_read_on_at_once(others: set[TP], tmp_path: Path) -> None:
    async def waited() -> float:
        consumer = a_consumer(tmp_path)
        full = TP("raw", 0)
        consumer._set_active_tps({full, *others})
        consumer.resume_flow()
        consumer.on_buffer_full(full)
        began = time.monotonic()
        await consumer._wait_next_records(timeout=1.0)
        consumer._thread.thread_loop.close()
        return time.monotonic() - began

    assert asyncio.run(waited()) < 0.5


def test_a_partition_whose_position_is_not_known_yet_does_not_end_the_consumer(tmp_path: Path) -> None:
    async def watched() -> None:
        consumer = a_consumer(tmp_path)
        client = consumer._thread._consumer = AIOKafkaConsumer()
        client.assign([TP("raw", 0)])
        try:
            await consumer.verify_all_partitions_active()
        finally:
            await client.stop()
            consumer._thread.thread_loop.close()

    asyncio.run(watched())
