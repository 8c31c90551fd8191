"""Where an alert is: its place, its evidence and what lies around, drawn to scale without tiles. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise
from math import cos, hypot, radians
from types import MappingProxyType
from typing import NamedTuple

from detectors.areas import AreaTree
from detectors.event import Event
from detectors.geometry import EARTH_RADIUS_M
from rules.alert import Alert
from streams.board.views.city_outlines import Polygon
from streams.board.views.picture import Picture, Shape
from streams.language import Voice

_HEIGHT = 280
_LEAST_M = {"spot": 250.0, "grid": 300.0, "community": 600.0, "street": 1_500.0, "district": 5_000.0, "city": 15_000.0}
_SCALES = (50, 100, 200, 500, 1_000, 2_000, 5_000, 10_000, 20_000)
_NAMED = 9
_WIDE = 2.6
_APART = 0.16
_ROOM = 1.1
_WHOLE = frozenset({"community", "street", "district", "city"})


class _Spot(NamedTuple):
    """A point in metres east and north of the middle."""

    x: float
    y: float


def map_of(
    alert: Alert,
    events: Sequence[Event],
    areas: AreaTree,
    voice: Voice,
    outlines: Mapping[str, tuple[Polygon, ...]] = MappingProxyType({}),
) -> Picture | None:
    """Draw where an alert is; ``None`` where no coordinates are known.

    Parameters
    ----------
    alert
        Its last version.
    events
        Its evidence, as far as it is known.
    areas
        The city.
    voice
        In which language.
    outlines
        Of its areas, as far as there are any.

    """
    middle = _middle(alert, events, areas)
    if middle is None:
        return None
    points = Counter(
        _metres((event.place.lon, event.place.lat), middle)
        for event in events
        if event.place.lon is not None and event.place.lat is not None
    )
    least = _LEAST_M.get(alert.place.level, _LEAST_M["community"])
    rings = _rings(alert, areas, outlines, middle)
    own = [at for look, ring in rings if look == "own" and alert.place.level in _WHOLE for at in ring]
    half_m = max([least, *(hypot(*at) * _ROOM for at in (*points, *own))])
    shapes = [
        Shape("area", 0, 0, look=look, points=tuple((at.x / half_m, at.y / half_m) for at in ring))
        for look, ring in rings
        if any(abs(at.x) < half_m * _WIDE and abs(at.y) < half_m for at in ring) or look == "own"
    ]
    shapes += [] if rings else [Shape("ring", 0, 0, 0.5, look="range"), Shape("ring", 0, 0, 1.0, look="range")]
    shapes += _around(alert, areas, middle, half_m, voice)
    for at, count in points.items():
        hint = voice.pick(f"{count}起", f"{count} report{'s' if count > 1 else ''}")
        size = 5 + 3 * min(count - 1, 4)
        shapes.append(Shape("dot", at.x / half_m, at.y / half_m, size, look=f"point {alert.grade.value}", hint=hint))
    shapes += [
        Shape("dot", 0, 0, 9, look=f"here {alert.grade.value}", hint=alert.place.name),
        Shape("text", 0, 0.12, look="here-name", text=alert.place.name.rpartition("·")[2], anchor="middle"),
        *_scale(half_m),
    ]
    return Picture(_says(alert, points, voice), _HEIGHT, tuple(shapes), is_map=True)


def _middle(alert: Alert, events: Sequence[Event], areas: AreaTree) -> tuple[float, float] | None:
    """Return longitude and latitude of the place: its own, else the middle of its evidence, else that of its area."""
    place = alert.place
    if place.lon is not None and place.lat is not None:
        return place.lon, place.lat
    known = [(e.place.lon, e.place.lat) for e in events if e.place.lon is not None and e.place.lat is not None]
    if known:
        return sum(lon for lon, _ in known) / len(known), sum(lat for _, lat in known) / len(known)
    for id_ in (place.key, place.grid, place.community, place.street, place.district):
        area = areas.get(id_) if id_ else None
        if area is not None and area.lon is not None and area.lat is not None:
            return area.lon, area.lat
    return None


def _metres(at: tuple[float, float], middle: tuple[float, float]) -> _Spot:
    x = radians(at[0] - middle[0]) * cos(radians(middle[1])) * EARTH_RADIUS_M
    return _Spot(round(x), round(radians(at[1] - middle[1]) * EARTH_RADIUS_M))


def _rings(
    alert: Alert, areas: AreaTree, outlines: Mapping[str, tuple[Polygon, ...]], middle: tuple[float, float]
) -> list[tuple[str, tuple[_Spot, ...]]]:
    """Return the borders of the smallest of its areas around the place, and of those beside it; its own in front."""
    place = alert.place
    known = (place.key, place.grid, place.community, place.street, place.district)
    own = next(
        (areas.get(id_) for id_ in known if any(_holds(polygon[0], middle) for polygon in outlines.get(id_, ()))), None
    )
    if own is None and place.level != "city":
        return []
    parent, own_id = (areas.city, "") if own is None else (own.parent, own.id)
    beside = sorted((area.id for area in areas.children(parent)), key=lambda id_: id_ == own_id)
    return [
        ("own" if id_ == own_id else "beside", tuple(_metres(at, middle) for at in polygon[0]))
        for id_ in beside
        for polygon in outlines.get(id_, ())
    ]


def _holds(ring: Sequence[tuple[float, float]], point: tuple[float, float]) -> bool:
    """Tell whether a point lies within a ring: a line from it to the east crosses the ring an odd number of times."""
    (x, y), inside = point, False
    for (x1, y1), (x2, y2) in pairwise(ring):
        if (y1 > y) != (y2 > y) and x < x1 + (y - y1) / (y2 - y1) * (x2 - x1):
            inside = not inside
    return inside


def _around(alert: Alert, areas: AreaTree, middle: tuple[float, float], half_m: float, voice: Voice) -> Iterator[Shape]:
    """Yield what lies around by name, the nearest first; where names would cover each other only the nearer one."""
    named = sorted(
        ((_metres(at, middle), name) for at, name in _known(alert, areas, voice)), key=lambda one: hypot(*one[0])
    )
    taken = [(0.0, 0.0), (0.0, 0.12)]
    for spot, name in named:
        x, y = spot.x / half_m, spot.y / half_m
        if len(taken) - 2 >= _NAMED or abs(x) > _WIDE or abs(y) > 0.9:  # noqa: PLR2004 - inside the frame
            continue
        if any(abs(x - x2) < _APART * 3 and abs(y - y2) < _APART for x2, y2 in taken):
            continue
        taken.append((x, y))
        yield Shape("dot", x, y, 2.5, look="around")
        yield Shape("text", x, y - 0.1, look="around-name", text=name, anchor="middle")


def _known(alert: Alert, areas: AreaTree, voice: Voice) -> Iterator[tuple[tuple[float, float], str]]:
    """Yield the places a person would know around an alert: spots of its community, or areas of its own level."""
    place = alert.place
    community = areas.get(place.community) if place.community else None
    if place.level in {"spot", "grid", "community"} and community is not None:
        for spot in community.spots:
            if spot.lon is not None and spot.lat is not None and spot.name not in place.name:
                yield (spot.lon, spot.lat), spot.name
    above = {"district": areas.city, "street": place.district, "community": place.street}
    parent = above.get(place.level, place.street)
    for area in areas.children(parent) if parent else ():
        if area.id != place.key and area.lon is not None and area.lat is not None:
            yield (area.lon, area.lat), voice.named(area.name)


def _scale(half_m: float) -> Iterator[Shape]:
    """Yield a bar of a round length."""
    length_m = max((one for one in _SCALES if one <= half_m * 0.6), default=_SCALES[0])
    x, x2 = -0.95, -0.95 + length_m / half_m
    said = f"{length_m} m" if length_m < 1_000 else f"{length_m // 1_000} km"  # noqa: PLR2004
    yield Shape("line", x, -0.9, x2, -0.9, "scale")
    yield Shape("text", x, -0.84, look="axis", text=said)


def _says(alert: Alert, points: Counter[_Spot], voice: Voice) -> str:
    count = points.total()
    return voice.pick(
        f"{voice.where(alert)}的位置，{count}起证据分布在{len(points)}处",
        f"Where {voice.where(alert)} is, with {count} pieces of evidence at {len(points)} spots",
    )
