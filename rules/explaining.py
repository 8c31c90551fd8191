"""Explains an alert: the real fold over the events of its group, and what every condition read there."""

from __future__ import annotations

from collections.abc import Iterator

from detectors.surge import SurgeDetector
from rules.alert import Alert, Grade, alert_of
from rules.book import Book
from rules.closeness import Reads, closest, fires_view, step_views
from rules.compiling import CompiledRule
from rules.explanation import ConditionView, DroppedView, Explanation, Reason
from rules.gauges import CompiledCondition
from rules.grading import rank_of
from rules.issue import City
from rules.sifting import Heard, Sieve, compiled_of, dropped_view, event_views, rule_of
from rules.signalwhy import explain_signals
from rules.surgelens import Lens, explain_surge
from rules.tracing import Look, Traced, trace
from rules.window import COUNTED, TIMER, WITNESS, Item, order

_COMPARED = ("grade", "observed", "threshold", "events", "reporters", "raised_at", "graded_at", "evidence", "steps")
_MOST_COMPARED = 20


class EventsGone(ValueError):
    """Not one of the events an alert rests on is among those that were heard."""


def explain(book: Book, city: City, alert: Alert, heard: Heard, lens: Lens) -> Explanation:
    """Say why an alert is what it is.

    Parameters
    ----------
    book
        The rules; `Explanation.differs` says when they come to something else than what was issued.
    city
        Names, calendar and declarations.
    alert
        Any version of it.
    heard
        At least the events of its district over its time and the longest window of its rule before; of a detector's
        alert all there were before.
    lens
        What the surge detector is run with.

    Raises
    ------
    UnknownRule
        When the book does not have its rule.
    EventsGone
        When none of its evidence was heard.

    """
    alert = alert_of(alert)
    rule = rule_of(book, alert.rule.id)
    compiled = compiled_of(book, rule)
    if rule.signal not in {None, SurgeDetector.name}:
        return explain_signals(city, compiled, alert, heard)
    if rule.signal is not None:
        return explain_surge(book, city, compiled, alert, heard, lens)
    sieve = Sieve(compiled, city.around)
    group = _group(alert, heard, sieve)
    if group is None:
        raise EventsGone(alert.id)
    level, key = group
    items = [sieve.item(event) for event in heard.events if sieve.group(event) == group]
    fold = trace(compiled, level, key, items, city.around, heard.watermark)
    if alert.id not in fold.ranks():
        return Explanation(
            alert=alert,
            conditions=tuple(_nearest(fold)),
            events=event_views((item for item in fold.items if item.id in set(alert.evidence)), city.areas),
            differs=("id",),
        )
    return _episode(alert, fold, city, heard, sieve)


def _group(alert: Alert, heard: Heard, sieve: Sieve) -> tuple[str, str] | None:
    evidence = set(alert.evidence)
    found = (sieve.group(event) for event in heard.events if event.id in evidence)
    return next((group for group in found if group is not None), None)


def _episode(alert: Alert, fold: Traced, city: City, heard: Heard, sieve: Sieve) -> Explanation:
    compiled = fold.compiled
    episode = next(episode for episode in fold.episodes if episode.id == alert.id)
    again = fold.alert(city, alert.id, "open")
    looks = fold.looks_of(alert.id)
    met = [n for _, n in sorted((t, n) for n, t in enumerate(episode.reached) if t is not None)]
    evidence = episode.evidence()
    known = {item.id for item in evidence}
    events = event_views(sorted([*evidence, *_compared(fold, looks, known)], key=order), city.areas)
    base = compiled.rule.grade or Grade.BLUE
    return Explanation(
        alert=alert,
        conditions=(
            *_fires(compiled, base, looks, again),
            *step_views(compiled, lambda n: _decided(compiled, looks, n, episode.reached[n])),
        ),
        capped=_uncapped(compiled, met) > rank_of(compiled, met),
        events=events,
        repeats=sum(event.again for event in events),
        dropped=tuple(_dropped(alert, sieve, heard, city, fold)),
        differs=tuple(name for name in _COMPARED if getattr(again, name) != getattr(alert, name)),
    )


def _fires(compiled: CompiledRule, base: Grade, looks: list[Look], again: Alert) -> Iterator[ConditionView]:
    """Yield the conditions to fire: at the hit with the alert's own figure, else the first, else the closest."""
    for n, condition in enumerate(compiled.fires):
        hits = [look for look in looks if look.fired == n]
        count = condition.condition.count
        if count is not None:
            at = compiled.counts.index(count)
            hits = [look for look in hits if look.moment.counts and look.moment.counts[at] == again.observed] or hits
        yield fires_view(condition, base, hits[0] if hits else closest(condition, looks, _reads_fires(n)), n)


def _reads_fires(n: int) -> Reads:
    return lambda look: look.fires[n]


def _decided(compiled: CompiledRule, looks: list[Look], n: int, reached: float | None) -> Look | None:
    """Return the look at which a raise or lower was met, else the one at which it came closest."""
    seen = [look for look in looks if look.steps]
    if reached is not None:
        met = [look for look in seen if all(reading.met for reading in look.steps[n])]
        at = [look for look in met if look.t == reached]
        return next(iter(at or met), None)
    return closest(compiled.steps[n], seen, lambda look: look.steps[n])


def _nearest(fold: Traced) -> Iterator[ConditionView]:
    compiled, looks = fold.compiled, fold.looks
    for n, condition in enumerate(compiled.fires):
        look = closest(condition, looks, _reads_fires(n))
        yield fires_view(condition, compiled.rule.grade or Grade.BLUE, look, n)


def _compared(fold: Traced, looks: list[Look], known: set[str]) -> list[Item]:
    """Return events the rule did not count but compared with: of its selectors, in the reach of the first hit on."""
    if not looks or not any(_compares(one) for one in (*fold.compiled.fires, *fold.compiled.steps)):
        return []
    since, until = looks[0].t - fold.compiled.keep_s, looks[-1].t
    counted = COUNTED | WITNESS | TIMER
    found = [x for x in fold.items if since <= x.t <= until and x.roles & ~counted and not x.roles & counted]
    return [x for x in found if x.id not in known][-_MOST_COMPARED:]


def _compares(one: CompiledCondition) -> bool:
    condition = one.condition
    looks_back = (condition.after, condition.then_not, condition.ratio, condition.fired)
    return any(part for part in looks_back)


def _uncapped(compiled: CompiledRule, met: list[int]) -> int:
    """Return the rank but for the rule's maximum and what lowers it."""
    base = compiled.rule.grade.rank if compiled.rule.grade else 0
    raises = [compiled.raises[n] for n in met if n < len(compiled.raises)]
    named = max([base, *(step.to.rank for step in raises if step.to is not None)])
    most = compiled.rule.maximum
    wanted = min(3, named + sum(step.by or 0 for step in raises))
    return wanted if most is not None and wanted > most.rank else -1


def _dropped(alert: Alert, sieve: Sieve, heard: Heard, city: City, fold: Traced) -> Iterator[DroppedView]:
    """Yield what of the alert's kinds, place and time was not counted."""
    since, until = alert.first_at.timestamp() - alert.window_s, alert.last_at.timestamp()
    rule, grouping = fold.compiled.rule, fold.compiled.grouping
    left = [(event, sieve.reason(event)) for event in heard.events]
    left += [(dropped.event, dropped.reason) for dropped in heard.dropped]
    left.sort(key=lambda pair: (pair[0].occurred_at, pair[0].id))
    for event, reason in left:
        t = event.occurred_at.timestamp()
        if reason is None or reason is Reason.KIND_NOT_COVERED or not since <= t <= until:
            continue
        group = grouping.group(event)
        if rule.covers(event.kind) and group is not None and group[1] == fold.key:
            yield dropped_view(event, reason, city.areas)
