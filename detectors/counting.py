"""Open windows and baselines of one kind of window: counts, closes, and has what was counted judged."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator

from detectors.bank import Bank
from detectors.cells import ELSEWHERE, Family, Key
from detectors.judging import Expect, FamilyKey, Finding, Judge, OpenWindow, speaking_for_others
from detectors.lineage import Member
from detectors.pools import Expectation
from detectors.shares import Shares
from detectors.windows import Windows

_BEFORE_ALL = -(10**12)
_DROPPING_DAYS = 8


class Counting:
    """Counts of one kind of window.

    Parameters
    ----------
    windows
        Numbering of the windows.
    bank
        Baselines of the keys.
    judge
        Tells what is extreme, and who speaks of it.
    shares
        How events spread over the places in areas.

    Attributes
    ----------
    open
        Windows by number.
    judge
        As given.
    teaches
        What closes here tells how events spread over places.
    window, since, until, families
        The window an event was last counted in, its bounds in epoch seconds, its families: mostly the next one's too.
    here
        Districts whose cells changed in that window since the last snapshot.
    stored
        Windows and districts a snapshot holds.

    """

    def __init__(self, windows: Windows, bank: Bank, judge: Judge, shares: Shares) -> None:
        self.windows = windows
        self.bank = bank
        self.open: dict[int, OpenWindow] = {}
        self.here: set[str] = set()
        self.stored: set[tuple[int, str]] = set()
        self._changed: dict[int, set[str]] = {}
        self.families: dict[FamilyKey, Family] = {}
        self.window = _BEFORE_ALL
        self.since = self.until = -math.inf
        self.judge = judge
        self._shares = shares
        self.teaches = False
        self._cursor = _BEFORE_ALL
        self._closed = False  # a window since the open ones were looked at
        self._outlooks: dict[tuple[int, str, str], dict[Key, Expectation]] = {}

    def turn(self, t: float) -> None:
        """Make the window that holds `t` the current one."""
        window = self.windows.index(t)
        self.families = self.begin(window).families
        self.window = window
        self.here = self._changed.setdefault(window, set())
        self.since, self.until = self.windows.start(window), self.windows.start(window + 1)

    def begin(self, window: int) -> OpenWindow:
        """Return an open window.

        Raises
        ------
        ValueError
            When it is closed.

        """
        if window < self._cursor:
            raise ValueError(f"{self.windows.name} window {window} is closed; the open ones begin at {self._cursor}")
        found = self.open.get(window)
        if found is None:
            found = self.open[window] = OpenWindow()
        return found

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

    def look(self, family: FamilyKey, area: str, place: str) -> list[Finding]:
        """Judge a family of the current window in which an event was counted, in an area and a place within."""
        window = self.window
        if self._calm(family, area):
            return []
        touched = {
            (family[0], level, name, family[1]) for level, name in ((self.judge.base, area), ("community", place))
        }
        touched.add((family[0], "district", family[0], family[1]))
        before = dict(self.open[window].said)
        found = self._look(window, family)
        return [f for f in found if f.key in touched or not f.speaks or before.get(f.key) != f.also]

    def _calm(self, name: FamilyKey, area: str) -> bool:
        """Tell whether a family in which nothing is extreme stays so after one more event in an area."""
        window, family = self.window, self.families[name]
        if family.count >= family.threshold or area == ELSEWHERE or not self._warm(window, name[0]):
            return False
        alone = Family(family.threshold, 0, {area: family.cells[area]})
        members = self.judge.members(name, alone, self._expecting(window, name, alone.cells), self._day(window))
        if any(member.extreme for member in members):
            return False
        self.judge.set_thresholds(name, family, members, self._day(window))
        return True

    def _warm(self, window: int, district: str) -> bool:
        if district not in self.bank.districts:
            return False
        return self.judge.config.tell_all or self.bank.age(district, window) >= self.judge.warm_up

    def next_close(self, target: int) -> float | None:
        """Return the instant at which the next window ends that has to be closed before `target` opens."""
        due = self.bank.next_due(self._cursor)
        first = min([*self.open, target if due is None else due])
        return self.windows.start(first + 1) if first < target else None

    def close_next(self, target: int) -> list[Finding]:
        """Close the window `next_close` told of; return what was reported or is to be."""
        due = self.bank.next_due(self._cursor)
        window = min([*self.open, target if due is None else due])
        found = self._close(window)
        self._cursor = window + 1
        self._closed = True
        return found

    def reach(self, target: int, *, anew: bool) -> Iterator[Finding]:
        """Take `target` for the first open window, and look again at the open ones when that, or `anew`, may matter."""
        if target > self._cursor or self._closed:
            self._cursor = max(target, self._cursor)
            self._closed = False
            anew = True
        if anew:
            self.until = -math.inf
            self._outlooks.clear()
            for window in self.open:
                yield from self._look_again(window)

    def _close(self, window: int) -> list[Finding]:
        opened = self.open.pop(window, None) or OpenWindow()
        changed = self._changed.setdefault(window, set())
        changed.update(district for district, _ in opened.families)
        counts, asked = self._asked(opened)
        said_of = {(key[0], key[3]) for key in opened.said}
        answers = self.bank.close(window, counts, asked)
        day = self._day(window)
        judged: list[tuple[FamilyKey, list[Member]]] = []
        for name, family in opened.families.items():
            if family.count >= self.judge.least or name in said_of:
                judged.append((name, self.judge.members(name, family, answers.__getitem__, day)))
        told = self.judge.vouched([member for _, members in judged for member in members], self.windows.per_day)
        findings: list[Finding] = []
        for name, members in judged:
            here = self.judge.findings(window, name, opened, [told[member.key] for member in members], final=True)
            findings.extend(speaking_for_others(here, told, self.judge.base))
        if self.teaches and self.judge.places:
            self._teach(opened, day)
        return findings

    def _teach(self, opened: OpenWindow, day: int) -> None:
        """Learn how the events of a closed window spread over places."""
        for (district, kind), family in sorted(opened.families.items()):  # sums of fractions, in one order
            for area, cell in family.cells.items():
                self._shares.learn(district, area, kind, cell.counts(), day)
        if day % _DROPPING_DAYS == 0:
            self._shares.drop({district for district, _ in opened.families}, day)
        self._shares.keep(self.bank.districts.__contains__)

    def _asked(self, opened: OpenWindow) -> tuple[dict[Key, int], list[Key]]:
        """Return the counts of a window by key, and the keys whose expectation matters."""
        base, least = self.judge.base, self.judge.least
        counts: dict[Key, int] = {}
        asked: list[Key] = []
        for (district, kind), family in opened.families.items():
            for area, cell in family.cells.items():
                key = (district, base, area, kind)
                counts[key] = cell.count
                if cell.count >= least:
                    asked.append(key)
            if self.judge.tops and family.count >= self.judge.first:
                asked.append((district, base, "", kind))
        return counts, asked

    def _day(self, window: int) -> int:
        return window // self.windows.per_day

    def _look(self, window: int, name: FamilyKey) -> list[Finding]:
        """Judge the running counts of a family, and set the counts at which to look again."""
        opened = self.open[window]
        family = opened.families[name]
        if not self._warm(window, name[0]):
            family.threshold = math.inf
            for cell in family.cells.values():
                cell.threshold = math.inf
            return self._said(window, name, opened, [])
        areas = [area for area, cell in family.cells.items() if cell.count >= self.judge.least and area != ELSEWHERE]
        members = self.judge.members(name, family, self._expecting(window, name, areas), self._day(window))
        family.threshold = math.inf
        self.judge.set_thresholds(name, family, members, self._day(window))
        if self.judge.config.tell_all or any(member.extreme for member in members):
            family.threshold = 0.0
        return self._said(window, name, opened, members)

    def _said(self, window: int, name: FamilyKey, opened: OpenWindow, members: list[Member]) -> list[Finding]:
        findings = self.judge.findings(window, name, opened, members, final=False)
        if findings:
            self._changed.setdefault(window, set()).add(name[0])
        return findings

    def _look_again(self, window: int) -> Iterator[Finding]:
        opened = self.open[window]
        said_of = {(key[0], key[3]) for key in opened.said}
        for name, family in opened.families.items():
            least = self.judge.least
            family.threshold = self.judge.first
            for cell in family.cells.values():
                cell.threshold = least
            if family.count >= least or name in said_of:
                yield from self._look(window, name)

    def _expecting(self, window: int, name: FamilyKey, areas: Iterable[str]) -> Expect:
        """Return what tells what is expected in an open window of a family: of some areas, and of all together."""
        district, kind = name
        known = self._outlooks.setdefault((window, *name), {})
        asked = [(district, self.judge.base, area, kind) for area in (*areas, *(("",) if self.judge.tops else ()))]
        new = [key for key in asked if key not in known]
        if new:
            outlook = self.bank.outlook(window, district, new, next_=window == self._cursor)
            known.update((key, outlook.of(key) or self.bank.expect_unknown(window, key)) for key in new)
        return known.__getitem__
