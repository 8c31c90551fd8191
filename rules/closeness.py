"""Picks, of what a condition read, the moment that decided it or came closest, and puts it in words."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence

from rules.alert import GRADES, Grade, Text
from rules.compiling import CompiledRule
from rules.explanation import ConditionView, PartView, Role
from rules.gauges import CompiledCondition, Reading
from rules.phrases import condition_text
from rules.sifting import instant
from rules.tracing import Look
from rules.window import TIMER
from rules.wording import GRADE_NAMES

OF_A_MOMENT = frozenset({"count", "share", "ratio", "change", "sources", "fired", "holiday", "context"})
"""Parts that say something of any moment, not only of an event."""

Reads = Callable[[Look], Sequence[Reading]]


def closeness(condition: CompiledCondition, readings: Sequence[Reading]) -> float:
    """Return how near a condition is to being met, in [0, 1]: the mean over its parts, 1 only when all are met."""
    return math.fsum(map(_share, condition.gauges, readings)) / max(1, len(readings))


def _share(gauge: object, reading: Reading) -> float:
    if reading.met:
        return 1.0
    value, threshold = float(reading.value), reading.threshold
    if getattr(gauge, "at_most", False):
        return 0.99 * threshold / value if value > 0 and math.isfinite(value) else 0.0
    return min(0.99, max(0.0, value) / threshold) if threshold > 0 else 0.0


def closest(condition: CompiledCondition, looks: Iterable[Look], reads: Reads) -> Look | None:
    """Return the look at which a condition came closest, the last of several; only a timer tells what did not come."""
    fitting = [look for look in looks if reads(look) and (not condition.wait or look.moment.item.roles & TIMER)]
    return max(reversed(fitting), key=lambda look: closeness(condition, reads(look)), default=None)


def part_views(
    condition: CompiledCondition, readings: Sequence[Reading] | None, then: Sequence[Reading] | None = None
) -> tuple[PartView, ...]:
    """Return the parts of a condition as they were read, and as they stood at the moment asked about.

    Without readings every part is told with nothing read.
    """
    views = []
    for n, gauge in enumerate(condition.gauges):
        read = readings[n] if readings is not None else None
        later = then[n].value if then is not None and gauge.part in OF_A_MOMENT else None
        views.append(
            PartView(
                part=gauge.part,
                what=gauge.what,
                value=_finite(read.value) if read is not None else None,
                threshold=float(gauge.threshold),
                met=read is not None and read.met,
                at_most=gauge.at_most,
                then=_finite(later),
            )
        )
    return tuple(views)


def _finite(value: float | None) -> float | None:
    return float(value) if value is not None and math.isfinite(value) else None


def fires_view(condition: CompiledCondition, base: Grade, look: Look | None, n: int) -> ConditionView:
    """Return the condition to fire with number `n` as it was read at a look."""
    readings = look.fires[n] if look is not None else None
    return _view("fires", condition_text(condition.condition), _to(base), condition, look, readings)


def step_views(compiled: CompiledRule, pick: Callable[[int], Look | None]) -> list[ConditionView]:
    """Return every raise and lower as it was read at the look `pick` gives for its number."""
    views = []
    for n, condition in enumerate(compiled.steps):
        role, because, effect = step_text(compiled, n)
        look = pick(n)
        views.append(_view(role, because, effect, condition, look, look.steps[n] if look is not None else None))
    return views


def step_text(compiled: CompiledRule, n: int) -> tuple[Role, Text, Text]:
    """Return of the raise or lower with number `n` which it is, why it is, and what it does."""
    raises = len(compiled.raises)
    if n >= raises:
        lower = compiled.lowers[n - raises]
        return "lowers", lower.because, Text(f"降{lower.by}级", f"down by {lower.by}")
    step = compiled.raises[n]
    effect = _to(step.to) if step.to is not None else Text(f"升{step.by}级", f"up by {step.by}")
    return "raises", step.because, effect


def _to(grade: Grade) -> Text:
    name = GRADE_NAMES[grade]
    return Text(f"定为{name.zh}" if grade is GRADES[0] else f"至{name.zh}", f"to {name.en}")


def _view(
    role: Role,
    says: Text,
    effect: Text,
    condition: CompiledCondition,
    look: Look | None,
    readings: Sequence[Reading] | None,
) -> ConditionView:
    return ConditionView(
        role=role,
        says=says,
        effect=effect,
        met=readings is not None and bool(readings) and all(reading.met for reading in readings),
        at=instant(look.t) if look is not None else None,
        parts=part_views(condition, readings),
    )
