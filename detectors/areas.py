"""The area tree: city, district, street, community, grid; what a place is called and where it belongs."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Literal
from zoneinfo import ZoneInfo

from detectors.area import UNKNOWN, Area, AreaFaults, Spot, tidy, token
from detectors.areafile import CityFile, read_city
from detectors.event import Place
from detectors.gazetteer import AREA_LEVELS, Chain, Gazetteer, Named, place_name
from detectors.nearest import NearestCentre

__all__ = ["UNKNOWN", "Area", "AreaFaults", "AreaTree", "Spot", "tidy", "token"]

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
    english
        English names by name, of the city and of the areas that have one.
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
        names = [(area.name, area.name_en) for area in content.areas]
        self.english = {name: english for name, english in [(content.name, content.name_en), *names] if english}
        self.tz = content.tz
        self.zone = ZoneInfo(content.tz)
        self.calendar: Literal["cn", "none"] = content.calendar
        self.open = content.open
        self._areas = {area.id: area for area in content.areas}
        self._children: dict[str, list[Area]] = {}
        for area in content.areas:
            self._children.setdefault(area.parent, []).append(area)
        self._gazetteer = Gazetteer(content)
        self._nearest: dict[str, NearestCentre] = {}
        self._grids: dict[str, NearestCentre] = {}
        self._cache: dict[tuple[str, str, str, str, str], tuple[Named, Place]] = {}

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
        names = [self.name_of(key) if key else "" for key in map(place.at, AREA_LEVELS)]
        return place.name or place_name(names, spot) or self.name

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
        key = (district, street, community, grid, spot)
        found = self._cache.get(key)
        if found is None:
            if len(self._cache) >= _CACHE_SIZE:
                self._cache.clear()
            named = self.find(*key)
            found = self._cache[key] = named, self.place(named)
        return found[1] if lon is None or lat is None else self.place(found[0], lon, lat)

    def find(self, district: str, street: str, community: str, grid: str, spot: str) -> Named:
        """Return what names mean, for `place`; see `resolve`."""
        return self._gazetteer.find((district, street, community, grid), spot)

    def place(self, named: Named, lon: float | None = None, lat: float | None = None) -> Place:
        """Return the place of which the names and, if both are given and finite, the coordinates are known."""
        chain, known, spot = named.chain, named.known, named.spot
        cell = ""
        if lon is None or lat is None or not math.isfinite(lon) or not math.isfinite(lat):
            lon, lat = (known.lon, known.lat) if known else (None, None)
        elif not spot or not chain.ids[3]:
            x, y = round(lon, 3) + 0.0, round(lat, 3) + 0.0  # the cell of about 100 m
            chain = self._near(named, x, y)
            cell = "" if spot else f"@{x:.3f},{y:.3f}"
        district, street, community, grid = chain.ids
        return Place(
            district=district or chain.district,
            street=street,
            community=community,
            grid=grid,
            spot=f"{community or chain.district}/{spot.casefold()}" if spot else cell,
            name=place_name(chain.names, spot) or self.name,
            lon=lon,
            lat=lat,
            scenes=tuple(sorted({*chain.scenes, *known.scenes})) if known and known.scenes else chain.scenes,
        )

    def _near(self, named: Named, x: float, y: float) -> Chain:
        """Return the areas of a place, those below the ones named by the nearest centre."""
        chain, anchor = named.chain, named.anchor
        if not (chain.ids[2] or named.unlisted or (anchor and anchor.level == "grid")):
            area = self._centres(anchor.id if anchor else "").find(x, y, _NEAREST_WITHIN_M)
            chain = self._gazetteer.chain(area) if area else chain
        community = chain.ids[2]
        if community in self._children and not chain.ids[3]:
            grids = self._grids.get(community)
            if grids is None:
                grids = self._grids[community] = NearestCentre(self._children[community])
            grid = grids.find(x, y, _NEAREST_WITHIN_M)
            chain = self._gazetteer.finer(chain, grid) if grid else chain
        return chain

    def _centres(self, ancestor: str) -> NearestCentre:
        """Return the centres of the communities below an area, else of its streets, else of its districts."""
        if ancestor not in self._nearest:
            inside = list(self._below(ancestor) if ancestor else self._areas.values())
            by_level = (
                [area for area in inside if area.level == level and area.lon is not None]
                for level in ("community", "street", "district")
            )
            self._nearest[ancestor] = NearestCentre(next((areas for areas in by_level if areas), []))
        return self._nearest[ancestor]

    def _below(self, ancestor: str) -> Iterator[Area]:
        """Yield every area below one, in the order of the file."""
        for area in self._children.get(ancestor, []):
            yield area
            yield from self._below(area.id)
