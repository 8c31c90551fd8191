"""Reads the topics into the mirror, for as long as the board runs: without a group, so that any number of boards can.

When the cluster does not answer, the board goes on showing what it knows and says since when that may be out of date;
once it answers again, reading goes on where it was.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Sequence
from contextlib import suppress

from aiokafka import ConsumerRecord, TopicPartition
from aiokafka.errors import KafkaConnectionError, KafkaError

from streams.board.mirror import Mirror, Since
from streams.clients import no_broker
from streams.consumers import AIOKafkaConsumer
from streams.metrics.board import BoardMetrics
from streams.settings import Settings
from streams.tail import Heard
from streams.topics import specs

log = logging.getLogger("fenghuo")

_POLL_MS = 100
_POLL_RECORDS = 2_000
_ASKED_EVERY_S = 1.0
_ANSWERS_WITHIN_S = 3.0
_STALE_AFTER_S = 4.0
_AGAIN_S = 1.0
_COMPLAINED_EVERY_S = 60.0


class Reader:
    """Keeps a mirror up to date.

    Parameters
    ----------
    settings
        Cluster and prefix.
    mirror
        What is kept up to date.
    metrics
        Counts what is read.

    Attributes
    ----------
    ready
        Set once all has been read that was there when it began.

    """

    def __init__(self, settings: Settings, mirror: Mirror, metrics: BoardMetrics | None = None) -> None:
        self._settings = settings
        self._metrics = metrics or BoardMetrics()
        self._mirror = mirror
        self._names = {settings.topic(name): name for name in mirror.reads()}
        self._consumer: AIOKafkaConsumer | None = None
        self._answered_at = time.time()
        self._complained: dict[str, float] = {}
        self.ready = asyncio.Event()
        mirror.told_of = self._passed_over

    def stale_since(self) -> float | None:
        """Return since when the cluster does not answer, epoch seconds; ``None`` while it does."""
        return self._answered_at if time.time() - self._answered_at > _STALE_AFTER_S else None

    async def start(self) -> None:
        """Connect.

        Raises
        ------
        BrokerUnavailable
            When nobody answers at the bootstrap address.

        """
        self._consumer = AIOKafkaConsumer(
            **self._settings.client(),
            client_id="fenghuo-board",
            enable_auto_commit=False,
            auto_offset_reset="earliest",  # a topic made anew is read from its beginning
            isolation_level="read_committed",  # what a crash cut off was never said
            max_partition_fetch_bytes=8 * 1024 * 1024,
        )
        try:
            await self._consumer.start()
            await self._begin(self._consumer)
        except KafkaConnectionError as error:
            await self._consumer.stop()
            raise no_broker(self._settings) from error

    async def run(self) -> None:
        """Read until cancelled."""
        consumer = self._consumer
        if consumer is None:
            raise RuntimeError("start() comes first")
        asking = asyncio.create_task(self._ask(consumer))
        try:
            ends: dict[TopicPartition, int] | None = None
            while True:
                try:
                    ends = ends or await consumer.end_offsets(sorted(consumer.assignment()))
                    await self._read(consumer)
                    if not self.ready.is_set() and await _reached(consumer, ends):
                        self.ready.set()
                except (KafkaError, TimeoutError, OSError) as error:
                    log.warning("reading failed, trying again: %r", error)
                    await asyncio.sleep(_AGAIN_S)
        finally:
            asking.cancel()
            with suppress(asyncio.CancelledError):
                await asking
            await consumer.stop()

    async def _begin(self, consumer: AIOKafkaConsumer) -> None:
        """Take all partitions of the topics, each from as far back as is wanted."""
        counts = {spec.name: spec.partitions or self._settings.partitions for spec in specs()}
        since: dict[TopicPartition, Since] = {
            TopicPartition(self._settings.topic(name), number): back
            for name, back in self._mirror.reads().items()
            for number in range(counts[name])
        }
        consumer.assign(list(since))
        now_ms = int(time.time() * 1000)
        wanted = {tp: now_ms - int(back.total_seconds() * 1000) for tp, back in since.items() if back != "beginning"}
        found = await consumer.offsets_for_times(wanted) if wanted else {}
        ends = await consumer.end_offsets(list(since))
        starts = await consumer.beginning_offsets(list(since))
        for tp, back in since.items():
            at = found.get(tp)
            offset = starts[tp] if back == "beginning" else ends[tp] if at is None else at.offset
            consumer.seek(tp, offset)

    async def _read(self, consumer: AIOKafkaConsumer) -> None:
        got = await consumer.getmany(timeout_ms=_POLL_MS, max_records=_POLL_RECORDS)
        for tp, records in got.items():
            self._mirror.take(self._heard(tp, records))
            self._metrics.read(self._names[tp.topic], len(records), records[-1].timestamp)
            await asyncio.sleep(0)  # pages are drawn meanwhile

    def _heard(self, tp: TopicPartition, records: Sequence[ConsumerRecord]) -> list[Heard]:
        name = self._names[tp.topic]
        return [Heard(name, tp.partition, r.offset, r.timestamp, r.key, r.value, r.headers or ()) for r in records]

    def _passed_over(self, record: Heard, error: Exception) -> None:
        """Count a record that could not be read, and tell where one is once a minute; what it holds is not logged."""
        self._metrics.passed_over(record.topic)
        now = time.monotonic()
        if now - self._complained.get(record.topic, float("-inf")) >= _COMPLAINED_EVERY_S:
            self._complained[record.topic] = now
            where = f"{record.topic}/{record.partition}/{record.offset}"
            log.error("a record cannot be read and is passed over: %s (%s)", where, type(error).__name__)

    async def _ask(self, consumer: AIOKafkaConsumer) -> None:
        """Ask the cluster something every second: one that has nothing to read never says that nobody answers."""
        anything = sorted(consumer.assignment())[:1]
        while True:
            try:
                await asyncio.wait_for(consumer.end_offsets(anything), _ANSWERS_WITHIN_S)
                self._answered_at = time.time()
            except (KafkaError, TimeoutError, OSError):
                pass  # `stale_since` tells
            await asyncio.sleep(_ASKED_EVERY_S)


async def _reached(consumer: AIOKafkaConsumer, ends: dict[TopicPartition, int]) -> bool:
    for tp, end in ends.items():
        if await consumer.position(tp) < end:
            return False
    return True
