"""Works conditions out: each part is a gauge, a figure read at one event and held against a threshold."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import NamedTuple

from rules import figures
from rules.alert import Text
from rules.condition import Condition
from rules.figures import Chained
from rules.moment import Moment
from rules.phrases import part_texts
from rules.selector import seconds


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
        yield Gauge("share", texts["share"], lambda m: figures.share(m, share, bits.share), share.at_least)
    if condition.ratio is not None:
        ratio = condition.ratio
        yield Gauge("ratio", texts["ratio"], lambda m: figures.ratio(m, ratio, bits.ratio), ratio.at_least)
    if condition.change is not None:
        change = condition.change
        if change.times is not None:
            yield Gauge("change", texts["change"], lambda m: figures.spike(m, change), change.times)
        else:
            down_to = change.down_to or 0.0
            yield Gauge("change", texts["change"], lambda m: figures.drop(m, change, bits.wait), down_to, at_most=True)
    if condition.fresh is not None:
        fresh = condition.fresh
        yield Gauge("fresh", texts["fresh"], lambda m: figures.fresh(m, fresh))
    if condition.after:
        steps = figures.befores(condition.after, bits.after)
        reach_s = sum(step.length_s for step in steps)
        yield Gauge("after", texts["after"], lambda m: figures.after(m, steps, reach_s))
    if condition.then_not is not None:
        length_s = seconds(condition.then_not.within)
        yield Gauge("then_not", texts["then_not"], lambda m: figures.absent(m, bits.then_not, bits.wait, length_s))
    if condition.fired is not None:
        ago_s = seconds(condition.fired.within)
        yield Gauge("fired", texts["fired"], lambda m: figures.fired(m, bits.fired, chained, ago_s))


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
