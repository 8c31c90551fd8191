"""What happened, where: the one schema every source is normalised to."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

import msgspec

Source = Literal["hotline", "grid", "police", "sos"]
Level = Literal["city", "district", "street", "community", "grid", "spot"]
Resolution = Literal["instant", "day"]
KindBy = Literal["source", "lexicon", "learned", "none"]

LEVELS: tuple[Level, ...] = ("city", "district", "street", "community", "grid", "spot")


class Place(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, gc=False):
    """Where something happened, from the district down to the spot.

    Parameters
    ----------
    district, street, community, grid
        Area ids of the area tree; empty where the level is not known.
    spot
        Key of the smallest place known (a compound, a shaft, a 100 m cell); empty when only an area is known.
    name
        What a person reads, masked: ``河东街道·幸福里小区``.
    lon, lat
        WGS 84 degrees, ``None`` when unknown.
    scenes
        Sorted tags from the area tree and the hazard register: ``school``, ``chemical`` …

    """

    district: str = ""
    street: str = ""
    community: str = ""
    grid: str = ""
    spot: str = ""
    name: str = ""
    lon: float | None = None
    lat: float | None = None
    scenes: tuple[str, ...] = ()

    def at(self, level: str) -> str:
        """Return the key of this place at `level`, empty when it is not known that precisely, or is the whole city."""
        return str(getattr(self, level, ""))


class Event(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, gc=False):
    """One normalised, masked event; the value of the ``events`` topic.

    Parameters
    ----------
    id
        ``source:id at the source``; two events with one id are one event.
    source
        Which kind of source reported it.
    kind
        An id of the taxonomy, ``other`` when nobody could tell.
    occurred_at
        Event time, aware UTC.
    place
        Where.
    reporter
        Keyed hash of who reported it (BLAKE2b with a key, RFC 7693), empty when the source does not say.
    text
        Masked text, shortened.
    status
        ``closed`` when the source reports the matter as settled.
    resolution
        ``day`` when the source only knows the date: such events have no time of day.
    kind_by
        How the kind was found: given by the source, by the lexicon, learned from corrections, or not at all.
    kind_confidence
        Of a learned kind the probability that the duty desk would agree, from how often it did; 0 of others.
    tags
        Sorted marks found in the text by the lexicon: ``danger``, ``injury``, ``crowd`` …
    people, injured, depth_cm
        Numbers the source gave, 0 when it gave none.

    """

    id: str
    source: Source
    kind: str
    occurred_at: datetime
    place: Place
    reporter: str = ""
    text: str = ""
    status: Literal["open", "closed"] = "open"
    resolution: Resolution = "instant"
    kind_by: KindBy = "source"
    kind_confidence: float = 0.0
    tags: tuple[str, ...] = ()
    people: int = 0
    injured: int = 0
    depth_cm: float = 0.0


def common_place(one: Place, other: Place) -> Place:
    """Return the areas two places share, from the district down, with the name of the first.

    Examples
    --------
    >>> both = common_place(Place(district="d", street="s", community="c"), Place(district="d", street="s"))
    >>> both.street, both.community
    ('s', '')

    """
    if one == other:
        return one
    areas = {"district": "", "street": "", "community": "", "grid": "", "spot": ""}
    for level in areas:
        if one.at(level) != other.at(level):
            break
        areas[level] = one.at(level)
    return msgspec.structs.replace(one, **areas, lon=None, lat=None, scenes=())
