"""A rule book made ready: rules compiled, and indexed by the kind and source of event they can matter to."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import NamedTuple

from rules.compiling import CompiledRule, compile_rule
from rules.grouping import Grouping
from rules.past import KEPT_S
from rules.rule import Rule
from rules.window import COUNTED, WITNESS

__all__ = ["Book", "CompiledRule", "Watch", "Watching"]


class Watch(NamedTuple):
    """Rules that look at open events of one kind and source in one and the same way.

    Parameters
    ----------
    grouping
        How they group them.
    roles
        `COUNTED`, or `WITNESS`: they only let them corroborate.
    rules
        The rules.

    """

    grouping: Grouping
    roles: int
    rules: tuple[CompiledRule, ...]


class Watching(NamedTuple):
    """The rules an event of one kind and source can matter to.

    Parameters
    ----------
    plain
        Rules for which kind, source and being open say all.
    choosy
        Rules that have to look at the event itself.

    """

    plain: tuple[Watch, ...]
    choosy: tuple[CompiledRule, ...]


@dataclass(frozen=True)
class Book:
    """Every rule, and which of them can match which event.

    Parameters
    ----------
    rules
        By number.
    digest
        First twelve hexadecimal digits of the SHA-256 of all files; stamped on every alert.
    running
        Ids of the rules that run of those that could; ``None`` for all.

    """

    rules: tuple[Rule, ...]
    digest: str
    running: frozenset[str] | None = None
    _watching: dict[tuple[str, str], Watching] = field(default_factory=dict, compare=False)

    def only(self, ids: frozenset[str]) -> Book:
        """Return the book of which only the rules with these ids run; what others mean to them stays."""
        return Book(self.rules, self.digest, ids)

    @cached_property
    def compiled(self) -> tuple[CompiledRule, ...]:
        """Active and shadow rules, ready to run."""
        running = [rule for rule in self.rules if rule.status in {"active", "shadow"}]
        modifiers = [rule for rule in running if rule.modifies and rule.status == "active"]
        others = {rule.id: rule for rule in self.rules}
        mine = [rule for rule in running if not rule.modifies and (self.running is None or rule.id in self.running)]
        return tuple(compile_rule(rule, modifiers, others) for rule in mine)

    @cached_property
    def look_back_s(self) -> float:
        """How far behind the watermark anything is still asked about, seconds: by its rules, or by a rehearsal."""
        return max([KEPT_S, *(one.keep_s for one in self.compiled)])

    def watching(self, kind: str, source: str) -> Watching:
        """Return the event rules an event of this kind and source can matter to."""
        found = self._watching.get((kind, source))
        if found is None:
            found = self._watching[kind, source] = self._find(kind, source)
        return found

    def _find(self, kind: str, source: str) -> Watching:
        able = [one for one in self.compiled if one.rule.fires and one.may_matter(kind, source)]
        plain: dict[tuple[Grouping, int], list[CompiledRule]] = {}
        for one in able:
            if not one.choosy:
                roles = COUNTED if source in one.sources else WITNESS
                plain.setdefault((one.grouping, roles), []).append(one)
        watches = tuple(Watch(grouping, roles, tuple(rules)) for (grouping, roles), rules in plain.items())
        return Watching(watches, tuple(one for one in able if one.choosy))

    @cached_property
    def for_signals(self) -> tuple[CompiledRule, ...]:
        """Rules that grade a detector's signals."""
        return tuple(c for c in self.compiled if c.rule.signal is not None)
