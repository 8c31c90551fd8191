"""Open windows and baselines of one kind of window: counts, closes, and says how extreme a count is."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np

from detectors.bank import Bank
from detectors.budget import vouched
from detectors.cells import Cell, Key
from detectors.pools import Expectation, Outlook
from detectors.windows import Windows

_BEFORE_ALL = -(10**12)
_UNLIKELY = 1e-3  # p-value from which on findings vouch for each other,
_TOGETHER = 2  # and that many do
_NOTHING = Expectation(mean=0.0, size=1.0, age=0)


@dataclass(frozen=True)
class Finding:
    """How extreme the count of one key in one window is.

    Parameters
    ----------
    window
        Number of the window.
    key, cell
        What was counted.
    expected
        Predictive distribution.
    p_value
        Of the count, the window before weighed in.
    by_chance
        Windows a day of the district's keys that are as unlikely by chance alone; many at once vouch for each other.
    extreme
        The count is to be reported.
    final
        The window is closed.

    """

    window: int
    key: Key
    cell: Cell
    expected: Expectation
    p_value: float
    by_chance: float
    extreme: bool
    final: bool


class Counting:
    """Counts of one kind of window.

    Parameters
    ----------
    windows
        Numbering of the windows.
    bank
        Baselines of the keys.
    alpha
        Largest p-value reported.
    min_count
        Smallest count reported.
    warm_up
        Closed windows before anything is reported.

    Attributes
    ----------
    open
        Cells by window and key.
    window, since, until, cells
        The window an event was last counted in, its bounds in epoch seconds, its cells: mostly the next one's too.
    here
        Districts whose cells changed in that window since the last snapshot.
    stored
        Windows and districts a snapshot holds.

    """

    def __init__(self, windows: Windows, bank: Bank, *, alpha: float, min_count: int, warm_up: int) -> None:
        self.windows = windows
        self.bank = bank
        self.open: dict[int, dict[Key, Cell]] = {}
        self.here: set[str] = set()
        self.stored: set[tuple[int, str]] = set()
        self._changed: dict[int, set[str]] = {}
        self.cells: dict[Key, Cell] = {}
        self.window = _BEFORE_ALL
        self.since = self.until = -math.inf
        self._alpha = alpha
        self._min_count = min_count
        self._warm_up = warm_up
        self._cursor = _BEFORE_ALL
        self._outlooks: dict[tuple[int, str], Outlook] = {}

    def turn(self, t: float) -> None:
        """Make the window that holds `t` the current one."""
        window = self.windows.index(t)
        self.cells = self.begin(window)
        self.window = window
        self.here = self._changed.setdefault(window, set())
        self.since, self.until = self.windows.start(window), self.windows.start(window + 1)

    def begin(self, window: int) -> dict[Key, Cell]:
        """Return the cells of an open window.

        Raises
        ------
        ValueError
            When it is closed.

        """
        if window < self._cursor:
            raise ValueError(f"{self.windows.name} window {window} is closed; the open ones begin at {self._cursor}")
        return self.open.setdefault(window, {})

    def resume(self, window: int) -> None:
        """Begin after the last window that was closed in an earlier life."""
        self._cursor = max(self._cursor, window)

    def changes(self) -> Iterator[tuple[int, set[str]]]:
        """Yield the windows whose cells changed since the last call, and the districts; gone ones only when stored."""
        for window, districts in sorted(self._changed.items()):
            names = {(window, district) for district in districts}
            if window in self.open:
                self.stored |= names
                yield window, districts
            else:
                gone = names & self.stored
                self.stored -= gone
                yield window, {district for _, district in gone}
        self._changed = {}
        self.here = self._changed.setdefault(self.window, set()) if self.until > -math.inf else set()

    def touch(self, window: int, district: str) -> None:
        """Note that something else than a count changed in a cell."""
        self._changed.setdefault(window, set()).add(district)

    def look(self, window: int, key: Key, cell: Cell) -> Finding | None:
        """Judge the running count of an open window, and set the count at which to look again."""
        if key[0] not in self.bank.districts or self.bank.age(key[0], window) < self._warm_up:
            cell.threshold = math.inf
            return None
        expected = self._expect(window, key)
        critical = max(self._min_count, expected.critical(self._alpha))
        cell.threshold = critical
        p_value = expected.p_value(cell.count)
        by_chance = expected.spending.at(p_value)
        return Finding(window, key, cell, expected, p_value, by_chance, cell.count >= critical, final=False)

    def advance(self, watermark: float) -> Iterator[Finding]:
        """Close every window that ended, yielding what was reported or is to be; then look at the open ones anew."""
        target = self.windows.index(watermark)
        before = self._cursor
        while (window := self._next(target)) is not None:
            yield from self._close(window)
            self._cursor = window + 1
        if target > before:
            self._cursor = target
            self.until = -math.inf
            self._outlooks.clear()
            for window, cells in self.open.items():
                yield from self._look_again(window, cells)

    def _next(self, target: int) -> int | None:
        due = self.bank.next_due(self._cursor)
        first = min([*self.open, target if due is None else due])
        return first if first < target else None

    def _close(self, window: int) -> list[Finding]:
        cells = self.open.pop(window, {})
        changed = self._changed.setdefault(window, set())
        changed.update(key[0] for key in cells)
        least = min(self._min_count, self.bank.least)
        asked = [key for key, cell in cells.items() if cell.spoken or cell.count >= least]
        answers = self.bank.close(window, {key: cell.count for key, cell in cells.items()}, asked)
        findings = []
        for key, expected in answers.items():
            cell = cells[key]
            p_value = expected.p_value(cell.count)
            warm = expected.age >= self._warm_up
            extreme = warm and cell.count >= self._min_count and p_value <= self._alpha
            if extreme or cell.spoken or p_value <= _UNLIKELY:
                by_chance = expected.spending.at(p_value)
                findings.append(Finding(window, key, cell, expected, p_value, by_chance, extreme, final=True))
        return self._vouched(findings)

    def _vouched(self, findings: Sequence[Finding]) -> list[Finding]:
        """Return the findings of one window, unlikely ones vouching for each other district by district.

        Which ones do does not depend on what is reported, so that whoever asks for more is told the same.
        """
        unlikely = [f for f in findings if f.p_value <= _UNLIKELY and f.cell.count >= self.bank.least]
        if len(unlikely) < _TOGETHER:
            return list(findings)
        names = {name: number for number, name in enumerate({finding.key[0] for finding in unlikely})}
        groups = np.array([names[finding.key[0]] for finding in unlikely])
        each = vouched(np.array([f.by_chance for f in unlikely]) / self.windows.per_day, groups) * self.windows.per_day
        told = {finding.key: by_chance for finding, by_chance in zip(unlikely, each.tolist(), strict=True)}
        return [replace(f, by_chance=told[f.key]) if f.key in told else f for f in findings]

    def _look_again(self, window: int, cells: dict[Key, Cell]) -> Iterator[Finding]:
        for key, cell in cells.items():
            cell.threshold = self._min_count
            if cell.count >= self._min_count:
                finding = self.look(window, key, cell)
                if finding is not None:
                    yield finding
                elif cell.spoken:  # the district was forgotten meanwhile
                    yield Finding(
                        window, key, cell, _NOTHING, 1.0, _NOTHING.spending.at(1.0), extreme=False, final=False
                    )

    def _expect(self, window: int, key: Key) -> Expectation:
        district = (window, key[0])
        outlook = self._outlooks.get(district)
        if outlook is None:
            outlook = self._outlooks[district] = self.bank.outlook(window, key[0], next_=window == self._cursor)
        return outlook.of(key) or self.bank.expect_unknown(window, key)
