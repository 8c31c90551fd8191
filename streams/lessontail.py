"""Follows ``lessons`` for the intake of a worker: all there is before the first event, and then what comes."""

from __future__ import annotations

import asyncio
import logging
import time
from datetime import UTC, datetime
from typing import Any

from aiokafka import TopicPartition

from streams import topics
from streams.consumers import AIOKafkaConsumer
from streams.errors import BadInput
from streams.history import up_to
from streams.intake.intake import Intake
from streams.intake.taught import Example
from streams.lessons import example_of, read_correction
from streams.metrics import Metrics
from streams.settings import Settings

log = logging.getLogger("fenghuo")

_WAIT_MS = 500
_STEPS = 16
"""Lessons learned before others get the loop: some 8 ms."""


class LessonTail:
    """Has an intake learn every lesson, in the order of offsets.

    Parameters
    ----------
    settings, metrics
        What it works with.
    intake
        Which learns.
    kinds
        Kinds there are.

    """

    def __init__(self, settings: Settings, intake: Intake, metrics: Metrics, kinds: frozenset[str]) -> None:
        self._settings = settings
        self._taught = intake.taught
        self._metrics = metrics
        self._kinds = kinds
        self._where = TopicPartition(settings.topic(topics.LESSONS), 0)
        self._consumer: AIOKafkaConsumer | None = None

    async def start(self) -> None:
        """Read and learn what is there.

        Raises
        ------
        StateError
            When the broker stops answering before the end is reached.

        """
        began = time.monotonic()
        consumer = self._consumer = AIOKafkaConsumer(
            **self._settings.client(), enable_auto_commit=False, auto_offset_reset="earliest"
        )
        await consumer.start()
        consumer.assign([self._where])
        start = (await consumer.beginning_offsets([self._where]))[self._where]
        end = (await consumer.end_offsets([self._where]))[self._where]
        consumer.seek(self._where, start)
        async for records in up_to(consumer, self._where, end):
            self._note(records)
        await self._learn()
        if len(self._taught):
            log.info("learned %d lessons about kinds in %.1f s", len(self._taught), time.monotonic() - began)

    async def follow(self) -> None:
        """Learn what has come; returns after half a second when nothing does."""
        assert self._consumer is not None  # noqa: S101 - `start` comes first
        records = (await self._consumer.getmany(self._where, timeout_ms=_WAIT_MS)).get(self._where, [])
        if records:
            self._note(records)
            drifted_at = self._taught.drifted_at
            await self._learn()
            if self._taught.drifted_at > drifted_at:
                self._tell_drift()

    async def stop(self) -> None:
        """Disconnect."""
        if self._consumer is not None:
            await self._consumer.stop()

    def _note(self, records: list[Any]) -> None:
        for record in records:
            event = (record.key or b"").decode("utf-8", "replace")
            self._taught.note(record.offset, event, None if record.value is None else self._example(record))

    def _example(self, record: Any) -> Example | None:  # noqa: ANN401 - a Kafka record
        try:
            correction = read_correction(record.key, record.value, self._kinds)
        except BadInput as fault:  # by hand, or of another version: whoever wrote it has not asked us
            log.warning("%s/%d teaches nothing: %s", self._where.topic, record.offset, fault)
            return None
        return example_of(correction)

    async def _learn(self) -> None:
        """Learn what was noted, and let others have the loop in between."""
        for n, _ in enumerate(self._taught.learn(), 1):
            if n % _STEPS == 0:
                await asyncio.sleep(0)
        self._metrics.lessons.set(len(self._taught))
        self._metrics.correction_ratio.set(self._taught.correction_rate)
        self._metrics.drifted.set(self._taught.drifted_at)

    def _tell_drift(self) -> None:
        log.warning(
            "the rate at which kinds are corrected has changed at %s: %.0f %% now; the lexicon or what was taught may "
            "no longer fit what is reported",
            datetime.fromtimestamp(self._taught.drifted_at, UTC).isoformat(timespec="seconds"),
            100 * self._taught.correction_rate,
        )
