"""What an alert has to say, field by field: the values templates are filled with."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from rules.alert import GRADES, Alert
from streams.channels.base import Message
from streams.language import Voice
from streams.messages.forms import clean
from streams.messages.templates import Words

_SAID = frozenset({"closed", "withdrawn", "false_alarm"})


_ENOUGH = 8
"""Characters of an id that are enough for commands, and to be read out on the phone."""


def facts(message: Message, alert: Alert, voice: Voice, words: Words, *, brief: bool) -> dict[str, str]:
    """Return the value of every field for one alert of a message; empty where there is nothing to say.

    In brief the place has its own name only, which English otherwise gives with the district.
    """
    said = {
        "grade": voice.grade(alert.grade),
        "change": _change(message, alert, voice, words),
        "kind": voice.what(alert),
        "place": alert.place.name if brief else voice.place(alert),
        "grid": voice.name_of(alert.place.grid) if alert.place.grid not in {"", alert.place.key} else "",
        "districts": _districts(alert, voice),
        "when": _when(alert, voice),
        "sources": voice.sources(alert),
        "count": voice.how_many(alert),
        "norm": _spaced(voice.norm(alert)),
        "why": voice.why(alert),
        "grading": voice.pick("；", "; ").join(_grading(alert, voice)),
        "others": voice.others(alert),
        "advice": voice.advice(alert) if alert.status == "open" else "",
        "plan": voice.say(alert.plan) if alert.status == "open" else "",
        "ref": "" if "sign" in message.links else alert.id[:_ENOUGH],
        "owner": voice.say(alert.owner),
        **_duty(alert, voice),
        "judged": voice.judged(alert),
    }
    values = {name: clean(value) for name, value in said.items()}
    values["kind"] = values["kind"] or alert.kind
    values["place"] = values["place"] or clean(voice.name_of(alert.place.district)) or "?"
    return {**values, **_marks(message, alert, words)}


def overview(message: Message, voice: Voice, words: Words) -> dict[str, str]:
    """Return the fields of a digest's first line."""
    counts = Counter(alert.grade for alert in message.alerts)
    grades = [
        f"{voice.grade(grade)}{voice.pick('', ' ')}{counts[grade]}" for grade in reversed(GRADES) if counts[grade]
    ]
    exercise = message.exercise or (bool(message.alerts) and all(alert.exercise for alert in message.alerts))
    return {
        "exercise": words.exercise if exercise else "",
        "again": words.again if message.again else "",
        "total": str(len(message.alerts)),
        "grades": voice.pick("、", ", ").join(grades),
    }


def most_urgent_first(alerts: Sequence[Alert]) -> list[Alert]:
    """Return alerts by grade, open ones before those that ended, then by when they have to be signed."""
    return sorted(alerts, key=lambda one: (one.status != "open", -one.grade.rank, _sign_by(one), one.id))


def _marks(message: Message, alert: Alert, words: Words) -> dict[str, str]:
    return {
        "exercise": words.exercise if message.exercise or alert.exercise else "",
        "again": words.again if message.again else "",
        "check": words.check if alert.pending_check and alert.status == "open" else "",
    }


def _change(message: Message, alert: Alert, voice: Voice, words: Words) -> str:
    """Return why it is told now: what became of it, or that it still waits for somebody."""
    change = alert.revision.change
    match message.what:
        case "reminder":
            return words.reminder
        case "escalation":
            return words.escalation
        case "resolved" if change not in _SAID:
            return words.resolved
        case _:
            return voice.change(change)


def _districts(alert: Alert, voice: Voice) -> str:
    """Return the districts, where there is more than the one it stands in."""
    names = [voice.named(voice.name_of(one)) for one in alert.districts]
    return voice.pick("、", ", ").join(names) if len(names) > 1 else ""


def _when(alert: Alert, voice: Voice) -> str:
    first = voice.clock(alert.first_at, alert.raised_at)
    last = voice.clock(alert.last_at, alert.first_at)
    return first if first.endswith(last) else f"{first}–{last}"


def _spaced(norm: str) -> str:
    """Return the normal value with a space before its figure: 常态 0.1起/日."""
    head, figure = norm[:2], norm[2:]
    return f"{head} {figure}" if head == "常态" and figure[:1].isdigit() else norm


def _grading(alert: Alert, voice: Voice) -> list[str]:
    before = alert.revision.previous_grade
    said = [voice.say(step.because) for step in alert.steps[1:]]
    if before is not None and before != alert.grade:
        now, then = voice.grade(alert.grade), voice.grade(before)
        said.insert(0, voice.pick(f"由{then}变为{now}", f"{then} before, {now} now"))
    return said


def _sign_by(alert: Alert) -> float:
    handling = alert.revision.handling
    return (handling.sign_by if handling is not None else alert.sign_by).timestamp()


def _ended(alert: Alert, voice: Voice) -> str:
    """Return that it is over, by whom and why, or that it ended by itself and whether anybody had signed for it."""
    word = voice.change("withdrawn" if alert.status == "withdrawn" else "closed")
    handling = alert.revision.handling
    if handling is None:
        return word
    if handling.moved_to:
        into = handling.moved_to[:_ENOUGH]
        return voice.pick(f"{word}，已并入{into}", f"{word}: now part of {into}")
    if handling.by:
        said = voice.pick(f"{handling.by} {word}", f"{word} by {handling.by}")
        return said + (voice.pick(f"：{handling.why}", f": {handling.why}") if handling.why else "")
    if alert.status != "closed":
        return word
    own = voice.pick(f"无新情况，自动{word}", f"{word} by itself, nothing new came")
    return own if handling.signed_by else own + voice.pick("，未签收", ", nobody had signed")


def _duty(alert: Alert, voice: Voice) -> dict[str, str]:
    """Return until when somebody has to sign and what was missed, or who has, or that nobody has to any more."""
    found = dict.fromkeys(("missed", "until", "handled", "ended"), "")
    handling = alert.revision.handling
    if alert.status != "open":
        return {**found, "ended": _ended(alert, voice)}
    if handling is not None and handling.signed_by and handling.signed_at is not None:
        return {**found, "handled": voice.handled(alert)}
    if alert.is_false_alarm:
        return {**found, "handled": voice.change("false_alarm")}
    sign_by = alert.sign_by if handling is None else handling.sign_by
    return {**found, "missed": voice.handled(alert), "until": voice.clock(sign_by, alert.graded_at)}
