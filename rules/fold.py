"""Events of one group folded, in event-time order, into episodes.

What a rule says of a group is a pure function of the group's events and the watermark, never of the order they
arrived in. A fold therefore steps through its items sorted by (event time, id). An item that arrives in order is
one step. One that does not sends the fold back to its mark, a state all of whose items the watermark has passed,
and forward again through the rest.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right, insort
from typing import Literal, NamedTuple

import msgspec

from detectors.norms import SETTLED_S
from rules.alert import Finding
from rules.book import CompiledRule
from rules.episode import Episode
from rules.growth import Growth
from rules.issue import City, event_alert
from rules.surroundings import Surroundings
from rules.window import COUNTED, TIMER, Item, order, time_of

_TRIM = 32


class Mark(NamedTuple):
    """A state to rewind to: after the first `n` items, these episodes were open."""

    n: int
    episodes: list[Episode]


class FoldState(msgspec.Struct, array_like=True):
    """A fold as explicit data."""

    level: str
    items: list[Item]
    episodes: list[Episode]
    mark_n: int
    marked: list[Episode]
    issued: dict[str, Finding]
    pending: bool
    timers: list[Item] = []


class Fold(Growth):
    """The items and episodes of one rule in one group.

    Parameters
    ----------
    compiled
        The rule.
    level, key
        Level and key of the group.
    around
        Calendar and declarations.

    """

    __slots__ = ("due", "issued", "level", "mark", "pending", "timers")

    def __init__(self, compiled: CompiledRule, level: str, key: str, around: Surroundings) -> None:
        super().__init__(compiled, key, around)
        self.level = level
        self.mark = Mark(0, [])
        self.timers: list[Item] = []
        self.issued: dict[str, Finding] = {}
        self.pending = False
        self.due = float("inf")

    def add(self, item: Item, watermark: float) -> bool:
        """Take in `item`; tell whether any episode may have changed.

        Parameters
        ----------
        item
            The new item; its time is at or after `watermark`.
        watermark
            Epoch seconds; nothing before it will come any more.

        """
        if self.compiled.waits and item.roles & COUNTED:
            for bit, length_s in self.compiled.waits:
                end = msgspec.structs.replace(item, t=item.t + length_s, id=f"{item.id}~{bit}", roles=TIMER | bit)
                insort(self.timers, end, key=order)
        return self._put(item, watermark)

    def ring(self, watermark: float) -> bool:
        """Let the waits end that the watermark has passed; tell whether any episode may have changed."""
        changed = False
        while self.timers and self.timers[0].t < watermark:
            changed |= self._put(self.timers.pop(0), watermark)
        return changed

    def refresh(self) -> bool:
        """Work out anew what is not settled, after something around it changed."""
        self._rewind()
        return self._forward(len(self.items)) or bool(self.issued)

    def _put(self, item: Item, watermark: float) -> bool:
        items = self.items
        last = items[-1] if items else None
        if last is not None and (item.t < last.t or (item.t == last.t and item.id < last.id)):
            insort(items, item, lo=self.mark.n, key=order)
            if self.sieve is not None:
                self.sieve.forget(self.mark.n)
            self._rewind()
            return self._forward(len(items)) or bool(self.issued)
        if last is not None and last.t < watermark:
            self._set_mark(len(items))
        items.append(item)
        return self.step(len(items) - 1)

    def seal(self, watermark: float) -> None:
        """Move the mark up to `watermark` and drop items no window can need again."""
        items = self.items
        k = bisect_left(items, watermark, key=time_of)
        if k == len(items):
            self._set_mark(k)
        elif k > self.mark.n:
            self._rewind()
            self._forward(k)
            self._set_mark(k)
            self._forward(len(items))
        self._trim(watermark)

    @property
    def unsettled(self) -> float:
        """Event time of the first item that a late one can make it step through again; infinity without any."""
        return self.items[self.mark.n].t if self.mark.n < len(self.items) else float("inf")

    def ranks(self) -> dict[str, int]:
        """Return id and rank of every open episode."""
        return {episode.id: episode.rank for episode in self.episodes}

    def alert(self, city: City, id_: str, status: Literal["open", "closed"]) -> Finding:
        """Return what the episode with this id amounts to, as a first version."""
        episode = next(episode for episode in self.episodes if episode.id == id_)
        return event_alert(city, self.compiled, self.level, episode, status)

    def close(self, watermark: float, city: City) -> list[Finding]:
        """Take out the episodes that have been quiet for as long as the rule asks; return them, closed."""
        limit = watermark - self.compiled.quiet_s
        gone = {episode.id for episode in self.episodes if episode.last < limit}
        if not gone:
            return []
        self.seal(watermark)
        closed = [
            event_alert(city, self.compiled, self.level, episode, "closed")
            for episode in self.episodes
            if episode.id in gone
        ]
        self.episodes = [episode for episode in self.episodes if episode.id not in gone]
        self.mark = Mark(self.mark.n, [episode for episode in self.mark.episodes if episode.id not in gone])
        return closed

    def idle(self, watermark: float) -> bool:
        """Tell whether nothing is open here and no window can need what is left."""
        if self.episodes or self.issued or self.timers or not self.items:
            return False
        return self.items[-1].t + self.compiled.keep_s < watermark

    def next_due(self, watermark: float) -> float | None:
        """Return the watermark beyond which this fold next has something to do, ``None`` when it can be dropped."""
        times = [max(self.timers[0].t, watermark)] if self.timers else []
        if self.items and not self.episodes:
            times.append(self.items[-1].t + self.compiled.keep_s)
        for episode in self.episodes:
            times += (episode.last + self.compiled.quiet_s, episode.start - SETTLED_S)
        return min((t for t in times if t >= watermark), default=None)

    def state(self) -> bytes:
        """Return everything there is to know, as MessagePack."""
        return msgspec.msgpack.encode(
            FoldState(
                self.level,
                self.items,
                [episode.detached() for episode in self.episodes],
                self.mark.n,
                [episode.detached() for episode in self.mark.episodes],
                self.issued,
                self.pending,
                self.timers,
            )
        )

    def load(self, data: bytes) -> None:
        """Take over what `state` returned."""
        state = msgspec.msgpack.decode(data, type=FoldState)
        self.level, self.items, self.episodes = state.level, state.items, state.episodes
        self.mark = Mark(state.mark_n, state.marked)
        self.issued, self.pending, self.timers = state.issued, state.pending, state.timers
        for window in self.windows:
            window.rebuild(self.items, len(self.items))

    def _set_mark(self, n: int) -> None:
        self.mark = Mark(n, [episode.copy() for episode in self.episodes] if self.episodes else [])

    def _rewind(self) -> None:
        self.episodes = [episode.copy() for episode in self.mark.episodes]
        for episode in self.episodes:
            episode.own()
        for window in self.windows:
            window.rebuild(self.items, self.mark.n)

    def _forward(self, upto: int) -> bool:
        start = self.mark.n
        return any([self.step(index) for index in range(start, upto)])  # noqa: C419 - every step must be made

    def _trim(self, watermark: float) -> None:
        items = self.items
        k = min(bisect_right(items, watermark - self.compiled.keep_s, key=time_of), self.mark.n)
        if k >= _TRIM or 2 * k >= len(items):
            del items[:k]
            if self.sieve is not None:
                self.sieve.drop(k)
            self.mark = Mark(self.mark.n - k, self.mark.episodes)
            for window in self.windows:
                window.rebuild(items, len(items))
