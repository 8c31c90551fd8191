"""A rule book made ready: rules compiled, and indexed by the kind and source of event they can matter to."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property

from detectors.detector import Scope, detector_types
from rules.compiling import CompiledRule, compile_rule
from rules.looking import Look, look_of
from rules.past import KEPT_S
from rules.rule import Rule

__all__ = ["Book", "CompiledRule"]


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
    _looks: dict[tuple[str, str], tuple[Look, ...]] = field(default_factory=dict, compare=False)

    def only(self, ids: frozenset[str]) -> Book:
        """Return the book of which only the rules with these ids run; what others mean to them stays."""
        return Book(self.rules, self.digest, ids if self.running is None else ids & self.running)

    def part(self, scope: Scope) -> Book:
        """Return the book of which only the rules about this scope run: of one district each, or of the whole city."""
        return self.only(frozenset(rule.id for rule in self.rules if scope_of(rule) == scope))

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

    def looks(self, kind: str, source: str) -> tuple[Look, ...]:
        """Return how rules look at events of this kind and source; those that group in the same way stand together."""
        found = self._looks.get((kind, source))
        if found is None:
            all_ = (look_of(one, kind, source) for one in self.compiled if one.rule.fires)
            mine = [look for look in all_ if look is not None]
            first = {id(look.grouping): n for n, look in reversed(list(enumerate(mine)))}
            found = tuple(sorted(mine, key=lambda look: first[id(look.grouping)]))
            self._looks[kind, source] = found
        return found

    @cached_property
    def for_signals(self) -> tuple[CompiledRule, ...]:
        """Rules that grade a detector's signals."""
        return tuple(c for c in self.compiled if c.rule.signal is not None)


def scope_of(rule: Rule) -> Scope:
    """Return what a rule has to see: a district's events, or with its detector those of the whole city."""
    detector = detector_types().get(rule.signal or "")
    return detector.scope if detector is not None else "district"
