"""The live shell: a Faust app whose agents hand batches to the stages."""

from __future__ import annotations

import asyncio
import logging
import os
import signal
from collections.abc import Awaitable, Callable
from functools import partial
from typing import Any

from aiokafka import AIOKafkaProducer
from faust.types import TP

from detectors.detector import Scope
from streams import topics
from streams.alerts import AlertsPartition
from streams.app import new_app
from streams.assembly import assembled
from streams.controlling import ControlStage
from streams.detecting import DetectStage
from streams.intaking import IntakeStage
from streams.lessontail import LessonTail
from streams.lines import ALERTS, CITY, DISTRICTS
from streams.metrics import Metrics
from streams.partition import EventsPartition
from streams.producing import Outbox, new_producer, reason
from streams.published import Library
from streams.recorded import channels
from streams.settings import Settings
from streams.sources import source_types
from streams.topicwatch import LOOK_S, TopicWatch
from streams.transport import Raw
from streams.vigil import BEAT_S, Heartbeat, Vigil

log = logging.getLogger("fenghuo")

ANNOUNCE_S = 0.25
LEAVE_S = 1.0


class Worker:
    """One worker process: the app, its stages, and whether it is well.

    Parameters
    ----------
    settings
        What it was told.

    Raises
    ------
    ConfigurationError
        When files or secrets do not hold what is needed: with every fault.

    """

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.metrics = Metrics()
        self._parts = assembled(settings)
        self.metrics.ready.set_function(lambda: float(self.health() == "ready"))
        self._library = Library(self._parts.taxonomy)
        self.lessons = LessonTail(settings, self._parts.intake, self.metrics, self._library.kinds)
        self._sources = {kind.topic: source for source, kind in source_types().items()}
        self._lines = {settings.topic(line.events): line.name for line in (DISTRICTS, CITY, ALERTS)}
        self._raw = {settings.topic(topic): topic for topic in self._sources}
        self.metrics.introduce(self._parts.areas, self._parts.taxonomy, self._sources)
        self._control = frozenset(settings.topic(topic) for topic in topics.CONTROL)
        self._producer: AIOKafkaProducer | None = None
        self.intake: IntakeStage
        self.detect: DetectStage
        self.city: DetectStage
        self.alerts: DetectStage
        self.control: ControlStage
        self.failure: BaseException | None = None
        self.ready = False
        self._settled = asyncio.Event()
        self._takeover: asyncio.Future[None] | None = None
        self._giving_up = self._leaving = False
        self._vigil = Vigil(settings, self.metrics, self._end_of, self._ask_end_of)
        self._heartbeat = Heartbeat(settings.stalled_s)
        self._topics = TopicWatch(settings)
        self.app = self._new_app()

    def _new_app(self) -> Any:  # noqa: ANN401 - faust ships no usable types
        settings = self.settings
        app = new_app(settings)
        stages = dict.fromkeys(self._raw, "intake") | dict.fromkeys(self._control, "control") | self._lines
        app.batched_topics = frozenset(stages)
        schema = Raw()
        for name, stage in sorted(stages.items()):
            app.agent(app.topic(name, schema=schema), name=f"{stage} {name}", concurrency=1)(self._agent(stage))
        app.on_partitions_assigned.connect(self._assigned)
        app.on_partitions_revoked.connect(self._revoked)
        app.on_before_shutdown.connect(self._last_snapshot)
        app.task(self._every(ANNOUNCE_S, self._announce))
        app.task(self._every(settings.snapshot_s, self._snapshot))
        app.task(self._every(settings.snapshot_s, self._snapshot_city))  # waits for the thread: the others must not
        app.task(self._every(ANNOUNCE_S, self.lessons.follow))
        app.task(self._every(BEAT_S, self._look))
        app.task(self._every(LOOK_S, partial(asyncio.to_thread, self._topics.look)))
        return app

    def _every(self, seconds: float, step: Callable[[], Awaitable[None]]) -> Callable[[], Awaitable[None]]:
        async def task() -> None:
            while not self.app.should_stop:
                await asyncio.sleep(seconds)
                await self._guard(step)

        return task

    async def start(self) -> None:
        """Connect the producer, make the stages, learn what was taught; the app must not run before."""
        settings, self._producer = self.settings, new_producer(self.settings.client())
        self._heartbeat.start()
        await asyncio.to_thread(self._topics.start)
        outbox = Outbox(self._producer, settings.partitions)
        told = (self._confirm, self._is_current)
        ids = self._topics.ids
        self.intake = IntakeStage(settings, self._parts.intake, outbox, self.metrics, *told, self._end_of, ids)
        self.control = ControlStage(settings, outbox, self.metrics, self._library, *told)
        for line in (DISTRICTS, CITY, ALERTS):
            own, source = Outbox(self._producer, settings.partitions), ids.get(settings.topic(line.events), "")
            new = self._new_alerts if line is ALERTS else partial(self._new_partition, line.scope, source)
            setattr(self, line.name, DetectStage(line, settings, own, self.metrics, new, *told, source))
        await self._producer.start()
        await self.lessons.start()

    def _new_partition(self, scope: Scope | None, source: str) -> EventsPartition:
        tallying = self._parts.new_tallying() if scope == "city" else None
        pipeline = self._parts.new_pipeline(scope)
        return EventsPartition(pipeline, channels(self.settings), self._library, tallying, source)

    def _new_alerts(self) -> AlertsPartition:
        return self._parts.new_alerts(self._library, exercise=self.settings.exercise)

    async def stop(self) -> None:
        """Disconnect; also after a `start` that failed or was cut off."""
        self._heartbeat.stop()
        await self.lessons.stop()
        if self._producer is not None:
            await self.intake.revoke([tp for tp, _ in self.intake.offsets()])
            await self.detect.revoke(range(self.settings.partitions))
            await self.city.revoke([0])
            await self.alerts.revoke([0])
            await self._producer.stop()

    def _agent(self, stage: str) -> Callable[[Any], Awaitable[None]]:
        async def agent(stream: Any) -> None:  # noqa: ANN401 - faust's own
            async for event in stream.noack().events():
                await self._guard(partial(self._take, getattr(self, stage), event))

        return agent

    async def _take(self, stage: IntakeStage | ControlStage | DetectStage, event: Any) -> None:  # noqa: ANN401 - faust's own
        """Hand a batch to its stage, but not before the partitions it may belong to are taken over."""
        await self._settled.wait()
        await stage.take(event)
        await asyncio.sleep(0)  # a batch that says nothing awaits nothing: several in a row would hold the loop

    def _is_current(self, message: Any) -> bool:  # noqa: ANN401 - a Faust message
        """Tell whether a batch was fetched since the last rebalance; one from before is read again by its owner."""
        return bool(message.generation_id == self.app.consumer_generation_id)

    def _confirm(self, message: Any) -> None:  # noqa: ANN401 - a Faust message
        self.app.consumer.confirm(message)

    def _end_of(self, tp: TP) -> int:
        """Return the end offset as of the last fetch, 0 where none is known."""
        try:
            return self.app.consumer.highwater(tp) or 0
        except AssertionError:  # aiokafka's word for a partition that was revoked a moment ago
            return 0

    async def _ask_end_of(self, tp: TP) -> int:
        return int((await self.app.consumer.highwaters(tp))[tp])

    async def _guard(self, step: Callable[[], Awaitable[None]]) -> None:
        """Run one step; when it fails nothing more is acknowledged and the process leaves, to be started again."""
        if self.failure is not None:
            return
        try:
            await step()
        except Exception as error:  # noqa: BLE001 - whatever it is, the events must not be acknowledged
            self._fail(error)

    async def _assigned(self, _app: Any, assigned: set[TP], **_: Any) -> None:  # noqa: ANN401 - faust's own
        """Begin to take over what was assigned.

        It goes on beside this: aiokafka sends no heartbeat before this callback has returned, so that a worker which
        read its state here on a busy machine, longer than SESSION_S, was put out of the group.
        """
        await self._give_up()
        self._giving_up = self._leaving
        self._takeover = asyncio.ensure_future(self._guard(partial(self._take_over, assigned)))

    async def _take_over(self, assigned: set[TP]) -> None:
        # Asked once for all: on a quiet cluster every answer waits for the fetch that is under way, 1.5 s.
        starts = asyncio.ensure_future(
            self._starts([tp for tp in assigned if tp.topic in self._lines or tp.topic in self._raw])
        )
        try:
            for tp in sorted(assigned):
                if self._giving_up:
                    return
                if tp.topic in self._raw:
                    topic = self._raw[tp.topic]
                    await self.intake.assign(tp, topic, self._sources[topic], partial(_start_of, tp, starts))
                elif tp.topic in self._lines:
                    await self._line(tp.topic).assign(tp.partition, partial(_start_of, tp, starts))
        finally:
            starts.cancel()
        self.ready = not self._giving_up
        if self.ready:
            self._settled.set()

    def _line(self, topic: str) -> DetectStage:
        return getattr(self, self._lines[topic])  # type: ignore[no-any-return]

    async def _starts(self, tps: list[TP]) -> dict[TP, int]:
        return await self.app.consumer.earliest_offsets(*tps) if tps else {}

    async def _ends(self, tps: list[TP]) -> dict[TP, int]:
        return await self.app.consumer.highwaters(*tps) if tps else {}

    async def _give_up(self, patience_s: float | None = None) -> None:
        """Let no partition be taken over any more; the one that is under way is waited for, then cut off."""
        self.ready = False
        self._giving_up = True
        self._settled.clear()
        if self._takeover is not None:
            await asyncio.wait({self._takeover}, timeout=patience_s)
            self._takeover.cancel()

    async def leave(self) -> None:
        """Prepare for the end of the app; a worker that is not ready yet has nothing to write, and drops what it does.

        Without this the app would wait for the consumer, and that for answers to a callback that ask the consumer.
        """
        self._leaving = True
        if not self.ready:
            await self._give_up(LEAVE_S)

    async def _revoked(self, _app: Any, revoked: set[TP], **_: Any) -> None:  # noqa: ANN401 - faust's own
        await self._give_up()
        await self.intake.revoke(revoked)
        for topic in self._lines:
            await self._line(topic).revoke(tp.partition for tp in revoked if tp.topic == topic)

    async def _announce(self) -> None:
        if not self.ready:
            return
        quiet = self.intake.quiet()
        ends, starts = await asyncio.gather(self._ends(quiet), self._starts(quiet))  # each waits behind a fetch
        await self.intake.announce({tp: (starts[tp], end) for tp, end in ends.items()})

    async def _snapshot(self) -> None:
        if self.ready:
            await self.intake.snapshot()
            await self.detect.snapshot()
            await self.alerts.snapshot()

    async def _snapshot_city(self) -> None:
        if self.ready:
            await self.city.snapshot()

    async def _last_snapshot(self, *_: Any, **__: Any) -> None:  # noqa: ANN401 - faust's own
        await self._guard(self._snapshot)
        await self._guard(self._snapshot_city)

    async def _look(self) -> None:
        """See whether all is well; apart from the snapshots, which wait for a stage that is stuck."""
        if self.ready:
            await self._vigil.look({name: getattr(self, name) for name in ("intake", "detect", "city", "alerts")})

    def _fail(self, error: Exception) -> None:
        """Leave the process without acknowledging anything more; whoever runs it starts it again."""
        if self.failure is None:
            self.failure = error
            log.critical("worker stops without acknowledging: %s", reason(error), exc_info=error)
            os.kill(os.getpid(), signal.SIGTERM)

    def health(self) -> str:
        """Return ``ready``, ``recovering``, ``stalled`` or ``failed``."""
        if self.failure is not None:
            return "stalled" if self._vigil.stalled else "failed"
        return "ready" if self.ready else "recovering"

    def books(self) -> list[str]:
        """Return the digests of the rule books in force here: several only while they are switched."""
        return sorted({*self.detect.digests(), *self.city.digests(), *self.alerts.digests()}) or [
            self._parts.book.digest
        ]


async def _start_of(tp: TP, starts: Awaitable[dict[TP, int]]) -> int:
    return int((await starts)[tp])
