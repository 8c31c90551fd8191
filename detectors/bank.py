"""The baselines of every key at one kind of window, and what happens to them when a window closes."""

from __future__ import annotations

import math
from collections.abc import Collection, Iterable, Mapping
from dataclasses import replace

import numpy as np

from detectors.baseline import LAST, Baseline, Floats, Ints
from detectors.cells import Key
from detectors.forecast import Forecast
from detectors.pools import District, Expectation, Outlook, Prior, Rows, newborn, pool_of, pooled, tier
from detectors.quiet import settle
from detectors.reckoning import NOTHING_ELSE, Others, calibrate, foresee
from detectors.register import Register
from detectors.suspicion import suspicion, weight
from detectors.windows import Windows

Answers = dict[Key, Expectation]

_BLOCK = 256
_STALE_DAYS = 30.0  # without a feed that make what is known worth half of its age


class Bank:
    """Baselines of (district, level, area, kind), with the pools they are born from.

    For every district and level there is a row for all events, and for every kind one pooled over the
    district's areas. A new area starts at its share of its kind's pool, shrunk by its silence so far
    (conjugate gamma: the windows the district has been watched are windows this key was at zero), with the
    pool's rhythm and dispersion; a new kind likewise starts from all events. Nothing crosses a district's
    border, and rows are arithmetically independent, so a district's state does not depend on which others
    share the bank.

    A window costs arithmetic for the rows that had an event in it, of all districts at once. What the windows
    without events teach is learned together when their day ends.

    A district without any event for `silence` windows is taken for a dead feed: it stops learning until
    something arrives, when the time in between only costs certainty, and age. Keys without an event for `forget`
    windows are dropped, and so is a district.

    Parameters
    ----------
    windows
        Numbering of the windows.
    model
        The arithmetic.
    silence, forget
        Windows, ``silence < forget``.
    least
        Smallest count at which a key is at risk of a chance signal.
    others
        What is tested besides the areas.

    """

    def __init__(
        self,
        windows: Windows,
        model: Baseline,
        *,
        silence: int,
        forget: int,
        least: int = 1,
        others: Others = NOTHING_ELSE,
    ) -> None:
        self.windows = windows
        self.model = model
        self.districts: dict[str, District] = {}
        self.changed: set[str] = set()
        self._silence = silence
        self._forget = forget
        self.least = least
        self._others = others
        self._memory = 1.0 / (1.0 - model.rhythm.level_discount)
        self._rows = Register(model.width)
        self._numbers = 0
        self._awake: set[str] = set()
        self._forget_at: int | None = None  # not after the first window in which a district is forgotten

    def __len__(self) -> int:
        return len(self._rows)

    def next_due(self, cursor: int) -> int | None:
        """Return the first window from `cursor` on in which something happens without events."""
        if self._forget_at is None:
            return None
        forgetting = max(cursor, self._forget_at)
        end_of_day = cursor + (-1 - cursor) % self.windows.per_day
        return min(end_of_day, forgetting) if self._awake else forgetting

    def close(self, window: int, counts: Mapping[Key, int], asked: Collection[Key]) -> Answers:
        """Learn the counts of a closed window; keys that are not in `counts` had none.

        Returns
        -------
        dict
            What was expected of the keys `asked` about, before the window was learned.

        """
        if self._forget_at is not None and window >= self._forget_at:
            self._forget_districts(window)
        answers: Answers = {}
        if counts:
            kinds = {(key[0], key[3]) for key in counts} if self._others.tops else ()
            tested = len(counts) + len(kinds)
            counts = pooled(counts)  # pools behind the keys, the kinds' first
            present = {key[0] for key in counts}
            self._wake(present, window)
            if None in map(self._rows.row.get, counts):
                self._bear(window, counts)
            rows, figures = self._learn(window, counts)
            if asked:
                answers = self._answers(window, counts, asked, figures)
            here = [self.districts[name] for name in sorted(present)]
            calibrate(here, self._rows.owner[rows[:tested]], figures[:, :tested])
            for name in present:
                known = self.districts[name]
                known.age = self.age(name, window) + 1
                known.last_event = window
            self._awake |= present
            self.changed |= present
        if (window + 1) % self.windows.per_day == 0:
            self._rest(window)
        return answers

    def age(self, name: str, window: int) -> int:
        """Return the closed windows before `window` in which a district was alive: within a day of an event.

        Those before a time without a feed count for less, the longer it was: half after 30 days.
        """
        known = self.districts[name]
        since = window - known.last_event
        dead = max(since - 1 - self._silence, 0) / (self.windows.per_day * _STALE_DAYS)
        return int(known.age * 0.5**dead) + min(since, self.windows.per_day) - 1

    def outlook(self, window: int, district: str, keys: Iterable[Key], *, next_: bool) -> Outlook:
        """Return what is expected of some of a district's keys in an open window, the `next_` to close.

        Valid until a close; nothing of keys without a baseline.
        """
        known = self.districts[district]
        rows = np.array(sorted(row for key in keys if (row := self._rows.row.get(key)) is not None), dtype=np.intp)
        table = self._rows.take(rows)
        self.model.evolve(table, window - self._rows.learned[rows])
        forecast = self.model.forecast(table, self.model.regressors(self.windows.position(window)))
        before = self._before(window, rows, table, forecast) if next_ else None
        return Outlook(self._rows.row, rows, forecast, before, self.age(district, window), known)

    def expect_unknown(self, window: int, key: Key) -> Expectation:
        """Return what would be expected of a key never seen, in a district that is known."""
        table = newborn(self.model, [self._prior(window, key, unseen=1)])
        self.model.evolve(table)
        forecast = self.model.forecast(table, self.model.regressors(self.windows.position(window)))
        return self._expectation(key[0], window, float(forecast.mean[0]), float(forecast.size[0]), 1.0)

    def dump(self, district: str) -> tuple[District, list[Key], Ints, Floats]:
        """Return a district's state: its keys, what they have seen, learned and heard, what they believe."""
        known = self.districts[district]
        rows = self._rows.of([known.number])
        windows = np.stack([self._rows.seen[rows], self._rows.learned[rows], self._rows.heard[rows]])
        return known, [self._rows.keys[row] for row in rows], windows, self.model.packed(self._rows.take(rows))

    def load(self, name: str, district: District, keys: list[Key], windows: Ints, stored: Floats) -> None:
        """Take a district's state as `dump` gave it; one already known under this name is replaced."""
        if name in self.districts:
            self._rows.drop(self._rows.of([self.districts[name].number]))
        known = self.districts[name] = replace(district, number=self._numbers)
        self._numbers += 1
        self._rows.adopt(keys)
        self._rows.add(keys, known.number, windows, self.model.unpacked(stored))
        if (windows[1] < known.last_event + self._silence).any():
            self._awake.add(name)
        self._forget_from(known.last_event)

    def _answers(self, window: int, counts: Iterable[Key], asked: Collection[Key], figures: Floats) -> Answers:
        at = {key: number for number, key in enumerate(counts)}
        _, mean, size, *before = figures[:, [at[key] for key in asked]]
        expected = zip(mean.tolist(), size.tolist(), weight(suspicion(*before)).tolist(), strict=True)
        return {key: self._expectation(key[0], window, *found) for key, found in zip(asked, expected, strict=True)}

    def _expectation(self, name: str, window: int, mean: float, size: float, weighs: float) -> Expectation:
        known = self.districts[name]
        return Expectation(mean, size, self.age(name, window), weighs, known.calibration.map_of(mean), known.spending)

    def _before(self, window: int, rows: Rows, table: Floats, forecast: Forecast) -> Floats:
        """Return count, mean and size of the window before; where it had no event, silence as expected of this one."""
        silent = np.stack([np.zeros(len(rows)), forecast.mean, forecast.size])
        return np.where(self._rows.seen[rows] == window - 1, table[LAST], silent)

    def _learn(self, window: int, counts: Mapping[Key, int]) -> tuple[Rows, Floats]:
        """Learn what was counted; return rows, and count, mean and gamma shape of this window and the one before."""
        rows = np.array(list(map(self._rows.row.__getitem__, counts)), dtype=np.intp)
        order = np.argsort(rows)  # rows side by side in memory are taken and put faster
        observed = np.array(list(counts.values()), dtype=np.float64)
        figures = np.zeros((6, len(rows)))
        figures[0] = observed
        regressors = self.model.regressors(self.windows.position(window))
        for start in range(0, len(rows), _BLOCK):
            block = order[start : start + _BLOCK]
            some = rows[block]
            table = self._rows.take(some)
            self.model.evolve(table, window - self._rows.learned[some])
            forecast = self.model.forecast(table, regressors)
            figures[1:3, block] = forecast.mean, forecast.size
            figures[3:, block] = self._before(window, some, table, forecast)
            self.model.learn(table, forecast, observed[block])
            self._rows.put(some, table)
        self._rows.learned[rows] = self._rows.seen[rows] = window
        self._rows.heard[rows] |= 1 << window % self.windows.per_day
        return rows, figures

    def _rest(self, window: int) -> None:
        """Let the districts that are awake learn what did not happen in the day that ends, and drop old keys."""
        until = np.zeros(self._numbers, dtype=np.int64)
        resting = sorted(self._awake)
        for name in resting:
            known = self.districts[name]
            until[known.number] = known.last_event + self._silence
            if known.last_event + self._silence <= window:
                self._awake.discard(name)
        rows = self._rows.of([self.districts[name].number for name in resting])
        hours = np.arange(self.windows.per_day)[:, None]
        first = window + 1 - self.windows.per_day
        regressors = np.array([self.model.regressors(self.windows.position(w)) for w in range(first, window + 1)])
        for start in range(0, len(rows), _BLOCK):
            some = rows[start : start + _BLOCK]
            table = self._rows.take(some)
            self.model.evolve(table, window - self._rows.learned[some])
            quiet = (first + hours <= until[self._rows.owner[some]]) & (self._rows.heard[some] >> hours & 1 == 0)
            settle(self.model, table, quiet, regressors)
            self._rows.put(some, table)
        self._rows.learned[rows] = window
        self._rows.heard[rows] = 0
        self.changed.update(resting)
        overdue = rows[window - self._rows.seen[rows] >= self._forget]
        if len(overdue):
            self._rows.drop(overdue)
        districts = [self.districts[name] for name in resting]
        foresee(self.model, self._rows, self.windows, districts, window + 1, self.least, self._others)

    def _wake(self, names: Collection[str], window: int) -> None:
        """Let districts whose feed was dead learn nothing from that."""
        for name in names:
            known = self.districts.get(name)
            if known is None or window - 1 <= known.last_event + self._silence:
                continue
            hour = window % self.windows.per_day
            alive = max(0, hour - (window - 1 - known.last_event - self._silence))
            self._rows.heard[self._rows.of([known.number])] |= (1 << hour) - (1 << alive)

    def _bear(self, window: int, counts: Mapping[Key, int]) -> None:
        row = self._rows.row
        keys = sorted((key for key in counts if key not in row), key=lambda key: (tier(key), key))
        for key in keys:
            if key[0] not in self.districts:
                self.districts[key[0]] = District(self._numbers, window - 1, 0)
                self._numbers += 1
                self._forget_from(window)
        self._rows.adopt(keys)
        priors: dict[Key, Prior] = {}
        for key in keys:
            priors[key] = self._prior(window, key, born=priors, first=counts[key])
        owners = [self.districts[key[0]].number for key in keys]
        windows = np.array([[window - 1], [window - 1], [(1 << window % self.windows.per_day) - 1]])
        self._rows.add(keys, owners, windows, newborn(self.model, list(priors.values())))

    def _prior(
        self, window: int, key: Key, *, born: Mapping[Key, Prior] | None = None, first: int = 0, unseen: int = 0
    ) -> Prior:
        """Return where a key starts: the share of its pool, shrunk by the silence it has kept."""
        pool = pool_of(key)
        if pool is None:
            return Prior(math.log(first + 0.5), None, None)
        row = self._rows.row.get(pool)
        if row is not None:
            column = self._rows.take(np.array([row]))
            level, dispersion = float(column[0, 0]), float(self.model.dispersion_of(column)[0])
            parent = Prior(level, self.model.season_of(column), dispersion)
        else:
            parent = born[pool] if born is not None else self._prior(window, pool, unseen=1)
        share = math.exp(parent.log_level) / (self._rows.children[pool] + unseen)
        silence = min(self.age(key[0], window), self._memory)
        shape = 1.0 / self.model.rhythm.level_variance
        return Prior(math.log(shape / (shape / share + silence)), parent.season, parent.dispersion)

    def _forget_from(self, last_event: int) -> None:
        due = last_event + self._forget
        self._forget_at = due if self._forget_at is None else min(due, self._forget_at)

    def _forget_districts(self, window: int) -> None:
        gone = [name for name, known in self.districts.items() if window - known.last_event >= self._forget]
        self._rows.drop(self._rows.of([self.districts[name].number for name in gone]))
        self.changed.update(gone)
        self._awake.difference_update(gone)
        for name in gone:
            del self.districts[name]
        self._forget_at = min((known.last_event + self._forget for known in self.districts.values()), default=None)
