"""Who has to answer for an alert, who did (签收), and what happens when nobody does (督办).

The versions an engine issues go through here and come out with how they are handled. A signature, and a clock that
ran out, make versions of their own; versions are numbered anew for that.
"""

from __future__ import annotations

import heapq
import math
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime
from typing import Literal

import msgspec

from rules.alert import Alert, AlertPlace, Change, Grade, Handling
from rules.book import Book
from rules.past import KEPT_S

Refusal = Literal["UNKNOWN", "OVER", "SIGNED", "RAISED"]
_NEVER = float("inf")


class Command(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What somebody did about an alert; the value of ``commands``.

    Parameters
    ----------
    id
        Of the command, unique.
    action
        ``sign``: takes the alert over (签收), which stops its clock.
    alert
        Id of the alert.
    by
        Who: an account of the duty desk or of an office.
    at
        When, aware.
    why
        Anything to be remembered with it.
    grade
        Of the alert as it was seen; a signature does not hold for a higher one. Any, when not given.

    """

    id: str
    action: Literal["sign"]
    alert: str
    by: str
    at: datetime
    why: str = ""
    grade: Grade | None = None


class Charge(msgspec.Struct, array_like=True):
    """What is known of the handling of one alert.

    Parameters
    ----------
    given
        Versions that came from here, and not from the engine.
    due, window_s
        When the clock runs out, epoch seconds, infinity once it is signed, over, or as far up as it can get; how long
        a clock runs.
    rank
        Highest grade it had.
    until
        Until when to remember an alert that is over; infinity while it stands.
    last
        Its last version, while it stands.

    """

    given: int
    due: float
    window_s: float
    rank: int
    sign_by: float
    missed: int = 0
    signed_by: str = ""
    signed_at: datetime | None = None
    until: float = _NEVER
    last: Alert | None = None


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

    @property
    def next_due(self) -> float:
        """When something may next have to be done, epoch seconds; infinity without anything."""
        return self._due[0][0] if self._due else _NEVER

    def note(self, alerts: Iterable[Alert]) -> list[Alert]:
        """Return versions just issued as they are handled."""
        return [self._note(alert) for alert in alerts]

    def obey(self, command: Command) -> list[Alert] | Refusal:
        """Do what a command says; return the version that follows, none for a repetition, or why it is refused."""
        charge = self._charges.get(command.alert)
        if charge is None:
            return "UNKNOWN"
        if charge.last is None:
            return "OVER"
        if charge.signed_by:
            return [] if charge.signed_by == command.by else "SIGNED"
        if command.grade is not None and command.grade.rank < charge.last.grade.rank:
            return "RAISED"
        charge.signed_by, charge.signed_at, charge.due = command.by, command.at.astimezone(UTC), _NEVER
        return [self._further(command.alert, charge, "signed")]

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
            elif charge.last is not None and charge.due == due:
                alerts += self._miss(id_, charge, charge.last) if self._escalates(charge.last) else ()
        return alerts

    def _start(self, clock: float) -> None:
        """Let the clocks of the alerts that came before any time was known begin now."""
        for id_, charge in self._charges.items():
            charge.sign_by = max(charge.sign_by, clock + charge.window_s)
            if charge.due < _NEVER:
                charge.due = charge.sign_by
                self._wait(id_, charge.due)
            self._dirty.add(id_)

    def _note(self, alert: Alert) -> Alert:
        id_, charge = alert.id, self._charges.get(alert.id)
        if charge is None:
            if alert.status != "open":
                return alert
            charge = self._charges[id_] = self._begun(alert)
            self._wait(id_, charge.due)
        elif alert.status != "open":
            charge.due, charge.until = _NEVER, self._reached(alert) + KEPT_S
            self._wait(id_, charge.until)
        elif charge.last is None or alert.grade.rank > charge.rank:
            again = self._begun(alert)  # whoever signed for less has to look again; how far it had come remains
            again.given, again.missed = charge.given, charge.missed
            charge = self._charges[id_] = again
            self._wait(id_, charge.due)
        stamped = self._stamped(alert, charge)
        charge.last = stamped if alert.status == "open" else None
        self._dirty.add(id_)
        return stamped

    def _begun(self, alert: Alert) -> Charge:
        """Return a charge whose clock begins now."""
        window_s = (alert.sign_by - alert.graded_at).total_seconds()
        by = max(alert.sign_by.timestamp(), self.clock + window_s)
        return Charge(0, by, window_s, alert.grade.rank, by)

    def _escalates(self, alert: Alert) -> bool:
        return not self._escalated.isdisjoint({"all", alert.rule.id})

    def _miss(self, id_: str, charge: Charge, last: Alert) -> Iterator[Alert]:
        """Take the alert one level up."""
        charge.missed += 1
        top = charge.missed >= len(_levels(last.place)) - 1
        charge.sign_by = max(charge.due, self.clock) + charge.window_s
        charge.due = _NEVER if top else charge.sign_by
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
        handling = self._handling(last, charge)
        charge.last = msgspec.structs.replace(last, revision=msgspec.structs.replace(revision, handling=handling))
        self._dirty.add(id_)
        return charge.last

    def _stamped(self, alert: Alert, charge: Charge) -> Alert:
        revision = msgspec.structs.replace(
            alert.revision, version=alert.revision.version + charge.given, handling=self._handling(alert, charge)
        )
        return msgspec.structs.replace(alert, revision=revision)

    def _handling(self, alert: Alert, charge: Charge) -> Handling:
        levels = _levels(alert.place)
        level = levels[min(charge.missed, len(levels) - 1)]
        return Handling(
            level=level,
            area=self._city if level == "city" else getattr(alert.place, level),
            sign_by=datetime.fromtimestamp(charge.sign_by, UTC),
            missed=charge.missed,
            signed_by=charge.signed_by,
            signed_at=charge.signed_at,
        )

    def _reached(self, alert: Alert) -> float:
        return self.clock if math.isfinite(self.clock) else alert.last_at.timestamp()

    def _wait(self, id_: str, until: float) -> None:
        if until < _NEVER:
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


def _levels(place: AlertPlace) -> list[Literal["community", "street", "district", "city"]]:
    """Return the levels that can be made to answer, from the smallest that is known to the city."""
    known: tuple[Literal["community", "street", "district"], ...] = ("community", "street", "district")
    return [*(level for level in known if getattr(place, level)), "city"]
