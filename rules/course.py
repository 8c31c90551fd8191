"""What follows for one alert from what people do about it, and from what comes about by itself."""

from __future__ import annotations

import math
from collections.abc import Container, Mapping
from datetime import UTC, datetime
from typing import cast

from rules.alert import Alert, Change
from rules.byhand import ByHand
from rules.charge import Charge, instant
from rules.clocks import Terms
from rules.command import Action, Command
from rules.handled import handled
from rules.life import OVER, TAKEN, Event, State, Step, follows
from rules.past import KEPT_S
from rules.refusals import asked
from rules.terms import BookTerms

CHANGES: Mapping[Action, Change] = {
    "confirm": "confirmed",
    "sign": "signed",
    "assign": "assigned",
    "arrive": "arrived",
    "resolve": "resolved",
    "close": "closed",
    "reopen": "reopened",
    "true": "verified",
    "false": "false_alarm",
    "upgrade": "upgrade",
    "downgrade": "downgrade",
    "note": "noted",
}
_LEAST_CONFIRMED = 2


class Course:
    """Moves charges on; knows the time and what the book says of clocks.

    Parameters
    ----------
    terms
        Of the book in force.
    city
        Id of the city.

    """

    def __init__(self, terms: BookTerms, city: str) -> None:
        self.terms = terms
        self.city = city
        self.clock = -math.inf

    def terms_of(self, charge: Charge) -> Terms:
        """Return the clocks that hold for an alert at the grade it has now."""
        return self.terms.of(charge.alert, charge.grade_now)

    def now(self, alert: Alert) -> datetime:
        """Return the time by the clock; by that of the events before any is known."""
        return instant(self.clock) if math.isfinite(self.clock) else alert.last_at.astimezone(UTC)

    def begun(self, alert: Alert) -> Charge:
        """Return the charge of an alert nobody has heard of; its clocks begin now."""
        graded, terms = alert.graded_at.timestamp(), self.terms.of(alert, alert.grade)
        charge = Charge(alert, alert.revision.version - 1, graded, graded, terms.sign_s, terms.on_site_s)
        charge.highest = alert.grade.rank
        charge.reach("candidate" if self.waits(charge) else "raised", self.now(alert))
        charge.begin_clocks(graded, self.clock, terms)
        return charge

    def waits(self, charge: Charge) -> bool:
        """Tell whether somebody has to confirm an alert before it goes out."""
        asked_for = charge.alert.pending_check and not charge.confirmed_by
        return asked_for and charge.rank_now >= _LEAST_CONFIRMED and self.terms_of(charge).confirm_s > 0

    def hear(self, charge: Charge, alert: Alert) -> Event | None:
        """Take a version of the rules or of the fusion; return what has come about by it."""
        known, charge.alert = {ref.id for ref in charge.alert.findings}, alert
        if charge.by_hand is not None and charge.by_hand.rank_of(alert.grade.rank) is None:
            charge.by_hand = None
        event = _event(charge, known)
        if event is not None:
            self.happen(charge, event)
        elif alert.status == "open":
            charge.quiet_at = None
            self._await_end(charge)
        if charge.state == "candidate" and not self.waits(charge):
            self.happen(charge, "raise")
        if not charge.over and charge.state != "resolved":
            charge.counted_to = alert.last_at
        return event

    def happen(self, charge: Charge, event: Event) -> None:
        """Do what follows from something that came about by itself."""
        before, now = charge.state, self.now(charge.alert)
        after = follows(before, event)
        if event == "recover":
            charge.quiet_at = now
        if event in {"again", "higher"}:
            self._look_again(charge, anew=before in OVER)
        if after != before:
            charge.reach(after, now)
        if event in {"again", "higher"}:
            charge.begin_clocks(charge.alert.graded_at.timestamp(), self.clock, self.terms_of(charge))
        elif event == "raise":
            charge.begin_clocks(now.timestamp(), self.clock, self.terms_of(charge))
        else:
            self.settle(charge, anew=after != before)

    @staticmethod
    def _look_again(charge: Charge, *, anew: bool) -> None:
        """Have people look again: whoever signed for less, or judged less, or thought it was over."""
        charge.forget_people()
        charge.quiet_at, charge.until, charge.moved_to = None, math.inf, ""
        if anew:
            charge.by_hand = None
        charge.highest = charge.rank_now if anew else max(charge.highest, charge.rank_now)

    def settle(self, charge: Charge, *, anew: bool = True) -> None:
        """Have the clock run that goes with the state an alert is in; `anew` when it has just come into it."""
        if anew:
            charge.run(self.terms_of(charge))
        self._await_end(charge)

    def _await_end(self, charge: Charge) -> None:
        """Say until when an alert is remembered that is over, or waited for that is quiet."""
        charge.until = math.inf
        if charge.over:
            charge.until = self.now(charge.alert).timestamp() + KEPT_S
        elif charge.quiet_at is not None and charge.state in TAKEN:
            charge.until = charge.quiet_at.timestamp() + self.terms_of(charge).expire_s

    def tick(self, charge: Charge) -> Change | None:
        """Do what a clock that ran out asks for; return what became of the alert, ``None`` for nothing."""
        terms = self.terms_of(charge)
        if charge.until <= self.clock:
            self.happen(charge, "expire")
            return "expired"
        if charge.due > self.clock:
            charge.near = math.inf
            return "reminded" if terms.supervised else None
        if charge.state == "candidate":
            self.happen(charge, "raise")
            return "raised"
        if terms.supervised:
            charge.miss(self.clock, terms)
            return "escalated"
        charge.due = charge.near = math.inf
        return None

    def act(self, charge: Charge, command: Command) -> bool:
        """Do what a command asks that is not refused; tell whether anything is different now."""
        if command.action == "sign" and charge.signed_by == command.by:
            return False
        if command.action in {"true", "false"}:
            return self._judge(charge, command)
        before = charge.state
        after = follows(before, cast("Step", command.action))
        if command.action in {"upgrade", "downgrade"}:
            self._regrade(charge, command)
            return True
        if command.action == "reopen":
            self._look_again(charge, anew=before in OVER)
        _take_down(charge, command)
        if after != before or command.action == "assign":
            charge.reach(after, command.at, command.by)
        if command.action == "reopen":
            charge.quiet_at = self.now(charge.alert) if charge.alert.status == "closed" else None
        self._go_on(charge, before)
        return True

    def _go_on(self, charge: Charge, before: State) -> None:
        """Have the clock of the state run that a command led to: anew for whoever has to go once more."""
        if charge.state in {"signed", "assigned"} and before in {"on_site", "false_alarm"}:
            charge.on_site_by = max(charge.on_site_by, self.now(charge.alert).timestamp() + charge.on_site_s)
        self.settle(charge, anew=charge.state != before)
        if charge.state == "raised" and before != "raised":
            charge.begin_clocks(self.now(charge.alert).timestamp(), self.clock, self.terms_of(charge))

    def _judge(self, charge: Charge, command: Command) -> bool:
        """Take a verdict: the clocks of a false alarm stop, those of one that is true after all begin anew."""
        charge.heard = max(charge.heard, (command.at.timestamp(), command.id))
        if charge.verdict == command.action:
            return False
        before, after = charge.state, follows(charge.state, cast("Step", command.action))
        charge.verdict = "true" if command.action == "true" else "false"
        charge.judged_by, charge.judged_at = command.by, command.at.astimezone(UTC)
        if command.action == "true":
            charge.confirmed_by = charge.confirmed_by or command.by
            if before == "false_alarm":
                after = "closed" if charge.over else charge.before if charge.before in TAKEN else "raised"
        else:
            charge.before = before if after == "false_alarm" else charge.before
        if after != before:
            charge.reach(after, command.at, command.by)
            self._go_on(charge, before)
        return True

    def _regrade(self, charge: Charge, command: Command) -> None:
        """Take a grade somebody gives: above that of the rules a floor, below it until they say more."""
        grade = asked(handled(charge, self.city), command)
        assert grade is not None  # noqa: S101 - asked before
        own = charge.alert.grade.rank
        by_hand = ByHand(grade.rank, grade.rank > own, own, command.by, command.at, command.why)
        charge.by_hand = by_hand if grade.rank != own else None
        if charge.rank_now > charge.highest and charge.signed_by != command.by:
            self.happen(charge, "higher")
        charge.highest = max(charge.highest, charge.rank_now)
        if charge.state == "candidate" and not self.waits(charge):
            self.happen(charge, "raise")


def _take_down(charge: Charge, command: Command) -> None:
    """Keep who did what, and when."""
    at = command.at.astimezone(UTC)
    if command.action == "confirm":
        charge.confirmed_by = command.by
    elif command.action == "sign":
        charge.signed_by, charge.signed_at = command.by, at
    elif command.action == "assign":
        charge.assigned_to, charge.arrived_at = command.to, None
    elif command.action == "arrive":
        charge.arrived_at = at
    elif command.action == "resolve":
        charge.resolved_at = at


def _event(charge: Charge, known: Container[str]) -> Event | None:
    """Return what a version of the rules or of the fusion, which the charge holds already, brings about.

    A false alarm was one about the findings `known` then: nobody has looked into another that is as grave.
    """
    alert, state = charge.alert, charge.state
    if alert.status != "open":
        return "withdraw" if alert.status == "withdrawn" else "recover"
    more = charge.rank_now > charge.highest
    if charge.over or state == "resolved":
        grew = charge.quiet_at is not None or alert.last_at > charge.counted_to
        return "again" if state == "cancelled" or grew or more else None
    if state == "false_alarm" and not more:
        rank, refs = alert.grade.rank, alert.findings
        unseen = any(ref.id not in known and ref.status == "open" and ref.grade.rank >= rank for ref in refs)
        return "again" if unseen else None
    return "higher" if more else None
