"""What is not told, and why: shadow rules, candidates, maintenance, silences, inhibition."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from typing import Literal, NamedTuple

import msgspec

from rules.alert import Alert, Grade
from rules.life import OVER
from rules.silence import Matcher, Silence, for_city, matches
from streams.oncall.duty import Days
from streams.oncall.inhibition import Inhibitor
from streams.oncall.quietfile import Inhibition, Maintenance
from streams.oncall.walltime import day_of, stretch_of

Reason = Literal[
    "SHADOW", "CANDIDATE", "MAINTENANCE", "SILENCED", "INHIBITED", "FLAPPING", "UNCHANGED", "OVER_BEFORE_SENT"
]
NEVER = float("inf")
_DONE = OVER | {"resolved", "false_alarm"}


class Suppressed(msgspec.Struct, frozen=True, kw_only=True):
    """A version nobody was told of, and why; goes to ``deliveries``.

    Parameters
    ----------
    alert, version
        Which.
    reason
        ``SHADOW``: its rule is on trial. ``CANDIDATE``: it waits for a confirmation. ``MAINTENANCE``, ``SILENCED``,
        ``INHIBITED``: see `by`. ``FLAPPING``: it changed too often. ``UNCHANGED``: nothing worth telling is new.
        ``OVER_BEFORE_SENT``: it was over before anybody had been told.
    by
        Name of the window or the rule of inhibition with the alert that mutes, id of the silence.
    at
        When it was decided, epoch seconds.
    until
        When it will be looked at again at the latest; ``None`` where that hangs on something else.

    """

    alert: str
    version: int
    reason: Reason
    at: float
    by: str = ""
    until: float | None = None


class Mute(NamedTuple):
    """Why an alert is not told now, by what, and until when at the latest, epoch seconds."""

    reason: Reason
    by: str = ""
    until: float = NEVER


class Window:
    """Maintenance that comes again.

    Parameters
    ----------
    file
        As it stands in the file, without faults.
    days
        Kinds of day.
    city
        Id of the city.

    """

    def __init__(self, file: Maintenance, days: Days, city: str) -> None:
        self._file = file
        self._days = days
        self._when = for_city(file.when, city)
        self._first = date.fromisoformat(file.since) if file.since else date.min
        self._last = date.fromisoformat(file.until) if file.until else date.max

    def mutes(self, alert: Alert, now: float) -> Mute | None:
        """Tell whether an alert is not told at `now`, epoch seconds."""
        if not _may(alert, red=self._file.red) or not matches(self._when, alert, wholly=True):
            return None
        today = day_of(now, self._days.zone)
        for day in (today - timedelta(days=1), today):
            if self._first <= day <= self._last and self._days.is_one(day, self._file.days):
                window = stretch_of(day, self._file.hours, self._days.zone)
                if window.start <= now < window.end:
                    return Mute("MAINTENANCE", self._file.name, window.end)
        return None


class Quiet:
    """Everything that keeps an alert from being told.

    Parameters
    ----------
    windows, inhibitions, silences
        Of the file.
    city
        Id of the city.

    """

    def __init__(
        self,
        windows: Sequence[Window] = (),
        inhibitions: Sequence[Inhibition] = (),
        silences: Iterable[Silence] = (),
        city: str = "",
    ) -> None:
        self._windows = tuple(windows)
        self.inhibitors = tuple(Inhibitor(one, city) for one in inhibitions)
        self._standing = {one.id: (one, for_city(one.matcher, city)) for one in silences}
        self._said: dict[str, tuple[Silence, Matcher]] = {}
        self._city = city

    @property
    def said(self) -> list[Silence]:
        """The silences that were said, and not those of the file."""
        return [silence for silence, _ in self._said.values()]

    def silence(self, silence: Silence) -> None:
        """Take a silence in, in place of one with the same id."""
        self._said[silence.id] = silence, for_city(silence.matcher, self._city)

    def unsilence(self, id_: str) -> bool:
        """End a silence that was said; tell whether there was one."""
        return self._said.pop(id_, None) is not None

    def forget(self, now: float) -> list[str]:
        """Forget the silences that are over; return their ids."""
        over = [id_ for id_, (silence, _) in self._said.items() if silence.until_at.timestamp() <= now]
        for id_ in over:
            del self._said[id_]
        return over

    def why(self, alert: Alert, now: float) -> Mute | None:
        """Return why an alert is not told at `now`, epoch seconds; ``None`` when it is."""
        if alert.rule.status == "shadow":
            return Mute("SHADOW", alert.rule.id)
        if is_candidate(alert):
            return Mute("CANDIDATE")
        for window in self._windows:
            if (mute := window.mutes(alert, now)) is not None:
                return mute
        return self._silenced(alert, now) or self._inhibited(alert)

    def _silenced(self, alert: Alert, now: float) -> Mute | None:
        """Return the silence that lasts longest of those that hold."""
        until, by = 0.0, ""
        for silence, matcher in (*self._standing.values(), *self._said.values()):
            ends = silence.until_at.timestamp()
            holds = silence.from_at.timestamp() <= now < ends and _may(alert, red=silence.red)
            if holds and ends > until and matches(matcher, alert, wholly=True):
                until, by = ends, silence.id
        return Mute("SILENCED", by, until) if by else None

    def _inhibited(self, alert: Alert) -> Mute | None:
        for inhibitor in self.inhibitors:
            if source := inhibitor.mutes(alert):
                return Mute("INHIBITED", f"{inhibitor.name}: {source}")
        return None


def is_candidate(alert: Alert) -> bool:
    """Tell whether an alert waits for somebody to confirm it before it may leave the room."""
    return alert.revision.handling is not None and alert.revision.handling.state == "candidate"


def is_over(alert: Alert) -> bool:
    """Tell whether nobody has to do anything about an alert any more: dealt with, closed, withdrawn, a false alarm."""
    handling = alert.revision.handling
    return alert.status != "open" or alert.is_false_alarm or (handling is not None and handling.state in _DONE)


def _may(alert: Alert, *, red: bool) -> bool:
    return red or alert.grade is not Grade.RED
