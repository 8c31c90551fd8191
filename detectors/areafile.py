"""From the nested mapping of an area file to a flat list of areas, with every fault and its path."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Annotated, Any, Literal, cast
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import msgspec

from detectors.area import Area, AreaFaults, Spot
from detectors.event import LEVELS, Level

_Text = Annotated[str, msgspec.Meta(min_length=1)]
_Lon = Annotated[float, msgspec.Meta(ge=-180, le=180)] | None
_Lat = Annotated[float, msgspec.Meta(ge=-90, le=90)] | None
_Texts = tuple[_Text, ...]

_HEAD: dict[str, Any] = {
    "city": _Text,
    "name": _Text,
    "name_en": str,
    "tz": _Text,
    "calendar": Literal["cn", "none"],
    "open": bool,
    "note": str,
}
_AREA: dict[str, Any] = {
    "id": _Text,
    "name": _Text,
    "name_en": str,
    "aliases": _Texts,
    "code": str,
    "lon": _Lon,
    "lat": _Lat,
    "neighbours": _Texts,
    "population": Annotated[int, msgspec.Meta(ge=0)],
    "owner": str,
    "police_owner": str,
    "emergency_unit": str,
    "scenes": _Texts,
}
_SPOT: dict[str, Any] = {
    "name": _Text,
    "sort": str,
    "aliases": _Texts,
    "lon": _Lon,
    "lat": _Lat,
    "grid": str,
    "scenes": _Texts,
}
_CHILDREN: dict[str, Level] = {
    "districts": "district",
    "streets": "street",
    "communities": "community",
    "grids": "grid",
}


@dataclass
class CityFile:
    """What an area file says, checked and flat; parents stand before their children."""

    city: str = ""
    name: str = ""
    name_en: str = ""
    tz: str = ""
    calendar: Literal["cn", "none"] = "none"
    open: bool = False
    areas: list[Area] = field(default_factory=list)


class _Reader:
    """Walks the mapping once and keeps every fault it meets."""

    def __init__(self) -> None:
        self.faults: list[tuple[str, str]] = []
        self.areas: list[Area] = []
        self.paths: dict[str, str] = {}

    def fields(self, node: object, path: str, types: Mapping[str, Any], needed: Sequence[str]) -> dict[str, Any]:
        """Return the fields of one mapping that are as they should be."""
        if not isinstance(node, Mapping):
            self.faults.append((path, "expected a mapping"))
            return {}
        self.faults.extend((path, f"missing field `{name}`") for name in needed if name not in node)
        found: dict[str, Any] = {}
        for name, value in node.items():
            if name in types:
                try:
                    found[name] = msgspec.convert(value, types[name])
                except msgspec.ValidationError as error:
                    self.faults.append((f"{path}.{name}", str(error)))
            elif name not in _CHILDREN and name != "spots":
                self.faults.append((f"{path}.{name}", "unknown field"))
        return found

    def items(self, node: Mapping[str, object], name: str, path: str) -> list[tuple[object, str]]:
        """Return the members of the list `name` with their paths."""
        members = node.get(name, [])
        if not isinstance(members, list):
            self.faults.append((f"{path}.{name}", "expected a list"))
            return []
        return [(member, f"{path}.{name}[{index}]") for index, member in enumerate(members)]

    def children(self, node: Mapping[str, object], path: str, level: Level, parent: str) -> None:
        """Read the areas below one area; a level may be left out, never turned round."""
        for name, below in _CHILDREN.items():
            if name not in node:
                continue
            if LEVELS.index(below) <= LEVELS.index(level):
                self.faults.append((f"{path}.{name}", f"a {level} cannot contain {name}"))
                continue
            for member, where in self.items(node, name, path):
                self.area(member, where, below, parent)

    def area(self, node: object, path: str, level: Level, parent: str) -> None:
        """Read one area and what is below it."""
        found = self.fields(node, path, _AREA, ("id", "name"))
        if "id" not in found or "name" not in found:
            return
        if found["id"] in self.paths:
            self.faults.append((f"{path}.id", f"{found['id']!r} is already the id at {self.paths[found['id']]}"))
        self.paths[found["id"]] = path
        node = cast("Mapping[str, object]", node)
        spots: list[Spot] = []
        for member, where in self.items(node, "spots", path):
            spot = self.fields(member, where, _SPOT, ("name",))
            if "name" in spot:
                spots.append(Spot(**spot))
        if spots and level != "community":
            self.faults.append((f"{path}.spots", f"only communities have spots, not a {level}"))
        self.areas.append(Area(**found, level=level, parent=parent, spots=tuple(spots)))
        self.children(node, path, level, found["id"])

    def check_links(self) -> None:
        """Check what one area says about another."""
        levels = {area.id: area.level for area in self.areas}
        for area in self.areas:
            path = self.paths[area.id]
            for other in area.neighbours:
                if levels.get(other) != area.level:
                    self.faults.append((f"{path}.neighbours", f"{other!r} is no {area.level} of this tree"))
            for spot in area.spots:
                if spot.grid and levels.get(spot.grid) != "grid":
                    self.faults.append((f"{path}.spots", f"{spot.grid!r} is no grid of this tree"))
            if (area.lon is None) != (area.lat is None):
                self.faults.append((path, "lon and lat come together"))


def read_city(mapping: object) -> CityFile:
    """Check the mapping of an area file and lay its areas out flat.

    Raises
    ------
    AreaFaults
        With every fault and its path.

    """
    reader = _Reader()
    head = reader.fields(mapping, "$", _HEAD, ("city", "name", "tz"))
    head.pop("note", None)
    if "tz" in head:
        try:
            ZoneInfo(head["tz"])
        except (ZoneInfoNotFoundError, ValueError, OSError):
            reader.faults.append(("$.tz", f"{head['tz']!r} is no IANA time zone"))
    if isinstance(mapping, Mapping):
        reader.children(mapping, "$", "city", str(head.get("city", "")))
    reader.check_links()
    if not head.get("open") and not reader.areas and not reader.faults:
        reader.faults.append(("$.districts", "a closed tree needs at least one area"))
    if reader.faults:
        raise AreaFaults(reader.faults)
    return CityFile(**head, areas=reader.areas)
