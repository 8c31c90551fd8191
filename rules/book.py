"""A rule book made ready: rules compiled, indexed by kind, with the modifiers that apply to each."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cached_property

from detectors.event import Event
from rules.rule import Count, Raise, Rule, seconds

_AREA_LEVELS = ("grid", "community", "street", "district")


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

    """

    rule: Rule
    raises: tuple[Raise, ...]
    quiet_s: float
    keep_s: float
    witness_s: float
    counts: tuple[Count, ...]
    windows_s: tuple[float, ...]
    sources: frozenset[str]

    @cached_property
    def levels(self) -> tuple[str, ...]:
        """Levels to group by, the wanted one first, then larger areas standing in."""
        if self.rule.per == "spot":
            return ("spot",)
        return _AREA_LEVELS[_AREA_LEVELS.index(self.rule.per) :]

    def group(self, event: Event) -> tuple[str, str] | None:
        """Return level and key of the group `event` belongs to, ``None`` when its place is not known that well.

        Every key begins with the district: events are partitioned by district, so nothing can be grouped across them
        (a 100 m cell on a border is two groups).
        """
        place = event.place
        if self.rule.radius_m is not None:
            return ("district", f"{place.district}|{event.kind}") if place.district else None
        for level in self.levels:
            key = place.at(level)
            if key:
                return level, f"{place.district}|{key}|{event.kind}"
        return None


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
    _by_kind: dict[str, tuple[CompiledRule, ...]] = field(default_factory=dict, compare=False)

    @cached_property
    def compiled(self) -> tuple[CompiledRule, ...]:
        """Active rules, ready to run."""
        active = [rule for rule in self.rules if rule.status == "active"]
        modifiers = [rule for rule in active if rule.modifies]
        return tuple(_compile(rule, modifiers) for rule in active if not rule.modifies)

    def for_kind(self, kind: str) -> tuple[CompiledRule, ...]:
        """Return the event rules that can match `kind`."""
        found = self._by_kind.get(kind)
        if found is None:
            found = tuple(c for c in self.compiled if c.rule.fires and c.rule.covers(kind))
            self._by_kind[kind] = found
        return found

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
    )
