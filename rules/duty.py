"""Who has to answer for an alert, who did (签收), what it turned out to be (属实, 误报), and when nobody does (督办).

The versions an engine issues go through here and come out with how they are handled. A signature, a verdict and a clock
that ran out make versions of their own; versions are numbered anew for that.
"""

from __future__ import annotations

import heapq
import math
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime
from typing import Literal

import msgspec

from rules.alert import Alert, Change, Grade
from rules.book import Book
from rules.charge import NEVER, Charge
from rules.feedback import NO_DETECTOR, Judgement
from rules.past import KEPT_S
from rules.subject import subject_of_alert

Refusal = Literal["UNKNOWN", "OVER", "SIGNED", "RAISED", "EARLIER"]


class Command(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What somebody did about an alert; the value of ``commands``.

    Parameters
    ----------
    id
        Of the command, unique.
    action
        ``sign``: takes the alert over (签收), which stops its clock. ``true``: it is what it says (属实). ``false``: it
        is not (误报), which stops its clock too. Of verdicts on one alert the latest counts, by `at` and then `id`.
    alert
        Id of the alert.
    by
        Who: an account of the duty desk or of an office.
    at
        When, aware.
    why
        Anything to be remembered with it.
    grade
        Of the alert as it was seen; a signature or a verdict does not hold for a higher one. Any, when not given.
    last_at
        Of the alert as it was seen: with its later windows a verdict makes detectors' rules stricter or less strict.

    """

    id: str
    action: Literal["sign", "true", "false"]
    alert: str
    by: str
    at: datetime
    why: str = ""
    grade: Grade | None = None
    last_at: datetime | None = None


class Duty:
    """The alerts of one partition that somebody has to sign.

    The clock it goes by is not that of the events: a backlog worked off in a second leaves nobody time to sign. An
    alert has to be signed by its `sign_by`, but never before as much time has gone by since it was issued.

    Parameters
    ----------
    book
        The rules; among them those about what nobody signed.
    city
        Id of the city, the top of the area tree.

    """

    def __init__(self, book: Book, city: str) -> None:
        self._city = city
        self._charges: dict[str, Charge] = {}
        self._due: list[tuple[float, str]] = []
        self._dirty: set[str] = set()
        self.clock = float("-inf")
        self.adopt(book)

    def adopt(self, book: Book) -> None:
        """Go by another book from the next alert and the next missed clock on."""
        about = [rule for rule in book.rules if rule.unsigned is not None and rule.status == "active"]
        self._escalated = frozenset(id_ for rule in about for id_ in rule.modifies)
        self._detectors = {rule.id: rule.signal or NO_DETECTOR for rule in book.rules}

    @property
    def next_due(self) -> float:
        """When something may next have to be done, epoch seconds; infinity without anything."""
        return self._due[0][0] if self._due else NEVER

    def note(self, alerts: Iterable[Alert]) -> list[Alert]:
        """Return versions just issued as they are handled."""
        return [self._note(alert) for alert in alerts]

    def move(self, old: str, new: str) -> None:
        """Let what is known of the handling of an alert go on with the one it became part of."""
        charge = self._charges.get(old)
        if charge is None or charge.last is None:
            return
        heir = self._charges.get(new)
        if heir is None or (charge.signed_by and not heir.signed_by and charge.rank >= heir.rank):
            moved = msgspec.structs.replace(charge, given=0 if heir is None else heir.given)
            if heir is not None:
                moved.last = heir.last
            self._charges[new] = moved
            self._dirty.add(new)
            self._wait(new, moved.due)

    def obey(self, command: Command) -> list[Alert] | Refusal:
        """Do what a command says; return the version that follows, none for a repetition, or why it is refused."""
        charge = self._charges.get(command.alert)
        if charge is None:
            return "UNKNOWN"
        if charge.last is None:
            return "OVER"
        if command.action == "sign":
            return self._sign(command, charge, charge.last)
        return self._judge(command, command.action, charge, charge.last)

    def _sign(self, command: Command, charge: Charge, last: Alert) -> list[Alert] | Refusal:
        if charge.over:
            return "OVER"
        if charge.signed_by:
            return [] if charge.signed_by == command.by else "SIGNED"
        if command.grade is not None and command.grade.rank < last.grade.rank:
            return "RAISED"
        charge.signed_by, charge.signed_at, charge.due = command.by, command.at.astimezone(UTC), NEVER
        return [self._further(command.alert, charge, "signed")]

    def _judge(
        self, command: Command, verdict: Literal["true", "false"], charge: Charge, last: Alert
    ) -> list[Alert] | Refusal:
        said = (command.at.timestamp(), command.id)
        if said <= charge.heard:
            return [] if said == charge.heard or verdict == charge.verdict else "EARLIER"
        if command.grade is not None and command.grade.rank < last.grade.rank:
            return "RAISED"
        charge.heard = said
        if charge.verdict == verdict:
            self._dirty.add(command.alert)
            return []
        charge.judge(verdict, command.by, command.at, self.clock)
        if not charge.over:
            self._wait(command.alert, charge.due)
        return [self._further(command.alert, charge, "verified" if verdict == "true" else "false_alarm")]

    def judgement(self, command: Command) -> Judgement | None:
        """Return what a command that was obeyed says of an alert, ``None`` when that is nothing."""
        charge = self._charges.get(command.alert)
        if charge is None or charge.last is None or command.action == "sign":
            return None
        last, at = charge.last, command.at.timestamp()
        detector = charge.detector or self._detector(last)
        return Judgement(
            alert=last.id,
            rule=last.rule.id,
            detector=detector,
            key=subject_of_alert(last, detector),
            holds=command.action == "true",
            at=at,
            since=at if command.last_at is None else max(at, command.last_at.timestamp()),
        )

    def advance(self, clock: float) -> list[Alert]:
        """Move the clock on (epoch seconds); return the versions of the alerts nobody signed in time."""
        if not math.isfinite(self.clock):
            self._start(clock)
        self.clock = max(self.clock, clock)
        alerts: list[Alert] = []
        while self._due and self._due[0][0] <= self.clock:
            due, id_ = heapq.heappop(self._due)
            charge = self._charges.get(id_)
            if charge is None:
                continue
            if charge.until <= self.clock:
                del self._charges[id_]
                self._dirty.add(id_)
            elif charge.last is not None and not charge.over and charge.due == due:
                alerts += self._miss(id_, charge) if self._escalates(charge.last) else ()
        return alerts

    def _start(self, clock: float) -> None:
        """Let the clocks of the alerts that came before any time was known begin now."""
        for id_, charge in self._charges.items():
            charge.sign_by = max(charge.sign_by, clock + charge.window_s)
            if charge.due < NEVER:
                charge.due = charge.sign_by
                self._wait(id_, charge.due)
            self._dirty.add(id_)

    def _note(self, alert: Alert) -> Alert:
        id_, charge = alert.id, self._charges.get(alert.id)
        if charge is None and alert.status == "withdrawn":
            return alert
        if charge is None or (alert.status == "open" and (charge.over or alert.grade.rank > charge.rank)):
            charge = self._charges[id_] = self._begun(alert, charge)
            self._wait(id_, charge.due)
        if alert.status != "open":
            charge.due, charge.until = NEVER, self._reached(alert) + KEPT_S
            self._wait(id_, charge.until)
        stamped = self._stamped(alert, charge)
        charge.last = stamped if alert.status != "withdrawn" else None
        self._dirty.add(id_)
        return stamped

    def _begun(self, alert: Alert, before: Charge | None) -> Charge:
        """Return a charge whose clock begins now: whoever signed for less, or judged less, has to look again."""
        window_s = (alert.sign_by - alert.graded_at).total_seconds()
        by = max(alert.sign_by.timestamp(), self.clock + window_s)
        charge = Charge(0, by, window_s, alert.grade.rank, by, detector=self._detector(alert))
        if before is not None:
            charge.go_on_from(before)
        return charge

    def _detector(self, alert: Alert) -> str:
        return self._detectors.get(alert.rule.id, NO_DETECTOR)

    def _escalates(self, alert: Alert) -> bool:
        return not self._escalated.isdisjoint({"all", alert.rule.id})

    def _miss(self, id_: str, charge: Charge) -> Iterator[Alert]:
        """Take the alert one level up."""
        charge.missed += 1
        charge.sign_by = max(charge.due, self.clock) + charge.window_s
        charge.due = NEVER if charge.at_top else charge.sign_by
        self._wait(id_, charge.due)
        yield self._further(id_, charge, "escalated")

    def _further(self, id_: str, charge: Charge, change: Change) -> Alert:
        """Return a version of our own."""
        assert charge.last is not None  # noqa: S101 - asked before
        last = charge.last
        charge.given += 1
        revision = msgspec.structs.replace(
            last.revision, version=last.revision.version + 1, change=change, previous_grade=last.grade
        )
        handling = charge.handling(last.place, self._city)
        charge.last = msgspec.structs.replace(last, revision=msgspec.structs.replace(revision, handling=handling))
        self._dirty.add(id_)
        return charge.last

    def _stamped(self, alert: Alert, charge: Charge) -> Alert:
        handling, version = charge.handling(alert.place, self._city), alert.revision.version + charge.given
        revision = msgspec.structs.replace(alert.revision, version=version, handling=handling)
        return msgspec.structs.replace(alert, revision=revision)

    def _reached(self, alert: Alert) -> float:
        return self.clock if math.isfinite(self.clock) else alert.last_at.timestamp()

    def _wait(self, id_: str, until: float) -> None:
        if until < NEVER:
            heapq.heappush(self._due, (until, id_))

    def dirty(self) -> dict[str, bytes | None]:
        """Return the state that changed since the last call: alert id to MessagePack, ``None`` for one forgotten."""
        changed = {}
        for id_ in sorted(self._dirty):
            charge = self._charges.get(id_)
            changed[id_] = msgspec.msgpack.encode(charge) if charge is not None else None
        self._dirty.clear()
        return changed

    def restore(self, items: Mapping[str, bytes], clock: float) -> None:
        """Take over what `dirty` returned up to `clock`."""
        self.clock = clock
        for id_, data in items.items():
            charge = self._charges[id_] = msgspec.msgpack.decode(data, type=Charge)
            self._wait(id_, min(charge.due, charge.until))
