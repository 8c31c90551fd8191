"""Looks through the surge detector at every window of one area and kind, also at those it says nothing of."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from zoneinfo import ZoneInfo

from detectors.detector import Detector
from detectors.event import Event
from detectors.signal import Signal
from detectors.surge import SurgeDetector
from detectors.surge_config import SurgeConfig
from rules.alert import Alert, Grade, Text
from rules.book import Book
from rules.chance import at_most, beside, chance, limits, part
from rules.compiling import CompiledRule
from rules.explanation import ConditionView, EventView, Explanation, PartView, Reason
from rules.issue import City
from rules.phrases import duration
from rules.rule import Tail
from rules.sessions import SignalFold, key_of, tail_grade
from rules.sifting import Heard, event_views
from rules.subject import strictness_of
from rules.window import COUNTED, item_of
from rules.wording import GRADE_NAMES

_HOUR_S = 3_600.0
_PROBABILITY = Tail()
_COMPARED = ("grade", "observed", "threshold", "events", "reporters", "raised_at", "graded_at", "evidence", "steps")


@dataclass(frozen=True)
class Lens:
    """How the surge detector is run.

    Parameters
    ----------
    config
        As in the pipeline.
    zone
        The city's time zone.

    """

    config: SurgeConfig
    zone: ZoneInfo

    def signals(self, events: Iterable[Event], district: str, watermark: float) -> list[Signal]:
        """Return the detector's figures of every window of a district in which anything was counted.

        It learns and judges exactly as in the pipeline, and only reports more.
        """
        detector = SurgeDetector(replace(self.config, tell_all=True), self.zone)
        return run_over(events, detector, district, watermark)

    def warm_up(self, signal: Signal) -> int:
        """Return how many windows a district has to be alive for before any like this one is reported."""
        return self.config.warm_up_days if is_day(signal) else self.config.warm_up_hours

    def speaks(self, signal: Signal) -> bool:
        """Tell whether the pipeline's own detector says anything of this window."""
        least = self.config.min_count if signal.level == self.config.base else self.config.min_to_explain
        enough = signal.model_age >= self.warm_up(signal) and signal.observed >= least
        return enough and signal.p_value <= self.config.alpha_report and not signal.left_to


def run_over(events: Iterable[Event], detector: Detector, district: str, watermark: float) -> list[Signal]:
    """Return what a fresh detector says of the events of a district, or of the city if it has to see all of them.

    As it stands at the watermark, by window and id.
    """
    wide = detector.scope == "city"
    here = [event for event in events if event.status == "open" and (wide or event.place.district == district)]
    here.sort(key=lambda event: (event.occurred_at, event.id))
    said: list[Signal] = []
    for event in here:
        said += detector.observe(event, event.occurred_at.timestamp())
    said += detector.advance(watermark)
    found: dict[str, Signal] = {}
    for signal in said:
        if signal.withdrawn and signal.thread:
            found = {id_: one for id_, one in found.items() if one.thread != signal.thread}
        else:
            found[signal.id] = signal
    return sorted((s for s in found.values() if not s.withdrawn), key=lambda s: (s.starts_at, s.id))


def is_day(signal: Signal) -> bool:
    """Tell whether the window is a day, not an hour."""
    return (signal.ends_at - signal.starts_at).total_seconds() > _HOUR_S


def speaks_of(book: Book, compiled: CompiledRule, signal: Signal) -> bool:
    """Tell whether of all rules this one speaks of a signal, as in `rules.engine`; it is taken to run."""
    others = [other for other in book.for_signals if other.rule.id != compiled.rule.id]
    about = [c for c in (compiled, *others) if c.rule.signal == signal.detector and c.rule.covers(signal.kind)]
    fitting = [c for c in about if c.sources.issuperset(signal.sources)]
    return min(fitting, key=lambda c: (len(c.sources), c.rule.number), default=None) is compiled


def sessions(compiled: CompiledRule, signals: Iterable[Signal], lens: Lens, city: City) -> list[Alert]:
    """Return the alerts a rule makes of one key's signals, each as a first version; the real session fold decides."""
    spoken = [signal for signal in signals if lens.speaks(signal)]
    if not spoken:
        return []
    fold = SignalFold(compiled, key_of(spoken[0]), city.feedback)
    for signal in spoken:
        fold.add(signal)
    return [fold.alert(city, id_, "open") for id_ in fold.ranks()]


def conditions(compiled: CompiledRule, signal: Signal, lens: Lens, city: City) -> tuple[ConditionView, ...]:
    """Return what a rule asks of a window: to speak at all, and for every grade above the lowest."""
    tail, strictness = compiled.rule.tail or Tail(), strictness_of(city.feedback, compiled, signal)
    steps = limits(tail, strictness.times)
    lowest, least = steps[0] if steps else (Grade.BLUE, 0.0)
    if tail.budget is None:
        unlikely = [_tail(signal, min(least, lens.config.alpha_report), tail)]
    else:
        unlikely = [_tail(signal, lens.config.alpha_report, _PROBABILITY), _tail(signal, least, tail)]
    parts = (_warm(signal, lens), *_figures(signal, tail), *unlikely)
    window = duration((signal.ends_at - signal.starts_at).total_seconds())
    says = Text(f"{window.zh}内的数量远超常态", f"far more than normal in {window.en}")
    views = [_view("fires", beside(says, strictness), lowest, signal, parts)]
    for grade, limit in steps[1:]:
        views.append(_view("raises", at_most(limit, tail), grade, signal, (_tail(signal, limit, tail),)))
    return tuple(views)


def _view(role: str, says: Text, grade: Grade, signal: Signal, parts: tuple[PartView, ...]) -> ConditionView:
    name = GRADE_NAMES[grade]
    return ConditionView(
        role="fires" if role == "fires" else "raises",
        says=says,
        effect=Text(f"至{name.zh}", f"to {name.en}"),
        met=all(part.met for part in parts),
        at=signal.starts_at,
        parts=parts,
    )


def _warm(signal: Signal, lens: Lens) -> PartView:
    needed = lens.warm_up(signal)
    unit = Text("天", "days") if is_day(signal) else Text("小时", "hours")
    what = Text(f"历史≥{needed}{unit.zh}", f"{needed} {unit.en} of history")
    return PartView(part="history", what=what, value=signal.model_age, threshold=needed, met=signal.model_age >= needed)


def _figures(signal: Signal, tail: Tail) -> tuple[PartView, PartView]:
    count, ratio = signal.observed, signal.observed / signal.expected if signal.expected > 0 else float(signal.observed)
    enough = signal.observed >= tail.min_ratio * signal.expected
    n, times = tail.min_observed, tail.min_ratio
    return (
        PartView(part="observed", what=Text(f"≥{n}起", f"≥{n} events"), value=count, threshold=n, met=count >= n),
        PartView(
            part="ratio_to_expected",
            what=Text(
                f"≥预期的{times:g}倍（预期{signal.expected:.1f}，99%上限{signal.expected_high:.0f}）",
                f"≥{times:g} times the expected ({signal.expected:.1f}, 99% limit {signal.expected_high:.0f})",
            ),
            value=ratio,
            threshold=times,
            met=enough,
        ),
    )


def _tail(signal: Signal, limit: float, tail: Tail) -> PartView:
    value = chance(signal, tail)
    what = at_most(limit, tail)
    return PartView(part=part(tail), what=what, value=value, threshold=limit, met=value <= limit, at_most=True)


def verdict(book: Book, compiled: CompiledRule, signal: Signal, lens: Lens, city: City) -> Reason:
    """Return why a rule says nothing of a window; `ALREADY_OPEN` when it does."""
    if not compiled.rule.covers(signal.kind):
        return Reason.KIND_NOT_COVERED
    if signal.model_age < lens.warm_up(signal):
        return Reason.BEFORE_WARM_UP
    if signal.left_to:
        return Reason.OTHER_LEVEL
    times = strictness_of(city.feedback, compiled, signal).times
    if not lens.speaks(signal) or tail_grade(signal, compiled.rule.tail or Tail(), times) is None:
        return Reason.BELOW_TAIL
    if not compiled.sources.issuperset(signal.sources):
        return Reason.SOURCE_NOT_COUNTED
    return Reason.ALREADY_OPEN if speaks_of(book, compiled, signal) else Reason.OTHER_RULE


def evidence(signals: Iterable[Signal], heard: Heard, city: City) -> tuple[EventView, ...]:
    """Return the events the signals name."""
    ids = {id_ for signal in signals for id_ in signal.evidence}
    items = [item_of(e, e.occurred_at.timestamp(), COUNTED) for e in heard.events if e.id in ids]
    return event_views(sorted(items, key=lambda item: (item.t, item.id)), city.areas)


def explain_surge(
    book: Book, city: City, compiled: CompiledRule, alert: Alert, heard: Heard, lens: Lens
) -> Explanation:
    """Explain an alert of a detector: its worst window, against the limits."""
    day = alert.window_s > _HOUR_S
    area = f"{alert.place.district}|{alert.place.key}|{alert.kind}|{'day' if day else 'hour'}"
    found = [s for s in lens.signals(heard.events, alert.place.district, heard.watermark) if key_of(s) == area]
    mine = [s for s in found if speaks_of(book, compiled, s)]
    again = next((one for one in sessions(compiled, mine, lens, city) if one.id == alert.id), None)
    inside = [s for s in found if alert.first_at <= s.starts_at and s.ends_at <= alert.last_at]
    worst = min(inside, key=lambda s: (s.p_value, -s.observed, s.starts_at, s.id), default=None)
    events = evidence([s for s in inside if lens.speaks(s)], heard, city)
    return Explanation(
        alert=alert,
        conditions=conditions(compiled, worst, lens, city) if worst is not None else (),
        events=events,
        repeats=sum(event.again for event in events),
        differs=tuple(n for n in _COMPARED if again is None or getattr(again, n) != getattr(alert, n)),
    )
