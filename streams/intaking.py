"""The intake stage of a worker: raw partitions in; events, late events, dead letters and watermarks out."""

from __future__ import annotations

import asyncio
import time
from collections import Counter, defaultdict
from collections.abc import Awaitable, Callable, Iterable, Iterator, Mapping
from typing import Any

from faust.types import TP

from detectors.event import Event, Source
from streams import topics
from streams.backlog import Backlog
from streams.clockkeeping import ClockKeeper
from streams.codec import WATERMARK, encode, letter_for, origin
from streams.errors import BadInput
from streams.gaps import Gaps
from streams.intake.intake import Intake
from streams.metrics import Metrics
from streams.producing import Outbox
from streams.rawpartition import RawPartition, arrived_s, written_ms
from streams.settings import Settings
from streams.transport import BATCH_RECORDS, Batch
from streams.watermarks import NEVER, WatermarkRecord

FOLLOWS_CLOCK_S = 3_600.0
MOST_WAITING = 32_000
FRESH_S = 900.0
PATIENCE_S, FIRST_S = 2.0, 0.5
"""How long a partition that holds more is waited for, and one that was just taken over."""
HEARTBEAT_S, RESTING_S = 10.0, 1.0
"""How often a watermark that does not move is said again, and that of a partition that is quiet and read to its end."""
_WATERMARK_KEY = b"watermark"

Arrived = tuple[Any, Event | BadInput, float]
"""A Kafka record, what became of it, and the event's time in epoch seconds."""


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
    end_of
        Tells the end offset of a partition, as of the last fetch.
    ids
        Ids of topics.

    """

    def __init__(
        self,
        settings: Settings,
        intake: Intake,
        outbox: Outbox,
        metrics: Metrics,
        confirm: Callable[[Any], None],
        is_current: Callable[[Any], bool],
        end_of: Callable[[TP], int],
        ids: Mapping[str, str],
    ) -> None:
        self._clocks = ClockKeeper(settings, ids)
        self._gaps = Gaps(settings)
        self._confirm = confirm
        self._is_current = is_current
        self._settings = settings
        self._intake = intake
        self._outbox = outbox
        self._metrics = metrics
        self._end_of = end_of
        self._events, self._city, self._late = map(settings.topic, (topics.EVENTS, topics.CITY, topics.LATE))
        self._everywhere = [*topics.everywhere(settings), topics.findings(settings)]
        self._owned: dict[TP, RawPartition] = {}
        self._backlog: Backlog[TP, Arrived] = Backlog(MOST_WAITING, PATIENCE_S)
        self._counts: defaultdict[str, Counter[str]] = defaultdict(Counter)
        self._behind: defaultdict[Source, list[float]] = defaultdict(list)
        metrics.lateness_allowed.set(settings.lateness_s)
        self._lock = asyncio.Lock()
        self.progressed_at = time.monotonic()

    async def assign(self, tp: TP, topic: str, source: Source, start: Callable[[], Awaitable[int]]) -> None:
        """Take over a raw partition, if it is not ours yet: shut out its former owner, then read what is known of it.

        Parameters
        ----------
        tp, topic, source
            Which one; `topic` without prefix.
        start
            Asks for the first offset there is.

        """
        async with self._lock:
            if tp in self._owned:
                return
            try:
                clock = await self._clocks.known(tp, topic)
                self._owned[tp] = RawPartition(topic, source, tp.partition, clock, await start())
                self._backlog.expect(tp, time.monotonic() + FIRST_S)
            finally:
                await self._clocks.keep({one.partition for one in self._owned})
            self._tell_owned()

    async def revoke(self, tps: Iterable[TP]) -> None:
        """Let partitions go; what was not acknowledged is read again by the next owner."""
        async with self._lock:
            for tp in tps:
                self._owned.pop(tp, None)
                self._backlog.drop(tp)
            await self._clocks.keep({one.partition for one in self._owned})
            self._tell_owned()

    async def take(self, event: Any) -> None:  # noqa: ANN401 - a Faust event
        """Take in one batch, as far as no other partition is known to hold earlier events.

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
            await self._gaps.before(tp, raw, records[0].offset)
            raw.check_contiguous(records[0].offset)
            started = time.perf_counter()
            more = self._end_of(tp) > records[-1].offset + 1
            self._backlog.add(tp, self._decode(raw, records), now=time.monotonic(), more=more)
            raw.owe(event.message, records[-1].offset)
            raw.clock.heard = max(raw.clock.heard, written_ms(records[-1]) / 1_000)
            self._metrics.batch_seconds.labels("intake").observe(time.perf_counter() - started)
            await self._hand_on()

    def _decode(self, raw: RawPartition, records: Batch) -> Iterator[tuple[float, Arrived]]:
        """Yield the records that were not read before, as events or as faults."""
        counts = self._counts[raw.topic]
        if raw.read >= 0 and records[0].offset > raw.read + 1:
            counts["MISSING"] += records[0].offset - raw.read - 1
        decode, normalise = self._intake.decode, self._intake.normalise
        for record in records:
            if record.offset <= raw.read:
                counts["REPEATED"] += 1
                continue
            raw.read = record.offset
            try:
                event = normalise(decode(raw.source, record.value or b""), arrived_s(record))
            except BadInput as fault:
                yield NEVER, (record, fault, NEVER)
            else:
                t = event.occurred_at.timestamp()
                yield t, (record, event, t)

    async def _hand_on(self) -> None:  # in the order of event time
        now = time.monotonic()
        for n, (tp, arrived) in enumerate(self._backlog.take(now, time.time() - FRESH_S), 1):
            self._put_out(self._owned[tp], arrived, now)
            self.progressed_at = now
            if n % BATCH_RECORDS == 0:
                await self._outbox.send()
                await asyncio.sleep(0)  # others wait for the loop
                now = time.monotonic()
        self._count()
        await self._outbox.send()

    def _count(self) -> None:
        for topic, outcome, n in ((topic, *one) for topic, counts in self._counts.items() for one in counts.items()):
            self._metrics.records.labels(topic, outcome).inc(n)
        self._counts.clear()
        for answer, n in self._intake.taught.answers.items():
            self._metrics.kind_answers.labels(answer).inc(n)
        self._intake.taught.answers.clear()
        for source, behind in self._behind.items():
            self._metrics.lateness.add(source, behind)
        self._behind.clear()

    def _tell_owned(self) -> None:
        """Tell what is owned, and when each source was last heard."""
        self._metrics.partitions.labels("intake").set(len(self._owned))
        heard: dict[tuple[str, ...], float] = {}
        for raw in self._owned.values():
            if raw.clock.heard:
                heard[raw.source,] = max(heard.get((raw.source,), 0.0), raw.clock.heard)
        self._metrics.feeds.tell("intake", heard)

    def _put_out(self, raw: RawPartition, arrived: Arrived, now: float) -> None:
        record, event, t = arrived
        raw.take_in(record.offset)
        counts = self._counts[raw.topic]
        if isinstance(event, BadInput):
            self._bury(raw, record, event)
            counts["DEAD"] += 1  # and no sign of life: what cannot be used must not hold event time back
            return
        raw.active_at = now
        self._behind[raw.source].append(raw.clock.newest - t)
        in_time = raw.clock.accepts(t, self._settings.lateness_s)
        counts["ACCEPTED" if in_time else "LATE"] += 1
        key, value, at = event.place.district.encode(), encode(event), written_ms(record)
        headers = origin(raw.channel, raw.clock.base + record.offset)
        if in_time:
            self._outbox.add(self._events, key, value, timestamp_ms=at, headers=headers)
            self._outbox.add(self._city, key, value, timestamp_ms=at, headers=headers, partition=0)
        else:
            self._outbox.add(self._late, key, value, timestamp_ms=at, headers=headers)

    def _bury(self, raw: RawPartition, record: Any, fault: BadInput) -> None:  # noqa: ANN401 - a Kafka record
        letter = letter_for(raw.topic, raw.partition, record, fault)
        dead = self._settings.topic(topics.DEAD)
        self._outbox.add(dead, letter.where.encode(), encode(letter), timestamp_ms=written_ms(record))
        self._metrics.dead_letters.labels(raw.topic, fault.reason).inc()

    async def announce(self, extents: dict[TP, tuple[int, int]]) -> None:
        """Send the watermarks that moved, or have not been sent for a while, to every place events go to.

        That a partition is idle is only said of what `extents` were asked of after it was said last: whoever hears it
        twice knows that nothing had come by the time of the first.

        Parameters
        ----------
        extents
            First and end offset of the partitions that might be idle.

        """
        await self._gaps.at_end(self._owned, extents)
        async with self._lock:
            await self._hand_on()
            now, clock = time.time(), time.monotonic()
            for tp, raw in self._owned.items():
                quiet = clock - raw.active_at >= self._settings.idle_s
                rests = quiet and tp in extents and raw.has_taken_all(*extents[tp])
                if rests:
                    self._rest(raw, now)
                if raw.idle and not rests:
                    continue  # something has come, and is about to be read
                said, silent_s = (raw.clock.newest, raw.idle), clock - raw.announced_at
                again = silent_s >= RESTING_S if rests else said != raw.announced or silent_s >= HEARTBEAT_S
                if again and (raw.clock.newest > NEVER or raw.idle):
                    raw.announced, raw.announced_at = said, clock
                    self._promise(raw)
            await self._outbox.send()

    def offsets(self) -> list[tuple[TP, int]]:
        """Return the last offset taken in of every partition owned."""
        return [(tp, raw.clock.offset) for tp, raw in self._owned.items()]

    def quiet(self) -> list[TP]:
        """Return the partitions that had nothing to say for a while."""
        return [tp for tp, raw in self._owned.items() if raw.active_at <= time.monotonic() - self._settings.idle_s]

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
        headers = origin(raw.channel, raw.clock.base + raw.clock.offset, WATERMARK)
        for topic, partition in self._everywhere:
            self._outbox.add(topic, _WATERMARK_KEY, value, headers=headers, partition=partition)

    async def snapshot(self) -> None:
        """Write what is known of every partition, then acknowledge what it contains.

        Raises
        ------
        aiokafka.errors.ProducerFenced
            When another worker owns a partition by now.

        """
        async with self._lock:
            await self._outbox.send()  # outputs before the state that says they are out
            await asyncio.gather(*map(self._write, self._clocks.partitions))
            self._tell_owned()
            self._metrics.snapshot_at.labels("intake").set_to_current_time()

    async def _write(self, partition: int) -> None:
        own = (raw for raw in self._owned.values() if raw.partition == partition)
        changed = [raw for raw in own if raw.changed or raw.owes]
        if changed:
            await self._clocks.write(partition, changed)
        for raw in changed:
            raw.changed = False
            for message in raw.done():
                self._confirm(message)
