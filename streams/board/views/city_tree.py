"""The areas a map shows: those of the area tree down to communities, and those an open city's events brought. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Literal, NamedTuple

from detectors.areas import AreaTree
from detectors.event import Place

MapLevel = Literal["city", "district", "street", "community"]
MAP_LEVELS: tuple[MapLevel, ...] = ("city", "district", "street", "community")
MOST = 2_000


class Node(NamedTuple):
    """An area: id, level, the area above, its name, its centre if known, its residents if known."""

    id: str
    level: MapLevel
    parent: str
    name: str
    lon: float | None = None
    lat: float | None = None
    population: int = 0


class CityTree:
    """Areas by id, from the city down to communities.

    Parameters
    ----------
    areas
        The area tree.

    Attributes
    ----------
    nodes
        Every area, those above before those below them in the tree.
    version
        Grows by one with every area that events bring.

    """

    def __init__(self, areas: AreaTree) -> None:
        self._areas = areas
        self.city = areas.city
        self.nodes: dict[str, Node] = {areas.city: Node(areas.city, "city", "", areas.name)}
        self._children: dict[str, list[Node]] = {}
        self.version = 0
        self._list(areas.city)

    def children(self, id_: str) -> list[Node]:
        """Return the areas directly below one."""
        return self._children.get(id_, [])

    def chain(self, id_: str) -> list[Node]:
        """Return an area with all above it, the city first; nothing for an id that is unknown."""
        found: list[Node] = []
        while (node := self.nodes.get(id_)) is not None:
            found.insert(0, node)
            id_ = node.parent
        return found

    def within(self, focus: str, level: MapLevel) -> list[Node]:
        """Return the areas below one at a level; where there are none so fine, the finest there are."""
        found: list[Node] = []
        for node in self.children(focus):
            deeper = MAP_LEVELS.index(node.level) < MAP_LEVELS.index(level) and node.id in self._children
            found += self.within(node.id, level) if deeper else [node]
        return found

    def levels(self, focus: str) -> list[MapLevel]:
        """Return the levels at which there are areas below one."""
        found = {node.level for node in self._below(focus)}
        return [level for level in MAP_LEVELS if level in found]

    def home(self, place: Place) -> str:
        """Return the id of the finest area a place lies in; of one that is not listed it is made known."""
        above = self.city
        levels: tuple[tuple[MapLevel, str], ...] = (
            ("district", place.district),
            ("street", place.street),
            ("community", place.community),
        )
        for level, id_ in levels:
            if id_:
                above = id_ if id_ in self.nodes or self._add(id_, level, above) else above
        return above

    def _add(self, id_: str, level: MapLevel, parent: str) -> bool:
        """Make an area known that the tree does not list, unless there are too many."""
        if len(self.nodes) >= MOST:
            return False
        node = Node(id_, level, parent, self._areas.name_of(id_))
        self.nodes[id_] = node
        self._children.setdefault(parent, []).append(node)
        self.version += 1
        return True

    def _list(self, parent: str) -> None:
        for area in self._areas.children(parent):
            level = next((one for one in MAP_LEVELS if one == area.level), None)
            if level is None:
                continue
            node = Node(area.id, level, parent, area.name, area.lon, area.lat, area.population)
            self.nodes[area.id] = node
            self._children.setdefault(parent, []).append(node)
            self._list(area.id)

    def _below(self, focus: str) -> Iterator[Node]:
        for node in self.children(focus):
            yield node
            yield from self._below(node.id)


def ancestors(tree: CityTree, ids: Iterable[str]) -> frozenset[str]:
    """Return areas with all above them."""
    return frozenset(node.id for id_ in ids for node in tree.chain(id_))
