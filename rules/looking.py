"""How a rule looks at events of one kind and source: all that these two settle is settled once."""

from __future__ import annotations

from detectors.event import Event
from rules.compiling import CompiledRule
from rules.matching import Matches
from rules.surroundings import Surroundings
from rules.window import COUNTED, WITNESS


class Look:
    """A rule as it looks at events of one kind and source.

    Parameters
    ----------
    compiled
        The rule.
    role
        What an event it means is to it: `COUNTED`, `WITNESS`, or 0 where it does not mean this kind or source.
    matches
        Bits of the selectors that can match, and what they match.

    Attributes
    ----------
    plain
        Kind, source and status settle everything: an open event is `role` to it, any other is nothing.

    """

    __slots__ = ("alike", "compiled", "grouping", "id", "matches", "plain", "role", "where")

    def __init__(self, compiled: CompiledRule, role: int, matches: tuple[tuple[int, Matches], ...]) -> None:
        self.compiled = compiled
        self.id = compiled.rule.id
        self.grouping = compiled.grouping
        self.alike = compiled.rule.alike is not None
        self.role = role
        self.where = compiled.where
        self.matches = matches
        self.plain = not matches and compiled.where is None

    def roles(self, event: Event, t: float, around: Surroundings) -> int:
        """Return what an event is to the rule, 0 for nothing."""
        roles = self.role
        if roles:
            meant = event.status == "open" if self.where is None else self.where(event, t, around)
            if not meant:
                roles = 0
        for bit, matches in self.matches:
            if matches(event, t, around):
                roles |= bit
        return roles


def look_of(compiled: CompiledRule, kind: str, source: str) -> Look | None:
    """Return how a rule looks at events of a kind and source, ``None`` when none of them can matter to it."""
    role = 0
    if compiled.rule.covers(kind):
        role = COUNTED if source in compiled.sources else WITNESS if compiled.witness_s > 0 else 0
    matches = tuple((one.bit, one.matches) for one in compiled.roles if source in one.sources and one.covers(kind))
    return Look(compiled, role, matches) if role or matches else None
