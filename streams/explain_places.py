"""Finds the place an operator names: an area of the tree by id, code, name or alias, a spot, or a place of an event."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from difflib import get_close_matches

import msgspec

from detectors.areas import Area, AreaTree, token
from detectors.event import Event, Place
from rules.sifting import level_of
from streams.errors import ConfigurationError, Fault

_LEVELS = ("district", "street", "community", "grid", "spot")
_SHOWN = 5
_FAR = 0.5


class Places:
    """Places by whatever they are called.

    Parameters
    ----------
    areas
        The area tree.

    """

    def __init__(self, areas: AreaTree) -> None:
        self._areas = areas
        self._named: dict[str, dict[str, Place]] = {}
        self._said: dict[str, str] = {}
        for area in _below(areas, areas.city):
            place = self._place_of(area)
            full = areas.path_name(place)
            self._add(place, (area.id, area.code, area.name, area.name_en, *area.aliases, full))
            for spot in area.spots:
                at = areas.resolve(community=area.id, spot=spot.name)
                self._add(at, (at.spot, spot.name, *spot.aliases, at.name))

    def learn(self, events: Iterable[Event]) -> None:
        """Know the places of events as well: an open tree lists none, and spots may be written in any way."""
        for place in {event.place for event in events}:
            for level in _LEVELS:
                key = place.at(level)
                if key and key not in self._said:
                    cut = narrowed(place, level)
                    names = [key, "" if key.startswith("@") else key.rpartition("/")[2]]
                    self._add(cut, [*names, self._areas.name_of(key) if level != "spot" else place.name])

    def find(self, asked: str) -> Place:
        """Return the place with this id or name.

        Raises
        ------
        ConfigurationError
            When there is none, with the closest; or several, with their ids.

        """
        if token(asked) in {
            token(name)
            for name in (self._areas.city, self._areas.name, self._areas.english.get(self._areas.name, ""))
            if name
        }:
            raise ConfigurationError([Fault("--place", "", f"{asked} is the whole city: give one of its districts")])
        found = self._named.get(token(asked), {})
        if len(found) == 1:
            return next(iter(found.values()))
        largest = {key: place for key, place in found.items() if level_of(place) == _largest(found.values())}
        if len(largest) == 1:
            return next(iter(largest.values()))
        if found:
            listed = ", ".join(
                f"{key} ({self._areas.path_name(place)})" for key, place in sorted(found.items())[:_SHOWN]
            )
            more = f" and {len(found) - _SHOWN} more" if len(found) > _SHOWN else ""
            message = f"{len(found)} places are called {asked!r}: give an id, one of {listed}{more}"
        else:
            names = {token(name): name for name in self._said.values()} | {token(key): key for key in self._said}
            close = [names[one] for one in get_close_matches(token(asked), names, _SHOWN, _FAR)]
            close += [name for name in self._said.values() if asked in name and name not in close]
            hint = f": do you mean {', '.join(dict.fromkeys(close[:_SHOWN]))}?" if close else ""
            message = f"no place is called {asked!r}{hint}"
        raise ConfigurationError([Fault("--place", "", message)])

    def _place_of(self, area: Area) -> Place:
        chain: dict[str, str] = {area.level: area.id}
        parent = self._areas.get(area.parent)
        while parent is not None:
            chain[parent.level] = parent.id
            parent = self._areas.get(parent.parent)
        district, street, community, grid = (chain.get(level, "") for level in _LEVELS[:4])
        return Place(district=district, street=street, community=community, grid=grid, lon=area.lon, lat=area.lat)

    def _add(self, place: Place, names: Iterable[str]) -> None:
        key = place.at(level_of(place))
        for name in names:
            if name:
                self._named.setdefault(token(name), {})[key] = place
                self._said[key] = name  # the last is the fullest


def narrowed(place: Place, level: str) -> Place:
    """Return the place down to a level; with its own name and coordinates only when that is the spot."""
    if level == "spot":
        return place
    kept = _LEVELS[: _LEVELS.index(level) + 1]
    cut = {name: place.at(name) if name in kept else "" for name in _LEVELS}
    return msgspec.structs.replace(place, name="", lon=None, lat=None, scenes=(), **cut)


def _below(areas: AreaTree, id_: str) -> Iterator[Area]:
    for area in areas.children(id_):
        yield area
        yield from _below(areas, area.id)


def _largest(places: Iterable[Place]) -> str:
    return min((level_of(place) for place in places), key=("city", *_LEVELS).index)
