"""Makes a rule ready: durations in seconds, selectors as bits, conditions as gauges, modifiers applied."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from rules.alert import GradeStep, Text
from rules.condition import Condition, Count
from rules.figures import Chained
from rules.gauges import Bits, CompiledCondition, compile_gauges
from rules.grouping import TOGETHER, Grouping, grouping_of
from rules.matching import Matches, compile_selector
from rules.nearness import Nearness, nearness_of
from rules.needs import Need, Needs, need_of
from rules.rule import Lower, Raise, Rule
from rules.selector import Selector, seconds
from rules.window import FIRST_ROLE

_BEGUN_S = 1.0  # an event outlives the wait it began
ALL_SOURCES = ("hotline", "grid", "police", "sos")


class Role(NamedTuple):
    """A selector of a rule: the bit that stands for it, what it matches, and for which sources and kinds it can."""

    bit: int
    matches: Matches
    sources: frozenset[str]
    covers: Callable[[str], bool]


@dataclass(frozen=True)
class CompiledRule:
    """A rule ready to run, with the modifiers that apply to it.

    Parameters
    ----------
    rule
        As the operator wrote it.
    raises, lowers
        Its own raises followed by those of the modifiers; what lowers the grade.
    fires, steps
        Its conditions compiled; those of the raises and then the lowers.
    quiet_s
        When the alert is over, seconds.
    look_s, keep_s
        How far back its conditions look, and how long an event can matter at all, seconds.
    witness_s
        How long an event of another source can corroborate, seconds; 0 when no raise asks for sources.
    counts, windows_s
        Every window count of its conditions, and their lengths in seconds.
    sources
        What it counts.
    needs
        What a group must hold before anything can fire.
    grouping
        Which group an event belongs to.
    where, roles
        Which events it counts, and which others it looks at.
    waits
        Bits and lengths in seconds of the timers every counted event sets.
    near
        For a rule that groups by distance or likeness: which items belong together.
    reasons
        By the raises and lowers met, in order: the steps to the grade, and what it would take to be one higher.

    """

    rule: Rule
    raises: tuple[Raise, ...]
    lowers: tuple[Lower, ...]
    fires: tuple[CompiledCondition, ...]
    steps: tuple[CompiledCondition, ...]
    quiet_s: float
    look_s: float
    keep_s: float
    witness_s: float
    counts: tuple[Count, ...]
    windows_s: tuple[float, ...]
    sources: frozenset[str]
    needs: Needs
    grouping: Grouping
    where: Matches | None
    roles: tuple[Role, ...]
    waits: tuple[tuple[int, float], ...]
    near: Nearness | None
    reasons: dict[tuple[int, ...], tuple[tuple[GradeStep, ...], Text]] = field(
        default_factory=dict, compare=False, repr=False
    )

    @property
    def uses_context(self) -> bool:
        """Whether anything declared can change what it says."""
        return any(one.condition.context is not None for one in (*self.fires, *self.steps))


def compile_rule(rule: Rule, modifiers: Iterable[Rule], others: Mapping[str, Rule]) -> CompiledRule:
    """Make a rule ready.

    Parameters
    ----------
    rule
        As the operator wrote it.
    modifiers
        Rules whose raises may apply to it.
    others
        Rules by id, for chains.

    Raises
    ------
    ValueError
        When a selector's expression cannot be used, or a chain names a rule there is not.

    """
    raises = rule.raises
    for modifier in modifiers:
        if "all" in modifier.modifies or rule.id in modifier.modifies:
            raises += modifier.raises
    whens = [*(step.when for step in raises), *(step.when for step in rule.lowers)]
    conditions = [*rule.fires, *whens]
    counts = tuple(dict.fromkeys(c.count for c in conditions if c.count is not None))
    witness = [seconds(c.within) for c in conditions if c.sources is not None]
    roles = _Roles(rule, others)
    compiled = [roles.compile(condition, counts) for condition in conditions]
    suffix = TOGETHER if rule.together else rule.kinds[0] if len(rule.kinds) == 1 else ""
    quiet_s = seconds(rule.quiet)
    look_s = max((_reach_s(condition, others) for condition in conditions), default=0.0)
    return CompiledRule(
        rule=rule,
        raises=raises,
        lowers=rule.lowers,
        fires=tuple(compiled[: len(rule.fires)]),
        steps=tuple(compiled[len(rule.fires) :]),
        quiet_s=quiet_s,
        look_s=look_s,
        keep_s=max(quiet_s, look_s),
        witness_s=max(witness, default=0.0),
        counts=counts,
        windows_s=tuple(seconds(count.within) for count in counts),
        sources=frozenset(rule.sources),
        needs=Needs(roles.needs[: len(rule.fires)]),
        grouping=grouping_of("radius" if rule.radius_m is not None else rule.per, suffix),
        where=compile_selector(rule.where) if rule.where is not None else None,
        roles=tuple(roles.found),
        waits=tuple(roles.waits),
        near=nearness_of(rule),
    )


class _Roles:
    """Gives bits to the selectors and waits of one rule."""

    def __init__(self, rule: Rule, others: Mapping[str, Rule]) -> None:
        self._rule = rule
        self.found: list[Role] = []
        self.waits: list[tuple[int, float]] = []
        self.needs: list[Need] = []
        self._others = others
        self._named: dict[str, int] = {}
        self._next = FIRST_ROLE

    def compile(self, condition: Condition, counts: tuple[Count, ...]) -> CompiledCondition:
        ratio, then_not, change = condition.ratio, condition.then_not, condition.change
        wait = 0
        if then_not is not None or (change is not None and change.down_to is not None):
            length = then_not.within if then_not is not None else change.within if change is not None else "0s"
            wait = self._bit()
            self.waits.append((wait, seconds(length)))
        bits = Bits(
            match=self._selector(condition.match) if condition.match is not None else 0,
            share=self._selector(condition.share.match) if condition.share is not None else 0,
            ratio=(self._selector(ratio.match), self._selector(ratio.to)) if ratio is not None else (0, 0),
            after=tuple(self._selector(step.match) for step in condition.after),
            then_not=self._selector(then_not.match) if then_not is not None else 0,
            fired=self._chain(condition.fired.rule) if condition.fired is not None else 0,
            wait=wait,
        )
        self.needs.append(need_of(condition, bits))
        at = counts.index(condition.count) if condition.count is not None else 0
        chained = _chained(self._others[condition.fired.rule]) if condition.fired is not None else ()
        return CompiledCondition(condition, tuple(compile_gauges(condition, bits, at, chained)), wait)

    def _bit(self) -> int:
        bit, self._next = self._next, self._next << 1
        return bit

    def _add(self, name: str, matches: Matches, sources: Iterable[str], covers: Callable[[str], bool]) -> int:
        bit = self._named[name] = self._bit()
        self.found.append(Role(bit, matches, frozenset(sources), covers))
        return bit

    def _selector(self, selector: Selector) -> int:
        name = repr(selector)
        if name in self._named:
            return self._named[name]
        kinds = frozenset(selector.kinds)
        sources = selector.sources or ALL_SOURCES
        covers = kinds.__contains__ if kinds else self._rule.covers
        return self._add(name, compile_selector(selector), sources, covers)

    def _chain(self, id_: str) -> int:
        name = f"rule {id_}"
        if name in self._named:
            return self._named[name]
        other = self._others.get(id_)
        if other is None:
            raise ValueError(f"no rule has the id {id_!r}")
        matches = compile_selector(other.where or Selector())
        return self._add(name, matches, other.sources, other.covers)


def _chained(other: Rule) -> tuple[Chained, ...]:
    counts = (condition.count for condition in other.fires)
    return tuple(Chained(c.at_least, c.of, seconds(c.within)) for c in counts if c is not None)


def _reach_s(condition: Condition, others: Mapping[str, Rule]) -> float:
    """Return how far back a condition looks, seconds."""
    lengths = [part.within for part in (condition.count, condition.share, condition.ratio, condition.fresh) if part]
    reach = [seconds(length) for length in lengths]
    if condition.sources is not None:
        reach.append(seconds(condition.within))
    if condition.change is not None:
        reach.append(seconds(condition.change.within) + seconds(condition.change.against))
    if condition.then_not is not None:
        reach.append(seconds(condition.then_not.within) + _BEGUN_S)
    reach.append(sum(seconds(step.within) for step in condition.after))
    if condition.fired is not None:
        chained = _chained(others[condition.fired.rule])
        reach.append(seconds(condition.fired.within) + max((one.length_s for one in chained), default=0.0))
    return max(reach)
