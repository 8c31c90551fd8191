"""Events per area against the area's own usual, and how far above it that is. Pure."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Literal, NamedTuple

from rules.alert import Text
from streams.board.heat import Heat

Span = Literal["hour", "day", "week"]
HOUR_S, DAY_S = 3_600.0, 86_400.0
SECONDS: dict[Span, float] = {"hour": HOUR_S, "day": DAY_S, "week": 7 * DAY_S}
STEPS = 5
"""Fills ``h0`` (nothing) to ``h4``."""
_DAYS_BACK = 7
_FEWEST_DAYS = 3
_ABOVE = (1.25, 2.0, 3.0)
_FEW = 2.0
_SHARES = (0.15, 0.4, 0.7)


class Warmth(NamedTuple):
    """Events of a span per area, how many it usually has where that is known, and the limits of the fills."""

    counts: Mapping[str, int]
    usual: Mapping[str, float] | None
    limits: tuple[int, ...]

    def fill(self, area: str) -> str:
        """Return the fill of an area: how far above its usual it is, else how many there were."""
        n = self.counts.get(area, 0)
        if not n:
            return "h0"
        if self.usual is None:
            return f"h{1 + sum(n > limit for limit in self.limits)}"
        usual = self.usual.get(area, 0.0)
        if n - usual < _FEW:
            return "h1"
        return f"h{1 + sum(n > times * usual for times in _ABOVE)}"

    def legend(self) -> list[tuple[str, Text]]:
        """Return the fills with what they mean."""
        zero = ("h0", Text("0起", "none"))
        if self.usual is not None:
            names = (
                Text("常态", "as usual"),
                Text("偏高，至2倍", "up to twice"),
                Text("2–3倍", "2–3 times"),
                Text("超过3倍", "over 3 times"),
            )
            return [zero, *((f"h{n}", name) for n, name in enumerate(names, 1))]
        found = [zero]
        low = 1
        for n, high in enumerate((*self.limits, None), 1):
            if high is None:
                found.append((f"h{n}", Text(f"≥{low}起", f"{low} or more")))
            elif high >= low:
                text = f"{low}–{high}" if high > low else f"{low}"
                found.append((f"h{n}", Text(f"{text}起", text)))
                low = high + 1
        return found


def warmth(
    heat: Heat,
    span: Span,
    at: float,
    areas: Collection[str],
    kinds: Collection[str] | None,
    norms: Mapping[str, float] | None = None,
) -> Warmth:
    """Return how many events there were in the span before a time.

    The usual is the mean of the same span on the days before, at most seven and at least three of them; of a day or a
    week with fewer known days it is what the index knows as normal, and if that does not either there is none.

    Parameters
    ----------
    heat
        The events.
    span, at
        Which span, and when it ends, epoch seconds.
    areas
        Ids of the areas shown.
    kinds
        Only events of these kinds.
    norms
        Events a day that are normal for an area, of all kinds, as the index knows it.

    """
    length, exact = SECONDS[span], span == "hour"
    counts = heat.count(at - length, at, kinds, exact=exact)
    usual = _mean(heat, span, at, kinds)
    if usual is None and kinds is None and norms and span != "hour":
        usual = {area: norm * length / DAY_S for area, norm in norms.items()}
    return Warmth(counts, usual, _limits([counts.get(area, 0) for area in areas]))


def _mean(heat: Heat, span: Span, at: float, kinds: Collection[str] | None) -> dict[str, float] | None:
    length = SECONDS[span]
    if heat.oldest is None or span == "week":
        return None
    ends = [at - DAY_S * n for n in range(1, _DAYS_BACK + 1) if at - DAY_S * n - length >= heat.oldest]
    if len(ends) < _FEWEST_DAYS:
        return None
    found: dict[str, int] = {}
    for end in ends:
        for area, n in heat.count(end - length, end, kinds, exact=span == "hour").items():
            found[area] = found.get(area, 0) + n
    return {area: n / len(ends) for area, n in found.items()}


def _limits(counts: Collection[int]) -> tuple[int, ...]:
    """Return the highest numbers of the first three fills, as the largest count asks."""
    most = max(counts, default=0)
    limits = [max(n, round(most * share)) for n, share in enumerate(_SHARES, 1)]
    return tuple(limits)
