"""The whole life of an alert: what happened in order, how long each step took, which clocks were kept. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime
from itertools import pairwise
from typing import NamedTuple

from rich.text import Text as Styled

from rules.alert import Alert, Grade
from rules.life import OVER
from rules.refusals import STATE_NAMES
from streams.dossier.history import History
from streams.dossier.show import Dossier
from streams.dossier.words import KEPT, LEVELS, WHATS, length, plain, word
from streams.language import Voice

_TONES = (
    ("red", "bad"),
    ("yellow", "warn"),
    ("gold", "warn"),
    ("orange", "warn"),
    ("green", "good"),
    ("dim", "dim"),
    ("bold", "strong"),
)
_KEPT_TONES = {"in_time": "good", "late": "warn", "overdue": "bad", "stopped": "dim", "running": ""}


class Piece(NamedTuple):
    """Part of a line, and how it sounds: ``good``, ``warn``, ``bad``, ``dim``, ``strong`` or empty."""

    text: str
    tone: str


class LifeLine(NamedTuple):
    """One thing that happened."""

    day: str
    clock: str
    mark: tuple[Piece, ...]
    said: tuple[Piece, ...]


class StepTaken(NamedTuple):
    """How long it was in one state."""

    since: str
    state: str
    took: str
    runs: bool


class ClockKept(NamedTuple):
    """A clock and what became of it."""

    grade: str
    grade_word: str
    what: str
    level: str
    due: str
    kept: str
    tone: str
    took: str


class Life(NamedTuple):
    """A life, as far as it is known.

    Parameters
    ----------
    lines
        What happened, the oldest first.
    steps, clocks
        How long each step took, and which clocks were kept.
    notes
        What is not on record.
    related
        Other alerts that have to do with it and were not withdrawn, each as (id, title).
    is_whole
        All that is on record was read; else this is what the alert itself tells.

    """

    lines: tuple[LifeLine, ...]
    steps: tuple[StepTaken, ...]
    clocks: tuple[ClockKept, ...]
    notes: tuple[str, ...]
    related: tuple[tuple[str, str], ...]
    is_whole: bool


def life_at_hand(alert: Alert, voice: Voice) -> Life:
    """Return what an alert itself tells of its life, for as long as the records are being read."""
    handling = alert.revision.handling
    lines = []
    for reached in handling.times if handling is not None else ():
        state = voice.say(STATE_NAMES[reached.state])
        by = plain(reached.by) or voice.pick("自动", "by itself")
        lines.append(_line(reached.at, (Piece(state, "strong"),), (Piece(by, ""),), voice))
    return Life(tuple(lines), (), (), (), (), is_whole=False)


def life_of(history: History, voice: Voice, may_see: Callable[[str], bool] = lambda _: True) -> Life:
    """Return all that is on record of a life.

    Parameters
    ----------
    history
        What was read.
    voice
        In which language.
    may_see
        Tells of the id of another alert whether whoever looks may see that one.

    """
    lines = (_line(line.at, pieces(line.mark), pieces(line.said), voice) for line in Dossier(history, voice).course())
    return Life(
        lines=tuple(lines),
        steps=tuple(_steps(history, voice)),
        clocks=tuple(_clocks(history, voice)),
        notes=tuple(voice.say(note) for note in history.notes),
        related=tuple(
            (one.id, voice.say(one.title)) for one in history.related if one.status != "withdrawn" and may_see(one.id)
        ),
        is_whole=True,
    )


def _line(at: datetime, mark: tuple[Piece, ...], said: tuple[Piece, ...], voice: Voice) -> LifeLine:
    local = at.astimezone(voice.zone)
    return LifeLine(f"{local:%Y-%m-%d}", f"{local:%H:%M:%S}", mark, said)


def _steps(history: History, voice: Voice) -> Iterable[StepTaken]:
    for stay in history.stays:
        runs = stay.until is None and stay.state not in OVER
        took = voice.say(length(stay.length_s)) if stay.length_s is not None else ""
        if runs:  # how long is not said: it would stand still on a page that is drawn anew only when something happens
            took = voice.pick("至今", "until now")
        yield StepTaken(voice.clock(stay.since), voice.say(STATE_NAMES[stay.state]), took, runs)


def _clocks(history: History, voice: Voice) -> Iterable[ClockKept]:
    for one in history.clocks:
        clock, grade = one.clock, Grade(one.clock.grade)
        took = voice.say(length(clock.took_s)) if clock.took_s is not None else ""
        due = voice.clock(clock.due_at, clock.began_at)
        yield ClockKept(
            grade=grade.value,
            grade_word=voice.grade(grade),
            what=voice.say(WHATS[clock.what]),
            level=voice.say(word(LEVELS, clock.reached_level or clock.level)),
            due=voice.pick(f"应于{due}前", f"due {due}"),
            kept=voice.say(KEPT[one.kept]),
            tone=_KEPT_TONES[one.kept],
            took=voice.pick(f"用时{took}", f"took {took}") if took else "",
        )


def pieces(styled: Styled) -> tuple[Piece, ...]:
    """Return what is printed in a terminal as text with a tone: control characters and markup have none here."""
    found: list[Piece] = []
    ends = sorted({0, len(styled), *(edge for span in styled.spans for edge in (span.start, span.end))})
    for start, end in pairwise(ends):
        styles = [str(styled.style), *(str(span.style) for span in styled.spans if span.start <= start < span.end)]
        tone = next((tone for needle, tone in _TONES if any(needle in style for style in styles)), "")
        text = plain(styled.plain[start:end])
        if found and found[-1].tone == tone:
            found[-1] = Piece(found[-1].text + text, tone)
        else:
            found.append(Piece(text, tone))
    return tuple(piece for piece in found if piece.text)
