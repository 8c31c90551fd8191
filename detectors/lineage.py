"""Of one surge in an area, the areas in it and the area around it, which one speaks."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from detectors.cells import Key
from detectors.pools import Expectation

_HALF = 0.5


@dataclass(frozen=True)
class Member:
    """One area's count of a kind in a window.

    Parameters
    ----------
    key, count, expected
        What was counted, and the predictive distribution.
    p_value, by_chance
        Of the count, as in `detectors.signal.Signal`.
    extreme
        The count is one to be reported, as far as this area goes.
    within
        Area that holds it and has a baseline of its own; ``""`` for those that have one themselves.

    """

    key: Key
    count: int
    expected: Expectation
    p_value: float
    by_chance: float
    extreme: bool
    within: str = ""


@dataclass(frozen=True)
class Voices:
    """Who speaks of a surge.

    Parameters
    ----------
    speaking
        Keys that do, with the levels around them that are up as well and leave it to them.
    left_to
        Level that speaks instead, by the key that does not.

    """

    speaking: dict[Key, tuple[str, ...]]
    left_to: dict[Key, str]


def voices(top: Member | None, areas: Sequence[Member], places: Sequence[Member], alpha: float, least: int) -> Voices:
    """Return who speaks: the smallest areas that explain a surge; the larger one where it is all over it.

    Where taking the excess of the areas inside out of what a larger one has leaves no surge, they speak for it.
    Otherwise it speaks itself, and of the areas inside only those that are less likely than it is as a whole, even if
    everything in them has multiplied as the rest of it has.

    Parameters
    ----------
    top
        The whole district.
    areas
        Areas with baselines of their own.
    places
        What lies within those.
    alpha
        Largest p-value reported.
    least
        Events an area must have to speak for a larger one.

    """
    speaking: dict[Key, tuple[str, ...]] = {}
    inside = {area.key[2]: [p for p in places if p.extreme and p.within == area.key[2]] for area in areas}
    for area in areas:
        speaking.update(_between(area, inside[area.key[2]], alpha, least))
    if top is not None and top.extreme:
        below = [m for m in (*areas, *places) if m.key in speaking]
        apart = {area.key[2] for area in areas if area.key in speaking}
        units = [member for member in below if member.within not in apart]
        if units and _explained(top, units, alpha, least):
            speaking = {key: (*also, top.key[1]) for key, also in speaking.items()}
        else:
            speaking = {m.key: speaking[m.key] for m in below if _stands_out(m, top, alpha)}
            speaking[top.key] = ()
    return Voices(speaking, _left(top, areas, places, speaking))


def _between(area: Member, inside: Sequence[Member], alpha: float, least: int) -> dict[Key, tuple[str, ...]]:
    found: dict[Key, tuple[str, ...]] = {}
    if area.extreme and inside and _explained(area, inside, alpha, least):
        found.update((member.key, (area.key[1],)) for member in inside)
    elif area.extreme:
        found[area.key] = ()
        found.update((member.key, ()) for member in inside if _stands_out(member, area, alpha))
    else:
        found.update((member.key, ()) for member in inside)
    return found


def _explained(whole: Member, parts: Iterable[Member], alpha: float, least: int) -> bool:
    """Tell whether no surge is left of a whole without the excess of its parts."""
    excess = math.fsum(part.count - part.expected.mean for part in parts if part.count >= least)
    return whole.expected.p_value(max(math.ceil(whole.count - excess), 0)) > alpha


def _stands_out(part: Member, whole: Member, alpha: float) -> bool:
    """Tell whether a part is a surge of its own in a whole that has one."""
    if part.p_value >= whole.p_value:
        return False
    rest = max(whole.expected.mean - part.expected.mean, 0.0)
    times = max((whole.count - part.count + _HALF) / (rest + _HALF), 1.0)
    return replace(part.expected, mean=part.expected.mean * times).p_value(part.count) <= alpha


def _left(
    top: Member | None, areas: Sequence[Member], places: Sequence[Member], speaking: dict[Key, tuple[str, ...]]
) -> dict[Key, str]:
    """Return which level tells what the silent ones do not."""
    around = "" if top is None else top.key[1]
    found = {}
    for area in areas:
        inside = [p.key for p in places if p.within == area.key[2]]
        told = next((key[1] for key in inside if key in speaking), around)
        found[area.key] = told
        found.update((key, area.key[1] if area.key in speaking else around) for key in inside)
    if top is not None:
        found[top.key] = next((key[1] for key in sorted(speaking)), around)
    extreme = {m.key for m in (*areas, *places, *(() if top is None else (top,))) if m.extreme}
    return {key: level for key, level in found.items() if key in extreme and key not in speaking}
