"""What is wrong with the examples of a rule before they are run: events that cannot be, names nobody knows."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from rules.check_conditions import context_faults
from rules.check_selectors import LONGEST_S, RuleFault, Vocabulary, fault, scene_faults, unknown
from rules.reading import nearest
from rules.rule import Example, Happening, Rule
from rules.selector import seconds

_DEEPEST = 3
_YEARS = range(2000, 2100)


def examples_faults(rule: Rule, known: Vocabulary) -> Iterator[RuleFault]:
    """Yield what is wrong with the examples of `rule` as they are written."""
    given = [("fires", rule.examples.fires), ("silent", rule.examples.silent)]
    for name, examples in given:
        for index, example in enumerate(examples):
            yield from _example(example, f"$.examples.{name}[{index}]", rule, known)
            path = f"$.examples.{name}[{index}]"
            for part in ("grade", "level"):
                if name == "silent" and getattr(example, part) is not None:
                    yield fault(f"{path}.{part}", f"an example that is silent has no {part}")
            for part in ("signed", "level"):
                if rule.unsigned is None and getattr(example, part) is not None:
                    yield fault(f"{path}.{part}", "is for rules about what nobody signed (`unsigned`)")


def _example(example: Example, path: str, rule: Rule, known: Vocabulary) -> Iterator[RuleFault]:
    if not example.name.strip():
        yield fault(f"{path}.name", "say what the example shows")
    if not example.events:
        yield fault(f"{path}.events", "an example without events shows nothing")
    if not _is_start(example.start):
        said = f"{example.start!r} is no local date and time of this century: write it such as 2026-10-01T09:00"
        yield fault(f"{path}.start", said)
    for at, length in [(f"{path}.then", example.then), *_times(example, path)]:
        if seconds(length) > 2 * LONGEST_S:
            yield fault(at, "an example is at most 800d long")
    if example.context is not None:
        yield from context_faults(example.context, f"{path}.context")
    for index, happening in enumerate(example.events):
        yield from _happening(happening, f"{path}.events[{index}]", rule, known)


def _is_start(start: str) -> bool:
    try:
        return not start or datetime.fromisoformat(start).year in _YEARS
    except ValueError:
        return False


def _times(example: Example, path: str) -> Iterator[tuple[str, str]]:
    for index, happening in enumerate(example.events):
        yield f"{path}.events[{index}].at", happening.at


def _happening(happening: Happening, path: str, rule: Rule, known: Vocabulary) -> Iterator[RuleFault]:
    if not happening.kind and not rule.kinds:
        yield fault(f"{path}.kind", "give the kind: the rule names none of its own", f"{path}.kind", "$.kinds")
    if happening.kind and happening.kind not in known.kinds:
        close = nearest(happening.kind, known.kinds)
        yield fault(f"{path}.kind", f"the taxonomy has no kind {happening.kind!r}{close}")
    yield from unknown(happening.tags, known.tags, f"{path}.tags", "tag")
    yield from scene_faults(happening.scenes, f"{path}.scenes")
    parts = happening.where.split("/")
    if len(parts) > _DEEPEST or not all(parts):
        yield fault(
            f"{path}.where", f"{happening.where!r} is no place: write spot, community/spot or street/community/spot"
        )
    for name in ("people", "injured", "depth_cm"):
        if getattr(happening, name) < 0:
            yield fault(f"{path}.{name}", "is less than 0")
