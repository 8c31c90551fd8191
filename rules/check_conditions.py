"""What is wrong with a condition: windows that cannot be, counts that never or always hold, parts out of place."""

from __future__ import annotations

from collections.abc import Iterator

from rules.check_selectors import (
    LONGEST_S,
    RuleFault,
    Vocabulary,
    fault,
    length_faults,
    number_faults,
    scene_faults,
    selector_faults,
    unknown,
)
from rules.condition import Change, Condition, Context, Count, Share
from rules.reading import nearest
from rules.rule import Rule
from rules.selector import seconds
from rules.weather import WARNINGS, known_warnings

_ONLY_RAISES = ("lasting", "spots")
_LONGEST_EPISODE_S = 30 * 86_400.0
_ONE_AT = {"street": {"streets"}, "community": {"streets", "communities"}, "grid": {"streets", "communities", "grids"}}
_ONE_AT["spot"] = {"streets", "communities", "grids", "spots"}


def condition_faults(
    condition: Condition, path: str, rule: Rule, known: Vocabulary, *, fires: bool
) -> Iterator[RuleFault]:
    """Yield what is wrong with one condition of `rule`.

    Parameters
    ----------
    condition, path
        The condition and where it stands.
    rule
        The rule it belongs to.
    known
        Kinds and marks it may name.
    fires
        It raises the alert; otherwise it raises or lowers a grade.

    """
    if condition == Condition():
        yield fault(path, "an empty condition: give count, match, after, sources, tags, scenes, number, lasting…")
    yield from _place(condition, path, rule, fires=fires)
    if condition.count is not None:
        yield from _count(condition.count, f"{path}.count", rule)
    yield from _figures(condition, path, rule, known)
    yield from _sequence(condition, path, rule, known)
    yield from unknown(condition.tags, known.tags, f"{path}.tags", "tag")
    yield from scene_faults(condition.scenes, f"{path}.scenes")
    yield from number_faults(condition.number, f"{path}.number")
    if condition.match is not None:
        yield from selector_faults(condition.match, f"{path}.match", rule, known, counted=True)
    if condition.lasting is not None:
        yield from length_faults(condition.lasting, f"{path}.lasting")
        if seconds(condition.lasting) > _LONGEST_EPISODE_S:
            yield fault(f"{path}.lasting", "an alert is begun anew after 30d: nothing lasts longer")
    if condition.context is not None:
        yield from context_faults(condition.context, f"{path}.context")


def _place(condition: Condition, path: str, rule: Rule, *, fires: bool) -> Iterator[RuleFault]:
    """Yield parts that stand where they mean nothing."""
    if fires and any(getattr(condition, name) for name in _ONLY_RAISES):
        parts = [f"{path}.{name}" for name in _ONLY_RAISES]
        yield fault(path, "lasting and spots are about an alert that is there: they can raise it, not fire it", *parts)
    if not fires and condition.then_not is not None:
        yield fault(f"{path}.then_not", "what does not follow can fire an alert, not change its grade")
    if not fires and condition.change is not None and condition.change.down_to is not None:
        said = "a drop is seen when nothing comes any more: it can fire an alert, not change its grade"
        yield fault(f"{path}.change.down_to", said)
    if condition.spots is not None and not rule.modifies and not _at_spots(rule):
        said = "needs a count with `at: spot` in the rule: count: {at_least: 5, within: 2h, at: spot}"
        yield fault(f"{path}.spots", said, f"{path}.spots", "$.fires", "$.raises")
    if condition.sources is None and condition.within != Condition().within:
        said = "belongs to `sources`; the window of a count is written inside it: count: {at_least: 3, within: 7d}"
        yield fault(f"{path}.within", said, f"{path}.within", f"{path}.sources")


def _at_spots(rule: Rule) -> bool:
    conditions = [*rule.fires, *(step.when for step in rule.raises), *(step.when for step in rule.lowers)]
    return any(condition.count is not None and condition.count.at == "spot" for condition in conditions)


def _count(count: Count, path: str, rule: Rule) -> Iterator[RuleFault]:
    within, at = seconds(count.within), f"{path}.within"
    if count.at_least > 1 and within <= 0:
        said = "more than one needs a window, such as `within: 30min`"
        yield fault(at, said, at, f"{path}.at_least")
    if within > LONGEST_S:
        yield fault(at, "windows are at most 400d: everything in a window is kept")
    if count.at == "spot" and (rule.radius_m is not None or rule.alike is not None):
        said = "is for rules that group by area; by distance or likeness there are no spots to count at"
        yield fault(f"{path}.at", said, f"{path}.at", "$.radius_m", "$.alike")
    if count.at_least > 1 and not rule.modifies:
        yield from _never(count, path, rule)


def _never(count: Count, path: str, rule: Rule) -> Iterator[RuleFault]:
    """Yield counts that can never be reached."""
    of, parts = f"{path}.of", (path, "$.per", "$.radius_m", "$.together", "$.kinds", "$.sources")
    level = "spot" if count.at == "spot" else rule.per if rule.radius_m is None else ""
    if count.of in _ONE_AT.get(level, set()):
        where = "at each spot" if count.at == "spot" else f"in one {rule.per}"
        yield fault(of, f"counting {count.of} {where} always gives 1", *parts)
    if count.of == "kinds" and not rule.together and len(rule.kinds) != 1:
        yield fault(of, "each kind is a group of its own: `together: true` counts them in one", *parts)
    most = {"kinds": len(rule.kinds), "sources": len(rule.sources)}.get(count.of, 0)
    if most and count.at_least > most:
        yield fault(f"{path}.at_least", f"the rule has {most} {count.of}: {count.at_least} is never reached", *parts)


def _figures(condition: Condition, path: str, rule: Rule, known: Vocabulary) -> Iterator[RuleFault]:
    share, ratio, fresh = condition.share, condition.ratio, condition.fresh
    if share is not None:
        yield from length_faults(share.within, f"{path}.share.within")
        yield from selector_faults(share.match, f"{path}.share.match", rule, known, counted=True)
        yield from _share(share, f"{path}.share")
    if ratio is not None:
        yield from length_faults(ratio.within, f"{path}.ratio.within")
        yield from selector_faults(ratio.match, f"{path}.ratio.match", rule, known, counted=False)
        yield from selector_faults(ratio.to, f"{path}.ratio.to", rule, known, counted=False)
        if ratio.match == ratio.to:
            yield fault(f"{path}.ratio.to", "is what `match` is: the ratio is always 1", f"{path}.ratio")
    if condition.change is not None:
        yield from _change(condition.change, f"{path}.change")
    if fresh is not None:
        yield from length_faults(fresh.within, f"{path}.fresh.within")


def _share(share: Share, path: str) -> Iterator[RuleFault]:
    if share.match == type(share.match)():
        yield fault(f"{path}.match", "is every event: its share is always 1", path)


def _change(change: Change, path: str) -> Iterator[RuleFault]:
    yield from length_faults(change.within, f"{path}.within")
    yield from length_faults(change.against, f"{path}.against")
    if (change.times is None) == (change.down_to is None):
        said = "give one of `times` (a spike) and `down_to` (a drop)"
        yield fault(path, said, f"{path}.times", f"{path}.down_to")
    within, against = seconds(change.within), seconds(change.against)
    parts = (f"{path}.against", f"{path}.within")
    if within > 0 and against % within:
        n = max(1, round(against / within))
        said = (
            f"{change.against} is no multiple of {change.within}: what is usual is a mean over whole windows, such as "
        )
        yield fault(parts[0], said + _length(n * within), *parts)
    if within + against > LONGEST_S:
        yield fault(parts[0], "`against` and `within` together are at most 400d", *parts)


def _length(length_s: float) -> str:
    """Return a length of time as it is written in a rule."""
    for size, unit in ((86_400.0, "d"), (3_600.0, "h"), (60.0, "min")):
        if length_s % size == 0:
            return f"{length_s / size:g}{unit}"
    return f"{length_s:g}s"


def _sequence(condition: Condition, path: str, rule: Rule, known: Vocabulary) -> Iterator[RuleFault]:
    for index, step in enumerate(condition.after):
        yield from length_faults(step.within, f"{path}.after[{index}].within")
        yield from selector_faults(step.match, f"{path}.after[{index}].match", rule, known, counted=False)
    if sum(seconds(step.within) for step in condition.after) > LONGEST_S:
        yield fault(f"{path}.after", "the steps together take at most 400d")
    if condition.then_not is not None:
        yield from length_faults(condition.then_not.within, f"{path}.then_not.within")
        yield from selector_faults(condition.then_not.match, f"{path}.then_not.match", rule, known, counted=False)
    if condition.fired is not None:
        yield from length_faults(condition.fired.within, f"{path}.fired.within")


def context_faults(context: Context, path: str) -> Iterator[RuleFault]:
    """Yield warnings nobody issues and empty names."""
    if context == Context():
        yield fault(path, "give weather, mode or event")
    known = {*WARNINGS, *known_warnings()}
    for index, name in enumerate(context.weather):
        if name not in known:
            close = nearest(name, known) or f"; known: {', '.join(WARNINGS)}, each also with its colour: rainstorm_red"
            yield fault(f"{path}.weather[{index}]", f"no warning is called {name!r}{close}")
    for index, name in enumerate(context.event):
        if not name.strip():
            yield fault(f"{path}.event[{index}]", "an empty name; `any` means whichever event")
