"""Which clusters are one and the same that goes on: those of a class that share areas within a while."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping

import msgspec


class Threads:
    """The cluster each area belonged to last.

    A cluster goes on the one that most of its areas belonged to lately, unless another cluster of the same window
    already does; with none it begins a thread of its own.

    Parameters
    ----------
    keep
        Windows after which an area belongs to a cluster no more.

    Examples
    --------
    >>> threads = Threads(keep=7)
    >>> threads.follow("tree", ["a", "b"], 10, own="first")
    'first'
    >>> threads.follow("tree", ["b", "c"], 12, own="second")
    'first'
    >>> threads.follow("tree", ["c", "d"], 40, own="third")
    'third'

    """

    def __init__(self, keep: int) -> None:
        self._keep = keep
        self._last: dict[str, dict[str, tuple[str, int]]] = {}
        self._changed: set[str] = set()

    def follow(self, category: str, areas: Collection[str], window: int, *, own: str) -> str:
        """Return the thread of a cluster, and remember it for its areas.

        Parameters
        ----------
        category
            Class of kinds.
        areas
            Ids of the areas of the cluster.
        window
            Number of its last window; never less than before.
        own
            Name of the thread it begins if it goes on no other.

        """
        known = {a: one for a, one in self._last.get(category, {}).items() if window - one[1] <= self._keep}
        taken = {thread for thread, last in known.values() if last == window}
        shared = Counter(known[area][0] for area in areas if area in known and known[area][0] not in taken)
        thread = min(shared, key=lambda name: (-shared[name], name), default=own)
        self._last[category] = known | dict.fromkeys(areas, (thread, window))
        self._changed.add(category)
        return thread

    def dirty(self) -> dict[str, bytes | None]:
        """Return the state that changed since the last call: class to MessagePack."""
        changed: dict[str, bytes | None] = {
            name: msgspec.msgpack.encode(self._last[name], order="deterministic") for name in sorted(self._changed)
        }
        self._changed.clear()
        return changed

    def restore(self, items: Mapping[str, bytes]) -> None:
        """Go on from the union of what `dirty` returned."""
        for name, data in items.items():
            self._last[name] = msgspec.msgpack.decode(data, type=dict[str, tuple[str, int]])
