"""What waits on one channel, and which of it goes next."""

from __future__ import annotations

import math
from heapq import heappop, heappush
from typing import NamedTuple

import msgspec

from streams.delivery.breaker import Breaker, Gate
from streams.delivery.pace import Pace, room
from streams.delivery.policy import Policy

_RANKS = range(4)
_RED = 3
_EVERY = 5
_PATIENT_S = 60.0
NEVER = math.inf


class Item(NamedTuple):
    """One message that waits.

    Parameters
    ----------
    seq
        Its place in the order of arrival.
    key, rank
        Of the message.
    since
        When it was taken in, epoch seconds.
    cost
        Requests it takes of those the other side allows a minute.

    """

    seq: int
    key: str
    rank: int
    since: float
    cost: int = 1


class LaneState(msgspec.Struct, kw_only=True):
    """What has to be known of a channel after a restart.

    Parameters
    ----------
    breaker
        Whether it is left alone.
    spent
        When messages of the last minute were sent, epoch seconds.
    paused_until
        The other side asked for a pause until then, epoch seconds.
    turn
        Messages sent, for every fifth turn is the oldest's.

    """

    breaker: Breaker
    spent: list[float] = []
    paused_until: float = 0.0
    turn: int = 0


class Lane:
    """The messages of one channel: red first, then orange, yellow, blue; within a grade in the order of arrival.

    Every fifth message is the one that has waited longest, if that is more than a minute: nothing starves. A part of
    the rate and of the messages on their way at a time is kept for red and orange, so that no burst of blue ones delays
    them.

    Parameters
    ----------
    name
        Of the channel.
    per_minute
        How many messages it takes a minute, ``None`` for any number.
    policy
        The figures.

    """

    def __init__(self, name: str, per_minute: int | None, policy: Policy) -> None:
        self.name = name
        self.policy = policy
        self.breaker = Breaker()
        self.pace = Pace(per_minute)
        self.paused_until = 0.0
        self.flying: set[str] = set()
        self.waiting: dict[str, Item] = {}
        self._turn = 0
        self._ready: list[list[Item]] = [[] for _ in _RANKS]
        self._later: list[tuple[float, Item]] = []

    def state(self) -> LaneState:
        """Return what has to be kept."""
        return LaneState(
            breaker=self.breaker, spent=[*self.pace.spent], paused_until=self.paused_until, turn=self._turn
        )

    def restore(self, state: LaneState, now: float) -> None:
        """Go on from what was kept; no rest lasts longer than one that begins now, whatever clock it was kept by."""
        self.breaker, self._turn = state.breaker, state.turn
        self.breaker.until = min(self.breaker.until, now + self.policy.probe_most_s)
        self.paused_until = min(state.paused_until, now + self.policy.obeyed_s)
        self.pace = Pace(self.pace.per_minute, state.spent)

    def put(self, item: Item, due_at: float) -> None:
        """Let a message wait; it may go from `due_at` on."""
        self.waiting[item.key] = item
        heappush(self._later, (due_at, item))

    def drop(self, key: str) -> None:
        """Let it wait no longer."""
        self.waiting.pop(key, None)

    def gate(self, now: float) -> Gate:
        """Return what the breaker says."""
        return self.breaker.gate(now)

    def pick(self, now: float) -> str | None:
        """Return the key of the message to send now, which is on its way from then on; ``None`` when none may go."""
        self._wake(now)
        if now < self.paused_until or not self._open(now):
            return None
        for rank, standing in self._order(now):
            item = self._first(rank)
            if (
                item is not None
                and len(self.flying) < room(self.policy.in_flight, standing)
                and self.pace.free_at(standing, now, item.cost) <= now
            ):
                heappop(self._ready[rank])
                del self.waiting[item.key]
                self.flying.add(item.key)
                self.pace.spend(now, item.cost)
                self._turn += 1
                return item.key
        return None

    def settle(self, key: str, now: float, *, well: bool, pause_s: float | None) -> bool:
        """Note what became of a message on its way; tell whether the channel is shut from now on.

        Parameters
        ----------
        key
            Of the message.
        now
            Epoch seconds.
        well
            The other side is there, whatever it thought of the message.
        pause_s
            For how long it asked to be left alone, seconds.

        """
        self.flying.discard(key)
        if pause_s is not None:
            self.paused_until = max(self.paused_until, now + min(pause_s, self.policy.obeyed_s))
        if well:
            self.breaker.succeed()
            return pause_s is not None
        return self.breaker.fail(self.policy, now) or pause_s is not None

    def next_at(self, now: float) -> float:
        """Return when something may go if nothing else happens, epoch seconds."""
        self._wake(now)
        if not self.waiting or (self.breaker.opened and self.flying):
            return NEVER
        soonest = max(now, self.paused_until, self.breaker.until)
        times = [
            max(soonest, self.pace.free_at(rank, now, item.cost))
            for rank in _RANKS
            if (item := self._first(rank)) is not None and len(self.flying) < room(self.policy.in_flight, rank)
        ]
        if self._later:
            times.append(max(soonest, self._later[0][0]))
        return min(times, default=NEVER)

    def _open(self, now: float) -> bool:
        gate = self.gate(now)
        return gate == "closed" or (gate == "half-open" and not self.flying)

    def _order(self, now: float) -> list[tuple[int, int]]:
        """Return which grades go in which order, each with the rank it is treated as."""
        order = [(rank, rank) for rank in reversed(_RANKS)]
        if self._turn % _EVERY == _EVERY - 1:
            heads = [item for item in map(self._first, _RANKS) if item is not None]
            oldest = min(heads, default=None)
            if oldest is not None and now - oldest.since > _PATIENT_S:
                order.insert(0, (oldest.rank, _RED))
        return order

    def _wake(self, now: float) -> None:
        while self._later and self._later[0][0] <= now:
            _, item = heappop(self._later)
            if self.waiting.get(item.key) is item:
                heappush(self._ready[item.rank], item)

    def _first(self, rank: int) -> Item | None:
        """Return the first of a grade that may go; those that were dropped meanwhile are cleared away."""
        heap = self._ready[rank]
        while heap and self.waiting.get(heap[0].key) is not heap[0]:
            heappop(heap)
        return heap[0] if heap else None
