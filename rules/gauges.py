"""Works conditions out: each part is a gauge, a figure read at one event and held against a threshold."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import NamedTuple

from rules.alert import Text
from rules.condition import Change, Condition, Fresh, Ratio, Share, Step, seconds
from rules.episode import Episode
from rules.phrases import part_texts
from rules.surroundings import Surroundings
from rules.window import COUNTABLE, COUNTED, TIMER, Item, time_of


class Moment:
    """What a condition is held against: one item, all before it, and the episode it falls into.

    Parameters
    ----------
    items, index
        The group's items in order, and which of them is meant.
    counts
        Value of every window count of the rule at it; empty for an item the rule does not count.
    near
        Where a rule groups by distance or likeness: the items up to it that are near it, in order.
    episode
        The episode, where there is one.
    around
        Calendar and declarations.

    """

    __slots__ = ("around", "counts", "episode", "index", "item", "items", "near")

    def __init__(
        self,
        items: list[Item],
        index: int,
        counts: list[int],
        near: list[Item] | None,
        episode: Episode | None,
        around: Surroundings,
    ) -> None:
        self.items = items
        self.index = index
        self.item = items[index]
        self.counts = counts
        self.near = near
        self.episode = episode
        self.around = around

    def since(self, length_s: float) -> list[Item]:
        """Return the items of the last `length_s` seconds up to this one, in order."""
        horizon = self.item.t - length_s
        if self.near is not None:
            return [x for x in self.near if x.t > horizon]
        start = bisect_right(self.items, horizon, hi=self.index, key=time_of)
        return self.items[start : self.index + 1]


class Reading(NamedTuple):
    """One part of a condition as it was read: its name, in words, value, threshold and whether it is met."""

    part: str
    what: Text
    value: float
    threshold: float
    met: bool


@dataclass(frozen=True, slots=True)
class Gauge:
    """One part of a condition.

    Parameters
    ----------
    part
        Its name in the language.
    what
        What it asks for, in words.
    value
        Reads it.
    threshold
        It is met at or above this; with `at_most`, at or below.

    """

    part: str
    what: Text
    value: Callable[[Moment], float]
    threshold: float = 1.0
    at_most: bool = False

    def met(self, moment: Moment) -> bool:
        """Tell whether it is met."""
        value = self.value(moment)
        return value <= self.threshold if self.at_most else value >= self.threshold

    def read(self, moment: Moment) -> Reading:
        """Return what it shows."""
        value = self.value(moment)
        met = value <= self.threshold if self.at_most else value >= self.threshold
        return Reading(self.part, self.what, value, self.threshold, met)


class CompiledCondition(NamedTuple):
    """A condition ready to be held against moments.

    Parameters
    ----------
    condition
        As the operator wrote it.
    gauges
        All must be met; the cheap ones first.
    wait
        Bit of the timer at which it is looked at, 0 when it is looked at at once.

    """

    condition: Condition
    gauges: tuple[Gauge, ...]
    wait: int

    def holds(self, moment: Moment) -> bool:
        """Tell whether every gauge is met."""
        for gauge in self.gauges:  # noqa: SIM110 - all() over a generator costs twice as much, and this runs per event
            if not gauge.met(moment):
                return False
        return True

    def read(self, moment: Moment) -> list[Reading]:
        """Return what every gauge shows."""
        return [gauge.read(moment) for gauge in self.gauges]


class Bits(NamedTuple):
    """Bits of an item's `roles` that the parts of one condition look for."""

    match: int = 0
    share: int = 0
    ratio: tuple[int, int] = (0, 0)
    after: tuple[int, ...] = ()
    then_not: int = 0
    fired: int = 0
    wait: int = 0


class Chained(NamedTuple):
    """A window count of the rule a chain is about."""

    at_least: int
    of: str
    length_s: float


def compile_gauges(condition: Condition, bits: Bits, count_at: int, chained: tuple[Chained, ...]) -> Iterator[Gauge]:
    """Yield the gauges of `condition`, the cheap ones first.

    Parameters
    ----------
    condition
        What to read.
    bits
        Where its selectors' answers are kept.
    count_at
        Position of its count among the rule's window counts.
    chained
        The counts of the rule named in `fired`.

    """
    texts = part_texts(condition)
    if condition.count is not None:
        yield Gauge("count", texts["count"], lambda m: m.counts[count_at] if m.counts else 0, condition.count.at_least)
    if condition.match is not None:
        yield Gauge("match", texts["match"], lambda m: bool(m.item.roles & bits.match))
    yield from _marks(condition, texts)
    yield from _course(condition, texts)
    yield from _figures(condition, bits, chained, texts)


def _marks(condition: Condition, texts: dict[str, Text]) -> Iterator[Gauge]:
    """Yield the gauges on what the event, or any of the episode, shows."""
    if condition.tags:
        tags = frozenset(condition.tags)
        yield Gauge("tags", texts["tags"], lambda m: not tags.isdisjoint((m.episode or m.item).tags))
    if condition.scenes:
        scenes = frozenset(condition.scenes)
        yield Gauge("scenes", texts["scenes"], lambda m: not scenes.isdisjoint(_scenes(m)))
    for name, least in condition.number.items():
        yield Gauge(name, texts[name], partial(_number, name), least)
    if condition.sources is not None:
        length_s = seconds(condition.within)
        yield Gauge("sources", texts["sources"], lambda m: _source_types(m, length_s), condition.sources)


def _course(condition: Condition, texts: dict[str, Text]) -> Iterator[Gauge]:
    """Yield the gauges on how the episode went and on what is around it."""
    if condition.lasting is not None:
        yield Gauge("lasting", texts["lasting"], _lasting, seconds(condition.lasting))
    if condition.spots is not None:
        yield Gauge("spots", texts["spots"], lambda m: m.episode.spots if m.episode else 0, condition.spots)
    if condition.holiday:
        yield Gauge("holiday", texts["holiday"], lambda m: m.around.holiday(m.episode.start if m.episode else m.item.t))
    if condition.context is not None:
        context = condition.context
        yield Gauge("context", texts["context"], lambda m: m.around.holds(context, m.item.place, m.item.t))


def _figures(condition: Condition, bits: Bits, chained: tuple[Chained, ...], texts: dict[str, Text]) -> Iterator[Gauge]:
    """Yield the gauges that look back over the group's items."""
    if condition.share is not None:
        share = condition.share
        yield Gauge("share", texts["share"], lambda m: _share(m, share, bits.share), share.at_least)
    if condition.ratio is not None:
        ratio = condition.ratio
        yield Gauge("ratio", texts["ratio"], lambda m: _ratio(m, ratio, bits.ratio), ratio.at_least)
    if condition.change is not None:
        change = condition.change
        if change.times is not None:
            yield Gauge("change", texts["change"], lambda m: _spike(m, change), change.times)
        else:
            down_to = change.down_to or 0.0
            yield Gauge("change", texts["change"], lambda m: _drop(m, change, bits.wait), down_to, at_most=True)
    if condition.fresh is not None:
        fresh = condition.fresh
        yield Gauge("fresh", texts["fresh"], lambda m: _fresh(m, fresh))
    if condition.after:
        steps = condition.after
        yield Gauge("after", texts["after"], lambda m: _after(m, steps, bits.after))
    if condition.then_not is not None:
        length_s = seconds(condition.then_not.within)
        yield Gauge("then_not", texts["then_not"], lambda m: _absent(m, bits.then_not, bits.wait, length_s))
    if condition.fired is not None:
        ago_s = seconds(condition.fired.within)
        yield Gauge("fired", texts["fired"], lambda m: _fired(m, bits.fired, chained, ago_s))


def _number(name: str, moment: Moment) -> float:
    return float(getattr(moment.episode or moment.item, name))


def _scenes(moment: Moment) -> Iterable[str]:
    return moment.episode.scenes if moment.episode else moment.item.place.scenes


def _source_types(moment: Moment, length_s: float) -> int:
    if moment.episode is None:
        return len({x.source for x in moment.since(length_s)})
    since = moment.item.t - length_s
    return sum(t > since for t in moment.episode.by_source.values())


def _lasting(moment: Moment) -> float:
    return moment.item.t - moment.episode.first if moment.episode else 0.0


def _share(moment: Moment, share: Share, bit: int) -> float:
    counted = [x for x in moment.since(seconds(share.within)) if x.roles & COUNTED]
    if len(counted) < share.least:
        return 0.0
    return sum(bool(x.roles & bit) for x in counted) / len(counted)


def _ratio(moment: Moment, ratio: Ratio, bits: tuple[int, int]) -> float:
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


def _spike(moment: Moment, change: Change) -> float:
    inside, usual = _usual(moment, change)
    if inside < change.least:
        return 0.0
    return inside / usual if usual else float(inside)  # never seen before: as if one was usual


def _drop(moment: Moment, change: Change, wait: int) -> float:
    if not moment.item.roles & wait:
        return float("inf")
    inside, usual = _usual(moment, change)
    return inside / usual if usual >= change.least else float("inf")


def _fresh(moment: Moment, fresh: Fresh) -> bool:
    value_of = COUNTABLE[fresh.of]
    value = value_of(moment.item)
    if not value:
        return False
    earlier = (x for x in moment.since(seconds(fresh.within))[:-1] if x.roles & COUNTED)
    return not any(fresh.of == "events" or value_of(x) == value for x in earlier)


def _after(moment: Moment, steps: tuple[Step, ...], bits: tuple[int, ...]) -> bool:
    """Tell whether the steps come before the item in order, each as soon after the last as it must."""
    later = [moment.item.t]  # possible times of the step that comes next
    inside = moment.since(sum(seconds(step.within) for step in steps))[:-1]
    for step, bit in zip(reversed(steps), reversed(bits), strict=True):
        length_s = seconds(step.within)
        found = [x.t for x in inside if x.roles & bit]
        possible: set[float] = set()
        for t in later:
            before = [x for x in found if t - length_s <= x < t]
            possible.update(before[: max(0, len(before) - step.at_least + 1)])
        if not possible:
            return False
        later = sorted(possible)
    return True


def _absent(moment: Moment, bit: int, wait: int, length_s: float) -> bool:
    """Tell, at a timer, whether nothing of the kind came since the event it was set by."""
    if not moment.item.roles & wait:
        return False
    return not any(x.roles & bit and not x.roles & TIMER for x in moment.since(length_s)[:-1])


def _fired(moment: Moment, bit: int, chained: tuple[Chained, ...], ago_s: float) -> bool:
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
