"""The time one process delivers: notices in, attempts written down, made, and what became of them written down."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, Sequence
from typing import Any

from rules.alert import Alert
from streams import topics
from streams.channels.base import Message
from streams.codec import encode, letter_for
from streams.delivery.dispatch import Dispatch
from streams.delivery.handing import Hands
from streams.delivery.notices import read_notice
from streams.delivery.reached import Reached
from streams.delivery.sender import Answer, Attempt
from streams.errors import BadInput, StateError
from streams.metrics import DeliveryMetrics
from streams.settings import Settings
from streams.state import StateWriter

log = logging.getLogger("fenghuo")

OFFSET = "offset"
"""Key of the state under which it stands how far notices were taken in."""
STALE_S = 3.0
"""Half of the session in the group: whoever was paused for longer asks before it sends."""
PATIENCE_S = 12.0
SET_BACK_S = 60.0
_REST_S = 1.0
_IDLE_S = 0.005
_COMMIT_S = 1.0


class Tenure:
    """Delivers until it is told to stop, or can no longer write.

    One turn takes in what has come, decides, writes state, records and the offset of the notices in one transaction,
    and only then hands messages to the channels. While one turn is written down the next one fills.

    Parameters
    ----------
    settings
        Names of topics.
    dispatch
        Restored.
    hands
        The channels.
    writer
        Of the state; started, so that nobody else can write it any more.
    metrics
        What is counted.
    commit
        Tells the group how far notices are taken in: for people who look at the lag, the state itself is what counts.
    reached
        How far notices are taken in.
    end
        Offset up to which notices were there at the beginning: nothing is planned before they are taken in, so that
        nobody is told of what is over meanwhile.
    longest_silence_s
        A silence that asks for more is refused, seconds.

    """

    def __init__(
        self,
        settings: Settings,
        dispatch: Dispatch,
        hands: Hands,
        writer: StateWriter,
        metrics: DeliveryMetrics,
        *,
        commit: Callable[[int], Awaitable[None]],
        reached: Reached,
        end: int,
        longest_silence_s: float,
    ) -> None:
        self._settings = settings
        self._dispatch = dispatch
        self._hands = hands
        self._writer = writer
        self._metrics = metrics
        self._commit = commit
        self.next_offset = reached.offset
        self._topic = reached.topic
        self._end = end
        self._longest_silence_s = longest_silence_s
        self._batch: Sequence[Any] = ()
        self._room = asyncio.Event()
        self._room.set()
        self._wake = asyncio.Event()
        self._answers: list[tuple[str, Message, Answer]] = []
        self._tasks: set[asyncio.Task[None]] = set()
        self._noted: list[tuple[str, float]] = []
        self._stopping = False
        self._committed = (reached.offset, 0.0)
        self._reached = time.time()
        self.turned_at = time.monotonic()

    async def offer(self, records: Sequence[Any]) -> None:
        """Hand in notices; returns when there is room for more, or when nothing is taken in any more."""
        await self._room.wait()
        if not self._stopping:
            self._batch = records
            self._room.clear()
            self._wake.set()
            await self._room.wait()

    def stop(self) -> None:
        """Take nothing in and begin nothing any more; `run` returns when what is on its way has an outcome."""
        self._stopping = True
        self._room.set()
        self._wake.set()

    async def run(self) -> None:
        """Deliver."""
        try:
            deadline = float("inf")
            while not self._stopping or (self._tasks and time.monotonic() < deadline) or self._answers:
                if self._stopping:
                    deadline = min(deadline, time.monotonic() + PATIENCE_S)
                busy = await self._turn()
                await self._rest(busy=busy)
        finally:
            self.stop()  # however it ended, nobody may wait for room
            for task in self._tasks:
                task.cancel()
            await asyncio.gather(*self._tasks, return_exceptions=True)
        if self.next_offset > self._committed[0]:
            await self._commit(self.next_offset)

    async def _turn(self) -> bool:
        """Take in, decide, write down, begin; tell whether there was anything."""
        begun, self.turned_at = time.monotonic(), time.monotonic()
        now = self._now()
        batch, self._batch = self._batch, ()
        beside = self._note(batch, now)
        self._settle(now)
        ready = not self._stopping and self.next_offset >= self._end
        attempts = self._dispatch.turn(now) if ready else []
        records = self._dispatch.records()
        items = self._dispatch.dirty()
        if batch:
            items[OFFSET] = self._position()
        if items or records or beside:
            deliveries = self._settings.topic(topics.DELIVERIES)
            beside += [(deliveries, one.key, encode(one)) for one in records]
            with self._metrics.writes.time():
                await self._writer.write(items, beside)
            self._metrics.written_at.set_to_current_time()
            self._metrics.tell(records)
        if attempts and time.monotonic() - begun > STALE_S:
            # Paused between deciding and sending, for as long as it may take another process to take over: this write
            # fails if one has.
            await self._writer.write({OFFSET: self._position()})
        for attempt in attempts:
            self._begin(attempt)
        self._measure_notices()
        if batch:
            self._room.set()
        await self._commit_now_and_then()
        return bool(batch or attempts)

    def _position(self) -> bytes:
        return Reached(self.next_offset, self._topic).encoded()

    def _now(self) -> float:
        """Return the time.

        Raises
        ------
        StateError
            When the clock was set back: what is planned by the time before would wait until then.

        """
        before, self._reached = self._reached, time.time()
        if before > self._reached + SET_BACK_S:
            raise StateError(
                f"the clock of this machine was set back by {before - self._reached:.0f} s: delivery begins again by it"
            )
        return self._reached

    def _note(self, batch: Sequence[Any], now: float) -> list[tuple[str, str, bytes]]:
        """Take notices in; return dead letters of those that are none."""
        letters: list[tuple[str, str, bytes]] = []
        for record in batch:
            if record.offset < self.next_offset:
                continue
            self.next_offset = record.offset + 1
            try:
                notice = read_notice(record, self._longest_silence_s)
            except BadInput as fault:
                letter = letter_for(topics.NOTICES, 0, record, fault)
                letters.append((self._settings.topic(topics.DEAD), letter.where, encode(letter)))
                log.error("notice %s cannot be used: %s", letter.where, fault)  # noqa: TRY400 - the trace says no more
                continue
            self._dispatch.note(notice, now)
            if isinstance(notice, Alert):
                self._noted.append((notice.grade.value, record.timestamp / 1000))
                self._metrics.note(notice, record.timestamp / 1000)
        self._metrics.notices.labels("DEAD").inc(len(letters))
        self._metrics.notices.labels("ACCEPTED").inc(len(batch) - len(letters))
        return letters

    def _settle(self, now: float) -> None:
        answers, self._answers = self._answers, []
        for key, message, answer in answers:
            waited_s = self._dispatch.settle(key, answer, now)
            channel = message.recipient.channel
            if answer.took_ms is not None:
                self._metrics.answered(channel, answer.took_ms / 1000)
            if answer.verdict == "SENT":
                digest = message.what == "digest"
                self._metrics.sent(channel, message.alerts[0], waited_s, time.time(), digest=digest)

    def _begin(self, attempt: Attempt) -> None:
        task = asyncio.ensure_future(self._hand(attempt))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _hand(self, attempt: Attempt) -> None:
        answer = await self._hands.hand(attempt)
        self._answers.append((attempt.key, attempt.message, answer))
        self._wake.set()

    async def _rest(self, *, busy: bool) -> None:
        """Wait until something comes, is due, or a second is over."""
        now = time.time()
        self._metrics.in_flight.set(len(self._tasks))
        self._metrics.stand(self._dispatch.standing(now), now)
        due_s = self._dispatch.next_at(now) - now if self.next_offset >= self._end and not self._stopping else _REST_S
        wait_s = min(_REST_S, max(due_s, 0.0 if busy else _IDLE_S))
        if wait_s > 0 and not self._wake.is_set():
            timer = asyncio.get_running_loop().call_later(wait_s, self._wake.set)
            await self._wake.wait()
            timer.cancel()
        else:
            await asyncio.sleep(0)
        self._wake.clear()

    def _measure_notices(self) -> None:
        now, noted = time.time(), self._noted
        self._noted = []
        for grade, written_at in noted:
            self._metrics.notice_seconds.labels(grade).observe(max(0.0, now - written_at))

    async def _commit_now_and_then(self) -> None:
        offset, at = self._committed
        now = time.monotonic()
        if self.next_offset > offset and now - at >= _COMMIT_S:
            self._committed = (self.next_offset, now)
            await self._commit(self.next_offset)
