"""Where a report happened: names masked and cut back to the compound, resolved, enriched by the hazard register."""

from __future__ import annotations

import re
from functools import lru_cache

import msgspec

from detectors.areas import AreaTree
from detectors.event import Place
from streams.intake.doors import cut_to_compound
from streams.intake.hazards import HazardRegister
from streams.intake.masking import mask

_CACHE_SIZE = 50_000
_LONGEST_ADDRESS = 40
_CLAUSE = re.compile(r"[，。；！？,;!?(（]")

Given = tuple[str, str, str, str, str, str, float | None, float | None]


class Locator:
    """Finds places and remembers them by what was given, up to a bound.

    Parameters
    ----------
    areas
        The area tree.
    hazards
        The hazard register, if there is one.

    """

    def __init__(self, areas: AreaTree, hazards: HazardRegister | None = None) -> None:
        self._areas = areas
        self._hazards = hazards
        self._cache: dict[Given, Place] = {}

    def locate(
        self,
        district: str,
        street: str,
        community: str,
        grid: str,
        spot: str,
        address: str,
        lon: float | None,
        lat: float | None,
    ) -> Place:
        """Return the place that a report's fields mean; see `AreaTree.resolve`.

        A spot is cut back to its compound, so that it never names a door. Without a spot the address stands in: when it
        names a listed spot, or when there are no coordinates.
        """
        key = (district, street, community, grid, spot, address, lon, lat)
        place = self._cache.get(key)
        if place is None:
            if len(self._cache) >= _CACHE_SIZE:
                self._cache.clear()
            place = self._cache[key] = self._locate(key)
        return place

    def _locate(self, given: Given) -> Place:
        """Locate without the cache."""
        district, street, community, grid, spot, address, lon, lat = given
        names = (district, street, community, grid)
        if self._areas.open:
            names = (_masked(district), _masked(street), _masked(community), _masked(grid))
        compound = _compound(spot)
        if not compound and address:
            compound = self._compound_of(address, names, coordinates=lon is not None and lat is not None)
        place = self._areas.resolve(
            district=names[0], street=names[1], community=names[2], grid=names[3], spot=compound, lon=lon, lat=lat
        )
        scenes = self._hazards.scenes(place) if self._hazards else place.scenes
        return place if scenes == place.scenes else msgspec.structs.replace(place, scenes=scenes)

    def _compound_of(self, address: str, names: tuple[str, str, str, str], *, coordinates: bool) -> str:
        """Return the compound in an address when it is the best that is known about the spot."""
        compound = _compound(_CLAUSE.split(address, maxsplit=1)[0])
        if len(compound) > _LONGEST_ADDRESS:
            return ""
        return compound if not coordinates or self._areas.lists_spot(compound, *names) else ""


@lru_cache(maxsize=_CACHE_SIZE)
def _masked(name: str) -> str:
    """Mask the name of an area: a source may put anything there."""
    return mask(name) if name else ""


@lru_cache(maxsize=_CACHE_SIZE)
def _compound(name: str) -> str:
    """Mask a spot's name and cut it back to the compound."""
    return cut_to_compound(mask(name)).partition("[")[0].strip() if name else ""
