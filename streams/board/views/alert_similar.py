"""Alerts of before that were like one alert: by kind or rule, and by place; and what they turned out to be. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import NamedTuple

from rules.alert import Alert
from rules.refusals import STATE_NAMES, state_of
from streams.dossier.words import length
from streams.language import Voice

_MOST = 8
_LEVELS = ("key", "grid", "community", "street", "district")


class Similar(NamedTuple):
    """An alert of before.

    Parameters
    ----------
    id, grade, grade_word, title, when, state
        Which.
    likeness
        What they have in common.
    verdict
        ``true``, ``false`` or empty, and in words.
    took
        How long it took until somebody signed; empty where nobody did.

    """

    id: str
    grade: str
    grade_word: str
    title: str
    when: str
    state: str
    likeness: str
    verdict: str
    verdict_word: str
    took: str


class Past(NamedTuple):
    """All that was like it, in a sentence, and the likest."""

    says: str
    alerts: tuple[Similar, ...]


def similar_to(alert: Alert, others: Iterable[Alert], voice: Voice) -> Past:
    """Return what was like an alert.

    Parameters
    ----------
    alert
        Its last version.
    others
        Alerts in their last versions; those raised after it, withdrawn ones and itself are left out.
    voice
        In which language.

    """
    found = []
    for other in others:
        if other.id == alert.id or other.status == "withdrawn" or other.raised_at > alert.raised_at:
            continue
        likeness = _likeness(alert, other)
        if likeness is not None:
            found.append((likeness, other))
    found.sort(key=lambda one: (one[0], -one[1].raised_at.timestamp(), one[1].id))
    shown = tuple(_similar(alert, other, likeness, voice) for likeness, other in found[:_MOST])
    return Past(_says([other for _, other in found], voice), shown)


def _likeness(one: Alert, other: Alert) -> tuple[int, int] | None:
    """Return how unlike two alerts are: by kind or rule, then by how near; ``None`` when they are not alike."""
    if one.kind == other.kind:
        what = 0
    elif one.rule.id == other.rule.id:
        what = 1
    else:
        return None
    for near, level in enumerate(_LEVELS):
        mine = getattr(one.place, level)
        if mine and mine == getattr(other.place, level):
            return what, near
    return None


def _similar(alert: Alert, other: Alert, likeness: tuple[int, int], voice: Voice) -> Similar:
    pick, handling = voice.pick, other.revision.handling
    places = (
        pick("同一地点", "same place"),
        pick("同一网格", "same grid"),
        pick("同一社区", "same community"),
        pick("同一街道", "same street"),
        pick("同区", "same district"),
    )
    alike = [] if other.place.level == "city" else [places[likeness[1]]]
    if likeness[0]:
        alike.append(pick("同规则", "same rule"))
    verdict = handling.verdict if handling is not None else ""
    words = {"true": pick("属实", "true"), "false": pick("误报", "false alarm"), "": pick("无结论", "no verdict")}
    took = ""
    if handling is not None and handling.signed_at is not None:
        taken = voice.say(length(max(0.0, (handling.signed_at - _known_at(other)).total_seconds())))
        took = pick(f"{taken}后签收", f"signed after {taken}")
    return Similar(
        id=other.id,
        grade=other.grade.value,
        grade_word=voice.grade(other.grade),
        title=voice.say(other.title),
        when=voice.clock(other.raised_at, alert.raised_at),
        state=voice.say(STATE_NAMES[state_of(other)]),
        likeness=pick("、", ", ").join(alike),
        verdict=verdict,
        verdict_word=words[verdict],
        took=took,
    )


def _known_at(alert: Alert) -> datetime:
    handling = alert.revision.handling
    times = handling.times if handling is not None else ()
    return next((one.at for one in times if one.state == "raised"), alert.graded_at)


def _says(found: list[Alert], voice: Voice) -> str:
    verdicts = [one.revision.handling.verdict for one in found if one.revision.handling is not None]
    true, false = verdicts.count("true"), verdicts.count("false")
    if not found:
        return voice.pick("此前没有类似的预警", "there was no alert like it before")
    open_ = len(found) - true - false
    return voice.pick(
        f"此前类似 {len(found)} 次：属实 {true}，误报 {false}，无结论 {open_}",
        f"{len(found)} like it before: {true} true, {false} false alarms, {open_} without a verdict",
    )
