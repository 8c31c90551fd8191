"""What rules say of each other: ids that are unique, modifiers and chains that name rules there are."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from rules.condition import Condition, Count
from rules.reading import At, nearest
from rules.rule import Rule
from rules.rulefile import RuleFile


def across_faults(read: Sequence[RuleFile]) -> None:
    """Add to the files what is wrong between them."""
    owner = _owners(read)
    if all(file.knows_id for file in read):  # else the rule that is meant may be the one whose id cannot be read
        for file in read:
            for at, id_ in _named(file):
                if id_ not in owner:
                    file.fault(at, f"no rule has the id {id_!r}{nearest(id_, owner)}")
    rules = {id_: file.rule for id_, file in owner.items() if file.rule is not None and not file.faults}
    for file in read:
        for at, id_ in chains_of(file.rule):
            for message in _chain(file.rule, rules.get(id_)):
                file.fault(at, message)


def _owners(read: Sequence[RuleFile]) -> dict[str, RuleFile]:
    """Return the file of every id that could be read; say where an id stands twice."""
    owner: dict[str, RuleFile] = {}
    for file in read:
        if file.rule is None or not file.knows_id:
            continue
        if file.rule.id in owner:
            file.fault(("id",), f"{file.rule.id!r} is also the id of {owner[file.rule.id].name}")
        owner.setdefault(file.rule.id, file)
    return owner


def _named(file: RuleFile) -> Iterator[tuple[At, str]]:
    """Yield place and id of every other rule a file names."""
    for index, id_ in enumerate(file.rule.modifies if file.rule is not None else ()):
        if id_ and id_ != "all":
            yield ("modifies", index), id_
    yield from chains_of(file.rule)


def chains_of(rule: Rule | None) -> Iterator[tuple[At, str]]:
    """Yield place and id of every other rule that `rule` asks about in `fired`."""
    if rule is None:
        return
    whens: list[tuple[At, Condition]] = [(("fires", n), condition) for n, condition in enumerate(rule.fires)]
    whens += [(("raises", n, "when"), step.when) for n, step in enumerate(rule.raises)]
    whens += [(("lowers", n, "when"), lower.when) for n, lower in enumerate(rule.lowers)]
    for at, condition in whens:
        if condition.fired is not None:
            yield (*at, "fired", "rule"), condition.fired.rule


def _chain(rule: Rule | None, other: Rule | None) -> Iterator[str]:
    """Yield why `rule` cannot tell whether `other` fired."""
    if rule is None or other is None:
        return
    if other.id == rule.id:
        yield "is this rule itself: count within a longer window instead"
        return
    yield from _unanswerable(other)
    if rule.alike is not None:
        yield "a rule that groups by `alike` cannot ask about another"
    elif rule.radius_m is None and other.per != rule.per:
        yield f"{other.id!r} groups per {other.per}, this rule per {rule.per}: they must be the same"
    if not rule.together and len(rule.kinds) != 1 and other.kinds != rule.kinds:
        yield f"each kind of this rule is a group of its own and never meets those of {other.id!r}: `together: true`"


def _unanswerable(other: Rule) -> Iterator[str]:
    """Yield why no chain can tell whether a rule fired."""
    if other.status not in {"active", "shadow"}:
        yield f"{other.id!r} is {other.status}: it never fires"
    if not other.fires or any(condition != Condition(count=condition.count) for condition in other.fires):
        yield f"{other.id!r} does not fire by counts alone: a chain can only ask about a rule that does"
    elif any((condition.count or Count(at_least=1)).at == "spot" for condition in other.fires):
        yield f"{other.id!r} counts at each spot: a chain counts the whole group"
    for name in ("radius_m", "alike"):
        if getattr(other, name) is not None:
            yield f"{other.id!r} groups by `{name}`: a chain can only ask about a rule that groups by area"
