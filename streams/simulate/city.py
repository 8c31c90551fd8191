"""Where reports come from: sites of an area tree, weighted by population and drawn Zipf-like."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from detectors.area import Area, Spot
from detectors.areas import AreaTree
from streams.simulate.dice import Uniform, Weighted, between, dice, pick, shuffled

ZIPF_EXPONENT = 0.8
ADDRESSES = 40
ROAD = "road"
_ROAD_ENDS = ("东路", "西路", "南路", "北路", "中路", "一路", "二路", "横街", "新街", "直街")
_SUFFIXES = ("社区", "街道", "村", "镇", "区", "县")
_ADDRESS_REACH_DEG = 0.004


@dataclass(frozen=True, slots=True)
class Site:
    """One place a report can be about.

    Parameters
    ----------
    district, street, community
        The areas it lies in; an upper one where the tree has no such level.
    grid
        Id of the grid, empty when there is none.
    name, sort
        Name of the spot and what sort of place it is; ``road`` for a house number.
    road
        The road it stands on.
    lon, lat
        WGS 84 degrees, ``None`` when the tree has no coordinates.

    """

    district: Area
    street: Area
    community: Area
    grid: str
    name: str
    sort: str
    road: str
    lon: float | None
    lat: float | None


class City:
    """All sites of an area tree.

    Parameters
    ----------
    areas
        The tree.
    seed
        Decides which site of a community is the busiest, and the addresses that are made up.

    """

    def __init__(self, areas: AreaTree, seed: int) -> None:
        self.areas = areas
        self.zone = areas.zone
        self.sites: list[Site] = []
        self._weights: list[float] = []
        for district, street, community in _leaves(areas):
            found = shuffled(list(_sites(areas, district, street, community, seed)), dice(seed, "busy", community.id))
            people = community.population or 1
            shares = [(rank + 1) ** -ZIPF_EXPONENT for rank in range(len(found))]
            self.sites += found
            self._weights += [people * share / sum(shares) for share in shares]
        self._drawn: dict[tuple[str, ...], Weighted[Site]] = {}

    def draw(self, sorts: tuple[str, ...], u: Uniform) -> Site:
        """Return a site of one of the sorts (of any sort when none of them exists)."""
        if sorts not in self._drawn:
            self._drawn[sorts] = self._weighted(sorts)
        return self._drawn[sorts].draw(u)

    def within(self, area: str, sorts: Sequence[str] = ()) -> list[Site]:
        """Return the sites at or below an area (the city's id: everywhere), of the given sorts if any are given."""
        return [
            site
            for site in self.sites
            if (not sorts or site.sort in sorts)
            and area in {self.areas.city, site.district.id, site.street.id, site.community.id, site.grid}
        ]

    def _weighted(self, sorts: tuple[str, ...]) -> Weighted[Site]:
        kept = [n for n, site in enumerate(self.sites) if site.sort in sorts] or range(len(self.sites))
        return Weighted([self.sites[n] for n in kept], [self._weights[n] for n in kept])


def _leaves(areas: AreaTree) -> Iterator[tuple[Area, Area, Area]]:
    """Yield district, street and community of every community; what a tree does not divide stands for its parts."""
    for district in areas.districts():
        for street in [one for one in areas.children(district.id) if one.level == "street"] or [district]:
            below = [one for one in areas.children(street.id) if one.level == "community"]
            for community in below or [street]:
                yield district, street, community


def _sites(areas: AreaTree, district: Area, street: Area, community: Area, seed: int) -> Iterator[Site]:
    """Yield the listed spots of a community, and house numbers along its roads."""
    u = dice(seed, "addresses", community.id)
    grids = [one.id for one in areas.children(community.id) if one.level == "grid"] or [""]
    stem = next((community.name.removesuffix(end) for end in _SUFFIXES if community.name.endswith(end)), community.name)
    roads = [stem + end for end in shuffled(_ROAD_ENDS, u)[:3]]
    numbered = [(pick(roads, u), number) for number in shuffled(range(1, 300), u)[:ADDRESSES]]
    addresses = [(Spot(name=f"{road}{number}号", sort=ROAD), road) for road, number in numbered]
    for spot, road in [*((spot, pick(roads, u)) for spot in community.spots), *addresses]:
        lon, lat = (spot.lon, spot.lat) if spot.lon is not None else _scattered(community, u)
        yield Site(
            district=district,
            street=street,
            community=community,
            grid=spot.grid or pick(grids, u),
            name=spot.name,
            sort=spot.sort,
            road=road,
            lon=lon,
            lat=lat,
        )


def _scattered(area: Area, u: Uniform) -> tuple[float | None, float | None]:
    """Return a point around the centre of an area."""
    if area.lon is None or area.lat is None:
        return None, None
    east, north = (between(-_ADDRESS_REACH_DEG, _ADDRESS_REACH_DEG, u) for _ in range(2))
    return round(area.lon + east, 5), round(area.lat + north, 5)
