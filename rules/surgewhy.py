"""Why a rule of signals said nothing: the detector's windows at a place and time against the rule's limits."""

from __future__ import annotations

from detectors.signal import Signal
from rules.book import Book
from rules.compiling import CompiledRule
from rules.explanation import GroupView
from rules.issue import City
from rules.question import Question
from rules.sessions import key_of
from rules.sifting import Heard, inside
from rules.surgelens import Lens, conditions, evidence, sessions, speaks_of, verdict


def windows_at(
    book: Book, compiled: CompiledRule, city: City, asked: Question, heard: Heard, lens: Lens
) -> list[GroupView]:
    """Return the windows of hours and days around the time asked about, the least likely count first.

    Of every area and kind at the place the least likely hour and the least likely day of the neighbourhood are told.
    """
    district = asked.place.district
    signals = lens.signals(heard.events, district, heard.watermark)
    by_key: dict[str, list[Signal]] = {}
    for signal in signals:
        if compiled.rule.covers(signal.kind) and (not asked.kind or signal.kind == asked.kind) and _at(signal, asked):
            by_key.setdefault(key_of(signal), []).append(signal)
    views = []
    for key, windows in by_key.items():
        here = [signal for signal in windows if _touches(signal, asked)]
        if not here:
            continue
        worst = min(here, key=lambda s: (s.p_value, s.starts_at))
        mine = [s for s in windows if speaks_of(book, compiled, s)]
        fired = [
            alert
            for alert in sessions(compiled, mine, lens, city)
            if alert.first_at.timestamp() <= asked.t <= alert.last_at.timestamp()
            or asked.near(alert.first_at.timestamp())
        ]
        events = evidence([worst], heard, city)
        view = GroupView(
            key=key,
            name=city.place(worst.level, worst.place).name,
            kind=worst.kind,
            conditions=conditions(compiled, worst, lens, city),
            fired=tuple(fired),
            events=events,
            repeats=sum(event.again for event in events),
            starts_at=worst.starts_at,
            ends_at=worst.ends_at,
            reason=verdict(book, compiled, worst, lens, city),
        )
        views.append((not fired, worst.p_value, key, view))
    return [view for *_, view in sorted(views, key=lambda entry: entry[:3])]


def _at(signal: Signal, asked: Question) -> bool:
    """Tell whether a signal's area is the place asked about, holds it, or lies in it."""
    area = signal.place.at(signal.level)
    return asked.place.at(signal.level) == area or inside(signal.place, asked.place)


def _touches(signal: Signal, asked: Question) -> bool:
    start, end = signal.starts_at.timestamp(), signal.ends_at.timestamp()
    return start <= asked.t < end or asked.near(start)
