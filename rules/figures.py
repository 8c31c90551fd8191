"""Figures that look back over a group's events, and those that wait for what comes."""

from __future__ import annotations

from typing import NamedTuple

from rules.condition import Change, Fresh, Ratio, Share, Step
from rules.moment import Moment
from rules.selector import seconds
from rules.window import COUNTABLE, COUNTED, TIMER


class Chained(NamedTuple):
    """A window count of the rule a chain is about."""

    at_least: int
    of: str
    length_s: float


def share(moment: Moment, share: Share, bit: int) -> float:
    """Return the share of the counted events that match, 0 while there are too few."""
    counted = [x for x in moment.since(seconds(share.within)) if x.roles & COUNTED]
    if len(counted) < share.least:
        return 0.0
    return sum(bool(x.roles & bit) for x in counted) / len(counted)


def ratio(moment: Moment, ratio: Ratio, bits: tuple[int, int]) -> float:
    """Return how many events of one sort there are for each of the other, 0 while there are too few of that."""
    inside = moment.since(seconds(ratio.within))
    above, below = (sum(bool(x.roles & bit) for x in inside) for bit in bits)
    return above / below if below >= ratio.least else 0.0


def _usual(moment: Moment, change: Change) -> tuple[int, float]:
    """Return the count of the window and the mean of the windows before it."""
    length_s, before_s = seconds(change.within), seconds(change.against)
    horizon = moment.item.t - length_s
    counted = [x.t for x in moment.since(length_s + before_s) if x.roles & COUNTED]
    inside = sum(t > horizon for t in counted)
    return inside, (len(counted) - inside) * length_s / before_s


def spike(moment: Moment, change: Change) -> float:
    """Return how many times the usual count the window holds, 0 while it holds too few."""
    inside, usual = _usual(moment, change)
    if inside < change.least:
        return 0.0
    return inside / usual if usual else float(inside)  # never seen before: as if one was usual


def drop(moment: Moment, change: Change, wait: int) -> float:
    """Return, at a timer, which part of the usual count the window holds; infinite while nothing is usual."""
    if not moment.item.roles & wait:
        return float("inf")
    inside, usual = _usual(moment, change)
    return inside / usual if usual >= change.least else float("inf")


def fresh(moment: Moment, fresh: Fresh) -> bool:
    """Tell whether the value was not there before."""
    value_of = COUNTABLE[fresh.of]
    value = value_of(moment.item)
    if not value:
        return False
    earlier = (x for x in moment.since(seconds(fresh.within))[:-1] if x.roles & COUNTED)
    return not any(fresh.of == "events" or value_of(x) == value for x in earlier)


class Before(NamedTuple):
    """A step that has to come before another: its bit, how often, and within which time of the next, seconds."""

    bit: int
    at_least: int
    length_s: float


def befores(steps: tuple[Step, ...], bits: tuple[int, ...]) -> tuple[Before, ...]:
    """Return the steps in the order they are looked for: the last first."""
    pairs = zip(reversed(steps), reversed(bits), strict=True)
    return tuple(Before(bit, step.at_least, seconds(step.within)) for step, bit in pairs)


def after(moment: Moment, steps: tuple[Before, ...], reach_s: float) -> bool:
    """Tell whether the steps come before the item in order, each as soon after the last as it must."""
    inside = moment.since(reach_s)[:-1]
    later = [moment.item.t]  # possible times of the step that comes next
    for bit, at_least, length_s in steps:
        found = [x.t for x in inside if x.roles & bit]
        if len(found) < at_least:
            return False
        possible: set[float] = set()
        for t in later:
            before = [x for x in found if t - length_s <= x < t]
            possible.update(before[: max(0, len(before) - at_least + 1)])
        if not possible:
            return False
        later = sorted(possible)
    return True


def absent(moment: Moment, bit: int, wait: int, length_s: float) -> bool:
    """Tell, at a timer, whether nothing of the kind came since the event it was set by."""
    if not moment.item.roles & wait:
        return False
    return not any(x.roles & bit and not x.roles & TIMER for x in moment.since(length_s)[:-1])


def fired(moment: Moment, bit: int, chained: tuple[Chained, ...], ago_s: float) -> bool:
    """Tell whether another rule's count was reached in the time before the item."""
    longest_s = max((one.length_s for one in chained), default=0.0)
    members = [x for x in moment.since(ago_s + longest_s) if x.roles & bit]
    horizon = moment.item.t - ago_s
    for end, last in enumerate(members):
        if last.t <= horizon:
            continue
        for one in chained:
            value_of = COUNTABLE[one.of]
            window = (x for x in members[: end + 1] if x.t > last.t - one.length_s or x is last)
            if len({value_of(x) for x in window} - {""}) >= one.at_least:
                return True
    return False
