"""Why a rule about a detector's signals said what it said, or nothing: the detector is run over the events again."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from detectors.areas import AreaTree
from detectors.detector import detector_types
from detectors.event import Place
from detectors.signal import Cluster, Signal
from rules.alert import Alert, Text
from rules.chance import at_most, beside, chance, limits, part
from rules.compiling import CompiledRule
from rules.explanation import ConditionView, Explanation, GroupView, PartView, Reason
from rules.issue import City
from rules.question import Question
from rules.rule import Tail
from rules.sessions import SignalFold, key_of, tail_grade
from rules.sifting import Heard, inside
from rules.subject import strictness_of
from rules.surgelens import evidence, run_over
from rules.wording import GRADE_NAMES

_COMPARED = ("id", "grade", "events", "observed", "p_value")


def signals_of(compiled: CompiledRule, city: City, heard: Heard, district: str) -> list[Signal]:
    """Return what a rule's detector says of a district (or the city), as it stands at the watermark."""
    detector = detector_types()[compiled.rule.signal or ""].of(city.areas)
    return run_over(heard.events, detector, district, heard.watermark)


def explain_signals(city: City, compiled: CompiledRule, alert: Alert, heard: Heard) -> Explanation:
    """Explain an alert of a detector: its least likely window, against the limits."""
    found = signals_of(compiled, city, heard, alert.place.district)
    fold = next((fold for fold in _folds(compiled, found, city) if fold.windows(alert.id)), None)
    again = fold.alert(city, alert.id, "open") if fold is not None else None
    its = fold.windows(alert.id) if fold is not None else ()
    events = evidence(its, heard, city)
    return Explanation(
        alert=alert,
        conditions=_conditions(compiled, min(its, key=_least_likely), city) if its else (),
        events=events,
        repeats=sum(event.again for event in events),
        differs=tuple(n for n in _COMPARED if again is None or getattr(again, n) != getattr(alert, n)),
    )


def signals_at(compiled: CompiledRule, city: City, asked: Question, heard: Heard) -> list[GroupView]:
    """Return what the detector said around the place and time asked about, the least likely first."""
    found = signals_of(compiled, city, heard, asked.place.district)
    near = [s for s in found if compiled.rule.covers(s.kind) and _touches(s, asked, city.areas)]
    views = []
    for signal in sorted(near, key=_least_likely):
        alerts = _alerts(compiled, [s for s in found if key_of(s) == key_of(signal)], city)
        fired = [one for one in alerts if one.first_at <= signal.starts_at and signal.ends_at <= one.last_at]
        views.append(_group(compiled, signal, city, heard, fired))
    return views


def _group(compiled: CompiledRule, signal: Signal, city: City, heard: Heard, fired: list[Alert]) -> GroupView:
    events = evidence([signal], heard, city)
    if fired:
        reason = Reason.ALREADY_OPEN
    elif not compiled.sources.issuperset(signal.sources):
        reason = Reason.SOURCE_NOT_COUNTED
    else:
        reason = Reason.BELOW_TAIL
    return GroupView(
        key=key_of(signal),
        name=city.place(signal.level, signal.place).name,
        kind=signal.kind,
        conditions=_conditions(compiled, signal, city),
        fired=tuple(fired),
        events=events,
        repeats=sum(event.again for event in events),
        starts_at=signal.starts_at,
        ends_at=signal.ends_at,
        reason=reason,
    )


def _alerts(compiled: CompiledRule, found: list[Signal], city: City) -> Iterator[Alert]:
    """Yield what the rule makes of signals."""
    for fold in _folds(compiled, found, city):
        yield from (fold.alert(city, id_, "open") for id_ in fold.ranks())


def _folds(compiled: CompiledRule, found: list[Signal], city: City) -> Iterable[SignalFold]:
    folds: dict[str, SignalFold] = {}
    for signal in found:
        if compiled.rule.covers(signal.kind) and compiled.sources.issuperset(signal.sources):
            key = key_of(signal)
            folds.setdefault(key, SignalFold(compiled, key, city.feedback)).add(signal)
    return folds.values()


def _conditions(compiled: CompiledRule, signal: Signal, city: City) -> tuple[ConditionView, ...]:
    tail, strictness = compiled.rule.tail or Tail(), strictness_of(city.feedback, compiled, signal)
    says = Text(signal.says.zh, signal.says.en) if signal.says is not None else Text("异常", "out of the ordinary")
    views = []
    for n, (grade, limit) in enumerate(limits(tail, strictness.times)):
        value, name = chance(signal, tail), GRADE_NAMES[grade]
        what = PartView(
            part=part(tail), what=at_most(limit, tail), value=value, threshold=limit, met=value <= limit, at_most=True
        )
        views.append(
            ConditionView(
                role="raises" if n else "fires",
                says=at_most(limit, tail) if n else beside(says, strictness),
                effect=Text(f"至{name.zh}", f"to {name.en}"),
                met=value <= limit and tail_grade(signal, tail, strictness.times) is not None,
                at=signal.starts_at,
                parts=(what,),
            )
        )
    return tuple(views)


def _least_likely(signal: Signal) -> tuple[float, str]:
    return signal.p_value, signal.id


def _touches(signal: Signal, asked: Question, areas: AreaTree) -> bool:
    start, end = signal.starts_at.timestamp(), signal.ends_at.timestamp()
    if signal.cluster is not None:
        here = _is_in(signal.cluster, asked.place, areas)
    else:
        whole = signal.level == "city" or asked.place.at(signal.level) == signal.place.at(signal.level)
        here = whole or inside(signal.place, asked.place)
    return here and (not asked.kind or asked.kind == signal.kind) and (start <= asked.t < end or asked.near(start))


def _is_in(cluster: Cluster, place: Place, areas: AreaTree) -> bool:
    """Tell whether one of a cluster's areas is the place asked about, as finely as areas are counted, or lies in it."""
    asked = next((place.at(level) for level in ("community", "street", "district") if place.at(level)), "")
    known = ((one, areas.get(one.id)) for one in cluster.members)
    return any(asked in {one.id, one.district, area.parent if area is not None else ""} for one, area in known)
