"""What every source's JSON contract has in common."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, ClassVar, Literal

import msgspec

from detectors.event import Resolution, Source

Name = Annotated[str, msgspec.Meta(max_length=200)]
Id = Annotated[str, msgspec.Meta(min_length=1, max_length=200)]
Instant = Annotated[datetime, msgspec.Meta(tz=True, extra_json_schema={"pattern": r"(?:[Zz]|[+-]\d{2}:?\d{2})$"})]
Longitude = Annotated[float, msgspec.Meta(ge=-180, le=180)]
Latitude = Annotated[float, msgspec.Meta(ge=-90, le=90)]
Count = Annotated[int, msgspec.Meta(ge=0, le=1_000_000)]
Depth = Annotated[float, msgspec.Meta(ge=0, le=10_000)]


class Report(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """Fields every source may give; unmasked, so it never leaves intake.

    Parameters
    ----------
    id
        Id at the source; the same id again is the same report.
    occurred_at
        When it was called in, seen or raised: RFC 3339 with an offset.
    kind
        Kind of the taxonomy; empty lets the lexicon decide.
    title, text
        Free text, masked at intake.
    district, street, community, grid
        Id, code, name or alias of the area tree; whatever is known.
    address
        Free text of where, masked at intake.
    spot
        The smallest place with a name of its own: a compound, a school, a crossing, a shaft.
    lon, lat
        WGS 84 degrees.
    status
        ``closed`` when this record says that the matter was settled.
    resolution
        ``day`` when the source knows only the date.
    people, injured
        How many people are affected, and injured.
    depth_cm
        Depth of water in centimetres.

    """

    source: ClassVar[Source]
    topic: ClassVar[str]
    contact_sort: ClassVar[Literal["caller", "worker", "device"]] = "caller"

    id: Id
    occurred_at: Instant
    kind: Annotated[str, msgspec.Meta(max_length=64)] = ""
    title: Annotated[str, msgspec.Meta(max_length=2_000)] = ""
    text: Annotated[str, msgspec.Meta(max_length=100_000)] = ""
    district: Name = ""
    street: Name = ""
    community: Name = ""
    grid: Name = ""
    address: Annotated[str, msgspec.Meta(max_length=2_000)] = ""
    spot: Name = ""
    lon: Longitude | None = None
    lat: Latitude | None = None
    status: Literal["open", "closed"] = "open"
    resolution: Resolution = "instant"
    people: Count = 0
    injured: Count = 0
    depth_cm: Depth = 0.0

    @property
    def headline(self) -> str:
        """What stands in front of the text."""
        return self.title

    @property
    def contact(self) -> str:
        """Who or what reported it; hashed at intake and then forgotten."""
        raise NotImplementedError
