"""What really happened: for scoring the alerts against."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

import msgspec

from detectors.event import Level
from rules.alert import Text


class Truth(msgspec.Struct, frozen=True, kw_only=True):
    """One staged happening at one place.

    Parameters
    ----------
    id
        Scenario, its turn in the simulation and the place: ``gas-leak:1:1``.
    scenario, kinds, what
        Which scenario, what kinds of reports, and in words.
    level
        Level of the place.
    district, street, community
        Area ids as far as the place goes; all empty for the whole city.
    spot
        Name of the spot, empty when it is all over an area.
    lon, lat
        WGS 84 degrees of the spot or of the area's centre.
    starts_at, ends_at
        Time of the first and of the last report (of a silence: its beginning and end).
    reports
        The reports that belong to it, as ``source:id``, in order of time, each once.
    rules
        Numbers of the rules that should fire, or with ``silent`` of those that must not.
    expect
        Whether there should be an alert.

    """

    id: str
    scenario: str
    kinds: tuple[str, ...]
    what: Text
    level: Level
    district: str = ""
    street: str = ""
    community: str = ""
    spot: str = ""
    lon: float | None = None
    lat: float | None = None
    starts_at: datetime
    ends_at: datetime
    reports: tuple[str, ...] = ()
    rules: tuple[int, ...] = ()
    expect: Literal["alert", "silent"]
