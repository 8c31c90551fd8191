"""What types cannot say about a rule: parts that exclude or need each other, and parts that would do nothing."""

from __future__ import annotations

import string
from collections.abc import Iterator
from itertools import pairwise

from detectors.detector import detector_types
from rules.alert import Grade, Text
from rules.chance import budget_of
from rules.check_clocks import supervision_faults
from rules.check_conditions import condition_faults
from rules.check_examples import examples_faults
from rules.check_selectors import RuleFault, Vocabulary, fault, length_faults, selector_faults, unknown
from rules.reading import nearest
from rules.rule import Owner, Rule, Tail, seconds

__all__ = ["RuleFault", "Vocabulary", "rule_faults"]

_SAMPLES = {
    **dict.fromkeys(("n", "threshold", "events", "reporters", "spots"), 1),
    **dict.fromkeys(("window", "place", "kind", "sources", "expected"), "x"),
}
_OF_EVENTS = ("where", "together", "radius_m", "alike", "grade", "maximum", "raises", "lowers")
_OF_ALERTS = ("kinds", "not_kinds", "where", "radius_m", "alike", "grade", "maximum", "lowers", "owners", "advice")


def rule_faults(rule: Rule, known: Vocabulary) -> list[RuleFault]:
    """List what is wrong with `rule`; empty when it can be used."""
    faults = [
        found
        for name, named in (("kinds", rule.kinds), ("not_kinds", rule.not_kinds))
        for found in unknown(named, known.kinds, f"$.{name}", "kind")
    ]
    faults += _shape(rule)
    faults += _grading(rule)
    if rule.where is not None:
        faults += selector_faults(rule.where, "$.where", rule, known, counted=True)
    for index, condition in enumerate(rule.fires):
        faults += condition_faults(condition, f"$.fires[{index}]", rule, known, fires=True)
    for index, step in enumerate(rule.raises):
        faults += condition_faults(step.when, f"$.raises[{index}].when", rule, known, fires=False)
    for index, lower in enumerate(rule.lowers):
        faults += condition_faults(lower.when, f"$.lowers[{index}].when", rule, known, fires=False)
    if rule.tail is not None:
        faults += _tail(rule.tail)
    return [
        *faults,
        *_owners(rule, known),
        *_clocks(rule),
        *_texts(rule),
        *_templates(rule),
        *examples_faults(rule, known),
    ]


def _shape(rule: Rule) -> Iterator[RuleFault]:
    if rule.kinds and rule.not_kinds:
        yield fault("$.not_kinds", "give `kinds` or `not_kinds`, not both", "$.kinds", "$.not_kinds")
    if sum([bool(rule.fires), rule.signal is not None, bool(rule.modifies)]) != 1:
        said = "a rule has exactly one of `fires`, `signal` and `modifies`"
        yield fault("$", said, "$.fires", "$.signal", "$.modifies")
    if rule.radius_m is not None and rule.alike is not None:
        yield fault("$.alike", "give `radius_m` or `alike`: one says what belongs together", "$.alike", "$.radius_m")
    if (rule.signal is None) != (rule.tail is None):
        yield fault("$.tail", "`signal` and `tail` go together", "$.signal", "$.tail")
    if rule.signal is not None and rule.signal not in detector_types():
        close = nearest(rule.signal, detector_types())
        yield fault(
            "$.signal", f"no detector is called {rule.signal!r}{close}; there are {', '.join(detector_types())}"
        )
    if rule.modifies and not rule.raises and rule.unsigned is None:
        yield fault("$.raises", "a modifier without `raises` or `unsigned` does nothing")
    if rule.unsigned is not None and not rule.modifies:
        yield fault("$.unsigned", "is for modifiers: say in `modifies` whose alerts it is about, or [all]")
    idle = _OF_EVENTS if rule.signal is not None else _OF_ALERTS if rule.modifies else ()
    what = "a rule of signals" if rule.signal is not None else "a modifier"
    yield from (fault(f"$.{name}", f"does nothing in {what}") for name in idle if getattr(rule, name))
    if not rule.sources:
        yield fault("$.sources", "without any source the rule sees nothing; leave `sources` out for all of them")
    yield from length_faults(rule.quiet, "$.quiet")


def _grading(rule: Rule) -> Iterator[RuleFault]:
    """Yield what is wrong with the way the grade goes up and down."""
    if rule.fires and rule.grade is None:
        yield fault("$.grade", "a rule that fires needs a grade: blue, yellow, orange or red")
    if rule.maximum is not None and rule.grade is not None and rule.maximum.rank < rule.grade.rank:
        said = f"{rule.maximum.value} is below the rule's own {rule.grade.value}"
        yield fault("$.maximum", said, "$.maximum", "$.grade")
    for index, step in enumerate(rule.raises):
        path = f"$.raises[{index}]"
        if (step.to is None) == (step.by is None):
            yield fault(path, "give one of `to` (a grade) and `by` (steps)", f"{path}.to", f"{path}.by")
        if step.to is not None and rule.grade is not None and step.to.rank <= rule.grade.rank:
            said = f"{step.to.value} is not above the rule's own {rule.grade.value}"
            yield fault(f"{path}.to", said, f"{path}.to", "$.grade")
        if step.to is not None and rule.maximum is not None and step.to.rank > rule.maximum.rank:
            said = f"{step.to.value} is above the rule's maximum {rule.maximum.value}: it is never reached"
            yield fault(f"{path}.to", said, f"{path}.to", "$.maximum")
    if rule.lowers and rule.grade is Grade.BLUE and not rule.raises:
        yield fault("$.lowers", "blue does not get lower", "$.lowers", "$.grade", "$.raises")


def _tail(tail: Tail) -> Iterator[RuleFault]:
    given = [(name, p) for name in ("blue", "yellow", "orange", "red") if (p := getattr(tail, name)) is not None]
    yield from (fault(f"$.tail.{name}", "a probability is between 0 and 1") for name, p in given if not 0 < p < 1)
    if tail.budget is not None:
        yield from (
            fault(f"$.tail.{name}", "the budget decides", f"$.tail.{name}", "$.tail.budget") for name, _ in given
        )
        try:
            budget_of(tail.budget)
        except ValueError as error:
            yield fault("$.tail.budget", str(error))
    elif not given:
        yield fault("$.tail", "give a probability for at least one grade, or a budget")
    for (lower, p), (higher, q) in pairwise(given):
        if q > p:
            said = f"must not be larger than that of {lower}"
            yield fault(f"$.tail.{higher}", said, f"$.tail.{higher}", f"$.tail.{lower}")


def _owners(rule: Rule, known: Vocabulary) -> Iterator[RuleFault]:
    """Yield entries of the owner list that name nothing, or that another one stands in front of."""
    for index, owner in enumerate(rule.owners):
        path = f"$.owners[{index}]"
        yield from unknown(owner.kinds, known.kinds, f"{path}.kinds", "kind")
        for n, kind in enumerate(owner.kinds):
            if kind in known.kinds and not rule.covers(kind):
                yield fault(f"{path}.kinds[{n}]", f"the rule does not look at {kind!r}", path, "$.kinds", "$.not_kinds")
        before = next((n for n, other in enumerate(rule.owners[:index]) if _fits_all_of(other, owner)), None)
        if before is not None:
            said = f"is never reached: $.owners[{before}] fits everything it fits; put the narrower one first"
            yield fault(path, said, path, f"$.owners[{before}]")
        if not owner.zh or not owner.en:
            yield fault(path, "give the name in zh and en")


def _fits_all_of(first: Owner, second: Owner) -> bool:
    kinds = not first.kinds or (bool(second.kinds) and set(second.kinds) <= set(first.kinds))
    areas = not first.areas or (bool(second.areas) and set(second.areas) <= set(first.areas))
    return kinds and areas


def _clocks(rule: Rule) -> Iterator[RuleFault]:
    sign, on_site = rule.clocks.sign, rule.clocks.on_site
    for name, length in (("sign", sign), ("on_site", on_site)):
        if length is not None:
            yield from length_faults(length, f"$.clocks.{name}")
    if sign is not None and on_site is not None and seconds(on_site) < seconds(sign):
        parts = ("$.clocks.on_site", "$.clocks.sign")
        yield fault(parts[0], f"{on_site} is before the {sign} until it is signed", *parts)
    if rule.clocks.confirm is not None and not rule.check:
        yield fault("$.clocks.confirm", "does nothing without `check: true`", "$.clocks.confirm", "$.check")
    if rule.supervision is not None:
        yield from supervision_faults(rule.supervision, alone=rule.unsigned is None)


def _texts(rule: Rule) -> Iterator[RuleFault]:
    """Yield sentences that are there in one language only."""
    if not rule.name.zh or not rule.name.en:
        yield fault("$.name", "give the name in zh and en")
    told: list[tuple[str, Text]] = [("$.why", rule.why), ("$.owner", rule.owner), ("$.plan", rule.plan)]
    told += [(f"$.advice[{index}]", text) for index, text in enumerate(rule.advice)]
    for path, text in told:
        if bool(text.zh) != bool(text.en):
            yield fault(path, f"is missing in {'en' if text.zh else 'zh'}")
    changes = [(f"$.raises[{i}]", step.because) for i, step in enumerate(rule.raises)]
    changes += [(f"$.lowers[{i}]", step.because) for i, step in enumerate(rule.lowers)]
    for path, text in changes:
        if not text.zh or not text.en:
            yield fault(f"{path}.because", "say why in zh and en: it stands on the alert")


def _templates(rule: Rule) -> Iterator[RuleFault]:
    for path, template in (("$.why.zh", rule.why.zh), ("$.why.en", rule.why.en)):
        try:
            named = {name for _, name, _, _ in string.Formatter().parse(template) if name is not None}
            strange = sorted(named - _SAMPLES.keys())
            if not strange:
                template.format(**_SAMPLES)
        except (ValueError, IndexError, KeyError) as error:
            yield fault(path, f"not a template: {error}")
            continue
        known = ", ".join(sorted(_SAMPLES))
        for name in strange:
            yield fault(path, f"no value is called {name!r}; there are {known}")
