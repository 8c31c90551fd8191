"""What types cannot say about a rule: parts that exclude or need each other."""

from __future__ import annotations

import string
from itertools import pairwise
from typing import NamedTuple

from rules.reading import nearest
from rules.rule import Condition, Rule, Tail, seconds

_SAMPLES = {
    **dict.fromkeys(("n", "threshold", "events", "reporters", "spots"), 1),
    **dict.fromkeys(("window", "place", "kind", "sources", "expected"), "x"),
}
_LONGEST_S = 400 * 86400.0


class RuleFault(NamedTuple):
    """One thing that does not go together.

    Parameters
    ----------
    path
        JSONPath of the fault.
    message
        What is wrong.
    rests_on
        What it follows from, JSONPaths: where something there could not be read, this is no fault of its own.

    """

    path: str
    message: str
    rests_on: tuple[str, ...]


def _at(path: str, message: str, *rests_on: str) -> RuleFault:
    return RuleFault(path, message, rests_on or (path,))


def rule_faults(rule: Rule, kinds: frozenset[str]) -> list[RuleFault]:
    """List what is wrong with `rule`; empty when it can be used."""
    faults = [
        _at(f"$.{name}[{index}]", f"the taxonomy has no kind {kind!r}{nearest(kind, kinds)}")
        for name, named in (("kinds", rule.kinds), ("not_kinds", rule.not_kinds))
        for index, kind in enumerate(named)
        if kind not in kinds
    ]
    faults += _shape(rule)
    for index, condition in enumerate(rule.fires):
        path = f"$.fires[{index}]"
        faults += _condition(condition, path)
        if condition.holiday or condition.lasting or condition.spots:
            parts = [f"{path}.{name}" for name in ("holiday", "lasting", "spots")]
            faults.append(_at(path, "holiday, lasting and spots can raise an alert, not fire it", *parts))
    for index, step in enumerate(rule.raises):
        path = f"$.raises[{index}]"
        faults += _condition(step.when, f"{path}.when")
        if (step.to is None) == (step.by is None):
            faults.append(_at(path, "give one of `to` (a grade) and `by` (steps)", f"{path}.to", f"{path}.by"))
        if step.to is not None and rule.grade is not None and step.to.rank <= rule.grade.rank:
            said = f"{step.to.value} is not above the rule's own {rule.grade.value}"
            faults.append(_at(f"{path}.to", said, f"{path}.to", "$.grade"))
    if rule.tail is not None:
        faults += _tail(rule.tail)
    return faults + _templates(rule)


def _shape(rule: Rule) -> list[RuleFault]:
    faults = []
    if rule.kinds and rule.not_kinds:
        faults.append(_at("$.not_kinds", "give `kinds` or `not_kinds`, not both", "$.kinds", "$.not_kinds"))
    if sum([bool(rule.fires), rule.signal is not None, bool(rule.modifies)]) != 1:
        said = "a rule has exactly one of `fires`, `signal` and `modifies`"
        faults.append(_at("$", said, "$.fires", "$.signal", "$.modifies"))
    if rule.fires and rule.grade is None:
        faults.append(_at("$.grade", "a rule that fires needs a grade: blue, yellow, orange or red"))
    if (rule.signal is None) != (rule.tail is None):
        faults.append(_at("$.tail", "`signal` and `tail` go together", "$.signal", "$.tail"))
    if rule.modifies and not rule.raises:
        faults.append(_at("$.raises", "a modifier without raises does nothing"))
    if not rule.name.zh or not rule.name.en:
        faults.append(_at("$.name", "give the name in zh and en"))
    if not 0 < seconds(rule.quiet) <= _LONGEST_S:
        faults.append(_at("$.quiet", "must be more than 0 and at most 400d"))
    return faults


def _condition(condition: Condition, path: str) -> list[RuleFault]:
    faults = []
    given = (condition.count, condition.sources, condition.tags, condition.scenes, condition.number)
    if not any(given) and not (condition.lasting or condition.spots or condition.holiday):
        faults.append(_at(path, "an empty condition: give count, sources, tags, scenes, number, lasting…"))
    count = condition.count
    if count is not None:
        within, at = seconds(count.within), f"{path}.count.within"
        if count.at_least > 1 and within <= 0:
            said = "more than one needs a window, such as `within: 30min`"
            faults.append(_at(at, said, at, f"{path}.count.at_least"))
        if within > _LONGEST_S:
            faults.append(_at(at, "windows are at most 400d: everything in a window is kept"))
        if count.of == "spots" and count.at == "spot":
            parts = (f"{path}.count.of", f"{path}.count.at")
            faults.append(_at(f"{path}.count", "counting spots at each spot always gives 1", *parts))
    return faults


def _tail(tail: Tail) -> list[RuleFault]:
    given = [(name, p) for name in ("blue", "yellow", "orange", "red") if (p := getattr(tail, name)) is not None]
    faults = [_at(f"$.tail.{name}", "a probability is between 0 and 1") for name, p in given if not 0 < p < 1]
    if not given:
        faults.append(_at("$.tail", "give a probability for at least one grade"))
    for (lower, p), (higher, q) in pairwise(given):
        if q > p:
            said = f"must not be larger than that of {lower}"
            faults.append(_at(f"$.tail.{higher}", said, f"$.tail.{higher}", f"$.tail.{lower}"))
    return faults


def _templates(rule: Rule) -> list[RuleFault]:
    faults = []
    for path, template in (("$.why.zh", rule.why.zh), ("$.why.en", rule.why.en)):
        try:
            named = {name for _, name, _, _ in string.Formatter().parse(template) if name is not None}
            unknown = sorted(named - _SAMPLES.keys())
            if not unknown:
                template.format(**_SAMPLES)
        except (ValueError, IndexError, KeyError) as error:
            faults.append(_at(path, f"not a template: {error}"))
            continue
        known = ", ".join(sorted(_SAMPLES))
        faults += [
            _at(path, f"no value is called {name!r}; there are {known}{nearest(name, _SAMPLES)}") for name in unknown
        ]
    return faults
