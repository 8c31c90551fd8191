"""The intake stage of a worker: raw partitions in; events, late events, dead letters and watermarks out."""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Iterable
from typing import Any

import msgspec
from faust.types import TP

from detectors.event import Source
from streams import topics
from streams.codec import WATERMARK, encode, letter_for, origin
from streams.errors import BadInput, StateError
from streams.intake.intake import Intake
from streams.metrics import Metrics
from streams.producing import Outbox
from streams.settings import Settings
from streams.state import read_partition
from streams.transport import Batch
from streams.watermarks import NEVER, ChannelClock, WatermarkRecord

FOLLOWS_CLOCK_S = 3_600.0
_WATERMARK_KEY = b"watermark"


class RawPartition:
    """One partition of one raw topic.

    Parameters
    ----------
    topic, source, partition
        Which one; `topic` without prefix.
    clock
        What is known of it from before.
    start
        The first offset there was when it was taken over.

    """

    def __init__(self, topic: str, source: Source, partition: int, clock: ChannelClock, start: int) -> None:
        self.topic = topic
        self.source = source
        self.channel = f"{topic}/{partition}"
        self.partition = partition
        self.clock = clock
        self.start = start
        self.announced: tuple[float, bool] | None = None
        self.active_at = time.monotonic()
        self.idle = False
        self.changed = False
        self.unacked: list[Any] = []

    def check_contiguous(self, first: int) -> None:
        """Hold a batch against what was taken in before it; what the topic no longer kept at the start is no gap.

        Raises
        ------
        StateError
            When records in between were never seen, though they are there.

        """
        if first > max(self.clock.offset + 1, self.start):
            raise StateError(
                f"{self.channel}: offsets {max(self.clock.offset + 1, self.start)} to {first - 1} were never taken in, "
                "though they are there; a restart goes back to them"
            )

    def has_taken_all(self, start: int, end: int) -> bool:
        """Tell whether nothing is left between the first offset there is and the end: fetched is not yet taken in."""
        return start == end or self.clock.offset + 1 >= end

    def behind_clock_s(self, now: float) -> float:
        """Return how far its newest event lies behind the wall clock, seconds."""
        return now - self.clock.newest


class IntakeStage:
    """Everything this worker does with raw partitions.

    Parameters
    ----------
    settings, intake, outbox, metrics
        What it works with.
    confirm
        Called with the message of a batch that is done.
    is_current
        Tells whether a message was fetched since the last rebalance.

    """

    def __init__(
        self,
        settings: Settings,
        intake: Intake,
        outbox: Outbox,
        metrics: Metrics,
        confirm: Callable[[Any], None],
        is_current: Callable[[Any], bool],
    ) -> None:
        self._confirm = confirm
        self._is_current = is_current
        self._settings = settings
        self._intake = intake
        self._outbox = outbox
        self._metrics = metrics
        self._owned: dict[TP, RawPartition] = {}
        self._lock = asyncio.Lock()
        self.progressed_at = time.monotonic()

    async def assign(self, tp: TP, topic: str, source: Source, start: Callable[[], Awaitable[int]]) -> None:
        """Take over a raw partition, if it is not ours yet: read what is known of it.

        Parameters
        ----------
        tp, topic, source
            Which one; `topic` without prefix.
        start
            Asks for the first offset there is.

        """
        if tp in self._owned:
            return
        async with self._lock:
            if tp in self._owned:
                return
            stored = await read_partition(
                self._settings.bootstrap, self._settings.topic(topics.INTAKE_STATE), tp.partition
            )
            data = stored.get(topic)
            clock = msgspec.json.decode(data, type=ChannelClock) if data else ChannelClock()
            self._owned[tp] = RawPartition(topic, source, tp.partition, clock, await start())
            self._metrics.partitions.labels("intake").set(len(self._owned))

    async def revoke(self, tps: Iterable[TP]) -> None:
        """Let partitions go; what was not acknowledged is read again by the next owner."""
        async with self._lock:
            for tp in tps:
                self._owned.pop(tp, None)
            self._metrics.partitions.labels("intake").set(len(self._owned))

    async def take(self, event: Any) -> None:  # noqa: ANN401 - a Faust event
        """Take in one batch.

        Raises
        ------
        StateError
            When records between what is known and this batch were never seen.

        """
        tp, records = event.message.tp, event.value
        async with self._lock:
            raw = self._owned.get(tp)
            if raw is None or not self._is_current(event.message):
                return  # revoked a moment ago: its next owner reads it
            raw.check_contiguous(records[0].offset)
            started = time.perf_counter()
            self._normalise(raw, records)
            raw.active_at = self.progressed_at = time.monotonic()
            raw.idle = False
            raw.unacked.append(event)
            self._metrics.batch_seconds.labels("intake").observe(time.perf_counter() - started)
            await self._outbox.send()

    def _normalise(self, raw: RawPartition, records: Batch) -> None:
        now = time.time()
        counts: Counter[str] = Counter()
        clock, lateness_s = raw.clock, self._settings.lateness_s
        if clock.offset >= 0 and records[0].offset > clock.offset + 1:
            counts["MISSING"] = records[0].offset - clock.offset - 1
        decode, normalise, add = self._intake.decode, self._intake.normalise, self._outbox.add
        events, late = self._settings.topic(topics.EVENTS), self._settings.topic(topics.LATE)
        for record in records:
            if record.offset <= clock.offset:
                counts["REPEATED"] += 1
                continue
            clock.offset = record.offset
            try:
                event = normalise(decode(raw.source, record.value or b""), now)
            except BadInput as fault:
                self._bury(raw, record, fault)
                counts["DEAD"] += 1
                continue
            in_time = clock.accepts(event.occurred_at.timestamp(), lateness_s)
            counts["ACCEPTED" if in_time else "LATE"] += 1
            add(
                events if in_time else late,
                event.place.district.encode(),
                encode(event),
                timestamp_ms=record.timestamp,
                headers=origin(raw.channel, record.offset),
            )
        raw.changed = True
        for outcome, n in counts.items():
            self._metrics.records.labels(raw.topic, outcome).inc(n)

    def _bury(self, raw: RawPartition, record: Any, fault: BadInput) -> None:  # noqa: ANN401 - a Kafka record
        letter = letter_for(raw.topic, raw.partition, record, fault)
        dead = self._settings.topic(topics.DEAD)
        self._outbox.add(dead, letter.where.encode(), encode(letter), timestamp_ms=record.timestamp)
        self._metrics.dead_letters.labels(raw.topic, fault.reason).inc()

    async def announce(self, extents: dict[TP, tuple[int, int]]) -> None:
        """Send the watermarks that moved to every partition of ``events``.

        Parameters
        ----------
        extents
            First and end offset of the partitions that might be idle.

        """
        async with self._lock:
            now, clock = time.time(), time.monotonic()
            for tp, raw in self._owned.items():
                quiet = clock - raw.active_at >= self._settings.idle_s
                if quiet and tp in extents and raw.has_taken_all(*extents[tp]):
                    self._rest(raw, now)
                said = (raw.clock.newest, raw.idle)
                if said != raw.announced and (raw.clock.newest > NEVER or raw.idle):
                    raw.announced = said
                    self._promise(raw)
            await self._outbox.send()

    def offsets(self) -> list[tuple[TP, int]]:
        """Return the last offset taken in of every partition owned."""
        return [(tp, raw.clock.offset) for tp, raw in self._owned.items()]

    def quiet(self) -> list[TP]:
        """Return the partitions that had nothing to say for a while."""
        limit = time.monotonic() - self._settings.idle_s
        return [tp for tp, raw in self._owned.items() if raw.active_at <= limit]

    def _rest(self, raw: RawPartition, now: float) -> None:
        """Let a partition that is read to its end follow the wall clock, or rest when its events are of long ago."""
        if raw.behind_clock_s(now) < FOLLOWS_CLOCK_S:
            raw.clock.newest = max(raw.clock.newest, now - self._settings.idle_s)
            raw.changed = True
        else:
            raw.idle = True

    def _promise(self, raw: RawPartition) -> None:
        known = raw.clock.newest > NEVER
        watermark = raw.clock.watermark(self._settings.lateness_s) if known else None
        value = encode(WatermarkRecord(watermark=watermark, idle=raw.idle))
        headers = origin(raw.channel, raw.clock.offset, WATERMARK)
        for partition in range(self._settings.partitions):
            self._outbox.add(
                self._settings.topic(topics.EVENTS), _WATERMARK_KEY, value, headers=headers, partition=partition
            )

    async def snapshot(self) -> None:
        """Write what is known of every partition, then acknowledge what it contains."""
        async with self._lock:
            await self._outbox.send()  # outputs before the state that says they are out
            changed = [raw for raw in self._owned.values() if raw.changed or raw.unacked]
            for raw in changed:
                topic = self._settings.topic(topics.INTAKE_STATE)
                self._outbox.add(topic, raw.topic.encode(), encode(raw.clock), partition=raw.partition)
            await self._outbox.send()
            for raw in changed:
                raw.changed = False
                for event in raw.unacked:
                    self._confirm(event.message)
                raw.unacked.clear()
