"""A fold that writes down what every condition read at every item, and what came of it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from rules.compiling import CompiledRule
from rules.episode import Episode
from rules.fold import Fold
from rules.gauges import Reading
from rules.moment import Moment
from rules.surroundings import Surroundings
from rules.window import COUNTED, TIMER, Item, order

Readings = tuple[tuple[Reading, ...], ...]


class Look(NamedTuple):
    """What a rule saw at one item.

    Parameters
    ----------
    moment
        The item and all before it.
    fires
        What each condition to fire read.
    steps
        What each raise and then each lower read; empty where the item belongs to no episode.
    fired
        Which condition fired, ``None`` when none did.
    episode
        Id of the episode the item belongs to, empty when there is none.
    swallowed
        Ids of episodes that became part of it.

    """

    moment: Moment
    fires: Readings
    steps: Readings
    fired: int | None
    episode: str
    swallowed: tuple[str, ...]

    @property
    def t(self) -> float:
        """Event time, epoch seconds."""
        return self.moment.item.t


class Traced(Fold):
    """A fold with a memory: `looks` holds one entry for each of `items`.

    It adds nothing to what a fold does, it only reads the gauges a second time.

    Parameters
    ----------
    compiled, level, key, around
        As of a fold.

    """

    def __init__(self, compiled: CompiledRule, level: str, key: str, around: Surroundings) -> None:
        super().__init__(compiled, level, key, around)
        self.looks: list[Look] = []
        self._seen: tuple[Moment, Readings] | None = None
        self._swallowed: tuple[str, ...] = ()

    def _says_nothing(self, index: int) -> bool:
        """Look closely at every item, also where nothing can follow."""
        del index
        return False

    def moment(self, index: int) -> Moment:
        """Return what conditions see at ``items[index]``, and read them before anything follows from it."""
        moment = super().moment(index)
        self._seen = moment, tuple(tuple(fires.read(moment)) for fires in self.compiled.fires)
        return moment

    def step(self, index: int) -> bool:
        """Apply ``items[index]``; tell whether any episode changed."""
        del self.looks[index:]
        self._swallowed = ()
        changed = super().step(index)
        assert self._seen is not None  # noqa: S101 - every step looks at its moment
        moment, fires = self._seen
        steps = tuple(tuple(step.read(moment)) for step in self.compiled.steps) if moment.episode is not None else ()
        fired = self._fired(moment, fires) if changed and moment.item.roles & (COUNTED | TIMER) else None
        episode = moment.episode.id if moment.episode is not None else ""
        self.looks.append(Look(moment, fires, steps, fired, episode, self._swallowed))
        return changed

    def _fired(self, moment: Moment, fires: Readings) -> int | None:
        timer = bool(moment.item.roles & TIMER)
        for index, (condition, readings) in enumerate(zip(self.compiled.fires, fires, strict=True)):
            if bool(condition.wait) == timer and all(reading.met for reading in readings):
                return index
        return None

    def _open(self, item: Item) -> Episode:
        before = [episode.id for episode in self.episodes]
        opened = super()._open(item)
        after = {episode.id for episode in self.episodes}
        self._swallowed = tuple(id_ for id_ in before if id_ not in after)
        return opened

    def looks_of(self, id_: str) -> list[Look]:
        """Return the hits, and the witnesses, of the episode with this id, those of what it swallowed included."""
        ids = {id_}
        for look in reversed(self.looks):
            if look.episode in ids:
                ids.update(look.swallowed)
        return [look for look in self.looks if look.episode in ids]


def trace(
    compiled: CompiledRule, level: str, key: str, items: Iterable[Item], around: Surroundings, watermark: float
) -> Traced:
    """Return the fold of all items of a group as it is at a watermark, episodes that are over included.

    Parameters
    ----------
    compiled, level, key, around
        As of a fold.
    items
        In any order.
    watermark
        Epoch seconds; waits that end before it have ended.

    """
    fold = Traced(compiled, level, key, around)
    for item in sorted(items, key=order):
        fold.ring(min(item.t, watermark))
        fold.add(item, float("-inf"))
    fold.ring(watermark)
    return fold
