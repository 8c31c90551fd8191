"""Why there is an alert, why of this grade and of none higher, and what was observed beside what is normal. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from detectors.odds import odds
from detectors.taxonomy import Taxonomy
from rules.alert import Alert, FindingRef, RuleRef
from rules.book import Book
from rules.phrases import duration
from rules.sentence import sentence
from streams.board.views.picture import Picture, Shape, text_at
from streams.language import Voice

_DAY_S = 86_400.0
_ROOM = 1.12
_ROW = 44
_AS_LARGE = frozenset({"street", "district", "city"})


class Step(NamedTuple):
    """One reason of the grading, and the grade it led to."""

    grade: str
    grade_word: str
    because: str


class RuleSaid(NamedTuple):
    """A rule of the book at hand.

    Parameters
    ----------
    id, number
        Which.
    says
        What it does, in a sentence; what is to be said when the book has no such rule.
    note
        That it reads otherwise now than it did; empty when it does not.

    """

    id: str
    number: int
    says: str
    note: str


class Found(NamedTuple):
    """A finding the alert was made of."""

    id: str
    grade: str
    grade_word: str
    title: str
    events: str
    is_open: bool
    rule: RuleSaid


class Why(NamedTuple):
    """Why there is an alert.

    Parameters
    ----------
    why
        The reason, as the alert gives it.
    rule
        The rule that decided.
    steps, not_higher
        Why this grade, step by step, and what a higher one would have taken.
    interval
        Observed against expected; ``None`` where nothing was counted.
    chance
        How likely it is by chance; empty where no detector said.
    findings
        What it was made of, when that is more than one.

    """

    why: str
    rule: RuleSaid
    steps: tuple[Step, ...]
    not_higher: str
    interval: Picture | None
    chance: str
    findings: tuple[Found, ...]


def why_of(alert: Alert, book: Book | None, taxonomy: Taxonomy, voice: Voice) -> Why:
    """Return why there is an alert.

    Parameters
    ----------
    alert
        Its last version.
    book
        The rules at hand, ``None`` when there are none.
    taxonomy
        Names of kinds.
    voice
        In which language.

    """
    steps = (Step(step.grade.value, voice.grade(step.grade), voice.say(step.because)) for step in alert.steps)
    return Why(
        why=voice.why(alert),
        rule=rule_said(alert.rule, book, taxonomy, voice),
        steps=tuple(steps),
        not_higher=voice.say(alert.not_higher),
        interval=interval(alert, voice) if alert.threshold > 1 or alert.expected_high is not None else None,
        chance=_chance(alert, voice),
        findings=tuple(_found(one, book, taxonomy, voice) for one in alert.findings if len(alert.findings) > 1),
    )


def rule_said(ref: RuleRef, book: Book | None, taxonomy: Taxonomy, voice: Voice) -> RuleSaid:
    """Return what a rule does, as `fenghuo rules show` says it."""
    rule = next((one for one in book.rules if one.id == ref.id), None) if book is not None else None
    if book is None or rule is None:
        says = voice.pick("现行规则库中已没有这条规则", "the rule book in force has no such rule any more")
        return RuleSaid(ref.id, ref.number, says, "")
    note = ""
    if rule.version != ref.version:
        note = voice.pick(
            f"定级时用的是第{ref.version}版，现行第{rule.version}版",
            f"version {ref.version} decided; the book in force has version {rule.version}",
        )
    return RuleSaid(ref.id, ref.number, voice.say(sentence(rule, taxonomy)), note)


def _found(ref: FindingRef, book: Book | None, taxonomy: Taxonomy, voice: Voice) -> Found:
    count = voice.pick(f"{ref.events}起", f"{ref.events} report{'s' if ref.events > 1 else ''}")
    return Found(
        id=ref.id,
        grade=ref.grade.value,
        grade_word=voice.grade(ref.grade),
        title=voice.say(ref.title),
        events=count,
        is_open=ref.status == "open",
        rule=rule_said(ref.rule, book, taxonomy, voice),
    )


def _chance(alert: Alert, voice: Voice) -> str:
    """Return how often so much comes by chance."""
    if alert.p_value is None:
        return ""
    rare = odds(alert.p_value)
    return voice.pick(f"偶然出现这么多的机会{rare.zh}", f"so many come by chance in {rare.en} windows")


class _Row(NamedTuple):
    label: str
    value: float
    look: str


def interval(alert: Alert, voice: Voice) -> Picture:
    """Draw what was observed beside what is normal, its 99 % bound and the number that fires the rule."""
    pick, high = voice.pick, alert.expected_high
    expected = _expected(alert)
    threshold = alert.threshold if alert.threshold > 0 else None
    most = max(alert.observed, threshold or 0, expected or 0.0, high or 0.0, 1.0) * _ROOM
    window = voice.say(duration(alert.window_s)) if alert.window_s else ""
    within = pick(f"（{window}内）", f" (in {window})") if window else ""
    rows = [
        _Row(
            pick(f"实际 {alert.observed}{within}", f"Observed {alert.observed}{within}"),
            alert.observed,
            alert.grade.value,
        )
    ]
    if expected is not None:
        bound = pick(f"，99%情况下不超过 {high:.0f}", f", at most {high:.0f} in 99 %") if high is not None else ""
        rows.append(
            _Row(pick(f"常态 {_figure(expected)}{bound}", f"Normal {_figure(expected)}{bound}"), expected, "normal")
        )
    fires = pick(f"触发线 {threshold}", f"fires at {threshold}") if threshold is not None else ""
    shapes = [shape for n, row in enumerate(rows) for shape in _bar(n, row, most, high if n else None)]
    height = _ROW * len(rows) + (22 if fires else 4)
    if threshold is not None:
        x = threshold / most
        shapes.append(Shape("line", x, 18, x, height - 18, "threshold"))
        shapes.append(text_at(x, height - 4, fires, "threshold-text"))
    shapes += [Shape("text", 0.0, n * _ROW + 14, look="label", text=row.label) for n, row in enumerate(rows)]
    says = pick("；", "; ").join([*(row.label for row in rows), *([fires] if fires else [])])
    return Picture(says, height, tuple(shapes))


def _bar(n: int, row: _Row, most: float, high: float | None) -> Iterator[Shape]:
    top = n * _ROW
    yield Shape("rect", 0.0, top + 20, 1.0, top + 38, "track")
    if high is not None:
        yield Shape("rect", 0.0, top + 20, high / most, top + 38, "bound", hint=f"≤ {high:.0f}")
        yield Shape("line", high / most, top + 18, high / most, top + 40, "bound-edge")
    yield Shape("rect", 0.0, top + 20, row.value / most, top + 38, f"bar {row.look}")


def _expected(alert: Alert) -> float | None:
    """Return the normal value for what was observed; ``None`` where that is known for a larger area only.

    Detectors tell it for the area and the window they looked at, rules that count for a day and the street.
    """
    if alert.expected is None or alert.expected_high is not None:
        return alert.expected
    if alert.place.level not in _AS_LARGE or not alert.window_s:
        return None
    return alert.expected * alert.window_s / _DAY_S


def _figure(value: float) -> str:
    return f"{value:.1f}" if value >= 0.05 or value == 0 else f"{value:.2g}"  # noqa: PLR2004 - else it is written as 0.0
