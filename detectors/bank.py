"""The baselines of every key at one kind of window, and what happens to them when a window closes."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from detectors.baseline import Baseline, Floats
from detectors.cells import Key
from detectors.pools import District, Expectation, Outlook, Prior, Rows, pool_of, pooled, tier
from detectors.windows import Windows

_BLOCK = 1024


class Bank:
    """Baselines of (district, level, area, kind), with the pools they are born from.

    For every district and level there is a row for all events, and for every kind one pooled over the
    district's areas. A new area starts at its share of its kind's pool, shrunk by its silence so far
    (conjugate gamma: the windows the district has been watched are windows this key was at zero), with the
    pool's rhythm and dispersion; a new kind likewise starts from all events. Nothing crosses a district's
    border, and rows are arithmetically independent, so a district's state does not depend on which others
    share the bank.

    A district without any event for `silence` windows is taken for a dead feed: it stops learning until
    something arrives, when the time in between only costs certainty. Keys without an event for `forget`
    windows are dropped, and so is a district.

    Parameters
    ----------
    windows
        Numbering of the windows.
    model
        The arithmetic.
    silence, forget
        Windows, ``silence < forget``.

    """

    def __init__(self, windows: Windows, model: Baseline, *, silence: int, forget: int) -> None:
        self.windows = windows
        self.model = model
        self.districts: dict[str, District] = {}
        self.changed: set[str] = set()
        self._silence = silence
        self._forget = forget
        self._memory = 1.0 / (1.0 - model.rhythm.level_discount)
        self._keys: list[Key] = []
        self._row: dict[Key, int] = {}
        self._children: Counter[Key] = Counter()
        self._owner = np.zeros(0, dtype=np.int64)
        self._seen = np.zeros(0, dtype=np.int64)
        self._table = np.zeros((model.width, 0))
        self._numbers = 0

    def __len__(self) -> int:
        return len(self._keys)

    def next_due(self, cursor: int) -> int | None:
        """Return the first window from `cursor` on in which something happens without events."""
        due = [
            cursor if cursor - known.last_event <= self._silence else known.last_event + self._forget
            for known in self.districts.values()
        ]
        return max(cursor, min(due)) if due else None

    def close(self, window: int, counts: Mapping[Key, int], asked: Collection[Key]) -> dict[Key, Expectation]:
        """Learn the counts of a closed window; keys that are not in `counts` had none.

        Returns
        -------
        dict
            What was expected of the keys `asked` about, before the window was learned.

        """
        counts = pooled(counts)
        present = {key[0] for key in counts}
        self._forget_districts(window)
        self._bear(window, counts)
        rows = [self._row[key] for key in counts]
        observed, mean, size = np.zeros((3, len(self._keys)))
        observed[rows] = list(counts.values())
        regressors = self.model.regressors(self.windows.position(window))
        active = self._active(window, present)
        for steps, names in active.items():
            for some in self._blocks(names):
                table = self._table.take(some, axis=1)
                self.model.evolve(table, steps)
                forecast = self.model.forecast(table, regressors)
                mean[some], size[some] = forecast.mean, forecast.size
                self.model.learn(table, forecast, observed[some])
                self._table[:, some] = table
        answers = {
            key: Expectation(float(mean[row]), float(size[row]), self.districts[key[0]].age)
            for key, row in ((key, self._row[key]) for key in asked)
        }
        self._grow_older(window, set().union(*active.values()), present, rows)
        return answers

    def outlook(self, window: int, district: str) -> Outlook:
        """Return what is expected of a district's known keys in a window not closed yet; valid until the next close."""
        rows, known = self._rows_of({district}), self.districts[district]
        table = self._table.take(rows, axis=1)
        self.model.evolve(table, window - known.learned)
        forecast = self.model.forecast(table, self.model.regressors(self.windows.position(window)))
        return Outlook(self._row, rows, forecast, known.age)

    def expect_unknown(self, window: int, key: Key) -> Expectation:
        """Return what would be expected of a key never seen, in a district that is known."""
        table = self._newborn([self._prior(key, unseen=1)])
        self.model.evolve(table)
        forecast = self.model.forecast(table, self.model.regressors(self.windows.position(window)))
        age = self.districts[key[0]].age
        return Expectation(float(forecast.mean[0]), float(forecast.size[0]), age)

    def dump(self, district: str) -> tuple[District, list[Key], NDArray[np.int64], Floats]:
        """Return a district's state: its keys, the windows they were last seen in, their table."""
        rows = self._rows_of({district})
        return (
            self.districts[district],
            [self._keys[row] for row in rows],
            self._seen[rows],
            self._table.take(rows, axis=1),
        )

    def load(self, name: str, district: District, keys: list[Key], seen: NDArray[np.int64], table: Floats) -> None:
        """Take a district's state as `dump` gave it; one already known under this name is replaced."""
        if name in self.districts:
            self._keep(self._owner != self.districts[name].number)
        self.districts[name] = replace(district, number=self._numbers)
        self._numbers += 1
        self._append(keys, seen, table)

    def _blocks(self, names: Collection[str]) -> list[Rows]:
        """Return the rows of some districts in blocks whose arithmetic stays in the processor's cache."""
        rows = self._rows_of(names)
        return [rows[start : start + _BLOCK] for start in range(0, len(rows), _BLOCK)]

    def _rows_of(self, names: Collection[str]) -> Rows:
        if len(names) == len(self.districts):
            return np.arange(len(self._keys))
        return np.flatnonzero(np.isin(self._owner, [self.districts[name].number for name in names]))

    def _active(self, window: int, present: Collection[str]) -> dict[int, set[str]]:
        """Return the districts that learn from a window, by the windows since they last did."""
        groups: dict[int, set[str]] = {}
        for name, known in self.districts.items():
            if name in present or window - known.last_event <= self._silence:
                groups.setdefault(window - known.learned, set()).add(name)
        return groups

    def _bear(self, window: int, counts: Mapping[Key, int]) -> None:
        keys = sorted((key for key in counts if key not in self._row), key=lambda key: (tier(key), key))
        if not keys:
            return
        for key in keys:
            if key[0] not in self.districts:
                self.districts[key[0]] = District(self._numbers, window, window - 1, 0)
                self._numbers += 1
        self._children.update(pool for key in keys if (pool := pool_of(key)) is not None)
        priors: dict[Key, Prior] = {}
        for key in keys:
            priors[key] = self._prior(key, born=priors, first=counts[key])
        self._append(keys, np.full(len(keys), window), self._newborn(list(priors.values())), born=True)

    def _prior(self, key: Key, *, born: Mapping[Key, Prior] | None = None, first: int = 0, unseen: int = 0) -> Prior:
        """Return where a key starts: the share of its pool, shrunk by the silence it has kept."""
        pool = pool_of(key)
        if pool is None:
            return Prior(math.log(first + 0.5), None, None)
        row = self._row.get(pool)
        if row is not None:
            column = self._table[:, row : row + 1].copy()
            parent = Prior(
                float(column[0, 0]), self.model.season_of(column), float(self.model.dispersion_of(column)[0])
            )
        else:
            parent = born[pool] if born is not None else self._prior(pool, unseen=1)
        share = math.exp(parent.log_level) / (self._children[pool] + unseen)
        silence = min(self.districts[key[0]].age, self._memory)
        shape = 1.0 / self.model.rhythm.level_variance
        return Prior(math.log(shape / (shape / share + silence)), parent.season, parent.dispersion)

    def _newborn(self, priors: Sequence[Prior]) -> Floats:
        blank = self.model.newborn(np.zeros(1))
        season = np.hstack([p.season if p.season is not None else self.model.season_of(blank) for p in priors])
        dispersion = [p.dispersion if p.dispersion is not None else self.model.rhythm.dispersion for p in priors]
        levels = np.array([p.log_level for p in priors])
        return self.model.newborn(levels, season=season, dispersion=np.array(dispersion))

    def _append(self, keys: Sequence[Key], seen: NDArray[np.int64], table: Floats, *, born: bool = False) -> None:
        for row, key in enumerate(keys, start=len(self._keys)):
            self._row[key] = row
        if not born:
            self._children.update(pool for key in keys if (pool := pool_of(key)) is not None)
        self._keys.extend(keys)
        owners = np.array([self.districts[key[0]].number for key in keys], dtype=np.int64)
        self._owner = np.concatenate([self._owner, owners])
        self._seen = np.concatenate([self._seen, seen])
        self._table = np.ascontiguousarray(np.hstack([self._table, table]))

    def _grow_older(self, window: int, learned: Collection[str], present: Collection[str], rows: list[int]) -> None:
        self.changed.update(learned)
        for name in learned:
            known = self.districts[name]
            known.learned = window
            known.age += 1
        for name in present:
            self.districts[name].last_event = window
        self._seen[rows] = window
        overdue = window - self._seen >= self._forget
        if overdue.any():
            numbers = [self.districts[name].number for name in learned]
            self._keep(~(overdue & np.isin(self._owner, numbers)))

    def _forget_districts(self, window: int) -> None:
        gone = [name for name, known in self.districts.items() if window - known.last_event >= self._forget]
        if gone:
            self._keep(~np.isin(self._owner, [self.districts[name].number for name in gone]))
            self.changed.update(gone)
            for name in gone:
                del self.districts[name]

    def _keep(self, kept: NDArray[np.bool_]) -> None:
        self._keys = [key for key, stays in zip(self._keys, kept, strict=True) if stays]
        self._row = {key: row for row, key in enumerate(self._keys)}
        self._children = Counter(pool for key in self._keys if (pool := pool_of(key)) is not None)
        self._owner, self._seen = self._owner[kept], self._seen[kept]
        self._table = np.ascontiguousarray(self._table[:, kept])
