"""Makes the report of a trial."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime, time

import msgspec

from detectors.areas import AreaTree
from rules.alert import Alert, Text
from rules.book import Book
from streams.backtest.difference import Pair, What, pairs
from streams.backtest.feedback import Feedback
from streams.backtest.ledger import Ledger
from streams.backtest.load import SHIFTS, by_day, by_shift
from streams.backtest.matching import Judged, Judgement, Matcher, Tolerance
from streams.backtest.report import BookReport, Change, Difference, FeedbackReport, Report, TruthLine, TruthReport
from streams.backtest.scoring import names_of, rule_lines
from streams.backtest.trial import Account
from streams.backtest.truth import Happening, Truths
from streams.language import Voice, voice_of

_LEAST_DAYS = 1 / 24


class Entrant(msgspec.Struct, frozen=True):
    """A book under trial: what it was called on the command line, the book, and what it said."""

    name: str
    book: Book
    ledger: Ledger


def compose(
    entrants: Sequence[Entrant],
    account: Account,
    areas: AreaTree,
    *,
    source: Text,
    truths: Truths | None = None,
    feedback: Feedback | None = None,
    tolerance: Tolerance | None = None,
    shifts: Sequence[time] = SHIFTS,
) -> Report:
    """Make the report of a trial that took in at least one event.

    Parameters
    ----------
    entrants
        The new book, and the old one if there is one.
    account
        What became of what was read.
    areas
        The city.
    source
        What was read, in words.
    truths
        What happened, ``None`` when it is not known.
    feedback
        Verdicts on alerts, ``None`` without any.
    tolerance
        For matching alerts with it.
    shifts
        Local times at which shifts begin.

    """
    tolerance = tolerance or Tolerance()
    matcher = Matcher(truths or Truths((), complete=False), areas, tolerance)
    judged = [matcher.judge(entrant.ledger.alerts()) for entrant in entrants]
    if feedback is not None:
        judged = [feedback.judge(own) for own in judged]
    loud = [[one for one in own if one.alert.rule.status == "active"] for own in judged]
    days = max(_LEAST_DAYS, (account.last - account.first) / 86_400)
    scored = truths is not None or feedback is not None
    happenings = truths.happenings if truths is not None else ()
    books = [
        _book(entrant, own, happenings, account, areas, days, shifts, scored=scored)
        for entrant, own in zip(entrants, judged, strict=True)
    ]
    return Report(
        city=Text(areas.name, areas.english.get(areas.name, areas.name)),
        zone=areas.tz,
        source=source,
        first_at=datetime.fromtimestamp(account.first, UTC),
        last_at=datetime.fromtimestamp(account.last, UTC),
        days=days,
        rows=account.rows,
        verdicts={name: account.verdicts[name] for name in ("ACCEPTED", "DUPLICATE", "LATE", "DEAD")},
        dead=dict(sorted(account.dead.items())),
        new=books[0],
        old=books[1] if len(books) > 1 else None,
        declared=account.declared,
        truth=None if truths is None else _truth(truths, tolerance, loud),
        feedback=None if feedback is None else _feedback(feedback, judged),
        difference=_difference(loud, areas, told=scored) if len(loud) > 1 else None,
    )


def _book(
    entrant: Entrant,
    judged: Sequence[Judged],
    happenings: Sequence[Happening],
    account: Account,
    areas: AreaTree,
    days: float,
    shifts: Sequence[time],
    *,
    scored: bool,
) -> BookReport:
    alerts = [one.alert for one in judged if one.alert.rule.status == "active"]
    return BookReport(
        name=entrant.name,
        digest=entrant.book.digest,
        versions=entrant.ledger.versions,
        days=by_day(alerts, account.first, account.last, areas.zone),
        shifts=by_shift(alerts, account.first, account.last, areas.zone, shifts),
        rules=rule_lines(names_of(entrant.book), entrant.ledger, judged, happenings, days, scored=scored),
    )


def _feedback(feedback: Feedback, judged: Sequence[Sequence[Judged]]) -> FeedbackReport:
    return FeedbackReport(origin=feedback.origin, verdicts=len(feedback.verdicts), unheard=feedback.unheard(judged))


def _truth(truths: Truths, tolerance: Tolerance, judged: Sequence[Sequence[Judged]]) -> TruthReport:
    met = [_met(own) for own in judged]
    lines = [
        TruthLine(
            id=one.id,
            what=one.what,
            kinds=one.kinds,
            place=one.where.name,
            starts_at=datetime.fromtimestamp(one.starts, UTC),
            ends_at=datetime.fromtimestamp(one.ends, UTC),
            expected=one.expected,
            grade=one.grade.value if one.grade else None,
            new=met[0].get(one.id, []),
            old=met[1].get(one.id, []) if len(met) > 1 else None,
        )
        for one in sorted(truths.happenings, key=lambda one: (one.starts, one.id))
    ]
    return TruthReport(origin=truths.origin, complete=truths.complete, tolerance=tolerance, happenings=lines)


def _met(judged: Sequence[Judged]) -> dict[str, list[int]]:
    """Return the numbers of the rules that spoke about each happening."""
    rules: dict[str, set[int]] = {}
    for one in judged:
        for happening in (*one.found, *one.disturbed):
            rules.setdefault(happening.id, set()).add(one.alert.rule.number)
    return {id_: sorted(numbers) for id_, numbers in rules.items()}


def _difference(judged: Sequence[Sequence[Judged]], areas: AreaTree, *, told: bool) -> Difference:
    new, old = ([one.alert for one in own] for own in judged)
    said = {id(one.alert): one.judgement for own in judged for one in own}
    voices = voice_of(areas, "zh"), voice_of(areas, "en")
    by_rule: dict[str, Counter[str]] = {}
    changes: list[Change] = []
    found = pairs(old, new)
    for pair in found:
        what = pair.what
        if what is not None:
            by_rule.setdefault(pair.shown.rule.id, Counter())[what] += 1
            changes.append(_change(pair, what, voices, said[id(pair.shown)] if told else None))
    counted = {rule: dict(counts) for rule, counts in sorted(by_rule.items())}
    return Difference(same=len(found) - len(changes), by_rule=counted, changes=changes)


def _change(pair: Pair, what: What, voices: tuple[Voice, Voice], judgement: Judgement | None) -> Change:
    alert = pair.shown
    zh, en = voices
    return Change(
        what=what,
        id=alert.id,
        rule=alert.rule.id,
        number=alert.rule.number,
        raised_at=alert.raised_at,
        title=Text(zh.what(alert), en.what(alert)),
        place=Text(zh.place(alert), en.place(alert)),
        why=_why(pair, alert, zh, en),
        old=_grade(pair.old),
        new=_grade(pair.new),
        judgement=judgement,
    )


def _why(pair: Pair, alert: Alert, zh: Voice, en: Voice) -> Text:
    """Return why there is, or was, an alert, or the last reason of a grade that changed."""
    if pair.what == "regraded" and len(alert.steps) > 1:
        return alert.steps[-1].because
    return Text(zh.why(alert), en.why(alert))


def _grade(alert: Alert | None) -> str | None:
    return None if alert is None else alert.grade.value
