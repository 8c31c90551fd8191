"""Who has to answer for an alert, what they do about it, and what happens when nobody does (督办).

The versions that rules and fusion issue go through here and come out with how they are handled. What people do, and
every clock that runs out, makes versions of their own; versions are numbered anew for that.
"""

from __future__ import annotations

import heapq
import math
from collections import deque
from collections.abc import Iterable, Mapping

import msgspec

from rules.alert import Alert, Change, Text
from rules.book import Book
from rules.census import Census, census_of
from rules.charge import Charge, moved
from rules.command import ELSEWHERE, Command, CommandAnswer
from rules.course import CHANGES, Course
from rules.handled import change_of, handled, status_of
from rules.life import TAKEN, Reason
from rules.refusals import missing, refusal, sentence_of
from rules.roles import People, authorise
from rules.terms import BookTerms

__all__ = ["Command", "Duty"]

FUTURE_S = 300.0
"""How far the clock of whoever sends a command may be ahead."""
_ANSWERS = 1_000


class Duty:
    """The alerts that somebody has to sign, confirm, see through and close.

    The clock it goes by is not that of the events: a backlog worked off in a second leaves nobody time to sign. An
    alert has to be signed by its `sign_by`, but never before as much time has gone by since it was issued.

    Parameters
    ----------
    book
        The rules; among them those about what nobody signed.
    city
        Id of the city, the top of the area tree.
    people
        Who may do what; everybody may do everything when not given.

    """

    def __init__(self, book: Book, city: str, people: People | None = None) -> None:
        self._city = city
        self._people = people
        self._charges: dict[str, Charge] = {}
        self._due: list[tuple[float, str]] = []
        self._waiting: dict[str, float] = {}
        self._dirty: set[str] = set()
        self._answers: deque[CommandAnswer] = deque(maxlen=_ANSWERS)
        self._course = Course(BookTerms(book), city)
        self.adopt(book)

    def adopt(self, book: Book) -> None:
        """Go by another book from the next alert and the next missed clock on."""
        self._course.terms = BookTerms(book)

    @property
    def clock(self) -> float:
        """Time by the clock, epoch seconds; minus infinity before any is known."""
        return self._course.clock

    @property
    def next_due(self) -> float:
        """When something may next have to be done, epoch seconds; infinity without anything."""
        return self._due[0][0] if self._due else math.inf

    def standing(self, id_: str) -> Alert | None:
        """Return the last version of an alert, ``None`` when there is none by that id."""
        charge = self._charges.get(id_)
        return handled(charge, self._city) if charge is not None else None

    def census(self, book: Book) -> Census:
        """Return how many alerts stand, and whose clocks run; `book` states the budgets."""
        return census_of(self._charges.values(), self.clock, book, self._city)

    def note(self, alerts: Iterable[Alert], command: Command | None = None) -> list[Alert]:
        """Return versions just issued as they are handled; `command` is the one that led to them, if any."""
        return [self._note(alert, command) for alert in alerts]

    def _note(self, alert: Alert, command: Command | None) -> Alert:
        charge = self._charges.get(alert.id)
        if charge is None and alert.status == "withdrawn":
            return alert
        before, quiet = (charge.state, charge.quiet_at is not None) if charge is not None else (None, False)
        if charge is None:
            charge = self._charges[alert.id] = self._course.begun(alert)
        event = self._course.hear(charge, alert)
        recovered = event == "recover" and not quiet and charge.state in TAKEN
        change = "recovered" if recovered else change_of(charge, before, status_of(charge))
        return self._issue(charge, change, command)

    def _issue(self, charge: Charge, change: Change, command: Command | None = None) -> Alert:
        """Return a version that goes out."""
        charge.version, charge.change = charge.version + 1, change
        charge.command, charge.by, charge.why = (command.id, command.by, command.why) if command else ("", "", "")
        charge.flip(self._course.now(charge.alert).timestamp(), is_open=status_of(charge) == "open")
        self._keep(charge)
        return handled(charge, self._city)

    def _keep(self, charge: Charge) -> None:
        """Keep a charge that changed, and wait for what it has to do next."""
        self._dirty.add(charge.alert.id)
        self._wait(charge)

    def _wait(self, charge: Charge) -> None:
        id_, at = charge.alert.id, charge.next_at
        if at < math.inf and self._waiting.get(id_) != at:
            self._waiting[id_] = at
            heapq.heappush(self._due, (at, id_))

    def obey(self, command: Command, now: float | None = None) -> list[Alert] | Reason:
        """Do what a command says; return the version that follows, none for a repetition, or why it is refused.

        Merging, splitting and silencing are not done here: an empty list says that they may be. Every command gets an
        answer, see `answers`.

        Parameters
        ----------
        command
            What somebody did.
        now
            When the command came, epoch seconds; what was said later than that is refused. Not looked at when not
            given.

        """
        charge = self._charges.get(command.alert)
        done: list[Alert] = []
        if charge is not None and command.id in charge.commands:
            reason = charge.commands[command.id]
        else:
            reason = self._refusal(command, charge, now)
            if charge is not None:
                done = [] if reason is not None else self._do(command, charge)
                charge.remember(command.id, reason)
                self._keep(charge)
        self._answer(command, reason)
        return reason if reason is not None else done

    def knows(self, command: Command) -> bool:
        """Tell whether a command came before: it is answered again, and not obeyed again."""
        charge = self._charges.get(command.alert)
        return charge is not None and command.id in charge.commands

    def refuse(self, command: Command, reason: Reason) -> None:
        """Take back that a command may be obeyed: who merges and splits cannot do it."""
        charge = self._charges.get(command.alert)
        if charge is not None:
            charge.remember(command.id, reason)
            self._keep(charge)
        if self._answers and self._answers[-1].command.id == command.id:
            self._answers.pop()
        self._answer(command, reason)

    def answers(self) -> list[CommandAnswer]:
        """Return the answers to the commands since the last call, the last 1000 at most."""
        said = list(self._answers)
        self._answers.clear()
        return said

    def _answer(self, command: Command, reason: Reason | None) -> None:
        alert = self.standing(command.alert)
        handling = alert.revision.handling if alert is not None else None
        answer = CommandAnswer(
            command=command,
            reason=reason or "",
            says=sentence_of(reason, command, alert) if reason is not None else Text(),
            state=handling.state if handling is not None else "",
            version=alert.revision.version if alert is not None else 0,
        )
        self._answers.append(answer)

    def _refusal(self, command: Command, charge: Charge | None, now: float | None) -> Reason | None:
        alert = handled(charge, self._city) if charge is not None else None
        if now is not None and command.at.timestamp() > now + FUTURE_S:
            return "FUTURE"
        may_not = authorise(command, self._people, alert, self._city)
        if may_not is not None:
            return may_not
        if command.action in {"silence", "unsilence"}:
            return "INCOMPLETE" if missing(command) else None
        if charge is None or alert is None:
            return "UNKNOWN"
        return self._untimely(command, charge) or refusal(alert, command)

    def _untimely(self, command: Command, charge: Charge) -> Reason | None:
        """Return why a merger or a verdict cannot be that the alert on its own would allow."""
        if command.action == "merge" and command.other:
            other = self._charges.get(command.other)
            return "UNKNOWN" if other is None else "OVER" if other.over else None
        said = command.at.timestamp(), command.id
        verdict = command.action in {"true", "false"} and charge.state != "cancelled"
        return "EARLIER" if verdict and said <= charge.heard and command.action != charge.verdict else None

    def _do(self, command: Command, charge: Charge) -> list[Alert]:
        if command.action in ELSEWHERE or not self._course.act(charge, command):
            return []
        return [self._issue(charge, CHANGES[command.action], command)]

    def move(self, old_id: str, new_id: str) -> None:
        """Have an alert go on under another id, with who took it over, the clocks it missed and what was found out.

        To be told before the first version under the new id comes. Where there is an alert of that id already, the one
        that is further in its life goes on, with the more of the missed clocks. Commands about the old one are refused.
        """
        old, new = self._charges.get(old_id), self._charges.get(new_id)
        if old is None or old_id == new_id:
            return
        self._charges[new_id] = moved(old, new, new_id)
        old.moved_to = new_id
        old.reach("cancelled", self._course.now(old.alert))
        self._course.settle(old)
        self._keep(old)
        self._keep(self._charges[new_id])

    def advance(self, clock: float) -> list[Alert]:
        """Move the clock on (epoch seconds); return the versions of the alerts about which nobody acted in time."""
        begins = not math.isfinite(self.clock)
        self._course.clock = max(self.clock, clock)
        if begins:
            self._start()
        alerts: list[Alert] = []
        while self._due and self._due[0][0] <= self.clock:
            at, id_ = heapq.heappop(self._due)
            if self._waiting.get(id_) != at:
                continue
            del self._waiting[id_]
            charge = self._charges.get(id_)
            if charge is not None and charge.next_at == at:
                alerts += self._tick(charge)
        return alerts

    def _start(self) -> None:
        """Let the clocks of the alerts that came before any time was known begin now."""
        for charge in self._charges.values():
            charge.confirm_by = math.inf
            charge.quiet_at = self._course.now(charge.alert) if charge.quiet_at is not None else None
            charge.begin_clocks(charge.alert.graded_at.timestamp(), self.clock, self._course.terms_of(charge))
            self._course.settle(charge)
            self._keep(charge)

    def _tick(self, charge: Charge) -> list[Alert]:
        """Do what a clock that ran out asks for."""
        if charge.over:
            del self._charges[charge.alert.id]
            self._dirty.add(charge.alert.id)
            return []
        change = self._course.tick(charge)
        if change is not None:
            return [self._issue(charge, change)]
        self._keep(charge)
        return []

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
        self._course.clock = clock
        for id_, data in items.items():
            charge = self._charges[id_] = msgspec.msgpack.decode(data, type=Charge)
            self._wait(charge)
