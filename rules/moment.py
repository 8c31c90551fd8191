"""What a condition is held against."""

from __future__ import annotations

from bisect import bisect_right

from rules.episode import Episode
from rules.surroundings import Surroundings
from rules.window import Item, time_of


class Moment:
    """What a condition is held against: one item, all before it, and the episode it falls into.

    Parameters
    ----------
    items, index
        The group's items in order, and which of them is meant.
    counts
        Value of every window count of the rule at it; empty for an item the rule does not count.
    near
        Where a rule groups by distance or likeness: the items up to it that are near it, in order.
    episode
        The episode, where there is one.
    around
        Calendar and declarations.

    """

    __slots__ = ("around", "counts", "episode", "index", "item", "items", "near")

    def __init__(
        self,
        items: list[Item],
        index: int,
        counts: list[int],
        near: list[Item] | None,
        episode: Episode | None,
        around: Surroundings,
    ) -> None:
        self.items = items
        self.index = index
        self.item = items[index]
        self.counts = counts
        self.near = near
        self.episode = episode
        self.around = around

    def since(self, length_s: float) -> list[Item]:
        """Return the items of the last `length_s` seconds up to this one, in order."""
        horizon = self.item.t - length_s
        if self.near is not None:
            return [x for x in self.near if x.t > horizon]
        start = bisect_right(self.items, horizon, hi=self.index, key=time_of)
        return self.items[start : self.index + 1]
