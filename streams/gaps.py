"""Offsets of raw topics under which no record stands: where a producer writes in transactions, the end of each is one.

Nobody is ever given such an offset. Before a batch it looks like records that were never seen, and at the end of a
topic like one that waits; so the topic is asked what is there.
"""

from __future__ import annotations

from collections.abc import Mapping

from faust.types import TP

from streams.history import holds_nothing
from streams.rawpartition import RawPartition
from streams.settings import Settings


class Gaps:
    """Lets raw partitions pass by offsets under which nothing stands.

    Parameters
    ----------
    settings
        The cluster.

    """

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._filled: dict[TP, tuple[int, int]] = {}

    async def before(self, tp: TP, raw: RawPartition, first: int) -> None:
        """Pass by what lies before a batch that begins at `first`, unless there are records."""
        if first > raw.expected and await self._is_empty(tp, raw.expected, first):
            raw.read = first - 1

    async def at_end(self, owned: Mapping[TP, RawPartition], extents: Mapping[TP, tuple[int, int]]) -> None:
        """Pass by what lies between the last record and the end of the partitions in `extents`.

        Where there are records, which are still to come, it is not asked again.
        """
        for tp, (_, end) in extents.items():
            raw = owned.get(tp)
            if raw is None or raw.waits or raw.expected >= end or self._filled.get(tp) == (raw.expected, end):
                continue
            asked = raw.expected, end
            if not await self._is_empty(tp, *asked):
                self._filled[tp] = asked
            elif raw is owned.get(tp) and raw.expected == asked[0]:
                raw.read = end - 1
                raw.take_in(raw.read)

    async def _is_empty(self, tp: TP, first: int, end: int) -> bool:
        return await holds_nothing(self._settings.client(), tp.topic, tp.partition, first, end)
