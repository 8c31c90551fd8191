"""The stages of a worker that keep their state on Kafka: events in, findings out; findings in, alerts out."""

from __future__ import annotations

import asyncio
import logging
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Iterable, Sequence
from contextlib import aclosing
from typing import Any

from faust.types import TP

from streams import topics
from streams.alerts import AlertsPartition
from streams.emission import Emission
from streams.history import read_again
from streams.lines import ALERTS, CITY, DISTRICTS, Line, batched, check_contiguous
from streams.metrics import Metrics
from streams.outlet import Outlet
from streams.partition import EventsPartition, Record
from streams.producing import Outbox
from streams.settings import Settings
from streams.state import StateWriter
from streams.switching import Switch

log = logging.getLogger("fenghuo")

CENSUS_S = 5.0
"""How far apart alerts are counted: 10,000 that stand take 10 ms."""

Partition = EventsPartition | AlertsPartition


class Owned:
    """One partition as this worker holds it; `whole` while all that its state led to is confirmed."""

    def __init__(self, state: Partition, writer: StateWriter, start: int) -> None:
        self.state = state
        self.start = start
        self.writer = writer
        self.unacked: list[Any] = []
        self.whole = True


class DetectStage:
    """Everything this worker does with partitions of ``events``, with ``events.city``, or with ``findings``.

    Parameters
    ----------
    line
        Which of the three.
    settings, outbox, metrics
        What it works with.
    new_partition
        Makes the state of a partition nobody has read yet.
    confirm
        Called with the message of a batch that is done.
    is_current
        Tells whether a message was fetched since the last rebalance.
    source
        Id of the topic it reads.

    """

    def __init__(
        self,
        line: Line,
        settings: Settings,
        outbox: Outbox,
        metrics: Metrics,
        new_partition: Callable[[], Partition],
        confirm: Callable[[Any], None],
        is_current: Callable[[Any], bool],
        source: str = "",
    ) -> None:
        self._source = source
        self._line = line
        self._confirm = confirm
        self._is_current = is_current
        self._settings = settings
        self._outbox = outbox
        self._metrics = metrics
        self._new_partition = new_partition
        self._owned: dict[int, Owned] = {}
        self._outlet = Outlet(line, settings, outbox, metrics)
        self._wanted_back: frozenset[int] = frozenset()
        self._lock = asyncio.Lock()
        self._counted_at = -CENSUS_S
        self.progressed_at = time.monotonic()

    async def assign(self, partition: int, start: Callable[[], Awaitable[int]]) -> None:
        """Take over a partition, if it is not ours yet: shut out its former owner, then read its state.

        Parameters
        ----------
        partition
            Which one.
        start
            Asks for the first offset there is, at which a partition without state must begin.

        """
        if partition in self._owned:
            return
        async with self._lock:
            if partition in self._owned:
                return
            topic = self._settings.topic(self._line.state)
            writer = StateWriter(self._settings.client(), topic, partition, self._settings.group, self._source)
            await writer.start()
            try:
                stored = await writer.read()
                state = self._new_partition()
                await asyncio.to_thread(state.restore, stored)  # 15 s a gigabyte: the pages are to answer meanwhile
                owned = Owned(state, writer, await start())
            except BaseException:
                await writer.stop()  # nobody else knows of it
                raise
            self._owned[partition] = owned
            self._metrics.restored_bytes.inc(writer.inventory.bytes)
            self._tell_owned()

    async def revoke(self, partitions: Iterable[int]) -> None:
        """Let partitions go; what was not acknowledged is read again by the next owner."""
        leaving = frozenset(partitions)
        self._wanted_back |= leaving
        async with self._lock:
            self._wanted_back -= leaving
            for partition in leaving:
                owned = self._owned.pop(partition, None)
                if owned is not None:
                    await owned.writer.stop()
                    self._metrics.watermark.tell(f"{self._line.name}/{partition}", {})
            self._tell_owned()

    async def take(self, event: Any) -> None:  # noqa: ANN401 - a Faust event
        """Take in one batch.

        Raises
        ------
        StateError
            When records between the state and this batch were never seen.

        """
        message = event.message
        async with self._lock:
            owned = self._owned.get(message.partition)
            if owned is None or not self._is_current(message):
                return  # revoked a moment ago: its next owner reads it
            state = owned.state
            expected = state.offset + 1 if state.offset >= 0 else owned.start
            check_contiguous(event.value[0].offset, expected, f"{message.topic}/{message.partition}")
            owned.whole = False  # nothing may be written of a batch that fails half-way
            for records in batched(event.value, self._line.at_once):
                while (switch := await self._take(state, records, self._outlet.emit)) is not None:
                    if not await self._feed(switch, message.partition):
                        break
                    state.switch(switch, self._outlet.emit)
                    self._metrics.switches.inc()
                    self._tell_books()
                    where = f"{message.topic}/{message.partition}"
                    log.info("%s goes by book %s from offset %d on", where, state.digest, switch.end)
                if message.partition in self._wanted_back:
                    break  # asked for while it was worked off: its next owner does the rest
                self.progressed_at = time.monotonic()
            else:
                owned.unacked.append(event)
            self._outlet.emit_current()  # of a part of a batch too: a snapshot may be waiting, and contain it
            self._count(message.partition, state)
            await self._outbox.send()
            owned.whole = True

    async def _take(
        self, state: Partition, records: Sequence[Record], emit: Callable[[Emission], None]
    ) -> Switch | None:
        started = time.perf_counter()
        if self._line is CITY:  # closing a day of a large city can take a second: the others must not wait for it
            switch = await asyncio.to_thread(state.take, records, emit)
        else:
            switch = state.take(records, emit)
        self._metrics.batch_seconds.labels(self._line.name).observe(time.perf_counter() - started)
        return switch

    async def _feed(self, switch: Switch, partition: int) -> bool:
        """Read again what a switch has to see; tell whether the partition is still ours to switch."""
        topic = self._settings.topic(self._line.events)
        where = (self._settings.client(), topic, partition)
        again = read_again(*where, since_ms=switch.since_ms, first=switch.first, end=switch.end)
        if switch.first < switch.end:
            async with aclosing(again) as parts:
                async for records in parts:
                    switch.feed(records)
                    self.progressed_at = time.monotonic()
                    await asyncio.sleep(0)  # others wait for the loop
                    if partition in self._wanted_back:
                        return False
        return True

    def digests(self) -> list[str]:
        """Return the digests of the books that partitions of this worker go by."""
        return sorted({owned.state.digest for owned in self._owned.values()})

    def _tell_owned(self) -> None:
        self._counted_at = -CENSUS_S
        self._metrics.partitions.labels(self._line.name).set(len(self._owned))
        self._tell_books()
        self._tell_verdicts()
        self._measure()

    def _tell_books(self) -> None:
        self._metrics.tell_books(self._line.name, (owned.state.digest for owned in self._owned.values()))

    def _tell_verdicts(self) -> None:
        """Tell the verdicts held in the partitions of this worker: those of all workers add up."""
        self._metrics.tell_verdicts(self._line.name, (owned.state.held() for owned in self._owned.values()))

    def _count(self, partition: int, state: Partition) -> None:
        counts, state.counts = state.counts, Counter()
        if isinstance(state, AlertsPartition):
            self._count_alerts(counts, state)
        elif self._line is DISTRICTS:  # the others are the same events again
            for verdict, n in counts.items():
                self._metrics.events.labels(verdict).inc(n)
            self._metrics.report(state.reported)
            state.reported.clear()
        for labels, n in state.verdicts.items():
            self._metrics.verdicts.labels(*labels).inc(n)
        if state.verdicts:
            state.verdicts = Counter()
            self._tell_verdicts()
        if state.watermark > 0:
            where = str(partition) if self._line is DISTRICTS else self._line.name
            self._metrics.watermark.tell(f"{self._line.name}/{partition}", {(where,): state.watermark})

    def _count_alerts(self, counts: Counter[str], state: AlertsPartition) -> None:
        for outcome, n in counts.items():
            self._metrics.records.labels(topics.FINDINGS, outcome).inc(n)
        if counts["BOOK"]:
            self._tell_books()
        if counts["TALLY"]:
            self._metrics.tell_index(state.scores)

    def _measure(self) -> None:
        """Tell how much state there is, since when its detectors learn, and which alerts stand."""
        states = [owned.state for owned in self._owned.values()]
        self._metrics.state_bytes.labels(self._line.name).set(
            sum(owned.writer.inventory.bytes for owned in self._owned.values())
        )
        if self._line is ALERTS and time.monotonic() - self._counted_at < CENSUS_S:
            return
        if self._line is ALERTS:
            self._counted_at = time.monotonic()
            census = [state.census() for state in states if isinstance(state, AlertsPartition)]
            self._metrics.handling.take(census[0] if census else None)
            return
        since: dict[tuple[str, ...], float] = {}
        for state in states:
            for detector, t in state.learning_since.items() if isinstance(state, EventsPartition) else ():
                labels = (self._line.name, detector)
                since[labels] = min(t, since.get(labels, t))
        self._metrics.learning.tell(self._line.name, since)

    def offsets(self) -> list[tuple[TP, int]]:
        """Return the last offset taken in of every partition owned."""
        topic = self._settings.topic(self._line.events)
        return [(TP(topic, partition), owned.state.offset) for partition, owned in self._owned.items()]

    async def snapshot(self) -> None:
        """Write the state that changed, then acknowledge what it contains.

        Raises
        ------
        aiokafka.errors.ProducerFenced
            When another worker owns a partition by now.

        """
        async with self._lock:
            due = [owned for owned in self._owned.values() if owned.unacked and owned.whole]
            await asyncio.gather(*map(self._write, due))
            self._tell_verdicts()  # some have become too old
            self._measure()
            self._metrics.snapshot_at.labels(self._line.name).set_to_current_time()

    async def _write(self, owned: Owned) -> None:
        started = time.perf_counter()
        changed = owned.state.dirty()
        await owned.writer.write(changed)
        for event in owned.unacked:
            self._confirm(event.message)
        owned.unacked.clear()
        self._metrics.snapshots.inc()
        self._metrics.snapshot_bytes.inc(sum(len(data) for data in changed.values() if data))
        self._metrics.snapshot_seconds.observe(time.perf_counter() - started)
