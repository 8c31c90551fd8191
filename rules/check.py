"""What types cannot say about a rule: parts that exclude or need each other."""

from __future__ import annotations

import difflib
import string
from collections.abc import Iterable
from itertools import pairwise

from rules.rule import Condition, Rule, Tail, seconds

_FIELDS = {"n", "threshold", "window", "place", "kind", "events", "reporters", "sources", "expected", "spots"}
_LONGEST_S = 400 * 86400.0


def rule_faults(rule: Rule, kinds: frozenset[str]) -> list[tuple[str, str]]:
    """List what is wrong with `rule` as (JSONPath, sentence) pairs; empty when it can be used."""
    faults = [
        (f"$.kinds[{index}]", f"the taxonomy has no kind {kind!r}{nearest(kind, kinds)}")
        for index, kind in enumerate(rule.kinds)
        if kind not in kinds
    ]
    faults += [
        (f"$.not_kinds[{index}]", f"the taxonomy has no kind {kind!r}{nearest(kind, kinds)}")
        for index, kind in enumerate(rule.not_kinds)
        if kind not in kinds
    ]
    faults += _shape(rule)
    for index, condition in enumerate(rule.fires):
        faults += _condition(condition, f"$.fires[{index}]")
        if condition.holiday or condition.lasting or condition.spots:
            faults.append((f"$.fires[{index}]", "holiday, lasting and spots can raise an alert, not fire it"))
    for index, step in enumerate(rule.raises):
        path = f"$.raises[{index}]"
        faults += _condition(step.when, f"{path}.when")
        if (step.to is None) == (step.by is None):
            faults.append((path, "give one of `to` (a grade) and `by` (steps)"))
        if step.to is not None and rule.grade is not None and step.to.rank <= rule.grade.rank:
            faults.append((f"{path}.to", f"{step.to.value} is not above the rule's own {rule.grade.value}"))
    if rule.tail is not None:
        faults += _tail(rule.tail)
    faults += _templates(rule)
    return faults


def _shape(rule: Rule) -> list[tuple[str, str]]:
    both = bool(rule.kinds and rule.not_kinds)
    forms = [bool(rule.fires), rule.signal is not None, bool(rule.modifies)]
    faults = [("$.not_kinds", "give `kinds` or `not_kinds`, not both")] if both else []
    if sum(forms) != 1:
        faults.append(("$", "a rule has exactly one of `fires`, `signal` and `modifies`"))
    if rule.fires and rule.grade is None:
        faults.append(("$.grade", "a rule that fires needs a grade"))
    if (rule.signal is None) != (rule.tail is None):
        faults.append(("$.tail", "`signal` and `tail` go together"))
    if rule.modifies and not rule.raises:
        faults.append(("$.raises", "a modifier without raises does nothing"))
    if not rule.name.zh or not rule.name.en:
        faults.append(("$.name", "give the name in zh and en"))
    if not 0 < seconds(rule.quiet) <= _LONGEST_S:
        faults.append(("$.quiet", "must be more than 0 and at most 400d"))
    return faults


def _condition(condition: Condition, path: str) -> list[tuple[str, str]]:
    faults = []
    given = (condition.count, condition.sources, condition.tags, condition.scenes, condition.number)
    if not any(given) and not (condition.lasting or condition.spots or condition.holiday):
        faults.append((path, "an empty condition: give count, sources, tags, scenes, number, lasting…"))
    count = condition.count
    if count is not None:
        within = seconds(count.within)
        if count.at_least > 1 and within <= 0:
            faults.append((f"{path}.count.within", "more than one needs a window, such as `within: 30min`"))
        if within > _LONGEST_S:
            faults.append((f"{path}.count.within", "windows are at most 400d: everything in a window is kept"))
        if count.of == "spots" and count.at == "spot":
            faults.append((f"{path}.count", "counting spots at each spot always gives 1"))
    return faults


def _tail(tail: Tail) -> list[tuple[str, str]]:
    given = [(name, p) for name in ("blue", "yellow", "orange", "red") if (p := getattr(tail, name)) is not None]
    faults = [(f"$.tail.{name}", "a probability is between 0 and 1") for name, p in given if not 0 < p < 1]
    if not given:
        faults.append(("$.tail", "give a probability for at least one grade"))
    for (lower, p), (higher, q) in pairwise(given):
        if q > p:
            faults.append((f"$.tail.{higher}", f"must not be larger than that of {lower}"))
    return faults


def _templates(rule: Rule) -> list[tuple[str, str]]:
    texts = [("$.why.zh", rule.why.zh), ("$.why.en", rule.why.en)]
    faults = []
    for path, template in texts:
        try:
            names = {name for _, name, _, _ in string.Formatter().parse(template) if name is not None}
        except ValueError as error:
            faults.append((path, f"not a template: {error}"))
            continue
        faults += [(path, f"no value is called {name!r}; there are {sorted(_FIELDS)}") for name in names - _FIELDS]
    return faults


def nearest(word: str, known: Iterable[str]) -> str:
    """Return a suggestion for a misspelt name, empty when nothing is close."""
    close = difflib.get_close_matches(word, sorted(known), n=1, cutoff=0.6)
    return f": did you mean {close[0]!r}?" if close else ""
