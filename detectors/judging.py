"""Judges the counts of a family: which are extreme, and who speaks of it."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from detectors.budget import vouched
from detectors.cells import ELSEWHERE, Cell, Facts, Family, Key, merged
from detectors.lineage import Member, Voices, voices
from detectors.pools import Expectation
from detectors.shares import Shares
from detectors.surge_config import SurgeConfig

_UNLIKELY = 1e-3  # p-value from which on findings vouch for each other,
_TOGETHER = 2  # and that many do
_NEAR = 2  # events before a place may be extreme, from which on it is worth to ask when it will
_NOBODY = Voices({}, {})

FamilyKey = tuple[str, str]
"""District and kind."""

Expect = Callable[[Key], Expectation]


@dataclass(frozen=True)
class Finding:
    """What there is to say of one key in one window.

    Parameters
    ----------
    window
        Number of the window.
    key, facts
        What was counted.
    expected
        Predictive distribution; ``None`` when an earlier signal is all there is.
    p_value
        Of the count, the window before weighed in.
    by_chance
        Windows a day of the district's keys that are as unlikely by chance alone; many at once vouch for each other.
    speaks
        The count is to be reported, and by this key.
    also
        Levels of larger areas that are up as well and leave it to this one.
    left_to
        Level that speaks instead.
    final
        The window is closed.

    """

    window: int
    key: Key
    facts: Facts
    expected: Expectation | None
    p_value: float
    by_chance: float
    speaks: bool
    also: tuple[str, ...]
    left_to: str
    final: bool


class OpenWindow:
    """What was counted in a window that is not closed, and what was said of it.

    Attributes
    ----------
    families
        By district and kind.
    said
        The keys a signal stands of, with the levels it says are up as well.

    """

    def __init__(self) -> None:
        self.families: dict[FamilyKey, Family] = {}
        self.said: dict[Key, tuple[str, ...]] = {}


class Judge:
    """Judges counts of one kind of window against what was expected of them.

    Parameters
    ----------
    config
        What is counted and reported.
    warm_up
        Closed windows before anything is reported.
    shares
        How events spread over the places in areas.

    Attributes
    ----------
    least, first
        Counts from which on an area, and what has no baseline of its own, are worth a look.

    """

    def __init__(self, config: SurgeConfig, *, warm_up: int, shares: Shares) -> None:
        self.warm_up = warm_up
        self.least = 1 if config.tell_all else min(config.min_count, config.at_risk)
        self.first = 1 if config.tell_all else config.min_to_explain
        self.base, self.tops, self.places = config.base, config.tops, config.places
        self.config = config
        self._shares = shares

    def members(self, name: FamilyKey, family: Family, expect: Expect, day: int) -> list[Member]:
        """Return the members of a family that have enough events to matter: the district, areas, places in them."""
        district, kind = name
        config, found = self.config, []
        least = self.least
        if self.tops and family.count >= self.first:
            top = (district, "district", district, kind)
            expected = expect((district, self.base, "", kind))
            found.append(
                self._member(top, family.count, expected, config.min_to_explain, family.largest(config.evidence))
            )
        for area, cell in sorted(family.cells.items()):  # sums of fractions, in one order
            if cell.count < least or area == ELSEWHERE:
                continue
            key = (district, self.base, area, kind)
            expected = expect(key)
            found.append(self._member(key, cell.count, expected, config.min_count, cell.largest(config.evidence)))
            if self.places and cell.count >= self.first:
                found.extend(self._places(key, cell, expected, day))
        return found

    def _places(self, key: Key, cell: Cell, expected: Expectation, day: int) -> Iterator[Member]:
        district, _, area, kind = key
        for place, facts in sorted(cell.parts(self.config.evidence).items()):
            count = facts.count
            if place and count >= self.first:
                here = self._shares.expected(district, area, kind, place, expected, day)
                inside = (district, "community", place, kind)
                yield self._member(inside, count, here, self.config.min_to_explain, facts.of_one_hand, within=area)

    def _member(
        self, key: Key, count: int, expected: Expectation, least: int, largest: int, within: str = ""
    ) -> Member:
        p_value = expected.p_value(count)
        extreme = expected.age >= self.warm_up and count >= least and p_value <= self.config.alpha_report
        by_chance = expected.by_chance(p_value, count, largest)
        return Member(key, count, expected, p_value, by_chance, extreme, within)

    def findings(
        self, window: int, name: FamilyKey, opened: OpenWindow, members: Sequence[Member], *, final: bool
    ) -> list[Finding]:
        """Return what there is to say of a family, and note what is said of it from now on."""
        family, who = opened.families[name], self._voices(members)
        known = {member.key: member for member in members}
        standing = [key for key in opened.said if key[0] == name[0] and key[3] == name[1]]
        gone = [key for key in standing if key not in who.speaking]
        findings = []
        for key in [*who.speaking, *gone, *(known if self.config.tell_all else ())]:
            member = known.get(key)
            findings.append(
                Finding(
                    window,
                    key,
                    self._facts(family, key),
                    None if member is None else member.expected,
                    1.0 if member is None else member.p_value,
                    math.inf if member is None else member.by_chance,
                    key in who.speaking,
                    who.speaking.get(key, ()),
                    who.left_to.get(key, ""),
                    final,
                )
            )
        if standing or who.speaking:
            for key in gone:
                del opened.said[key]
            opened.said.update(who.speaking)
        return findings

    def _voices(self, members: Sequence[Member]) -> Voices:
        if not any(member.extreme for member in members):
            return _NOBODY
        top = next((m for m in members if self.tops and m.key[1] == "district"), None)
        areas = [m for m in members if not m.within and m is not top]
        places = [m for m in members if m.within]
        return voices(top, areas, places, self.config.alpha_report, self.config.min_to_explain)

    def _facts(self, family: Family, key: Key) -> Facts:
        _, level, area, _ = key
        keep, base = self.config.evidence, self.base
        if level == base:
            return merged(list(family.cells[area].parts(keep).values()), keep)
        if level == "district":
            return merged([facts for cell in family.cells.values() for facts in cell.parts(keep).values()], keep)
        parts = [cell.parts(keep).get(area) for cell in family.cells.values()]
        return merged([facts for facts in parts if facts is not None], keep)

    def vouched(self, members: Sequence[Member], per_day: int) -> dict[Key, Member]:
        """Return members by key, unlikely areas with baselines of their own vouching for each other by district.

        Which ones do does not depend on what is reported, so that whoever asks for more is told the same.
        """
        known = {member.key: member for member in members}
        base = self.base
        unlikely = [
            m for m in members if m.key[1] == base and m.p_value <= _UNLIKELY and m.count >= self.config.at_risk
        ]
        if len(unlikely) >= _TOGETHER:
            names = {name: number for number, name in enumerate({member.key[0] for member in unlikely})}
            groups = np.array([names[member.key[0]] for member in unlikely])
            each = vouched(np.array([m.by_chance for m in unlikely]) / per_day, groups)
            for member, by_chance in zip(unlikely, (each * per_day).tolist(), strict=True):
                known[member.key] = replace(member, by_chance=by_chance)
        return known

    def set_thresholds(self, name: FamilyKey, family: Family, members: Sequence[Member], day: int) -> None:
        """Set the counts at which the family has to be looked at again: at once while anything in it is extreme."""
        config = self.config
        for member in members:
            if member.within:
                continue
            critical = max(config.min_count, member.expected.critical(config.alpha_report))
            if member.key[1] != self.base:
                family.threshold = critical
                continue
            cell = family.cells[member.key[2]]
            cell.threshold = critical
            if self.places:
                cell.threshold = min(critical, cell.count + self._room(name, member, cell, day))

    def _room(self, name: FamilyKey, member: Member, cell: Cell, day: int) -> int:
        """Return the events an area can have more of before any place in it may be extreme."""
        config, area = self.config, member.key[2]
        room = config.min_to_explain
        for place, count in cell.counts().items():
            if place and config.min_to_explain - count > _NEAR:
                room = min(room, config.min_to_explain - count)
            elif place:
                here = self._shares.expected(name[0], area, name[1], place, member.expected, day)
                room = min(room, max(config.min_to_explain, here.critical(config.alpha_report)) - count)
        return max(room, 1)


def speaking_for_others(findings: Iterable[Finding], members: Mapping[Key, Member], base: str) -> Iterator[Finding]:
    """Let who speaks for larger areas be as unlikely as the least likely of them."""
    for finding in findings:
        district, _, _, kind = finding.key
        own = members.get(finding.key)
        around = [(district, "district", district, kind)]
        if own is not None and own.within:
            around.append((district, base, own.within, kind))
        chances = [members[key].by_chance for key in around if key in members and key[1] in finding.also]
        yield replace(finding, by_chance=min([finding.by_chance, *chances]))
