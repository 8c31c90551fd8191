"""Where a report happened: names masked and cut back to the compound, resolved, enriched by the hazard register."""

from __future__ import annotations

import re
from functools import lru_cache

import msgspec

from detectors.areas import AreaTree
from detectors.event import Place
from detectors.gazetteer import Named
from streams.intake.doors import cut_to_compound
from streams.intake.hazards import HazardRegister
from streams.intake.masking import mask

_CACHE_SIZE = 50_000
_LONGEST_ADDRESS = 40
_CLAUSE = re.compile(r"[，。；！？,;!?(（]")


class Locator:
    """Finds places and remembers what names mean, up to a bound; coordinates are worked out each time.

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
        self._masked = lru_cache(_CACHE_SIZE)(mask)
        self._compound = lru_cache(_CACHE_SIZE)(_compound)
        self._named: dict[tuple[str, str, str, str, str, str, bool], Named] = {}

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
        compound = self._compound(spot) if spot else ""
        located = lon is not None and lat is not None
        key = (district, street, community, grid, compound, "" if compound else address, located)
        named = self._named.get(key)
        if named is None:
            if len(self._named) >= _CACHE_SIZE:
                self._named.clear()
            named = self._named[key] = self._name(key)
        place = self._areas.place(named, lon, lat)
        if self._hazards is None:
            return place
        scenes = self._hazards.scenes(place)
        return place if scenes == place.scenes else msgspec.structs.replace(place, scenes=scenes)

    def _name(self, given: tuple[str, str, str, str, str, str, bool]) -> Named:
        """Find out what names mean, without the cache."""
        district, street, community, grid, compound, address, located = given
        if self._areas.open:
            district, street, community, grid = map(self._masked, (district, street, community, grid))
        if not address:
            return self._areas.find(district, street, community, grid, compound)
        compound = self._compound(_CLAUSE.split(address, maxsplit=1)[0])
        named = self._areas.find(district, street, community, grid, compound)
        if len(compound) <= _LONGEST_ADDRESS and (named.known or not located):
            return named
        return self._areas.find(district, street, community, grid, "")


def _compound(name: str) -> str:
    """Mask a spot's name and cut it back to the compound; numbers alone are a door of a place that nobody named."""
    compound = cut_to_compound(mask(name)).partition("[")[0].strip()
    return compound if any(map(str.isalpha, compound)) else ""
