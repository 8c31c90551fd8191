"""Faust on aiokafka, in batches: what one fetch brings of a partition is one message.

Stock Faust 0.15.3 spends about 100 µs of CPU on every message before an agent sees it. For the topics named in the
app's ``batched_topics`` this transport hands up to BATCH_RECORDS of a fetch (the app's ``batch_records``, where it has
that) over as one message whose value is the list of records and whose offset is the last one's. It sits below Faust's
own check of the consumer generation, which goes on guarding it. Batches are committed in order, in place of Faust's
bookkeeping of single offsets, and only once they are confirmed: Faust acknowledges what it skips while it rebalances,
which with stock bookkeeping can commit the unseen.
"""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any, NamedTuple

import faust
from aiokafka.structs import ConsumerRecord
from faust.transport.drivers import aiokafka as driver
from faust.types import TP

__all__ = ["Batch", "Raw", "Transport"]

Batch = list[ConsumerRecord]

# A batch is worked off between two turns of the event loop, and all else has to wait for it: commits, rebalances, the
# pages. An event costs 150 µs at most in the mean (bench), so that this is a bound of 75 ms on an idle core.
BATCH_RECORDS = 500

FULL_S = 0.02
"""How long to wait for other partitions while one has as much under way as it may."""

FEW, GATHER_S = 100, 0.025
"""After a fetch of fewer records than this, how long to let more of them gather before the next."""


class Raw(faust.Schema):  # type: ignore[misc]  # faust ships no usable types
    """Hands the list of records over as it is: Faust decodes nothing."""

    def compile(self, app: Any, **_options: Any) -> Callable[..., Awaitable[Any]]:  # noqa: ANN401 - faust's own
        """Return the function that makes Faust's event of a message."""

        async def decode(message: Any, *, propagate: bool = False) -> Any:  # noqa: ANN401 - faust's own
            del propagate
            return app.create_event(None, message.value, message.headers, message)

        return decode


class _Fetched(NamedTuple):
    """Records of one fetch from one partition, in the shape of a single record."""

    topic: str
    partition: int
    offset: int
    timestamp: int
    timestamp_type: int
    headers: tuple[()]
    key: None
    value: Batch
    checksum: None
    serialized_key_size: int
    serialized_value_size: int


class Consumer(driver.Consumer):  # type: ignore[misc]  # faust ships no usable types
    """Faust's consumer with batched topics."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:  # noqa: ANN401 - faust's own signature
        super().__init__(*args, **kwargs)
        self._batched: frozenset[str] = frozenset(getattr(self.app, "batched_topics", ()))
        self._at_once: int = getattr(self.app, "batch_records", BATCH_RECORDS)
        self._under_way: dict[TP, deque[Any]] = {}
        self._gather_until = 0.0

    async def _wait_next_records(self, timeout: float) -> Any:  # noqa: ANN401, ASYNC109 - faust's own signature
        """Wait for records, but not long while a partition is left out that has as much under way as it may.

        Faust then waits a second for the others, whatever has been worked off of that one meanwhile. What comes after a
        pause is fetched at once, what follows a moment later and together: a batch costs 1 ms before its first event.
        """
        if (wait_s := self._gather_until - time.monotonic()) > 0:
            await asyncio.sleep(wait_s)
        if not self._buffered_partitions:
            return await super()._wait_next_records(timeout)
        if self.flow_active and not self._get_active_partitions():
            await asyncio.sleep(FULL_S)
            return {}, set()
        return await super()._wait_next_records(FULL_S)

    async def _getmany(
        self,
        active_partitions: set[TP] | None,
        timeout: float,  # noqa: ASYNC109 - faust's own signature
    ) -> dict[TP, Sequence[Any]]:
        records = await super()._getmany(active_partitions, timeout)
        if 0 < sum(map(len, records.values())) < FEW:
            self._gather_until = time.monotonic() + GATHER_S
        return {
            tp: [_fetched(part) for part in parts(batch, self._at_once)] if tp.topic in self._batched else batch
            for tp, batch in records.items()
        }

    async def seek_to_committed(self) -> Mapping[TP, int]:
        """Go back to what is committed, and to the beginning where nothing is.

        Faust fetches while a rebalance ends, throws away what that brought and seeks back to the committed offset. A
        partition nothing was ever committed of stays where it is, and its first records would never be seen.
        """
        committed = dict(await super().seek_to_committed())
        fresh = [tp for tp, offset in committed.items() if not offset and tp.topic in self._batched]
        if fresh:
            await self._thread.seek_to_beginning(*fresh)
        return committed

    async def verify_all_partitions_active(self) -> None:
        """Look for nothing: Faust's detector of livelocks crashes on a partition whose position is not known yet.

        That is so while a broker is out of reach. A worker without progress is found out in `streams.live`.
        """

    def _to_message(self, tp: TP, record: Any) -> Any:  # noqa: ANN401 - faust's own signature
        message = super()._to_message(tp, record)
        if tp.topic in self._batched:
            waiting = self._under_way.setdefault(tp, deque())
            while waiting and waiting[-1].offset >= record.value[0].offset:
                waiting.pop()  # fetched before a seek back, and now again
            waiting.append(message)
        return message

    def ack(self, message: Any) -> bool:  # noqa: ANN401 - faust's own signature
        """Acknowledge a message of other topics; Faust also does so for what it skips, so batches need `confirm`."""
        return message.topic not in self._batched and bool(super().ack(message))

    def confirm(self, message: Any) -> None:  # noqa: ANN401 - a Faust message
        """Mark a batch as done: its state and its outputs are written, so its offsets may be committed."""
        message.acked = True
        if message.tp in self._under_way:
            self._acked[message.tp].append(message.offset)

    def _new_offset(self, tp: TP) -> int | None:
        """Return the offset to commit: behind the last batch done before the first that is not."""
        if tp.topic not in self._batched:
            found: int | None = super()._new_offset(tp)
            return found
        offset = None
        waiting = self._under_way.get(tp, deque())
        while waiting and waiting[0].acked:
            offset = waiting.popleft().offset + 1
        self._acked[tp].clear()
        return offset

    async def _add_gap(self, tp: TP, offset_from: int, offset_to: int) -> None:
        if tp.topic not in self._batched:
            await super()._add_gap(tp, offset_from, offset_to)

    async def on_partitions_revoked(self, revoked: set[TP]) -> None:
        """Forget what was under way: the next owner reads it again."""
        for tp in revoked:
            self._under_way.pop(tp, None)
        await super().on_partitions_revoked(revoked)


class Transport(driver.Transport):  # type: ignore[misc]  # faust ships no usable types
    """The transport of ``fenghuo://host:port`` addresses."""

    Consumer = Consumer


def parts(batch: Batch, at_once: int = BATCH_RECORDS) -> list[Batch]:
    """Cut what one fetch brought into batches of so many records at most, in order."""
    return [batch[n : n + at_once] for n in range(0, len(batch), at_once)]


def _fetched(batch: Batch) -> _Fetched:
    last = batch[-1]
    return _Fetched(
        last.topic, last.partition, last.offset, last.timestamp, last.timestamp_type, (), None, batch, None, 0, 0
    )
