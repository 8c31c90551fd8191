"""The control stage of a worker: what all must do at the same point goes among what they work off.

A record of a control topic is checked once, by whoever owns its partition. What is declared (``context``) and books
(``rules``) then stand among the events on every partition of ``events`` and on ``events.city``; books and ``commands``
among the ``findings``: live, a restart and a replay of the topic meet them at the same place. A correction of an
event's kind goes to ``lessons`` instead: it is for intake, and changes nothing of what is on ``events`` already. The
stage keeps no state. What it puts out twice after a crash carries the same origin, and changes nothing the second time;
of commands, as long as no more than 63 others about the same alert came in between.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections import Counter
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from rules.command import Command
from streams import topics
from streams.codec import BOOK, COMMAND, CONTEXT, believed_ms, encode, letter_for, origin
from streams.commanding import read_command
from streams.context import read_declaration
from streams.errors import BadInput
from streams.lessons import Correction, is_correction, read_correction
from streams.metrics import Metrics
from streams.producing import Outbox
from streams.published import Library
from streams.settings import Settings

log = logging.getLogger("fenghuo")


class Control(NamedTuple):
    """What is done with the records of one control topic.

    Parameters
    ----------
    header
        Name of the header its records carry there.
    read
        Checks a record of a time (epoch milliseconds) and returns what is passed on; raises `BadInput` when it cannot
        be used.
    where
        Topics and partitions it is passed on to.
    refused
        Called with what was wrong with one.

    """

    header: str
    read: Callable[[Any, int], object]
    where: Sequence[tuple[str, int]]
    refused: Callable[[BadInput], None] = lambda _: None


class ControlStage:
    """Everything this worker does with partitions of control topics.

    Parameters
    ----------
    settings, outbox, metrics
        What it works with.
    library
        Reads the books that are published.
    confirm
        Called with the message of a batch that is done.
    is_current
        Tells whether a message was fetched since the last rebalance.

    """

    def __init__(
        self,
        settings: Settings,
        outbox: Outbox,
        metrics: Metrics,
        library: Library,
        confirm: Callable[[Any], None],
        is_current: Callable[[Any], bool],
    ) -> None:
        self._settings = settings
        self._outbox = outbox
        self._metrics = metrics
        events, findings = topics.everywhere(settings), topics.findings(settings)
        self._controls = {
            topics.CONTEXT: Control(CONTEXT, lambda r, at: read_declaration(r.key, r.value, at), events),
            topics.RULES: Control(BOOK, lambda r, _: library.receive(r.value), [*events, findings], self._refuse_book),
            topics.COMMANDS: Control(COMMAND, self._read_command, [findings]),
        }
        self._kinds = library.kinds
        self._confirm = confirm
        self._is_current = is_current
        self._lock = asyncio.Lock()

    async def take(self, event: Any) -> None:  # noqa: ANN401 - a Faust event
        """Pass one batch on."""
        message = event.message
        topic = message.topic.removeprefix(self._settings.prefix)
        async with self._lock:
            if not self._is_current(message):
                return  # revoked a moment ago: its next owner reads it
            counts = Counter(self._pass_on(topic, message.partition, record) for record in event.value)
            await self._outbox.send()
            self._confirm(message)
        for outcome, n in counts.items():
            self._metrics.records.labels(topic, outcome).inc(n)

    def _pass_on(self, topic: str, partition: int, record: Any) -> str:  # noqa: ANN401 - a Kafka record
        control, at = self._controls[topic], believed_ms(record.timestamp, time.time())
        try:
            read = control.read(record, at)
            value = encode(read)
        except BadInput as fault:
            letter = letter_for(topic, partition, record, fault)
            dead = self._settings.topic(topics.DEAD)
            self._outbox.add(dead, letter.where.encode(), encode(letter), timestamp_ms=at)
            self._metrics.dead_letters.labels(topic, fault.reason).inc()
            control.refused(fault)
            return "DEAD"
        if isinstance(read, Correction):
            lessons, key = self._settings.topic(topics.LESSONS), read.event.encode()
            self._outbox.add(lessons, key, value, timestamp_ms=at, partition=0)
            return "LESSON"
        headers = origin(f"{topic}/{partition}", record.offset, control.header)
        for name, number in control.where:
            self._outbox.add(name, topic.encode(), value, timestamp_ms=at, headers=headers, partition=number)
        return "ACCEPTED"

    def _read_command(self, record: Any, _at: int) -> Command | Correction:  # noqa: ANN401 - a Kafka record
        if is_correction(record.value):
            return read_correction(record.key, record.value, self._kinds)
        return read_command(record.key, record.value)

    def _refuse_book(self, fault: BadInput) -> None:
        self._metrics.refused.inc()
        log.error("a published book is refused, the one in force stays: %s", fault)
