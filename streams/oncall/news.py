"""What is worth telling somebody of an alert, given what they were told."""

from __future__ import annotations

from typing import Any, Literal, NamedTuple

import msgspec

from rules.alert import Alert, Grade
from rules.selector import seconds
from streams.oncall.quiet import NEVER, is_candidate, is_over
from streams.oncall.quietfile import Timing

What = Literal["alert", "reminder", "escalation", "resolved"]


class Told(msgspec.Struct, frozen=True, kw_only=True):
    """What somebody was told of an alert the last time.

    Parameters
    ----------
    person
        Who.
    version
        Which version.
    times
        How many messages about it they got.
    at
        When, epoch seconds.
    rank, events, missed
        Grade, events and missed clocks of that version.
    over
        That it was over.
    candidate
        That it was to be confirmed.
    system
        They are a program.
    grave
        Findings of that version that were orange or red and stood.

    """

    person: str
    version: int
    times: int
    at: float
    rank: int
    events: int
    missed: int
    over: bool
    candidate: bool
    system: bool
    grave: int = 0


class Pace(NamedTuple):
    """`Timing` in seconds."""

    group_wait_s: float
    group_interval_s: float
    repeat_s: float
    again_s: float
    growth: float
    growth_events: int
    flap_changes: int
    flap_within_s: float
    flap_mute_s: float
    per_hour: int
    digests: int
    digest_wait_s: float
    keep_s: float

    @classmethod
    def of(cls, timing: Timing) -> Pace:
        """Return the timing of a file in seconds."""
        read: list[Any] = [seconds(one) if isinstance(one, str) else one for one in msgspec.structs.astuple(timing)]
        return cls(*read)

    @property
    def digest_every_s(self) -> float:
        """How far apart digests of one person are, so that there are no more of them than are kept an hour."""
        return 3600.0 / self.digests


class News(NamedTuple):
    """Something worth telling, and from when on it may be told, epoch seconds."""

    what: What
    since: float = -NEVER


def missed_of(alert: Alert) -> int:
    """Return how many clocks ran out, with nobody signing and with nobody on site."""
    handling = alert.revision.handling
    return handling.missed + handling.missed_on_site if handling is not None else 0


def grave_of(alert: Alert) -> int:
    """Return how many orange and red findings stand: another one is news, whoever has signed for the alert."""
    return sum(ref.status == "open" and ref.grade.rank >= Grade.ORANGE.rank for ref in alert.findings)


def is_signed(alert: Alert) -> bool:
    """Tell whether somebody took the alert over."""
    return alert.revision.handling is not None and bool(alert.revision.handling.signed_by)


def news(told: Told, alert: Alert, reminded: int, pace: Pace, *, escalations: bool = True) -> News | None:
    """Return what is worth telling somebody who was told before.

    Parameters
    ----------
    told
        The last they heard.
    alert
        The newest version.
    reminded
        Number of the newest version that reminds of a clock.
    pace
        How often is often enough.
    escalations
        Whether missed clocks are news to them.

    """
    over = is_over(alert)
    newer = told.system and alert.revision.version > told.version
    if told.over or over:
        return None if told.over and over and not newer else News("resolved" if over else "alert")
    if newer or alert.grade.rank != told.rank or (told.candidate and not is_candidate(alert)):
        return News("alert")
    if escalations and missed_of(alert) > told.missed:
        return News("escalation")
    if reminded > told.version:
        return News("reminder", told.at + pace.again_s)
    if _grew(told, alert, pace) or grave_of(alert) > told.grave:
        return News("alert", told.at + pace.again_s)
    return None if is_signed(alert) else News("reminder", told.at + pace.repeat_s)


def _grew(told: Told, alert: Alert, pace: Pace) -> bool:
    """Tell whether there are more events by a factor and by a number."""
    enough = max(told.events + pace.growth_events, told.events * pace.growth)
    return alert.events >= enough
