"""The score of an area and day as it is told, and what it is told of."""

from __future__ import annotations

from datetime import date, datetime
from typing import Literal

import msgspec

from rules.alert import Text
from rules.index_config import Colour
from rules.index_history import Norm

AreaLevel = Literal["city", "district", "street", "community"]
INDEX_LEVELS: tuple[AreaLevel, ...] = ("city", "district", "street", "community")


class Contributor(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """One thing that took off a score.

    Parameters
    ----------
    what
        ``alerts`` of one kind, or the ``count`` of events of one class.
    key
        The kind or the class.
    share
        Of all that was taken off, 0 to 1.
    observed, expected
        How many alerts, or how many events and how many are normal a day.
    text
        The same in words.

    """

    what: Literal["alerts", "count"]
    key: str
    share: float
    observed: int
    expected: float | None
    text: Text


class AreaIndex(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """The risk index of an area and day; the value of ``index``, key ``<area>/<day>``.

    Parameters
    ----------
    area, level, name
        Which area: its id, its level in the area tree, its name in Chinese and English.
    day
        The local day.
    score
        0 (worst) to 100, one decimal.
    colour
        Green from 90, yellow from 80, orange from 70, else red, unless the configuration says otherwise.
    final
        The day is over and its score will not change.
    as_of
        Event time up to which it counts.
    events
        Open events of the day.
    norm
        What is normal for a day, in three parts.
    per_10k
        Events of the day per 10,000 residents; ``None`` where residents are not known.
    alerts
        Alerts that counted.
    contributors
        What took most off, the most first; at most three.
    formula
        Version of the configuration.

    """

    area: str
    level: AreaLevel
    name: Text
    day: date
    score: float
    colour: Colour
    final: bool
    as_of: datetime
    events: int
    norm: Norm
    per_10k: float | None
    alerts: int
    contributors: tuple[Contributor, ...]
    formula: int

    @property
    def key(self) -> str:
        """Return the key of its record."""
        return f"{self.area}/{self.day.isoformat()}"
