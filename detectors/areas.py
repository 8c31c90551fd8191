"""The area tree: city, district, street, community, grid; what a place is called and where it belongs."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Literal
from zoneinfo import ZoneInfo

from detectors.area import SUFFIXES, UNKNOWN, Area, AreaFaults, Spot, spellings, spot_key, tidy, token
from detectors.areafile import CityFile, read_city
from detectors.event import Level, Place
from detectors.nearest import NearestCentre

__all__ = ["UNKNOWN", "Area", "AreaFaults", "AreaTree", "Spot", "tidy", "token"]

_LEVELS: tuple[Level, ...] = ("district", "street", "community", "grid")
_SUFFIX_ENDS = frozenset(suffix[-1] for suffix in SUFFIXES)
_LONGEST_NAME = 12
_NEAREST_WITHIN_M = 15_000.0
_CACHE_SIZE = 50_000


class AreaTree:
    """Areas of one city; made by `from_mapping`.

    Parameters
    ----------
    content
        The checked content of an area file.

    Attributes
    ----------
    city, name
        Id and name of the city.
    tz, zone
        Its time zone, as IANA name and as object.
    calendar
        ``cn`` when its public holidays are China's, else ``none``.
    open
        Places the tree does not list are accepted under an id of their own.

    """

    def __init__(self, content: CityFile) -> None:
        self.city = content.city
        self.name = content.name
        self.tz = content.tz
        self.zone = ZoneInfo(content.tz)
        self.calendar: Literal["cn", "none"] = content.calendar
        self.open = content.open
        self._areas = {area.id: area for area in content.areas}
        self._children: dict[str, list[Area]] = {}
        self._named: dict[tuple[Level, str], list[Area]] = {}
        self._spots: dict[str, list[tuple[Area, Spot]]] = {}
        for area in content.areas:
            self._children.setdefault(area.parent, []).append(area)
            for name in spellings(area):
                self._named.setdefault((area.level, name), []).append(area)
            for spot in area.spots:
                for name in {token(spot.name), *map(token, spot.aliases)}:
                    self._spots.setdefault(name, []).append((area, spot))
        self._full_names = {area.name for area in content.areas if area.name.endswith(SUFFIXES)}
        self._nearest: dict[str, NearestCentre] = {}
        self._cache: dict[tuple[str | float | None, ...], Place] = {}

    @classmethod
    def from_mapping(cls, mapping: object) -> AreaTree:
        """Make a tree from the content of an area file.

        Raises
        ------
        AreaFaults
            With every fault and its path.

        """
        return cls(read_city(mapping))

    def get(self, id_: str) -> Area | None:
        """Return the area with this id."""
        return self._areas.get(id_)

    def name_of(self, id_: str) -> str:
        """Return the name of an area; for one that is not listed the last part of its id."""
        if id_ == self.city:
            return self.name
        area = self._areas.get(id_)
        return area.name if area else id_.rpartition("/")[2].rpartition(":")[2]

    def path_name(self, place: Place) -> str:
        """Return what a person reads: ``河东街道·幸福里小区``, else street and community, else the district."""
        spot = "" if place.spot.startswith("@") else place.spot.rpartition("/")[2]
        return place.name or self._name([self.name_of(key) if key else "" for key in map(place.at, _LEVELS)], spot)

    def districts(self) -> list[Area]:
        """Return the districts in the order of the file."""
        return [area for area in self._children.get(self.city, []) if area.level == "district"]

    def children(self, id_: str) -> list[Area]:
        """Return the areas directly below one area (or the city), in the order of the file."""
        return list(self._children.get(id_, []))

    def resolve(
        self,
        *,
        district: str = "",
        street: str = "",
        community: str = "",
        grid: str = "",
        spot: str = "",
        lon: float | None = None,
        lat: float | None = None,
    ) -> Place:
        """Find the place that names, codes and coordinates mean.

        Each level may be given by id, code, name or alias; what is missing above is filled in from the tree. A level
        that contradicts the ones above it is ignored unless it is an id. Coordinates decide where names end: the
        community with the nearest centre. A place without any known part gets the district ``<city>:unknown``; in an
        open tree a name that is not listed gets an id of its own (``<city>:<name>`` for a district,
        ``<city>:<level>:<name>`` below).

        Parameters
        ----------
        district, street, community, grid
            Whatever the source gives.
        spot
            Name of the smallest place, free text.
        lon, lat
            WGS 84 degrees; both or none.

        """
        located = lon is not None and lat is not None and math.isfinite(lon) and math.isfinite(lat)
        if not located or lon is None or lat is None:
            lon = lat = x = y = None
        else:
            x, y = round(lon, 3) + 0.0, round(lat, 3) + 0.0
        key = (district, street, community, grid, spot, x, y)
        place = self._cache.get(key)
        if place is None:
            if len(self._cache) >= _CACHE_SIZE:
                self._cache.clear()
            place = self._cache[key] = self._resolve((district, street, community, grid), spot, x, y)
        if lon is None:
            return place
        return Place(
            district=place.district,
            street=place.street,
            community=place.community,
            grid=place.grid,
            spot=place.spot,
            name=place.name,
            lon=lon,
            lat=lat,
            scenes=place.scenes,
        )

    def lists_spot(self, spot: str, district: str = "", street: str = "", community: str = "", grid: str = "") -> bool:
        """Tell whether `spot` is the name of one listed spot of the areas given."""
        anchor, ids, names = self._match((district, street, community, grid))
        return self._known_spot(anchor, ids, self._without_areas(tidy(spot), names)) is not None

    def _resolve(self, given: tuple[str, str, str, str], spot: str, x: float | None, y: float | None) -> Place:
        """Resolve without the cache; `x`, `y` are coordinates to the cell of about 100 m."""
        anchor, ids, names = self._match(given)
        spot = self._without_areas(tidy(spot), names)
        known = self._known_spot(anchor, ids, spot)
        if known:
            anchor = known[0]
        elif x is not None and y is not None and not ids["community"]:
            anchor = self._nearest_below(anchor, ids, x, y) or anchor
        self._fill(anchor, ids, names)
        if not ids["grid"] and ids["community"]:
            self._fill(self._grid_of(ids["community"], known[1] if known else None, x, y), ids, names)
        ids["district"] = ids["district"] or f"{self.city}:{UNKNOWN}"
        spot_name = known[1].name if known else spot
        return Place(
            **ids,
            spot=spot_key(ids["community"] or ids["district"], spot_name, x, y),
            name=self._name([names[level] for level in _LEVELS], spot_name),
            lon=known[1].lon if known else None,
            lat=known[1].lat if known else None,
            scenes=self._scenes(ids.values(), known[1].scenes if known else ()),
        )

    def _match(self, given: tuple[str, str, str, str]) -> tuple[Area | None, dict[Level, str], dict[Level, str]]:
        """Look the given names up from the top down; return the deepest area found, and ids and names by level."""
        anchor: Area | None = None
        ids: dict[Level, str] = dict.fromkeys(_LEVELS, "")
        names: dict[Level, str] = dict.fromkeys(_LEVELS, "")
        for level, text in zip(_LEVELS, given, strict=True):
            name = tidy(text)
            if not name:
                continue
            area = self._lookup(level, name, anchor)
            if area:
                anchor = area
            elif self.open:
                ids[level] = f"{self.city}:{name}" if level == "district" else f"{self.city}:{level}:{name}"
                names[level] = name
        return anchor, ids, names

    def _lookup(self, level: Level, name: str, anchor: Area | None) -> Area | None:
        """Return the one area of this level and name at or below `anchor`; an id is believed wherever it lies."""
        exact = self._areas.get(name)
        if exact and exact.level == level:
            return exact
        found = self._named.get((level, name.casefold()), [])
        if anchor:
            found = [area for area in found if self._below(area, anchor.id)]
        return found[0] if len(found) == 1 else None

    def _below(self, area: Area | None, ancestor: str) -> bool:
        """Tell whether `area` is `ancestor` or lies in it."""
        while area:
            if area.id == ancestor:
                return True
            area = self._areas.get(area.parent)
        return False

    def _without_areas(self, spot: str, names: dict[Level, str]) -> str:
        """Take the names of the areas it lies in off the front of a spot's name."""
        if not spot or spot.isascii():
            return spot
        city = spot.find(self.name)
        if 0 <= city < _LONGEST_NAME:
            spot = tidy(spot[city + len(self.name) :])
        fronts = [name for name in names.values() if name]
        for _ in _LEVELS:
            front = next((name for name in fronts if spot.startswith(name)), "") or self._full_name(spot)
            if not front:
                break
            spot = tidy(spot[len(front) :])
        return spot

    def _full_name(self, text: str) -> str:
        """Return the area's name with its suffix at the start of `text` (东方街道, not the 东方 of 东方花园)."""
        for end in range(min(len(text), _LONGEST_NAME), 1, -1):
            if text[end - 1] in _SUFFIX_ENDS and text[:end] in self._full_names:
                return text[:end]
        return ""

    def _known_spot(self, anchor: Area | None, ids: dict[Level, str], spot: str) -> tuple[Area, Spot] | None:
        """Return a listed spot and its community when the name can mean only one below what is known."""
        found = self._spots.get(spot.casefold(), []) if spot and not any(ids.values()) else []
        if anchor:
            top = self._areas[anchor.parent] if anchor.level == "grid" else anchor
            found = [(area, one) for area, one in found if self._below(area, top.id)]
        return found[0] if len(found) == 1 else None

    def _nearest_below(self, anchor: Area | None, ids: dict[Level, str], x: float, y: float) -> Area | None:
        """Return the community (or the smallest kind of area that has centres) nearest to a point."""
        if (anchor and anchor.level in {"community", "grid"}) or any(ids.values()):
            return None
        return self._centres(anchor.id if anchor else "").find(x, y, _NEAREST_WITHIN_M)

    def _centres(self, ancestor: str) -> NearestCentre:
        """Return the centres of the communities below an area, else of its streets, else of its districts."""
        if ancestor not in self._nearest:
            inside = [area for area in self._areas.values() if not ancestor or self._below(area, ancestor)]
            by_level = (
                [area for area in inside if area.level == level and area.lon is not None and area.id != ancestor]
                for level in ("community", "street", "district")
            )
            self._nearest[ancestor] = NearestCentre(next((areas for areas in by_level if areas), []))
        return self._nearest[ancestor]

    def _grid_of(self, community: str, spot: Spot | None, x: float | None, y: float | None) -> Area | None:
        """Return the grid of a listed spot, else the grid of the community nearest to a point."""
        if spot and spot.grid:
            return self._areas[spot.grid]
        if x is None or y is None:
            return None
        if f"{community}/" not in self._nearest:
            self._nearest[f"{community}/"] = NearestCentre(self.children(community))
        return self._nearest[f"{community}/"].find(x, y, _NEAREST_WITHIN_M)

    def _fill(self, area: Area | None, ids: dict[Level, str], names: dict[Level, str]) -> None:
        """Write an area and everything above it into `ids` and `names`, where nothing stands yet."""
        while area:
            if not ids[area.level]:
                ids[area.level], names[area.level] = area.id, area.name
            area = self._areas.get(area.parent)

    def _name(self, names: list[str], spot: str) -> str:
        """Put the name together that a person reads."""
        district, street, community, grid = names
        parts = (street or district, spot or community or grid)
        return "·".join(part for part in parts if part) or self.name

    def _scenes(self, ids: Iterable[str], more: tuple[str, ...]) -> tuple[str, ...]:
        """Return the tags of all areas of a place, sorted."""
        areas = (self._areas.get(id_) for id_ in ids if id_)
        return tuple(sorted({scene for area in areas if area for scene in area.scenes}.union(more)))
