"""Figures of each rule of a book, and of the book as a whole: what it says how often, and how right it is."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

import msgspec

from rules.alert import GRADES, Alert, Text
from rules.book import Book
from streams.backtest.figures import Quartiles, Ratio, quartiles, ratio
from streams.backtest.ledger import Ledger
from streams.backtest.matching import Judged, delay_s, lead_s
from streams.backtest.truth import Happening


class RuleName(NamedTuple):
    """What a rule is called, and whether it is tried out and notifies nobody."""

    id: str
    number: int
    name: Text
    shadow: bool = False


class Hits(msgspec.Struct, frozen=True, kw_only=True):
    """How right a rule or a book is.

    Parameters
    ----------
    true, false, unjudged
        Alerts about something that happened, about nothing that did, and of kinds the truth does not speak of.
    looked_into
        Alerts of which somebody gave a verdict: it goes before the truth.
    precision
        Share of true ones among those judged; ``None`` without any.
    recall
        Share of the happenings found among those it ought to find: of a rule, those that name its number, or where the
        truth names no rules, those of kinds it raised alerts about; ``None`` without any.
    found, alone
        Happenings found, and those of them no other rule of the book found.
    lead_s, delay_s
        Of the first alert about each happening found: seconds before the city knew (before the end where the truth does
        not say), and after the beginning. Lead times also of alerts whose verdict says when the city knew.
    false_a_day
        False alarms a day.

    """

    true: int
    false: int
    unjudged: int
    looked_into: int
    precision: Ratio | None
    recall: Ratio | None
    found: int
    alone: int
    lead_s: Quartiles | None
    delay_s: Quartiles | None
    false_a_day: float


class RuleLine(msgspec.Struct, frozen=True, kw_only=True):
    """Figures of one rule; of the whole book where `id` is empty.

    Parameters
    ----------
    id, number, name, shadow
        Which rule; a shadow rule is tried out, notifies nobody and does not count for the whole book.
    alerts
        Alerts that were not withdrawn, by final grade, the most serious first.
    total
        Their number.
    withdrawn, withdrawn_share
        Alerts that were taken back, and their share of all.
    places
        Distinct places.
    still_open
        Alerts open at the end.
    open_s
        Median time an alert was open, of those that were closed, seconds; ``None`` without any.
    hits
        Against the truth; ``None`` without one.

    """

    id: str
    number: int
    name: Text
    shadow: bool
    alerts: dict[str, int]
    total: int
    withdrawn: int
    withdrawn_share: float
    places: int
    still_open: int
    open_s: float | None
    hits: Hits | None


def names_of(book: Book) -> list[RuleName]:
    """Return the rules of a book that raise alerts, by number."""
    return [
        RuleName(rule.id, rule.number, rule.name, rule.status == "shadow")
        for rule in book.rules
        if rule.status in {"active", "shadow"} and not rule.modifies
    ]


def rule_lines(
    names: Sequence[RuleName],
    ledger: Ledger,
    judged: Sequence[Judged],
    happenings: Sequence[Happening],
    days: float,
    *,
    scored: bool,
) -> list[RuleLine]:
    """Return the figures of every rule, by number, and last those of the book as a whole.

    Parameters
    ----------
    names
        Every rule of the book; one that said nothing has a line too.
    ledger
        What the book said.
    judged
        Its final alerts, judged.
    happenings
        What happened; empty when it is not known.
    days
        Span of event time, days.
    scored
        Whether anything is known of how right the alerts are: a truth, or verdicts.

    """
    finders: Counter[str] = Counter()
    for rule in names:
        if not rule.shadow:
            finders.update(_found(one for one in judged if one.alert.rule.id == rule.id).keys())
    lines = []
    for name in [*sorted(names, key=lambda name: (name.number, name.id)), _WHOLE]:
        own = [one for one in judged if _is_of(name, one.alert)]
        gone = sum(_is_of(name, alert) for alert in ledger.withdrawn.values())
        hits = _hits(own, _due(name, own, happenings), finders, days) if scored else None
        lines.append(_line(name, ledger, [one.alert for one in own], gone, hits))
    return lines


def _is_of(name: RuleName, alert: Alert) -> bool:
    return alert.rule.status == "active" if name is _WHOLE else alert.rule.id == name.id


_WHOLE = RuleName("", 0, Text("全部规则", "all rules"))


def _line(name: RuleName, ledger: Ledger, alerts: Sequence[Alert], gone: int, hits: Hits | None) -> RuleLine:
    grades = Counter(alert.grade for alert in alerts)
    open_s = quartiles([span for alert in alerts if (span := ledger.open_s(alert)) is not None])
    return RuleLine(
        id=name.id,
        number=name.number,
        name=name.name,
        shadow=name.shadow,
        alerts={grade.value: grades[grade] for grade in reversed(GRADES)},
        total=len(alerts),
        withdrawn=gone,
        withdrawn_share=gone / (gone + len(alerts)) if gone else 0.0,
        places=len({alert.place.key for alert in alerts}),
        still_open=sum(alert.status == "open" for alert in alerts),
        open_s=open_s.median if open_s else None,
        hits=hits,
    )


def _due(name: RuleName, own: Sequence[Judged], happenings: Sequence[Happening]) -> list[Happening]:
    """Return what a rule, or the book, ought to find."""
    expected = [one for one in happenings if one.expected]
    if name is _WHOLE:
        return expected
    if any(one.rules for one in expected):
        return [one for one in expected if name.number in one.rules]
    about = {(one.alert.kind, one.alert.category) for one in own}
    return [one for one in expected if any(one.is_about(kind, category) for kind, category in about)]


def _found(judged: Iterable[Judged]) -> dict[str, tuple[Alert, Happening]]:
    """Return the first alert about each happening, by its id."""
    first: dict[str, tuple[Alert, Happening]] = {}
    for one in sorted(judged, key=lambda one: (one.alert.raised_at, one.alert.id)):
        for happening in one.found:
            first.setdefault(happening.id, (one.alert, happening))
    return first


def _told(own: Iterable[Judged]) -> Iterator[float]:
    """Yield the lead times that verdicts tell of alerts the truth does not."""
    for one in own:
        if one.known is not None and not one.found:
            yield one.known - one.alert.raised_at.timestamp()


def _hits(own: Sequence[Judged], due: Sequence[Happening], finders: Counter[str], days: float) -> Hits:
    counts = Counter(one.judgement for one in own)
    found = _found(own)
    return Hits(
        true=counts["true"],
        false=counts["false"],
        unjudged=counts["unjudged"],
        looked_into=sum(one.looked_into for one in own),
        precision=ratio(counts["true"], counts["true"] + counts["false"]),
        recall=ratio(sum(one.id in found for one in due), len(due)),
        found=len(found),
        alone=sum(finders[id_] == 1 for id_ in found),
        lead_s=quartiles([*(lead_s(alert, happening) for alert, happening in found.values()), *_told(own)]),
        delay_s=quartiles([delay_s(alert, happening) for alert, happening in found.values()]),
        false_a_day=counts["false"] / days,
    )
