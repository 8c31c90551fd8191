"""What the names of places mean: areas by id, code, name or alias; listed spots; the chain of areas above an area."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import msgspec

from detectors.area import SUFFIXES, UNKNOWN, Area, Spot, spellings, tidy, token
from detectors.areafile import CityFile
from detectors.event import Level

AREA_LEVELS: tuple[Level, ...] = ("district", "street", "community", "grid")
_SUFFIX_ENDS = frozenset(suffix[-1] for suffix in SUFFIXES)
_LONGEST_NAME = 12
_CACHE_SIZE = 20_000

Four = tuple[str, str, str, str]
_NONE: Four = ("", "", "", "")


@dataclass(frozen=True, slots=True)
class Chain:
    """The areas a place lies in, from the district down.

    Parameters
    ----------
    ids, names
        By level, empty where the level is not known.
    district
        Id of the district, never empty.
    scenes
        Sorted tags of all the areas.
    finer
        The same with one area more, by the id of that area; filled when first asked for.

    """

    ids: Four
    names: Four
    district: str
    scenes: tuple[str, ...]
    finer: dict[str, Chain] = field(default_factory=dict, compare=False, repr=False)


class Named(msgspec.Struct, frozen=True, gc=False):
    """What the names given for a place mean, coordinates left aside.

    Parameters
    ----------
    chain
        Its areas.
    anchor
        The smallest listed area that was named.
    spot
        Name of its spot, empty when there is none.
    known
        The spot, when it is a listed one.
    unlisted
        An open tree took a name as it was given.

    """

    chain: Chain
    anchor: Area | None
    spot: str = ""
    known: Spot | None = None
    unlisted: bool = False


class Gazetteer:
    """Finds areas and spots of one city by what sources call them.

    Parameters
    ----------
    content
        The checked content of an area file.

    """

    def __init__(self, content: CityFile) -> None:
        self._city, self._city_name, self._open = content.city, content.name, content.open
        self._areas = {area.id: area for area in content.areas}
        self._named: dict[tuple[Level, str], list[Area]] = {}
        self._spots: dict[str, list[tuple[Area, Spot]]] = {}
        for area in content.areas:
            for name in spellings(area):
                self._named.setdefault((area.level, name), []).append(area)
            for spot in area.spots:
                for name in {token(spot.name), *map(token, spot.aliases)}:
                    self._spots.setdefault(name, []).append((area, spot))
        self._full_names = _by_first_two({area.name for area in content.areas if area.name.endswith(SUFFIXES)})
        self._chains: dict[str, Chain] = {}
        self._cache: dict[Four, tuple[Area | None, Four, Chain]] = {}

    def find(self, given: Four, spot: str) -> Named:
        """Return what the names of areas, from the district down, and of a spot mean.

        Parameters
        ----------
        given
            Names, codes or ids of district, street, community and grid, empty where not given.
        spot
            Name of the smallest place, free text.

        """
        found = self._cache.get(given)
        if found is None:
            if len(self._cache) >= _CACHE_SIZE:
                self._cache.clear()
            found = self._cache[given] = self._match(given)
        anchor, unlisted, chain = found
        if not spot:
            return Named(chain, anchor, unlisted=unlisted is not _NONE)
        spot = self._without_areas(tidy(spot), unlisted)
        known = self._known_spot(anchor, spot) if spot and unlisted is _NONE else None
        if known is None:
            return Named(chain, anchor, spot, unlisted=unlisted is not _NONE)
        anchor, one = known
        chain = self.chain(anchor)
        if one.grid:
            chain = self.finer(chain, self._areas[one.grid])
        return Named(chain, anchor, one.name, one)

    def chain(self, area: Area) -> Chain:
        """Return an area and all that it lies in."""
        found = self._chains.get(area.id)
        if found is None:
            found = self._chains[area.id] = self._chain(area, _NONE, _NONE)
        return found

    def finer(self, chain: Chain, area: Area) -> Chain:
        """Return `chain` with `area` and what is above it, where `chain` knows nothing."""
        found = chain.finer.get(area.id)
        if found is None:
            found = chain.finer[area.id] = self._chain(area, chain.ids, chain.names)
        return found

    def is_below(self, area: Area | None, ancestor: str) -> bool:
        """Tell whether `area` is `ancestor` or lies in it."""
        while area:
            if area.id == ancestor:
                return True
            area = self._areas.get(area.parent)
        return False

    def _chain(self, area: Area | None, known: Four, called: Four) -> Chain:
        """Write an area and everything above it where nothing is known yet."""
        ids, names = list(known), list(called)
        while area:
            level = AREA_LEVELS.index(area.level)
            if not ids[level]:
                ids[level], names[level] = area.id, area.name
            area = self._areas.get(area.parent)
        district = ids[0] or f"{self._city}:{UNKNOWN}"
        areas = [self._areas.get(id_) for id_ in ids if id_]
        scenes = tuple(sorted({scene for one in areas if one for scene in one.scenes}))
        return Chain(_four(ids), _four(names), district, scenes)

    def _match(self, given: Four) -> tuple[Area | None, Four, Chain]:
        """Look names up from the top down.

        Returns
        -------
        The smallest listed area found, the names that an open tree takes as they are, and the chain of both.

        """
        anchor: Area | None = None
        ids, names = ["", "", "", ""], ["", "", "", ""]
        for index, level in enumerate(AREA_LEVELS):
            name = tidy(given[index])
            if not name:
                continue
            area = self._lookup(level, name, anchor)
            if area:
                anchor = area
            elif self._open:
                ids[index] = f"{self._city}:{name}" if level == "district" else f"{self._city}:{level}:{name}"
                names[index] = name
        unlisted = _four(names) if any(names) else _NONE
        return anchor, unlisted, self._chain(anchor, _four(ids), unlisted)

    def _lookup(self, level: Level, name: str, anchor: Area | None) -> Area | None:
        """Return the one area of this level and name at or below `anchor`; an id is believed wherever it lies."""
        exact = self._areas.get(name)
        if exact and exact.level == level:
            return exact
        found = self._named.get((level, name.casefold()), [])
        if anchor:
            found = [area for area in found if self.is_below(area, anchor.id)]
        return found[0] if len(found) == 1 else None

    def _known_spot(self, anchor: Area | None, spot: str) -> tuple[Area, Spot] | None:
        """Return a listed spot and its community when the name can mean only one below what is known."""
        found = self._spots.get(spot.casefold())
        if found and anchor:
            top = anchor.parent if anchor.level == "grid" else anchor.id
            found = [one for one in found if self.is_below(one[0], top)]
        return found[0] if found and len(found) == 1 else None

    def _without_areas(self, spot: str, unlisted: Four) -> str:
        """Take the names of the areas it lies in off the front of a spot's name."""
        if spot.isascii():
            return spot
        city = spot.find(self._city_name, 0, _LONGEST_NAME - 1 + len(self._city_name))
        if city >= 0:
            spot = tidy(spot[city + len(self._city_name) :])
        for _ in AREA_LEVELS:
            front = self._front(spot, unlisted)
            if not front:
                break
            spot = tidy(spot[len(front) :])
        return spot

    def _front(self, text: str, unlisted: Four) -> str:
        """Return the area's name at the start of `text`, a listed one only with its suffix.

        东方街道 is an area's name, the 东方 of 东方花园 is not.
        """
        if unlisted is not _NONE:
            for name in unlisted:
                if name and text.startswith(name):
                    return name
        for name in self._full_names.get(text[:2], ()):
            if text.startswith(name):
                return name
        return ""


def place_name(names: Sequence[str], spot: str) -> str:
    """Put the name together that a person reads, from the names by level and the spot's."""
    district, street, community, grid = names
    front, back = street or district, spot or community or grid
    return f"{front}·{back}" if front and back else front or back


def _four(texts: Sequence[str]) -> Four:
    district, street, community, grid = texts
    return district, street, community, grid


def _by_first_two(names: set[str]) -> Mapping[str, list[str]]:
    """Sort the names by their first two characters, the longest first."""
    found: dict[str, list[str]] = {}
    for name in sorted(names, key=lambda name: (-len(name), name)):
        if 1 < len(name) <= _LONGEST_NAME:
            found.setdefault(name[:2], []).append(name)
    return found
