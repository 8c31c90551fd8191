"""The course of one alert: its versions by when they were issued, the clocks people were held to, its states. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Literal, NamedTuple

import msgspec

from rules.alert import Alert
from rules.handling import Handling
from rules.life import State
from rules.refusals import state_of

What = Literal["sign", "on_site"]
Kept = Literal["in_time", "late", "overdue", "stopped", "running"]

_RUNS: dict[What, frozenset[State]] = {"sign": frozenset({"raised"}), "on_site": frozenset({"signed", "assigned"})}


class Version(NamedTuple):
    """A version of an alert, and when it was issued: of one from a file, when its latest event was."""

    alert: Alert
    at: datetime


class Clock(msgspec.Struct, frozen=True, kw_only=True):
    """The time somebody had to sign an alert at one grade, or to be on site.

    Parameters
    ----------
    what
        ``sign`` or ``on_site``.
    version
        Number of the version it began with.
    grade, level
        What it was then, and whose people had to act.
    began_at, due_at
        When that version was issued, and until when somebody had to act.
    done_at
        When somebody signed, or was there; ``None`` while nobody has.
    reached_level
        Whose people had to act in the end: one further up for every time it ran out.
    missed
        How often it ran out, each time going one level up.
    ended_at
        When nobody had to any more: it was done, a false alarm, over, or at a higher grade; ``None`` while somebody
        has to.

    """

    what: What
    version: int
    grade: str
    level: str
    began_at: datetime
    due_at: datetime
    done_at: datetime | None = None
    reached_level: str = ""
    missed: int = 0
    ended_at: datetime | None = None

    @property
    def took_s(self) -> float | None:
        """Seconds from its beginning until it was done, ``None`` where it was not."""
        return None if self.done_at is None else max(0.0, (self.done_at - self.began_at).total_seconds())

    def kept(self, now: datetime) -> Kept:
        """Return what became of it by `now`: done in time or late, overdue, ended with nothing to do, running."""
        if self.done_at is not None:
            return "in_time" if self.done_at <= self.due_at and not self.missed else "late"
        if (self.ended_at or now) >= self.due_at:
            return "overdue"
        return "running" if self.ended_at is None else "stopped"


class Stay(NamedTuple):
    """How long an alert was in one state; `until` is ``None`` while it is."""

    state: State
    since: datetime
    until: datetime | None


def ordered(versions: Iterable[Version]) -> list[Version]:
    """Return each version of one alert once, in the order of their numbers: the order they came in does not matter."""
    first: dict[int, Version] = {}
    for version in versions:
        known = first.setdefault(version.alert.revision.version, version)
        if version.at < known.at:
            first[version.alert.revision.version] = version
    return [first[number] for number in sorted(first)]


def missing(versions: Sequence[Version]) -> list[int]:
    """Return the numbers of versions that must have been before the last one, and are not among `versions`."""
    known = {version.alert.revision.version for version in versions}
    return sorted(set(range(1, max(known, default=0) + 1)) - known)


def clocks(versions: Sequence[Version], what: What = "sign") -> list[Clock]:
    """Return the clocks that ran for an alert, the oldest first; none where nobody handles alerts.

    One begins whenever the alert comes into a state in which somebody has to act, and with every higher grade there.
    """
    found: list[Clock] = []
    runs, highest, missed = False, -1, 0
    for version in versions:
        alert, handling = version.alert, version.alert.revision.handling
        if handling is None:
            continue
        ran, runs = runs, alert.status == "open" and handling.state in _RUNS[what]
        if ran:
            found[-1] = _went_on(found[-1], version, handling, missed, runs=runs)
        if runs and (not ran or alert.grade.rank > highest):
            if ran:
                found[-1] = msgspec.structs.replace(found[-1], ended_at=version.at)
            highest, missed = alert.grade.rank, _missed(handling, what)
            found.append(_begun(version, handling, what))
    return found


def _begun(version: Version, handling: Handling, what: What) -> Clock:
    alert = version.alert
    due_at = handling.sign_by if what == "sign" else handling.on_site_by
    return Clock(
        what=what,
        version=alert.revision.version,
        grade=alert.grade.value,
        level=handling.level,
        began_at=version.at,
        due_at=due_at or alert.on_site_by,
        reached_level=handling.level,
    )


def _missed(handling: Handling, what: What) -> int:
    return handling.missed if what == "sign" else handling.missed_on_site


def _went_on(clock: Clock, version: Version, handling: Handling, missed: int, *, runs: bool) -> Clock:
    """Return a clock with what the next version says of it; `runs` while somebody still has to act."""
    missed = max(clock.missed, _missed(handling, clock.what) - missed)
    clock = msgspec.structs.replace(clock, missed=missed, reached_level=handling.level)
    if runs:
        return clock
    done_at = handling.signed_at if clock.what == "sign" else handling.arrived_at
    if handling.state == "false_alarm" or version.alert.status != "open":
        done_at = None  # what is said of it then was done before, if at all
    return msgspec.structs.replace(clock, done_at=done_at, ended_at=done_at or version.at)


def stays(versions: Sequence[Version]) -> list[Stay]:
    """Return the states an alert went through and how long it was in each, in order."""
    changes: list[tuple[State, datetime]] = []
    for version in versions:
        state = state_of(version.alert)
        if not changes or changes[-1][0] != state:
            earliest = changes[-1][1] if changes else version.at
            changes.append((state, max(earliest, _reached(version, state))))
    ends = [*(since for _, since in changes[1:]), None]
    return [Stay(state, since, until) for (state, since), until in zip(changes, ends, strict=True)]


def _reached(version: Version, state: State) -> datetime:
    """Return when an alert came into a state: when whoever brought it there says, else when the version was issued."""
    handling = version.alert.revision.handling
    reached = [one.at for one in handling.times if one.state == state and one.by] if handling is not None else []
    return min(reached[-1], version.at) if reached else version.at


def reopened(versions: Sequence[Version]) -> list[datetime]:
    """Return when an alert that was over, or dealt with, had to be looked at again."""
    return [version.at for version in versions if version.alert.revision.change == "reopened"]
