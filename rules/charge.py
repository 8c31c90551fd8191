"""What is known of the handling of one alert: where it is in its life, whose it is, and which clock runs."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Literal

import msgspec

from rules.alert import GRADES, Alert, AlertPlace, Change, Grade, Handling, Reached
from rules.byhand import ByHand
from rules.clocks import LEAST_REPEAT_S, Terms
from rules.life import OVER, TAKEN, Reason, State

NEVER = float("inf")
FLAPS, FLAPS_WITHIN_S = 4, 3_600.0
REMEMBERED = 64
"""Commands of one alert that are known again."""
_PROGRESS: tuple[State, ...] = (
    *("cancelled", "expired", "closed", "false_alarm", "candidate", "raised"),
    *("signed", "assigned", "on_site", "resolved"),
)
_NEVER_OUT = frozenset({"candidate", "false_alarm", "expired", "cancelled"})
_BEFORE = datetime(1970, 1, 1, tzinfo=UTC)


class Charge(msgspec.Struct, array_like=True):
    """What is known of the handling of one alert.

    Parameters
    ----------
    alert
        The last version its rules or its fusion gave, as they gave it.
    version, rank, rank_before, is_open, change
        Of the last version that went out: its number, its grade and that of the version before (0 to 3, -1 before
        any), whether it stood open, and what had become of it.
    sign_by, on_site_by, confirm_by
        Deadlines, epoch seconds.
    sign_s, on_site_s
        How long the clocks run.
    state, times
        Where it is in its life, and when it came into each state.
    due, near
        When the clock of its state runs out, and when to remind of it, epoch seconds; infinity when none runs.
    until
        When it expires or, once it is over, is forgotten; infinity while it stands.
    highest
        Highest rank it had since it was last raised: for a higher one people have to look again.
    missed, missed_on_site
        How many clocks ran out.
    signed_by, signed_at, assigned_to, arrived_at, resolved_at, confirmed_by
        Who did what, and when; `assigned_to` is who was sent.
    verdict, judged_by, judged_at
        What somebody found out (属实, 误报) at its present grade.
    before
        State a false alarm was in.
    heard
        Time and id of the latest command that said so, also of one that changed nothing: none from before counts.
    by_hand
        A grade somebody gave.
    quiet_at
        When its place was found quiet.
    counted_to
        Event time of its last evidence when it was closed or resolved: what comes later is more of it.
    flips
        Times of its last changes of grade and between open and closed.
    moved_to
        Id of the alert it became part of.
    commands
        Ids of the last commands and why they were refused, nothing for those that were obeyed.
    command, by, why
        Of the last version: who brought it about.

    """

    alert: Alert
    version: int
    sign_by: float
    on_site_by: float
    sign_s: float
    on_site_s: float
    confirm_by: float = NEVER
    rank: int = -1
    rank_before: int = -1
    is_open: bool = False
    change: Change = "new"
    state: State = "raised"
    times: tuple[Reached, ...] = ()
    due: float = NEVER
    near: float = NEVER
    until: float = NEVER
    highest: int = 0
    missed: int = 0
    missed_on_site: int = 0
    signed_by: str = ""
    signed_at: datetime | None = None
    assigned_to: str = ""
    arrived_at: datetime | None = None
    resolved_at: datetime | None = None
    confirmed_by: str = ""
    verdict: Literal["", "true", "false"] = ""
    judged_by: str = ""
    judged_at: datetime | None = None
    before: State = "raised"
    heard: tuple[float, str] = (-NEVER, "")
    by_hand: ByHand | None = None
    quiet_at: datetime | None = None
    counted_to: datetime = _BEFORE
    flips: tuple[float, ...] = ()
    moved_to: str = ""
    commands: dict[str, Reason | None] = {}
    command: str = ""
    by: str = ""
    why: str = ""

    @property
    def over(self) -> bool:
        """Whether nothing is waited for any more."""
        return self.state in OVER or (self.state == "false_alarm" and self.quiet_at is not None)

    @property
    def next_at(self) -> float:
        """When something may next have to be done, epoch seconds."""
        return min(self.due, self.near, self.until)

    @property
    def levels_up(self) -> int:
        """How many levels up it has gone, also past the top."""
        return self.missed + self.missed_on_site

    @property
    def at_top(self) -> bool:
        """Whether it has gone as far up as it can."""
        return self.levels_up >= len(levels_of(self.alert.place)) - 1

    @property
    def rank_now(self) -> int:
        """Its rank with what people changed."""
        by_hand = self.by_hand.rank_of(self.alert.grade.rank) if self.by_hand is not None else None
        return self.alert.grade.rank if by_hand is None else by_hand

    @property
    def grade_now(self) -> Grade:
        """Its grade with what people changed."""
        return GRADES[self.rank_now]

    def reach(self, state: State, at: datetime, by: str = "") -> None:
        """Come into a state; it is the latest of the times, also when it was there before."""
        self.state = state
        reached = Reached(state=state, at=at.astimezone(UTC), by=by)
        self.times = (*(one for one in self.times if one.state != state), reached)

    def forget_people(self) -> None:
        """Forget who took it over, who was sent and who judged: they have to look again."""
        self.signed_by, self.signed_at, self.assigned_to = "", None, ""
        self.arrived_at = self.resolved_at = None
        self.verdict, self.judged_by, self.judged_at = "", "", None

    def run(self, terms: Terms) -> None:
        """Have the clock of its state run."""
        self.due = self.near = NEVER
        if self.state == "candidate":
            self.due = self.confirm_by
        elif self.state == "raised":
            self.due, self.near = self.sign_by, self.sign_by - (1.0 - terms.remind) * self.sign_s
        elif self.state in {"signed", "assigned"}:
            self.due, self.near = self.on_site_by, self.on_site_by - (1.0 - terms.remind) * self.on_site_s

    def begin_clocks(self, graded: float, clock: float, terms: Terms) -> None:
        """Count anew from when it was graded, or from now when that is later: a backlog leaves nobody time to act."""
        since = max(graded, clock)
        self.sign_s, self.on_site_s = terms.sign_s, terms.on_site_s
        self.sign_by, self.on_site_by = since + self.sign_s, since + self.on_site_s
        if self.state == "candidate":
            self.confirm_by = min(self.confirm_by, since + terms.confirm_s)
        self.run(terms)

    def miss(self, clock: float, terms: Terms) -> None:
        """Go one level up, with as much time again; at the top it is called out again and again."""
        was_at_top, since = self.at_top, max(self.due, clock)
        on_site = self.state != "raised"
        length = self.on_site_s if on_site else self.sign_s
        if was_at_top and self.levels_up > 0:
            length = max(terms.repeat_s, LEAST_REPEAT_S)
        if on_site:
            self.missed_on_site += 1
            self.on_site_by = since + length
        else:
            self.missed += 1
            self.sign_by = since + length
            self.on_site_by = self.sign_by + max(0.0, self.on_site_s - self.sign_s)
        self.run(terms)
        if was_at_top:
            self.near = NEVER  # what is repeated is reminder enough

    def flip(self, at: float, *, is_open: bool) -> None:
        """Take note of the version that goes out: of changes of its grade, and of opening and closing."""
        if self.rank >= 0 and (self.rank_now != self.rank or is_open != self.is_open):
            self.flips = (*self.flips, at)[-FLAPS:]
        self.flips = tuple(one for one in self.flips if one > at - FLAPS_WITHIN_S)
        self.rank_before, self.rank, self.is_open = self.rank, self.rank_now, is_open

    def remember(self, command: str, reason: Reason | None) -> None:
        """Know a command again."""
        kept = list(self.commands.items())[-REMEMBERED + 1 :]
        self.commands = {**dict(kept), command: reason}

    @property
    def unconfirmed(self) -> bool:
        """Whether it went out though somebody was to confirm it first, and nobody has."""
        return self.alert.pending_check and not self.confirmed_by and self.state not in _NEVER_OUT

    def handling(self, city: str) -> Handling:
        """Return it as alerts tell it; `city` is the id of the city."""
        place = self.alert.place
        levels = levels_of(place)
        level = levels[min(self.levels_up, len(levels) - 1)]
        return Handling(
            level=level,
            area=city if level == "city" else getattr(place, level),
            sign_by=instant(self.sign_by),
            on_site_by=instant(self.on_site_by),
            missed=self.missed,
            missed_on_site=self.missed_on_site,
            state=self.state,
            times=self.times,
            signed_by=self.signed_by,
            signed_at=self.signed_at,
            assigned_to=self.assigned_to,
            arrived_at=self.arrived_at,
            resolved_at=self.resolved_at,
            verdict=self.verdict,
            judged_by=self.judged_by,
            judged_at=self.judged_at,
            confirm_by=instant(self.confirm_by) if self.state == "candidate" else None,
            confirmed_by=self.confirmed_by,
            unconfirmed=self.unconfirmed,
            quiet_at=self.quiet_at if self.state in TAKEN else None,
            flapping=len(self.flips) >= FLAPS,
            graded_by=self.by_hand.by if self.by_hand is not None and self.is_by_hand else "",
            moved_to=self.moved_to,
            command=self.command,
            by=self.by,
            why=self.why,
        )

    @property
    def is_by_hand(self) -> bool:
        """Whether its grade is the one somebody gave, and not its rules'."""
        return self.rank_now != self.alert.grade.rank


def moved(old: Charge, new: Charge | None, new_id: str) -> Charge:
    """Return the charge of an alert that goes on under the id `new_id`, where there may be one already.

    A grade that only one had which nobody took over counts for nothing: people have to look again.
    """
    if new is None:
        return msgspec.structs.replace(
            old, alert=msgspec.structs.replace(old.alert, id=new_id), version=0, rank=-1, rank_before=-1, commands={}
        )
    further = max((new, old), key=lambda charge: _PROGRESS.index(charge.state))
    kept = ("alert", "version", "rank", "rank_before", "is_open", "change", "counted_to", "flips", "commands")
    return msgspec.structs.replace(
        further,
        **{name: getattr(new, name) for name in kept},
        missed=max(old.missed, new.missed),
        missed_on_site=max(old.missed_on_site, new.missed_on_site),
        highest=max(one.highest for one in (old, new) if one is further or one.state in TAKEN),
    )


def instant(t: float) -> datetime:
    """Return epoch seconds as an aware UTC datetime."""
    return datetime.fromtimestamp(t, UTC)


def levels_of(place: AlertPlace) -> list[Literal["community", "street", "district", "city"]]:
    """Return the levels that can be made to answer, from the smallest that is known to the city."""
    known: tuple[Literal["community", "street", "district"], ...] = ("community", "street", "district")
    return [*(level for level in known if getattr(place, level)), "city"]
