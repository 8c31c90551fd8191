"""The grade that follows from what was met: raises, the maximum, lowers."""

from __future__ import annotations

from collections.abc import Sequence

from rules.compiling import CompiledRule


def grade_at(compiled: CompiledRule, start: float, reached: tuple[float | None, ...]) -> tuple[int, float]:
    """Return the rank that follows from what was reached, and since when it holds.

    Parameters
    ----------
    compiled
        Base grade, raises, lowers and maximum.
    start
        Event time of the first hit.
    reached
        Event times at which the raises and then the lowers were met, ``None`` for those not met.

    """
    rank = compiled.rule.grade.rank if compiled.rule.grade else 0
    since = start
    met: list[int] = []
    for t, index in sorted((t, index) for index, t in enumerate(reached) if t is not None):
        met.append(index)
        now = rank_of(compiled, met)
        if now != rank:
            rank, since = now, t
    return rank, since


def rank_of(compiled: CompiledRule, met: Sequence[int]) -> int:
    """Return the rank once these raises and lowers are met: named grades, then steps up, the maximum, steps down."""
    base, most = compiled.rule.grade, compiled.rule.maximum
    raises = len(compiled.raises)
    named, steps, down = base.rank if base else 0, 0, 0
    for index in met:
        if index < raises:
            to = compiled.raises[index].to
            named = max(named, to.rank if to is not None else 0)
            steps += compiled.raises[index].by or 0
        else:
            down += compiled.lowers[index - raises].by
    return max(0, min(3, named + steps, most.rank if most is not None else 3) - down)
