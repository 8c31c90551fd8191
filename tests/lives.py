"""Lives of alerts for tests: a real duty signs, judges and escalates; what it issues gets the time of its clock."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec

from rules.alert import Alert, Grade, Revision
from rules.command import Action, Command, CommandAnswer
from rules.duty import Duty
from rules.life import Reason
from streams.course import Version
from tests.builders import T0, an_alert, the_book

MINUTE, HOUR = 60.0, 3_600.0
ON_SITE_H = {"red": 2, "orange": 4, "yellow": 8, "blue": 48}


def at(t: float) -> datetime:
    """`t` seconds after T0."""
    return datetime.fromtimestamp(T0 + t, UTC)


class Life:
    """One alert, to be signed half an hour after T0 unless told otherwise; each deed takes the seconds after T0."""

    def __init__(self, id: str = "a1", grade: str = "orange", city: str = "test", **over: Any) -> None:  # noqa: A002
        self.duty = Duty(the_book(), city)
        self.versions: list[Version] = []
        self.answers: list[CommandAnswer] = []
        self.commands: list[tuple[datetime, bytes | None, bytes | None]] = []
        self._engine = an_alert(id, grade, version=0, **over)
        self.id = id

    @property
    def last(self) -> Alert:
        return self.versions[-1].alert

    def issue(self, t: float, change: str = "new", **over: Any) -> Life:
        """The engine issues a version."""
        self.pass_time(t)
        revision = Revision(version=self._engine.revision.version + 1, change=change)  # type: ignore[arg-type]
        status = change if change in {"closed", "withdrawn"} else "open"
        grade = Grade(over.pop("grade", self._engine.grade))
        over.setdefault("graded_at", at(t))
        over.setdefault("last_at", at(t) if status == "open" else self._engine.last_at)
        over.setdefault("on_site_by", over["graded_at"] + timedelta(hours=ON_SITE_H[grade.value]))
        over.setdefault("sign_by", over["graded_at"] + (self._engine.sign_by - self._engine.graded_at))
        self._engine = msgspec.structs.replace(self._engine, revision=revision, status=status, grade=grade, **over)
        self._keep(t, self.duty.note([self._engine]))
        return self

    def pass_time(self, t: float) -> Life:
        """Clocks run out on the way."""
        while self.duty.next_due <= T0 + t:
            due = self.duty.next_due
            self._keep(due - T0, self.duty.advance(due))
        self.duty.advance(T0 + t)
        return self

    def command(self, t: float, action: Action, by: str = "duty", **over: Any) -> list[Alert] | Reason:
        """Somebody gives a command; it is on its topic half a second later."""
        self.pass_time(t)
        command = Command(id=f"{action}-{t}-{by}", action=action, alert=self.id, by=by, at=at(t), **over)
        self.commands.append((at(t + 0.5), self.id.encode(), msgspec.json.encode(command)))
        done = self.duty.obey(command)
        self.answers += self.duty.answers()
        if not isinstance(done, str):
            self._keep(t + 0.5, done)
        return done

    def _keep(self, t: float, alerts: list[Alert]) -> None:
        self.versions += [Version(alert, at(t)) for alert in alerts]
