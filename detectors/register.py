"""The rows of a bank: which key each belongs to, and what its baseline believes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Sequence

import numpy as np
from numpy.typing import NDArray

from detectors.baseline import Floats, Ints
from detectors.cells import Key
from detectors.pools import Rows, pool_of

_ROOM = 64


class Register:
    """Rows of keys, in room that doubles when it is full.

    Parameters
    ----------
    width
        Float64 numbers a row.

    Attributes
    ----------
    keys, row
        Key of each row, row of each key.
    children
        Keys born from each pool.
    owner
        Number of each row's district.
    seen, learned
        Last window with an event, last window that has passed for the baseline, of each row.
    heard
        Windows of the current day from which nothing is to be learned any more, a bit each, of each row.

    """

    def __init__(self, width: int) -> None:
        self.keys: list[Key] = []
        self.row: dict[Key, int] = {}
        self.children: Counter[Key] = Counter()
        self.owner: Ints = np.zeros(_ROOM, dtype=np.int64)
        self.seen: Ints = np.zeros(_ROOM, dtype=np.int64)
        self.learned: Ints = np.zeros(_ROOM, dtype=np.int64)
        self.heard: Ints = np.zeros(_ROOM, dtype=np.int64)
        self._table: Floats = np.zeros((width, _ROOM))

    def __len__(self) -> int:
        return len(self.keys)

    def take(self, rows: Rows) -> Floats:
        """Return a copy of what some rows believe, width x rows."""
        return self._table.take(rows, axis=1)

    def put(self, rows: Rows, table: Floats) -> None:
        """Replace what some rows believe."""
        self._table[:, rows] = table

    def of(self, numbers: Collection[int]) -> Rows:
        """Return the rows of some districts."""
        wanted = np.zeros(int(self.owner[: len(self)].max(initial=-1)) + 1, dtype=np.bool_)
        wanted[[number for number in numbers if number < len(wanted)]] = True
        return np.flatnonzero(wanted[self.owner[: len(self)]])

    def add(self, keys: Sequence[Key], owner: int | Sequence[int], windows: Ints, table: Floats) -> None:
        """Append rows, `windows` being what was seen, learned and heard; their pools' children have been counted."""
        start, end = len(self), len(self) + len(keys)
        if end > len(self.owner):
            self._grow(max(end, 2 * len(self.owner)))
        self.row.update(zip(keys, range(start, end), strict=True))
        self.keys.extend(keys)
        self.owner[start:end] = owner
        self.seen[start:end], self.learned[start:end], self.heard[start:end] = windows
        self._table[:, start:end] = table

    def adopt(self, keys: Collection[Key]) -> None:
        """Count keys among their pools' children."""
        self.children.update(pool for key in keys if (pool := pool_of(key)) is not None)

    def drop(self, rows: Rows) -> None:
        """Remove rows."""
        kept: NDArray[np.bool_] = np.ones(len(self), dtype=np.bool_)
        kept[rows] = False
        count = int(kept.sum())
        self.keys = [key for key, stays in zip(self.keys, kept.tolist(), strict=True) if stays]
        self.row = {key: row for row, key in enumerate(self.keys)}
        self.children = Counter()
        self.adopt(self.keys)
        for values in (self.owner, self.seen, self.learned, self.heard):
            values[:count] = values[: len(kept)][kept]
        self._table[:, :count] = self._table[:, : len(kept)][:, kept]

    def _grow(self, room: int) -> None:
        more = room - len(self.owner)
        self.owner, self.seen, self.learned, self.heard = (
            np.concatenate([values, np.zeros(more, dtype=np.int64)])
            for values in (self.owner, self.seen, self.learned, self.heard)
        )
        self._table = np.hstack([self._table, np.zeros((len(self._table), more))])
