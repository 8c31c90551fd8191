"""A duty with one leak, what people ask of it, and what it says."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from rules.alert import Alert, Handling, Text
from rules.book import Book
from rules.command import Command
from rules.duty import Duty
from rules.roles import People
from tests.builders import T0, an_alert, an_alert_place, the_book

MIN, HOUR, DAY = 60.0, 3_600.0, 86_400.0


def a_duty(book: Book | None = None, people: People | None = None) -> Duty:
    duty = Duty(book or the_book(), "test", people)
    duty.advance(T0)
    return duty


def a_leak(grade: str = "orange", change: str = "new", version: int = 1, **over: Any) -> Alert:
    place = an_alert_place(community="c1", street="st1", district="d1", grid="")
    return an_alert(over.pop("alert", "leak"), grade, change, version, **{"place": place, **over})


def ask(duty: Duty, action: Any, at: float = 0.0, by: str = "desk", **over: Any) -> Any:
    when = datetime.fromtimestamp(T0 + at, UTC)
    base = {"id": f"{action} {at} {by} {over}", "action": action, "alert": "leak", "by": by, "at": when}
    return duty.obey(Command(**{**base, **over}))


def done(duty: Duty, action: Any, at: float = 0.0, by: str = "desk", **over: Any) -> Alert:
    (alert,) = ask(duty, action, at, by, **over)
    assert isinstance(alert, Alert)
    return alert


def held(alert: Alert) -> Handling:
    assert alert.revision.handling is not None
    return alert.revision.handling


def said(duty: Duty) -> Text:
    return duty.answers()[-1].says
