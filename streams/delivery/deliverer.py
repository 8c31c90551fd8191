"""One of the processes that deliver: the one that owns the notices works, the others stand by."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable, Coroutine, Mapping
from typing import Any

from aiokafka import ConsumerRebalanceListener, TopicPartition
from aiokafka.coordinator.assignors.sticky.sticky_assignor import StickyPartitionAssignor
from aiokafka.errors import ProducerFenced

from rules.silence import LONGEST_S
from streams import topics
from streams.consumers import AIOKafkaConsumer
from streams.delivery.dispatch import Dispatch
from streams.delivery.handing import Hands
from streams.delivery.reached import Reached, read_reached, resume
from streams.delivery.tenure import OFFSET, Tenure
from streams.errors import StateError
from streams.metrics import DeliveryMetrics
from streams.settings import Settings
from streams.state import StateWriter
from streams.topicwatch import LOOK_S, TopicWatch

log = logging.getLogger("fenghuo")

WELL = frozenset({"ready", "standby"})
"""Healths of a process that does what it is there for."""
SESSION_MS = 6_000
"""A process that is gone is replaced after this; brokers allow no less by default."""
FIRST_S = 3_600.0
"""The very first process begins with the notices of the last hour, not with those of a month."""
_REBALANCE_MS = 30_000
_FETCH_WAIT_MS = 250
_POLL_MS = 500
_BATCH = 500
_SHORT_POLLS = 10
_NO_POLL_LIMIT_MS = 86_400_000


class Deliverer(ConsumerRebalanceListener):  # type: ignore[misc]  # aiokafka ships no types
    """A member of the group that delivers.

    Parameters
    ----------
    settings
        Cluster, prefix, group.
    new_dispatch
        Makes plans and sending without any state.
    hands
        The channels.
    longest_silence_s
        A silence that asks for more is refused, seconds.
    on_duty
        Tells how many people are on duty now, by roster.

    Attributes
    ----------
    failure
        Why this process must end: nothing more is acknowledged then.

    """

    def __init__(
        self,
        settings: Settings,
        new_dispatch: Callable[[], Dispatch],
        hands: Hands,
        longest_silence_s: float = LONGEST_S,
        on_duty: Callable[[], Mapping[str, int]] = dict,
    ) -> None:
        self._longest_silence_s = longest_silence_s
        self.settings = settings
        self.metrics = DeliveryMetrics(on_duty)
        self.metrics.ready.set_function(lambda: float(self.health() in WELL))
        self.failure: BaseException | None = None
        self._new_dispatch = new_dispatch
        self._hands = hands
        self._where = TopicPartition(settings.topic(topics.NOTICES), 0)
        self._consumer: Any = None
        self._tenure: Tenure | None = None
        self._holding: asyncio.Task[None] | None = None
        self._joined = False
        self._short = 0
        self._stopping = asyncio.Event()
        self._topics = TopicWatch(settings)

    async def run(self, stopping: asyncio.Event) -> None:
        """Deliver or stand by until `stopping` is set or something fails.

        Raises
        ------
        BrokerUnavailable
            When nobody answers.

        """
        self._stopping = stopping
        await asyncio.to_thread(self._topics.start)
        self._consumer = AIOKafkaConsumer(
            **self.settings.client(),
            group_id=f"{self.settings.group}.deliver",
            enable_auto_commit=False,
            auto_offset_reset="earliest",  # never asked for: where to begin is found out, and sought
            isolation_level="read_committed",
            fetch_max_wait_ms=_FETCH_WAIT_MS,
            session_timeout_ms=SESSION_MS,
            heartbeat_interval_ms=SESSION_MS // 4,
            rebalance_timeout_ms=_REBALANCE_MS,
            max_poll_interval_ms=_NO_POLL_LIMIT_MS,
            partition_assignment_strategy=(StickyPartitionAssignor,),
        )
        watching = asyncio.ensure_future(self._watch())
        try:
            self._consumer.subscribe([self._where.topic], listener=self)
            await self._consumer.start()
            while not stopping.is_set():
                await self._guard(self._poll())
        finally:
            watching.cancel()
            await self._end()
            await self._consumer.stop()
            await self._hands.close()

    async def _watch(self) -> None:
        while True:
            await asyncio.sleep(LOOK_S)
            await self._guard(asyncio.to_thread(self._topics.look))

    async def _poll(self) -> None:
        """Hand what came to whoever owns the notices now; what comes for nobody is read again by the owner."""
        found = await self._consumer.getmany(timeout_ms=_POLL_MS, max_records=_BATCH)
        for records in found.values():
            if self._tenure is not None:
                await self._tenure.offer(records)
        if self._tenure is not None:
            end = self._consumer.highwater(self._where) if self._where in self._consumer.assignment() else None
            self._hold_against(end, self._tenure.next_offset)
            self.metrics.lag.set(max(0, (end or 0) - self._tenure.next_offset))

    def _hold_against(self, end: int | None, taken: int) -> None:
        """See that the topic does not end before what was taken in of it; that end may be of a moment ago.

        Raises
        ------
        StateError
            When it does: what comes would be taken for what came before, and nobody would be told.

        """
        self._short = self._short + 1 if end is not None and end < taken else 0
        if self._short > _SHORT_POLLS:
            raise StateError(
                f"{self._where.topic} ends at offset {end}, and {taken} records of it were taken in: it was made anew, "
                "or its broker came back without its newest records"
            )

    async def on_partitions_assigned(self, assigned: set[Any]) -> None:
        """Begin to take over; it goes on beside this, for no heartbeat is sent while this runs."""
        self._joined = True
        if self._where in assigned:
            self._consumer.pause(self._where)
            self._holding = asyncio.ensure_future(self._guard(self._deliver()))

    async def on_partitions_revoked(self, revoked: set[Any]) -> None:
        """Let go: wait for the outcome of what is on its way, and write it down."""
        if revoked:
            await self._end()

    async def _guard(self, step: Coroutine[Any, Any, None]) -> None:
        try:
            await step
        except Exception as error:  # noqa: BLE001 - whatever it is, nothing more may be acknowledged
            self._fail(error)

    async def _deliver(self) -> None:
        settings = self.settings
        state_topic = settings.topic(topics.DELIVERY_STATE)
        writer = StateWriter(settings.client(), state_topic, 0, f"{settings.group}.deliver")
        await writer.start()  # from here on nobody else writes: what is read now is all there is
        try:
            stored = await writer.read()
            kept = stored.pop(OFFSET, None)
            dispatch = self._new_dispatch()
            dispatch.restore(stored, time.time())
            end = (await self._consumer.end_offsets([self._where]))[self._where]
            topic = self._topics.ids.get(self._where.topic, "")
            reached = read_reached(kept) if kept is not None else None
            start = await self._start(reached, topic, end)
            if reached is not None and start != reached.offset:  # said once, and not again until the next notice comes
                await writer.write({OFFSET: Reached(start, topic).encoded()})
            tenure = Tenure(
                settings,
                dispatch,
                self._hands,
                writer,
                self.metrics,
                commit=self._commit,
                reached=Reached(start, topic),
                end=end,
                longest_silence_s=self._longest_silence_s,
            )
            self._consumer.seek(self._where, start)
            self._consumer.resume(self._where)
            log.info("delivering from notice %d on, %d are waiting", start, end - start)
            self.metrics.owner.set(1)
            self._tenure = tenure
            await tenure.run()
        finally:
            self._tenure = None
            self.metrics.rest()
            await writer.stop()

    async def _start(self, reached: Reached | None, topic: str, end: int) -> int:
        """Return where to go on: after what the state holds, as far as that is still there."""
        begin: int = (await self._consumer.beginning_offsets([self._where]))[self._where]
        if reached is None:
            since = int((time.time() - FIRST_S) * 1000)
            found = (await self._consumer.offsets_for_times({self._where: since}))[self._where]
            return end if found is None else int(found.offset)
        offset, gone, anew = resume(reached, topic=topic, begin=begin, end=end)
        name = self._where.topic
        if anew:
            log.warning("%s was made anew, or lost its newest records: all that is on it is taken in", name)
        if gone:
            self.metrics.notices.labels("MISSING").inc(gone)
            log.error("%s: %d notices were deleted before anybody took them in: look at the board", name, gone)
        return offset

    async def _commit(self, offset: int) -> None:
        if self._where in self._consumer.assignment():
            await self._consumer.commit({self._where: offset})

    async def _end(self) -> None:
        holding, self._holding = self._holding, None
        if holding is None:
            return
        if self._tenure is not None:
            self._tenure.stop()
        else:
            holding.cancel()  # it was still taking over
        await asyncio.wait({holding})

    def _fail(self, error: Exception) -> None:
        """End the process without acknowledging anything more; whoever runs it starts it again."""
        if self.failure is None:
            self.failure = error
            fenced = isinstance(error, ProducerFenced)
            what = "another process delivers now" if fenced else f"{type(error).__name__}: {error}"
            log.critical("delivery stops without acknowledging: %s", what, exc_info=None if fenced else error)
            self._stopping.set()

    def health(self) -> str:
        """Return ``ready``, ``standby``, ``recovering``, ``stalled`` or ``failed``."""
        if self.failure is not None:
            return "failed"
        if self._tenure is not None:
            quiet_s = time.monotonic() - self._tenure.turned_at
            return "stalled" if quiet_s > self.settings.stalled_s else "ready"
        return "standby" if self._joined and self._holding is None else "recovering"
