"""What a fetch becomes."""

from __future__ import annotations

import asyncio
import time
from types import SimpleNamespace
from typing import Any

import pytest
from faust.transport.drivers import aiokafka as driver
from faust.types import TP

from streams.app import new_app
from streams.settings import Settings
from streams.transport import BATCH_RECORDS, FEW, GATHER_S, Consumer, parts


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


@pytest.mark.parametrize("others", [set(), {TP("raw", 1)}], ids=["alone", "beside one where nothing happens"])
def test_a_partition_that_has_caught_up_is_read_on_at_once(others: set[TP]) -> None:
    async def waited() -> float:
        app = new_app(Settings())
        app.batched_topics = frozenset({"raw"})
        told = dict.fromkeys(("callback", "on_partitions_revoked", "on_partitions_assigned"), print)
        consumer = Asked(app.transport, **told)
        full = TP("raw", 0)
        consumer._set_active_tps({full, *others})
        consumer.resume_flow()
        consumer.on_buffer_full(full)
        began = time.monotonic()
        await consumer._wait_next_records(timeout=10.0)
        consumer._thread.thread_loop.close()
        return time.monotonic() - began

    assert asyncio.run(waited()) < 5.0


class Steady(driver.Consumer):  # type: ignore[misc]  # faust ships no usable types
    """What is under ours: it always has so many records."""

    records = 0

    async def _getmany(self, active_partitions: Any, timeout: float) -> dict[TP, Any]:  # noqa: ARG002, ASYNC109
        record = SimpleNamespace(topic="raw", partition=0, offset=0, timestamp=0, timestamp_type=0)
        return {TP("raw", 0): [record] * self.records}


class Fed(Consumer, Steady):
    """Our consumer above it."""


@pytest.mark.parametrize(("records", "waits"), [(0, False), (1, True), (FEW, False)])
def test_what_comes_one_by_one_is_let_gather_and_what_comes_in_numbers_is_not_held_up(
    records: int,
    waits: bool,  # noqa: FBT001
) -> None:
    async def waited() -> float:
        app = new_app(Settings())
        app.batched_topics = frozenset({"raw"})
        told = dict.fromkeys(("callback", "on_partitions_revoked", "on_partitions_assigned"), print)
        consumer = Fed(app.transport, **told)
        consumer.records = records
        consumer._set_active_tps({TP("raw", 0)})
        consumer.resume_flow()
        began = time.monotonic()
        for _ in range(41):
            await consumer._wait_next_records(timeout=1.0)
        consumer._thread.thread_loop.close()
        return time.monotonic() - began

    assert (asyncio.run(waited()) >= 40 * GATHER_S) is waits


class Placeless(Consumer):
    """A consumer that was assigned a partition while its broker is out of reach: it has no position in it yet."""

    def __init__(self) -> None:
        def position(_now: float, _tp: TP) -> None:
            raise AssertionError("no position")

        self._thread = SimpleNamespace(verify_event_path=position)

    should_stop = False

    def assignment(self) -> set[TP]:
        return {TP("events", 0)}

    async def sleep(self, n: float, **_: Any) -> None:
        await asyncio.sleep(n)


def test_a_partition_whose_position_is_not_known_yet_does_not_crash_the_app() -> None:
    asyncio.run(Placeless().verify_all_partitions_active())
