"""The head of an alert: in ten seconds what, where, how bad, how many, who owns it and by when. Pure."""

from __future__ import annotations

from datetime import datetime
from typing import Literal, NamedTuple

from rules.alert import Alert, Text
from rules.life import TAKEN, State
from rules.refusals import STATE_NAMES, state_of
from streams.dossier.words import length
from streams.language import Voice

Tone = Literal["", "good", "warn", "bad", "dim"]

_MARKS = {
    "exercise": Text("演练", "EXERCISE"),
    "restricted": Text("仅限值班席", "Duty desk only"),
    "check": Text("待核实", "To be checked"),
    "unconfirmed": Text("未经核实", "Unconfirmed"),
    "shadow": Text("试运行，不通知", "Shadow rule, notifies nobody"),
    "flapping": Text("反复", "Flapping"),
}
_CLOCKS: dict[str, Text] = {
    "confirm": Text("核实时限", "Confirm by"),
    "sign": Text("签收时限", "Sign by"),
    "on_site": Text("到场时限", "On site by"),
}
_SOON_S = 300.0


class Fact(NamedTuple):
    """One thing to know: what it is called, and what is so."""

    label: str
    value: str


class Due(NamedTuple):
    """A clock somebody has to keep.

    Parameters
    ----------
    what
        ``confirm``, ``sign`` or ``on_site``.
    label
        What it is called.
    at
        Until when, epoch seconds.
    clock
        The same as a time of day.
    by_wall
        It runs by the time people are held to, as it does wherever somebody handles alerts; else by that of events.

    """

    what: str
    label: str
    at: float
    clock: str
    by_wall: bool


class Head(NamedTuple):
    """What stands at the top.

    Parameters
    ----------
    grade, grade_word
        Id of the grade, and what it is called.
    what, where
        Kind and place.
    state, state_word, change
        Where it is in its life, in a word, and what the last version was about.
    is_over
        Nothing is waited for any more.
    marks
        What has to be seen first, each as (id, word).
    facts
        How many, from where, since when, what is normal, who owns it.
    due
        The clocks that run.
    said
        Who took it over and what came of it, or to whom it has gone because nobody did.
    is_taken
        Somebody has taken it over.
    moved_to
        Id of the alert it became part of.

    """

    grade: str
    grade_word: str
    what: str
    where: str
    state: State
    state_word: str
    change: str
    is_over: bool
    marks: tuple[tuple[str, str], ...]
    facts: tuple[Fact, ...]
    due: tuple[Due, ...]
    said: str
    is_taken: bool
    moved_to: str


def head_of(alert: Alert, voice: Voice) -> Head:
    """Return what stands at the top of an alert's page."""
    state = state_of(alert)
    handled = voice.handled(alert) if alert.status == "open" and state != "candidate" else ""
    return Head(
        grade=alert.grade.value,
        grade_word=voice.grade(alert.grade),
        what=voice.what(alert),
        where=voice.where(alert),
        state=state,
        state_word=voice.say(STATE_NAMES[state]),
        change=voice.change(alert.revision.change),
        is_over=alert.status != "open",
        marks=tuple((mark, voice.say(_MARKS[mark])) for mark in _marks(alert)),
        facts=_facts(alert, voice),
        due=_due(alert, voice),
        said=voice.pick("；", "; ").join(filter(None, (handled, voice.judged(alert)))),
        is_taken=state in TAKEN,
        moved_to=alert.revision.handling.moved_to if alert.revision.handling is not None else "",
    )


def _marks(alert: Alert) -> list[str]:
    handling, is_open = alert.revision.handling, alert.status == "open"
    unconfirmed = handling is not None and handling.unconfirmed
    marks = {
        "exercise": alert.exercise,
        "restricted": alert.restricted,
        "check": alert.pending_check and is_open and not unconfirmed and state_of(alert) != "candidate",
        "unconfirmed": alert.pending_check and is_open and unconfirmed,
        "shadow": alert.rule.status == "shadow",
        "flapping": handling is not None and handling.flapping and is_open,
    }
    return [mark for mark, holds in marks.items() if holds]


def _facts(alert: Alert, voice: Voice) -> tuple[Fact, ...]:
    pick = voice.pick
    facts = [
        Fact(pick("数量", "How many"), voice.how_many(alert)),
        Fact(pick("来源", "Sources"), voice.sources(alert)),
        Fact(pick("时间", "Since"), span(alert, voice)),
        Fact(pick("常态", "Normal"), normal(alert, voice)),
        Fact(pick("主责", "Owner"), voice.say(alert.owner)),
    ]
    if len(alert.districts) > 1:
        names = (voice.named(voice.name_of(one)) for one in alert.districts)
        facts.append(Fact(pick("跨区", "Districts"), pick("、", ", ").join(names)))
    return tuple(fact for fact in facts if fact.value)


def normal(alert: Alert, voice: Voice) -> str:
    """Return the normal value, without saying again that it is one."""
    said = voice.norm(alert)
    for word_ in ("常态", "normally ", "normal value "):
        said = said.removeprefix(word_)
    return said


def span(alert: Alert, voice: Voice) -> str:
    """Return from when to when there is evidence, and for how long."""
    first, last = voice.clock(alert.first_at, alert.last_at), voice.clock(alert.last_at, alert.first_at)
    if alert.first_at == alert.last_at:
        return voice.clock(alert.first_at)
    lasted = voice.say(length((alert.last_at - alert.first_at).total_seconds()))
    return f"{first}–{last}" + voice.pick(f"（{lasted}）", f" ({lasted})")


def _due(alert: Alert, voice: Voice) -> tuple[Due, ...]:
    """Return the clocks that run for an alert as it stands."""
    handling, state = alert.revision.handling, state_of(alert)
    if alert.status != "open":
        return ()
    found: list[tuple[str, datetime | None]] = []
    if state == "candidate":
        found.append(("confirm", handling.confirm_by if handling is not None else None))
    if state == "raised":
        found.append(("sign", handling.sign_by if handling is not None else alert.sign_by))
    if state in {"raised", "signed", "assigned"}:
        found.append(("on_site", (handling.on_site_by if handling is not None else None) or alert.on_site_by))
    began = alert.graded_at if handling is None or not handling.times else handling.times[-1].at
    by_wall = handling is not None
    return tuple(
        Due(what, voice.say(_CLOCKS[what]), at.timestamp(), voice.clock(at, began), by_wall)
        for what, at in found
        if at is not None
    )


def countdown(due: Due, now: float, voice: Voice) -> tuple[str, Tone]:
    """Return how much is left until a clock runs out, or since when it has, and how urgent that is."""
    left_s = due.at - now
    if left_s < 0:
        late = voice.say(length(-left_s))
        return voice.pick(f"已超时 {late}", f"{late} overdue"), "bad"
    left = voice.say(length(left_s))
    return voice.pick(f"还剩 {left}", f"{left} left"), "warn" if left_s < _SOON_S else ""
