"""What the planner knows of one alert, of one recipient's batch, and of one person's hour."""

from __future__ import annotations

from bisect import bisect_right

import msgspec

from rules.alert import Alert
from streams.oncall.news import Told, grave_of, missed_of
from streams.oncall.quiet import NEVER, is_candidate, is_over

_HOUR_S = 3600.0


class Case(msgspec.Struct, kw_only=True):
    """One alert.

    Parameters
    ----------
    alert, noted
        Its newest version, and when that came, epoch seconds.
    told
        What each recipient was told last, by ``channel/person``.
    owed
        Recipients who are to be told, and whether they are on duty for the area that has to sign.
    heard
        Recipients who heard of an escalation that left them behind: once is enough.
    reminded
        Newest version that reminds of a clock.
    changes
        When grade or state changed lately, epoch seconds.
    top
        Highest grade anybody was told since it began to change, -1 for nobody.
    muted_until, flaps_since
        Until when changes are not told because there are too many, and the version that says so.
    stays
        Why it is not told at present; empty when it is.
    recorded
        Version and reason of the last record that says why not.
    wake
        When to look again, epoch seconds.
    forget_at
        When it can be forgotten, epoch seconds.

    """

    alert: Alert
    noted: float
    told: dict[str, Told] = {}
    owed: dict[str, bool] = {}
    heard: list[str] = []
    reminded: int = 0
    changes: list[float] = []
    top: int = -1
    muted_until: float = -NEVER
    flaps_since: int = 0
    stays: str = ""
    recorded: tuple[int, str] = (0, "")
    wake: float = NEVER
    forget_at: float = NEVER

    @property
    def last(self) -> Told | None:
        """What was told last to anybody; to a program only where there is nobody else."""
        return max(self.told.values(), key=lambda one: (not one.system, one.version, one.at), default=None)

    def set_back(self, now: float) -> None:
        """Have nothing happened after `now`, epoch seconds."""
        self.noted, self.muted_until = min(self.noted, now), min(self.muted_until, now)
        self.changes = [min(at, now) for at in self.changes]
        self.told = {to: msgspec.structs.replace(told, at=min(told.at, now)) for to, told in self.told.items()}
        self.forget_at = NEVER if self.forget_at > now else self.forget_at

    def hears(self, to: str, now: float, *, system: bool) -> None:
        """Write down that a recipient is told of the newest version."""
        alert, before = self.alert, self.told.get(to)
        self.told[to] = Told(
            person=to.partition("/")[2],
            version=alert.revision.version,
            times=before.times + 1 if before is not None else 1,
            at=now,
            rank=alert.grade.rank,
            events=alert.events,
            missed=missed_of(alert),
            over=is_over(alert),
            candidate=is_candidate(alert),
            system=system,
            grave=grave_of(alert),
        )
        self.owed.pop(to, None)
        self.top = max(self.top, alert.grade.rank)


class Batch(msgspec.Struct, kw_only=True):
    """What waits for one recipient to be told together.

    Parameters
    ----------
    items
        Ids of alerts, in the order in which they came.
    last
        When the last message went out, epoch seconds.
    wake
        When the next one does.

    """

    items: dict[str, None] = {}
    last: float = -NEVER
    wake: float = NEVER

    def set_back(self, now: float) -> None:
        """Have nothing happened after `now`, and what waits go out."""
        self.last = min(self.last, now)
        self.wake = min(self.wake, now) if self.items else NEVER

    def add(self, alert: str, since: float, wait_s: float, interval_s: float) -> None:
        """Let an alert wait for others: for a while from `since` on, and for the interval since the last message."""
        self.items.setdefault(alert)
        if self.wake == NEVER:
            self.wake = max(since + wait_s, self.last + interval_s)


class Ration(msgspec.Struct, kw_only=True):
    """How much one person was told within the last hour, and what waits for a digest.

    Parameters
    ----------
    sent
        When, epoch seconds, in order.
    held
        Ids of alerts, and the recipients (``channel/person``) each was for.
    last
        When the last digest went out, epoch seconds.
    wake
        When the next one does.

    """

    sent: list[float] = []
    held: dict[str, list[str]] = {}
    last: float = -NEVER
    wake: float = NEVER

    def set_back(self, now: float) -> None:
        """Have nothing happened after `now`, and what is held go out."""
        self.sent = [min(at, now) for at in self.sent]
        self.last = min(self.last, now)
        self.wake = min(self.wake, now) if self.held else NEVER

    def used(self, now: float) -> int:
        """Return how many messages went out within the hour before `now`."""
        return len(self.sent) - bisect_right(self.sent, now - _HOUR_S)

    def count(self, now: float) -> None:
        """Count a message that goes out at `now`, and forget those of an hour ago."""
        del self.sent[: bisect_right(self.sent, now - _HOUR_S)]
        self.sent.append(now)

    def hold(self, alert: str, to: str, now: float, wait_s: float, every_s: float) -> None:
        """Let an alert wait for the next digest."""
        waiting = self.held.setdefault(alert, [])
        if to not in waiting:
            waiting.append(to)
        if self.wake == NEVER:
            self.wake = max(now + wait_s, self.last + every_s)
