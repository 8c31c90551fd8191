"""Small builders shared by tests."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import cache
from typing import Any

from detectors.areas import AreaTree
from detectors.event import Event, Place
from detectors.taxonomy import Taxonomy, load_taxonomy
from rules.book import Book
from rules.loader import load_book
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
