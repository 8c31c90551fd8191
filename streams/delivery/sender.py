"""The core of delivery: which message goes now, on which channel, and what follows from the answer. Pure.

Whoever drives it writes down what `Sender.dirty` and `Sender.records` return before the attempts of `Sender.intend` are
made, and again after `Sender.settle`. What was written down as an attempt and has no outcome after a crash is sent
again, and says so: nothing is lost.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Literal, NamedTuple

from streams.channels.base import Message, Recipient
from streams.delivery.entry import Entry
from streams.delivery.policy import Policy
from streams.delivery.record import Delivery
from streams.delivery.traffic import Traffic

DOUBTFUL = frozenset({"TIMEOUT", "CONNECTION", "GARBAGE", "FAULT"})
"""After these nobody knows whether the message was sent: a connection may also be lost on the way back."""

Fallbacks = Callable[[Message], Sequence[Recipient]]


class Attempt(NamedTuple):
    """A message to hand to a channel now."""

    key: str
    number: int
    message: Message


class Answer(NamedTuple):
    """What became of an attempt.

    Parameters
    ----------
    verdict
        ``SENT``, ``RETRY`` (it may go through later) or ``FAILED`` (it never will, on this channel).
    reason
        Of a failure.
    after_s
        Not before so many seconds, where the other side said so.
    took_ms
        How long it took, milliseconds.
    detail
        What the other side said.

    """

    verdict: Literal["SENT", "RETRY", "FAILED"]
    reason: str = ""
    after_s: float | None = None
    took_ms: float | None = None
    detail: str = ""


class Standing(NamedTuple):
    """How a channel stands: breaker 0 closed, 1 half open, 2 open; messages waiting, and since when the oldest does."""

    breaker: int
    waiting: int
    oldest_at: float | None


def one_request(_: Message) -> int:
    """Count every message once."""
    return 1


def no_fallbacks(_: Message) -> Sequence[Recipient]:
    """Have no other way for anybody."""
    return ()


class Sender:
    """Takes messages and says which attempts to make.

    Parameters
    ----------
    limits
        Messages a minute of every channel there is, ``None`` for any number.
    policy
        The figures.
    fallbacks
        Other ways to reach the recipient of a message, the best first.
    cost
        How many requests a message takes of those its channel allows a minute.

    """

    def __init__(
        self,
        limits: Mapping[str, int | None],
        policy: Policy | None = None,
        fallbacks: Fallbacks = no_fallbacks,
        cost: Callable[[Message], int] = one_request,
    ) -> None:
        self._traffic = Traffic(limits, policy or Policy(), cost)
        self._fallbacks = fallbacks

    def take(self, message: Message, now: float) -> bool:
        """Take in a message; tell whether it is new: none is sent twice."""
        traffic, meant = self._traffic, message.recipient
        if message.key in traffic.entries or message.key in traffic.archive:
            return False
        ways = tuple(one for one in (meant, *self._fallbacks(message)) if one.channel in traffic.lanes)
        entry = Entry(
            message=message, ways=ways or (meant,), seq=traffic.next_seq, taken_at=now, on_way_since=now, due_at=now
        )
        traffic.enter(entry)
        if not ways:
            traffic.give_up(entry, now, "NO_CHANNEL")
            return True
        if meant.channel not in traffic.lanes:
            traffic.tell(entry, "FAILED", now, "NO_CHANNEL", channel=meant.channel, recipient=meant.id)
        traffic.queue(entry, now)
        return True

    def intend(self, now: float) -> list[Attempt]:
        """Return the attempts to make now; each counts as made from then on."""
        traffic = self._traffic
        traffic.mind_deadlines(now)
        attempts: list[Attempt] = []
        for lane in traffic.lanes.values():
            while (key := lane.pick(now)) is not None:
                entry = traffic.entries[key]
                if traffic.begin(entry, now):
                    traffic.tell(entry, "ATTEMPT", now, again=entry.doubtful)
                    attempts.append(Attempt(key, entry.attempts, entry.addressed()))
        return attempts

    def settle(self, key: str, answer: Answer, now: float) -> float:
        """Take in what became of an attempt; return for how long the message has been here, seconds."""
        traffic = self._traffic
        entry = traffic.entries[key]
        lane = traffic.lane_of(entry)
        traffic.archive.touch(key)
        traffic.archive.touch_lane(lane.name)
        told = {"took_ms": answer.took_ms, "again": entry.doubtful, "detail": answer.detail}
        traffic.tell(entry, answer.verdict, now, answer.reason, **told)
        traffic.end(entry, doubtful=answer.reason in DOUBTFUL)
        pause_s = self._pause_s(answer)
        well = answer.verdict != "RETRY" or answer.reason == "RATE_LIMITED"
        shut = lane.settle(key, now, well=well, pause_s=pause_s)
        if answer.verdict == "SENT":
            traffic.sent(entry, now)
        elif entry.superseded:
            traffic.finish(entry, now, "SUPPRESSED", "SUPERSEDED", sent=True)
        elif answer.verdict == "FAILED":
            traffic.dead_end(entry, now, answer.reason)
        else:
            traffic.again(entry, now, pause_s or 0.0)
        if shut:
            traffic.clear(lane, now)
        return now - entry.taken_at

    def _pause_s(self, answer: Answer) -> float | None:
        """Return for how long the channel is to be left alone: as long as it asked, but not for ever."""
        policy = self._traffic.policy
        if answer.after_s is not None:
            return min(answer.after_s, policy.obeyed_s)
        return policy.most_retry_s if answer.reason == "RATE_LIMITED" else None

    def next_at(self, now: float) -> float:
        """Return when `intend` may have something to say if nothing else happens, epoch seconds; infinite for never."""
        return self._traffic.next_at(now)

    def records(self) -> list[Delivery]:
        """Return what happened since the last call."""
        told, self._traffic.records = self._traffic.records, []
        return told

    def dirty(self) -> dict[str, bytes | None]:
        """Return what changed since the last call, by key; ``None`` for what is to be forgotten."""
        return self._traffic.archive.dirty(self._traffic.entries, self._traffic.lanes)

    def restore(self, items: Mapping[str, bytes], now: float) -> None:
        """Go on from what was written down; attempts without an outcome are made again, and say so."""
        traffic = self._traffic
        entries = traffic.archive.restore(items, traffic.lanes, now)
        for entry in entries:
            entry.set_back(now, traffic.policy.obeyed_s)
            traffic.enter(entry)
        for entry in entries:
            if entry.flying:
                traffic.end(entry, doubtful=True)
                entry.due_at = now
            self._keep_to_channels(entry)
            if entry.superseded:
                traffic.finish(entry, now, "SUPPRESSED", "SUPERSEDED", sent=True)
            elif entry.recipient.channel not in traffic.lanes:
                traffic.give_up(entry, now, "NO_CHANNEL")
        for entry in entries:
            if entry.key in traffic.entries and entry.key not in traffic.lane_of(entry).waiting:
                traffic.queue(entry, now)

    def _keep_to_channels(self, entry: Entry) -> None:
        """Forget the ways of a message whose channels are configured no more."""
        lanes = self._traffic.lanes
        kept = [number for number, way in enumerate(entry.ways) if way.channel in lanes]
        if len(kept) < len(entry.ways) and kept:
            entry.dead = tuple(kept.index(number) for number in entry.dead if number in kept)
            entry.way = kept.index(entry.way) if entry.way in kept else 0
            entry.ways = tuple(entry.ways[number] for number in kept)

    def standing(self, now: float) -> Iterator[tuple[str, Standing]]:
        """Yield how every channel stands."""
        for name, lane in self._traffic.lanes.items():
            breaker = ("closed", "half-open", "open").index(lane.gate(now))
            oldest = min((item.since for item in lane.waiting.values()), default=None)
            yield name, Standing(breaker, len(lane.waiting), oldest)
