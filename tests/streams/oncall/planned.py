"""Builders of what is planned: files of people and routes, alerts as they grow."""

from __future__ import annotations

import tempfile
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any

import msgspec

from detectors.areas import AreaTree
from rules.alert import Alert, Grade, Handling, Revision, RuleRef
from streams.oncall.loading import OnCall, load_oncall
from streams.oncall.planner import Planner
from tests.builders import T0, a_taxonomy, an_alert, an_alert_place

PEOPLE = """
people:
  desk: {name: Desk, desk: true, reach: [{channel: chat}]}
  anna: {name: Anna, reach: [{channel: chat}, {channel: sms, at_least: orange}]}
  bert: {name: Bert, reach: [{channel: chat}]}
  carl: {name: Carl, reach: [{channel: chat}]}
  board: {name: Board, system: true, reach: [{channel: hook}]}
fallback: [desk]
"""
STREET = """
rosters:
  street: {role: duty, areas: [st1], shifts: [{turns: [[anna]]}]}
  district: {role: duty, areas: [d1], shifts: [{turns: [[bert]]}]}
  city: {role: duty, shifts: [{turns: [[carl]]}]}
routes:
  - {name: duty, to: ["role:duty"]}
"""


@cache
def a_city() -> AreaTree:
    """A closed tree with one district, one street, one community."""
    community = {"id": "c1", "name": "c1", "owner": "Post 1", "police_owner": "Beat 1", "emergency_unit": "Unit 1"}
    street = {"id": "st1", "name": "st1", "communities": [community]}
    content = {"city": "test", "name": "Teststadt", "tz": "Europe/Berlin", "calendar": "none", "open": False}
    districts = [{"id": "d1", "name": "d1", "streets": [street]}, {"id": "d2", "name": "d2"}]
    return AreaTree.from_mapping({**content, "districts": districts})


@cache
def an_oncall(text: str = STREET, people: str = PEOPLE, at: float = T0, **calendars: str) -> OnCall:
    """Load a file; `calendars` are written beside it, each as NAME.ics."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "oncall.yaml"
        path.write_text(people + text, encoding="utf-8")
        for name, calendar in calendars.items():
            (path.parent / f"{name}.ics").write_bytes(calendar.encode())
        return load_oncall(path, areas=a_city(), taxonomy=a_taxonomy(), at=at)


def a_planner(text: str = STREET, people: str = PEOPLE) -> Planner:
    """A planner that knows no alert yet."""
    return Planner(an_oncall(text, people))


def a_version(id: str = "a1", grade: str = "orange", version: int = 1, change: str = "new", **over: Any) -> Alert:  # noqa: A002
    """A version of an alert in community c1; `missed`, `signed_by`, `verdict`, `state` say how it is handled."""
    missed = over.pop("missed", 0)
    levels = [("community", "c1"), ("street", "st1"), ("district", "d1"), ("city", "test")]
    level, area = levels[min(missed, 3)]
    at = datetime.fromtimestamp(T0, UTC)
    handling = Handling(
        level=level,  # type: ignore[arg-type]
        area=area,
        sign_by=at,
        missed=missed,
        signed_by=over.pop("signed_by", ""),
        verdict=over.pop("verdict", ""),
        state=over.pop("state", "raised"),
    )
    place = over.pop("place", None) or an_alert_place(grid="")
    alert = an_alert(id, grade, change, version, place=place, **over)
    return msgspec.structs.replace(
        alert,
        revision=Revision(version=version, change=change, handling=handling),  # type: ignore[arg-type]
    )


def graded(alert: Alert, grade: str) -> Alert:
    """The same at another grade."""
    return msgspec.structs.replace(alert, grade=Grade(grade))


def shadow() -> RuleRef:
    """A rule on trial."""
    return RuleRef(id="trial", number=99, version=1, book="b", status="shadow")


def said(messages: list[Any]) -> list[tuple[str, str, str]]:
    """Who was told what over which channel."""
    return [(one.what, one.recipient.id, one.recipient.channel) for one in messages]
