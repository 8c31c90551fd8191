"""Small builders shared by tests."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any

from detectors.areas import AreaTree
from detectors.event import Event, Place
from detectors.taxonomy import Taxonomy, load_taxonomy
from rules.alert import Alert, AlertPlace, Grade, GradeStep, Revision, RuleRef, Text
from rules.book import Book
from rules.loader import load_book
from streams.channels.base import Channel, Message, Receipt, Recipient
from streams.channels.settings import Secret, Tools
from streams.messages import Composer, load_templates
from streams.pipeline import Pipeline

T0 = 1_767_225_600.0  # 2026-01-01T00:00:00Z


def an_area_tree(**over: Any) -> AreaTree:
    """An open tree of a city called Teststadt, in UTC unless told otherwise."""
    content = {"city": "test", "name": "Teststadt", "tz": "UTC", "calendar": "none", "open": True}
    return AreaTree.from_mapping({**content, **over})


def a_place(spot: str = "s1", **over: Any) -> Place:
    """A spot in community c1 of street st1 of district d1."""
    base = {"district": "d1", "street": "st1", "community": "c1", "spot": spot, "name": f"街道·{spot}"}
    return Place(**{**base, **over})


def an_event(id: str = "1", t: float = 0.0, kind: str = "noise", source: str = "hotline", **over: Any) -> Event:  # noqa: A002
    """An event `t` seconds after T0."""
    place = over.pop("place", None) or a_place()
    at = datetime.fromtimestamp(T0 + t, UTC)
    return Event(id=f"{source}:{id}", source=source, kind=kind, occurred_at=at, place=place, **over)  # type: ignore[arg-type]


@cache
def a_taxonomy() -> Taxonomy:
    """The shipped taxonomy."""
    return load_taxonomy()


@cache
def the_book() -> Book:
    """The shipped book."""
    return load_book(kinds=frozenset(a_taxonomy().kinds))


def a_pipeline(**over: Any) -> Pipeline:
    """A pipeline with the shipped book on the test city."""
    base = {"book": the_book(), "areas": an_area_tree(), "taxonomy": a_taxonomy()}
    return Pipeline(**{**base, **over})


def an_alert(id: str = "a1", grade: str = "orange", change: str = "new", version: int = 1, **over: Any) -> Alert:  # noqa: A002
    """A gas leak at T0 in the estate 幸福里小区, to be signed half an hour later."""
    at = datetime.fromtimestamp(T0, UTC)
    base: dict[str, Any] = {
        "id": id,
        "rule": RuleRef(id="gas-leak", number=7, version=1, book="b"),
        "kind": "gas_leak",
        "category": "public_safety",
        "grade": Grade(grade),
        "status": change if change in {"closed", "withdrawn"} else "open",
        "pending_check": False,
        "title": Text("燃气泄漏｜河东街道·幸福里小区", "Gas leak | 河东街道·幸福里小区"),
        "why": Text("燃气泄漏单起即报，常态0.1起/日", "one report of gas is enough, normally 0.1 a day"),
        "steps": (GradeStep(grade=Grade(grade), because=Text("规则：燃气泄漏", "rule: Gas leak")),),
        "not_higher": Text("升为红色需：30分钟内≥2人", "red would need: ≥2 reporters in 30 min"),
        "advice": (Text("燃气公司30分钟内到场", "The gas company is on site"), Text("警戒疏散", "Evacuate")),
        "owner": Text("区城管局", "district urban management"),
        "plan": Text(),
        "gate": "monitoring",
        "restricted": False,
        "place": an_alert_place(),
        **dict.fromkeys(("first_at", "last_at", "raised_at", "graded_at"), at),
        "sign_by": at + timedelta(minutes=30),
        "on_site_by": at + timedelta(hours=4),
        "events": 1,
        "reporters": 1,
        "sources": ("hotline",),
        "evidence": ("hotline:1",),
        "observed": 1,
        "threshold": 1,
        "expected": 0.1,
        "expected_high": None,
        "p_value": None,
        "window_s": 0.0,
        "revision": Revision(version=version, change=change),  # type: ignore[arg-type]
    }
    return Alert(**{**base, **over})


def an_alert_place(**over: Any) -> AlertPlace:
    """The estate 幸福里小区."""
    base: dict[str, Any] = {
        "level": "spot",
        "key": "c1/幸福里小区",
        "district": "d1",
        "street": "st1",
        "community": "c1",
        "grid": "HD-07",
        "name": "河东街道·幸福里小区",
        "lon": None,
        "lat": None,
    }
    return AlertPlace(**{**base, **over})


def a_message(*alerts: Alert, what: str = "alert", address: str = "", language: str = "zh", **over: Any) -> Message:
    """A message about an orange gas leak to the duty desk, unless told otherwise."""
    recipient = Recipient(id="district-desk", channel="duty", address=address, language=language)  # type: ignore[arg-type]
    alerts = alerts or (an_alert(),)
    key = f"{alerts[0].id}/{alerts[0].revision.version}/duty/district-desk"
    return Message(**{"key": key, "alerts": alerts, "what": what, "recipient": recipient, **over})


def a_composer(**over: Any) -> Composer:
    """Writes for the test city with the shipped templates."""
    return Composer(an_area_tree(**over), load_templates())


def tools_of(*, now: float = T0, **secrets: str) -> Tools:
    """What channels are made with; those secrets that are not given are empty."""
    given = dict.fromkeys(("url", "sign", "password", "token", "key"), "")
    return Tools({name: Secret(text) for name, text in {**given, **secrets}.items()}, a_composer(), lambda: now)


def send_through(channel: Channel, *messages: Message) -> list[Receipt]:
    """Send messages through a channel one after another, and close it whatever happens."""

    async def through() -> list[Receipt]:
        try:
            return [await channel.send(message) for message in messages]
        finally:
            await channel.close()

    return asyncio.run(through())
