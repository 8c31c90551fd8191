"""A rule book made ready: rules compiled, indexed by kind, with the modifiers that apply to each."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cached_property
from operator import attrgetter
from typing import NamedTuple

from detectors.event import Event
from rules.alert import GradeStep, Text
from rules.rule import Count, Raise, Rule, seconds

_AREA_LEVELS = ("grid", "community", "street", "district")


class Grouping:
    """Tells which group an event belongs to.

    Parameters
    ----------
    per
        The level to group by, or ``radius``. Where a level is not known the next larger area stands in, except for
        ``spot``.

    """

    def __init__(self, per: str) -> None:
        self._radius = per == "radius"
        levels = ("spot",) if per == "spot" else _AREA_LEVELS[_AREA_LEVELS.index(per) :] if not self._radius else ()
        self._levels = [(level, attrgetter(level)) for level in levels]

    def group(self, event: Event) -> tuple[str, str] | None:
        """Return level and key of the group `event` belongs to, ``None`` when its place is not known that well.

        Every key begins with the district: events are partitioned by district, so nothing can be grouped across them
        (a 100 m cell on a border is two groups).
        """
        place = event.place
        if self._radius:
            return ("district", f"{place.district}|{event.kind}") if place.district else None
        for level, area_of in self._levels:
            key = area_of(place)
            if key:
                return level, f"{place.district}|{key}|{event.kind}"
        return None


@dataclass(frozen=True)
class CompiledRule:
    """A rule with its durations in seconds and the modifiers that apply to it.

    Parameters
    ----------
    rule
        As the operator wrote it.
    raises
        Its own raises followed by those of the modifiers.
    keep_s
        How long an event can matter to any of its windows, in seconds.
    witness_s
        How long an event of another source can corroborate, in seconds; 0 when no raise asks for sources.
    needs
        With fewer events than this in a group nothing can fire.
    reasons
        By the raises met, in order: the steps to the grade, and what it would take to be one higher.

    """

    rule: Rule
    raises: tuple[Raise, ...]
    quiet_s: float
    keep_s: float
    witness_s: float
    counts: tuple[Count, ...]
    windows_s: tuple[float, ...]
    sources: frozenset[str]
    needs: int
    reasons: dict[tuple[int, ...], tuple[tuple[GradeStep, ...], Text]] = field(
        default_factory=dict, compare=False, repr=False
    )


class Watch(NamedTuple):
    """Rules that look at an event in one and the same way.

    Parameters
    ----------
    grouping
        How they group it.
    counted
        Whether they count it, or only let it corroborate.
    rules
        The rules.

    """

    grouping: Grouping
    counted: bool
    rules: tuple[CompiledRule, ...]


@dataclass(frozen=True)
class Book:
    """Every rule, and which of them can match which event.

    Parameters
    ----------
    rules
        By number.
    digest
        First twelve hexadecimal digits of the SHA-256 of all files; stamped on every alert.

    """

    rules: tuple[Rule, ...]
    digest: str
    _watches: dict[tuple[str, str], tuple[Watch, ...]] = field(default_factory=dict, compare=False)

    @cached_property
    def compiled(self) -> tuple[CompiledRule, ...]:
        """Active rules, ready to run."""
        active = [rule for rule in self.rules if rule.status == "active"]
        modifiers = [rule for rule in active if rule.modifies]
        return tuple(_compile(rule, modifiers) for rule in active if not rule.modifies)

    def watching(self, kind: str, source: str) -> tuple[Watch, ...]:
        """Return the event rules an event of this kind and source can matter to."""
        found = self._watches.get((kind, source))
        if found is None:
            found = self._watches[kind, source] = self._watching(kind, source)
        return found

    def _watching(self, kind: str, source: str) -> tuple[Watch, ...]:
        rules: dict[tuple[str, bool], list[CompiledRule]] = {}
        for compiled in self.compiled:
            rule, counted = compiled.rule, source in compiled.sources
            if rule.fires and rule.covers(kind) and (counted or compiled.witness_s > 0):
                per = "radius" if rule.radius_m is not None else rule.per
                rules.setdefault((per, counted), []).append(compiled)
        return tuple(Watch(Grouping(per), counted, tuple(found)) for (per, counted), found in rules.items())

    @cached_property
    def for_signals(self) -> tuple[CompiledRule, ...]:
        """Rules that grade a detector's signals."""
        return tuple(c for c in self.compiled if c.rule.signal is not None)


def _compile(rule: Rule, modifiers: Iterable[Rule]) -> CompiledRule:
    raises = rule.raises
    for modifier in modifiers:
        if "all" in modifier.modifies or rule.id in modifier.modifies:
            raises += modifier.raises
    conditions = [*rule.fires, *(step.when for step in raises)]
    counts = tuple(dict.fromkeys(c.count for c in conditions if c.count is not None))
    windows = tuple(seconds(count.within) for count in counts)
    witness = [seconds(c.within) for c in conditions if c.sources is not None]
    return CompiledRule(
        rule=rule,
        raises=raises,
        quiet_s=seconds(rule.quiet),
        keep_s=max([*windows, *witness, seconds(rule.quiet)]),
        witness_s=max(witness, default=0.0),
        counts=counts,
        windows_s=windows,
        sources=frozenset(rule.sources),
        needs=min((c.count.at_least if c.count is not None else 1 for c in rule.fires), default=1),
    )
