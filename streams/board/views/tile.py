"""One open alert as it stands on the wall: what, where, how bad, why, whose it is and by when, in ten seconds."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Literal

import msgspec

from rules.alert import Alert, Text
from rules.life import State
from rules.refusals import state_of
from streams.language import Voice

Due = Literal["", "confirm", "sign", "arrive"]

STATES: dict[State, Text] = {
    "candidate": Text("待核实", "to confirm"),
    "raised": Text("待签收", "unsigned"),
    "signed": Text("已签收", "signed"),
    "assigned": Text("已派单", "sent"),
    "on_site": Text("已到场", "on site"),
    "resolved": Text("已办结", "resolved"),
    "closed": Text("已解除", "closed"),
    "false_alarm": Text("误报", "false alarm"),
    "expired": Text("已失效", "expired"),
    "cancelled": Text("已撤销", "withdrawn"),
}


class Tile(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """What the wall shows of an alert.

    Parameters
    ----------
    id, version
        Of the alert.
    grade, rank, word
        ``red``; 3; 红.
    change, state, state_word
        What became of it last; where it is in its life, as a key and as a word.
    title, place, when, counted, norm, why, advice
        What is said about it.
    owner, who
        Whose it is; who has taken it over and what they did, or to whom it has gone.
    due, due_at
        What is to be done next and until when, epoch seconds; empty and 0 when no clock runs.
    missed
        How often a clock ran out.
    spark
        Events of its kind and place by hour, the last hour last.
    kind, districts
        Ids, to filter by.
    at
        When it came to its present grade, epoch seconds.
    marks
        待核实, 演练, 仅值班 and the like.
    may_sign
        Whether anybody can sign for it now.
    text
        What a search looks at.

    """

    id: str
    version: int
    grade: str
    rank: int
    word: str
    change: str
    state: str
    state_word: str
    title: str
    place: str
    when: str
    counted: str
    norm: str
    why: str
    advice: str
    owner: str
    who: str
    due: Due
    due_at: float
    missed: int
    spark: Sequence[int]
    kind: str
    districts: tuple[str, ...]
    at: float
    marks: tuple[str, ...]
    may_sign: bool
    text: str


def tile_of(alert: Alert, voice: Voice, spark: Sequence[int] = ()) -> Tile:
    """Return the tile of an open alert.

    Parameters
    ----------
    alert
        The alert.
    voice
        Language and names.
    spark
        Events of its kind and place by hour, the last hour last.

    """
    state = state_of(alert)
    due, due_at = due_of(alert)
    handling = alert.revision.handling
    place, title = voice.where(alert), voice.what(alert)
    owner = voice.say(alert.owner)
    return Tile(
        id=alert.id,
        version=alert.revision.version,
        grade=alert.grade.value,
        rank=alert.grade.rank,
        word=voice.colour(alert.grade),
        change=voice.change(alert.revision.change),
        state=state,
        state_word=voice.say(STATES[state]),
        title=title,
        place=place,
        when=_when(alert, voice),
        counted=f"{voice.how_many(alert)} · {voice.sources(alert)}",
        norm=voice.norm(alert),
        why=voice.why(alert),
        advice=voice.advice(alert),
        owner=owner,
        who=voice.handled(alert),
        due=due,
        due_at=0.0 if due_at is None else due_at.timestamp(),
        missed=0 if handling is None else handling.missed + handling.missed_on_site,
        spark=spark,
        kind=alert.kind,
        districts=alert.districts or (alert.place.district,),
        at=alert.graded_at.timestamp(),
        marks=tuple(_marks(alert, voice)),
        may_sign=state == "raised",
        text=" ".join((alert.id[:8], title, place, owner, alert.kind)).lower(),
    )


def due_of(alert: Alert) -> tuple[Due, datetime | None]:
    """Return what somebody has to do next about an open alert, and until when."""
    handling = alert.revision.handling
    if alert.status != "open" or handling is None or handling.verdict == "false":
        return "", None
    if handling.state == "candidate":
        return ("confirm", handling.confirm_by) if handling.confirm_by is not None else ("", None)
    if not handling.signed_by:
        return "sign", handling.sign_by
    if handling.arrived_at is None and handling.resolved_at is None and handling.on_site_by is not None:
        return "arrive", handling.on_site_by
    return "", None


def _when(alert: Alert, voice: Voice) -> str:
    """Return from when to when there was evidence."""
    first, last = voice.clock(alert.first_at), voice.clock(alert.last_at, alert.first_at)
    return first if first.endswith(last) else f"{first}–{last}"


def _marks(alert: Alert, voice: Voice) -> list[str]:
    handling = alert.revision.handling
    found = []
    if alert.exercise:
        found.append(voice.pick("演练", "exercise"))
    if alert.pending_check:
        unconfirmed = handling is not None and handling.unconfirmed
        found.append(voice.pick("未经核实", "unconfirmed") if unconfirmed else voice.pick("待核实", "to be checked"))
    if alert.restricted:
        found.append(voice.pick("仅限值班", "duty desk only"))
    if handling is not None and handling.flapping:
        found.append(voice.pick("反复", "flapping"))
    return found


def hours_before(until: float, hours: int) -> tuple[float, float]:
    """Return since when and until when to count for so many whole hours, of which the last holds `until`."""
    end = (until // 3_600 + 1) * 3_600
    return end - hours * 3_600, end
