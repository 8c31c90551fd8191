"""What really happened, in the form alerts are scored against."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass

from detectors.areas import AreaTree
from detectors.event import LEVELS, Place
from rules.alert import AlertPlace, Grade, Text
from streams.simulate.truth import Truth

ANY = "any"
NEAR_M = 500.0
_EARTH_M = 6_371_000.0
_UNSAID = Text()


@dataclass(frozen=True, slots=True)
class Where:
    """Place of a happening.

    Parameters
    ----------
    keys
        Keys of the areas it lies in and of its spot, from the district down; empty for the whole city.
    own
        The last of them: the place itself. Empty when only the point is known, or for the whole city.
    point
        WGS 84 longitude and latitude in degrees; ``None`` when it is an area.
    radius_m
        An alert within so many metres of the point is about the same place.
    name
        What a person reads.

    """

    keys: tuple[str, ...] = ()
    own: str = ""
    point: tuple[float, float] | None = None
    radius_m: float = NEAR_M
    name: str = ""

    def meets(self, place: AlertPlace, areas: AreaTree) -> bool:
        """Tell whether an alert's place is the same, lies inside it, contains it, or is within the radius."""
        whole_city = not self.keys and self.point is None
        if whole_city or place.key in {"", areas.city} or place.key in self.keys:
            return True
        if self.own and self.own in {place.key, place.grid, place.community, place.street, place.district}:
            return True
        if self.point is None:
            return False
        point = _centre(place, areas)
        return point is not None and metres(self.point, point) <= self.radius_m


@dataclass(frozen=True, slots=True)
class Happening:
    """Something that really happened, or with `expected` false something that must raise no alert.

    Parameters
    ----------
    id
        Unique name.
    kinds
        Kinds or classes of the taxonomy, or ``any``. Without any it can only be found by an alert without a kind.
    where
        Its place.
    starts, ends
        Its first and last instant, epoch seconds.
    known
        When the city knew of it by other means, epoch seconds; ``None`` when the truth does not say.
    grade
        How serious it was, ``None`` when the truth does not say.
    rules
        Numbers of the rules that ought to find it; empty when the truth does not say.
    expected
        Whether there should be an alert.
    what
        In words.

    """

    id: str
    kinds: tuple[str, ...]
    where: Where
    starts: float
    ends: float
    known: float | None = None
    grade: Grade | None = None
    rules: tuple[int, ...] = ()
    expected: bool = True
    what: Text = _UNSAID

    def is_about(self, kind: str, category: str) -> bool:
        """Tell whether a kind, or its class, is one of its own."""
        return kind in self.kinds or category in self.kinds or ANY in self.kinds or not (kind or self.kinds)


@dataclass(frozen=True)
class Truths:
    """All that is known to have happened.

    Parameters
    ----------
    happenings
        In any order.
    complete
        Nothing else happened, of whatever kind (a simulation); otherwise an alert of a kind that no happening is about
        is neither right nor wrong.
    origin
        Where they come from, in words.
    misread
        Of a simulation: ids of events that were taken for another kind than they are; filled as it runs. An alert of a
        single report that was read rightly is about something real, though nobody staged it. ``None`` where nobody
        knows.

    """

    happenings: tuple[Happening, ...]
    complete: bool
    origin: Text = _UNSAID
    misread: set[str] | None = None


def where_of(place: Place, areas: AreaTree, *, radius_m: float = NEAR_M) -> Where:
    """Return the place of a happening that is known as an event's place is."""
    keys = tuple(key for key in map(place.at, LEVELS[1:]) if key)
    point = (place.lon, place.lat) if place.spot and place.lon is not None and place.lat is not None else None
    return Where(keys, keys[-1] if keys else "", point, radius_m, areas.path_name(place))


def of_simulation(truths: Iterable[Truth], areas: AreaTree) -> tuple[Happening, ...]:
    """Return what a simulation staged."""
    return tuple(_staged(truth, areas) for truth in truths)


def _staged(truth: Truth, areas: AreaTree) -> Happening:
    if truth.level == "city":
        where = Where(name=areas.name)
    else:
        place = areas.resolve(
            district=truth.district,
            street=truth.street,
            community=truth.community,
            spot=truth.spot,
            lon=truth.lon if truth.spot else None,
            lat=truth.lat if truth.spot else None,
        )
        where = where_of(place, areas)
    return Happening(
        id=truth.id,
        kinds=truth.kinds,
        where=where,
        starts=truth.starts_at.timestamp(),
        ends=truth.ends_at.timestamp(),
        rules=truth.rules if truth.expect == "alert" else (),
        expected=truth.expect == "alert",
        what=truth.what,
    )


def metres(one: tuple[float, float], other: tuple[float, float]) -> float:
    """Return the distance of two WGS 84 points (longitude, latitude) within a city, metres."""
    east = math.radians(other[0] - one[0]) * math.cos(math.radians((one[1] + other[1]) / 2))
    return _EARTH_M * math.hypot(east, math.radians(other[1] - one[1]))


def _centre(place: AlertPlace, areas: AreaTree) -> tuple[float, float] | None:
    """Return where an alert's place is: its own point, or the centre of its area."""
    if place.lon is not None and place.lat is not None:
        return place.lon, place.lat
    area = areas.get(place.key)
    return None if area is None or area.lon is None or area.lat is None else (area.lon, area.lat)
