"""Write streams/areas/shantou.yaml: real districts and streets, synthetic below; and outlines, all of them synthetic.

Run from the root of the repository: ``python deploy/make_areas.py``. The seed is fixed, so the same file comes out.
"""

from __future__ import annotations

import itertools
import json
import math
import random
from dataclasses import dataclass, field
from pathlib import Path

from outlines import Centre, outlines, write_outlines
from shantou import DISTRICTS, LAND, STREETS

SEED = 440500
METRES_PER_DEGREE = 111_195.0
NEIGHBOURS_WITHIN_M = 1_600
NEIGHBOURS_AT_LEAST = 2
SHARE_WITH_EXTRA = 0.7

FIRST = "锦丹海春明和新永福嘉瑞青"
SECOND = "华园泰湖阳庭兴岸田"
COMPOUND_FIRST = ("幸福", "金凤", "碧海", "星河", "翠堤", "江南", "龙腾", "御景", "百合", "阳光", "银杏", "荷塘")
COMPOUND_SECOND = ("里", "湾", "台", "轩", "城", "府", "郡", "洲")
COMPOUND_SORT = ("小区", "花园", "雅苑", "新村")
EXTRAS = (
    ("养老院", "care_home"),
    ("医院", "hospital"),
    ("幼儿园", "kindergarten"),
    ("下穿隧道", "underpass"),
    ("项目工地", "site"),
    ("液化气站", "gas_station"),
)
HEADER = """\
# Area tree of Shantou (汕头). Written by deploy/make_areas.py; change it there.
# REAL: the city, its seven districts with their GB/T 2260 codes, and the names of streets and towns.
# APPROXIMATE: centres of districts and streets.
# SYNTHETIC: communities, grids, spots, populations, owners and units. Likeness to anything real is chance.
city: "440500"
name: 汕头市
name_en: Shantou
tz: Asia/Shanghai
calendar: cn
open: false
districts:"""


OUTLINES_NOTE = (
    "SYNTHETIC. Written by deploy/make_areas.py: the land is a coarse drawing by hand, and borders lie halfway between "
    "made-up centres of communities. No border, coast or island is where the real one is."
)


@dataclass
class Community:
    """A synthetic community on its way into the file."""

    id: str
    name: str
    street: str
    district: str
    prefix: str
    lon: float
    lat: float
    population: int
    scenes: list[str]
    grids: list[dict[str, object]] = field(default_factory=list)
    spots: list[dict[str, object]] = field(default_factory=list)
    neighbours: list[str] = field(default_factory=list)


def distance_m(a: tuple[float, float], b: tuple[float, float]) -> float:
    """Return the distance of two points in metres (equirectangular)."""
    east = (a[0] - b[0]) * math.cos(math.radians((a[1] + b[1]) / 2))
    return math.hypot(east, a[1] - b[1]) * METRES_PER_DEGREE


def around(dice: random.Random, lon: float, lat: float, radius_m: float, angle: float) -> tuple[float, float]:
    """Return a point about `radius_m` metres from a centre, in a direction given in radians."""
    radius_m *= dice.uniform(0.8, 1.2)
    north = radius_m * math.sin(angle) / METRES_PER_DEGREE
    east = radius_m * math.cos(angle) / METRES_PER_DEGREE / math.cos(math.radians(lat))
    return round(lon + east, 5), round(lat + north, 5)


def add_grids(dice: random.Random, one: Community, first: int) -> int:
    """Divide a community into 4 to 8 grids, numbered through the street from `first`; return the next number."""
    count = dice.randint(4, 8)
    for index in range(count):
        number = f"{one.prefix}-{first + index:02}"
        lon, lat = around(dice, one.lon, one.lat, 220, index / count * math.tau)
        one.grids.append(
            {
                "id": f"{one.id}-{index + 1:02}",
                "name": number,
                "lon": lon,
                "lat": lat,
                "population": one.population // count,
                "owner": f"网格岗{number}",
                "police_owner": f"警格{number}",
                "emergency_unit": f"{one.name}最小应急单元",
            }
        )
    return first + count


def add_spots(dice: random.Random, one: Community, compounds: list[str]) -> None:
    """Give a community compounds, a school, a crossing, a market and now and then a place of special care."""
    root = one.name.removesuffix("社区").removesuffix("村")
    chosen = [(compounds.pop(), "compound", "") for _ in range(dice.randint(3, 4))]
    chosen += [
        (f"{root}小学", "school", "school"),
        (f"{root}路口", "crossing", ""),
        (f"{root}市场", "market", "market"),
    ]
    if dice.random() < SHARE_WITH_EXTRA:
        ending, scene = dice.choice(EXTRAS)
        chosen.append((f"{root}{ending}", scene, scene))
    if "chemical_park" in one.scenes:
        chosen.append((f"{root}化工园", "chemical_park", "chemical_park"))
    for name, sort, scene in chosen:
        grid = dice.choice(one.grids)
        lon, lat = around(dice, float(str(grid["lon"])), float(str(grid["lat"])), 60, dice.uniform(0, math.tau))
        spot: dict[str, object] = {"name": name, "sort": sort, "lon": lon, "lat": lat, "grid": grid["id"]}
        one.spots.append(spot | ({"scenes": [scene]} if scene else {}))


def make_communities(dice: random.Random) -> list[Community]:
    """Make 3 to 5 communities for each street."""
    names = [a + b for a, b in itertools.product(FIRST, SECOND)]
    compounds = ["".join(parts) for parts in itertools.product(COMPOUND_FIRST, COMPOUND_SECOND, COMPOUND_SORT)]
    dice.shuffle(names)
    dice.shuffle(compounds)
    made = []
    for district, streets in STREETS.items():
        for number, (street, prefix, lon, lat, radius_km, scene) in enumerate(streets, 1):
            count, next_grid = dice.randint(3, 5), 1
            turn = dice.uniform(0, math.tau)
            for index in range(count):
                x, y = around(dice, lon, lat, radius_km * 700, turn + index / count * math.tau)
                ending = "村" if street.endswith("镇") and index else "社区"
                one = Community(
                    f"{district}-{number:02}-{index + 1:02}",
                    names.pop() + ending,
                    f"{district}-{number:02}",
                    district,
                    prefix,
                    x,
                    y,
                    dice.randint(22, 98) * 100,
                    [scene] if scene and not index else [],
                )
                next_grid = add_grids(dice, one, next_grid)
                add_spots(dice, one, compounds)
                made.append(one)
    return made


def link(communities: list[Community]) -> None:
    """Make neighbours of communities closer than 1.6 km and of each one's two nearest, both ways."""
    pairs: set[tuple[str, str]] = set()
    for one in communities:
        near = sorted(
            (distance_m((one.lon, one.lat), (two.lon, two.lat)), two.id) for two in communities if two is not one
        )
        for index, (metres, other) in enumerate(near):
            if metres < NEIGHBOURS_WITHIN_M or index < NEIGHBOURS_AT_LEAST:
                pairs |= {(one.id, other), (other, one.id)}
    for one in communities:
        one.neighbours = sorted(b for a, b in pairs if a == one.id)


def street_neighbours(street: str, communities: list[Community]) -> list[str]:
    """Return the streets that have a community beside one of this street's."""
    home = {one.id: one.street for one in communities}
    return sorted({home[id_] for one in communities if one.street == street for id_ in one.neighbours} - {street})


def flow(value: object) -> str:
    """Write a value in YAML's flow style."""
    if isinstance(value, dict):
        return "{" + ", ".join(f"{name}: {flow(one)}" for name, one in value.items()) + "}"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(map(flow, value)) + "]"
    return json.dumps(value, ensure_ascii=False)


def block(lines: list[str], indent: int, fields: dict[str, object]) -> None:
    """Write a mapping as a member of a list, a field a line."""
    for index, (name, value) in enumerate(fields.items()):
        lines.append(f"{' ' * indent}{'- ' if index == 0 else '  '}{name}: {flow(value)}")


def write_street(lines: list[str], district: str, number: int, communities: list[Community]) -> None:
    """Write one street with what is below it."""
    name, prefix, lon, lat, _, _ = STREETS[district][number - 1]
    id_ = f"{district}-{number:02}"
    inside = [one for one in communities if one.street == id_]
    short = name.removesuffix("街道").removesuffix("镇")
    block(
        lines,
        6,
        {
            "id": id_,
            "name": name,
            "lon": lon,
            "lat": lat,
            "population": sum(one.population for one in inside),
            "neighbours": street_neighbours(id_, communities),
            "owner": f"{name}综治中心",
            "police_owner": f"{short}派出所",
            "emergency_unit": f"{short}消防救援站",
        },
    )
    lines.append("        communities:")
    for one in inside:
        fields = {
            "id": one.id,
            "name": one.name,
            "lon": one.lon,
            "lat": one.lat,
            "population": one.population,
            "neighbours": one.neighbours,
            "owner": one.name + ("居委会" if one.name.endswith("社区") else "村委会"),
            "police_owner": f"{short}派出所社区警务室{prefix}",
            "emergency_unit": f"{one.name}最小应急单元",
        }
        block(lines, 10, fields | ({"scenes": one.scenes} if one.scenes else {}))
        for title, members in (("spots", one.spots), ("grids", one.grids)):
            lines.append(f"            {title}:")
            lines.extend(f"              - {flow(member)}" for member in members)


def write_areas(path: Path, communities: list[Community]) -> None:
    """Write the area file."""
    lines = [HEADER]
    for code, name, english, lon, lat, neighbours in DISTRICTS:
        block(
            lines,
            2,
            {
                "id": code,
                "name": name,
                "name_en": english,
                "code": code,
                "lon": lon,
                "lat": lat,
                "population": sum(one.population for one in communities if one.district == code),
                "neighbours": neighbours,
                "owner": f"{name}综治中心",
                "police_owner": name + ("公安局" if name.endswith("县") else "公安分局"),
                "emergency_unit": f"{name}消防救援大队",
            },
        )
        lines.append("    streets:")
        for number in range(1, len(STREETS[code]) + 1):
            write_street(lines, code, number, communities)
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")


def write_shapes(path: Path, communities: list[Community]) -> None:
    """Write the outlines of districts, streets and communities."""
    centres = [Centre(one.lon, one.lat, (one.district, one.street, one.id)) for one in communities]
    found = outlines(centres, LAND, SEED)
    write_outlines(path, {area: found[area] for area in sorted(found, key=lambda id_: (len(id_), id_))}, OUTLINES_NOTE)


def main() -> None:
    """Write the files."""
    dice = random.Random(SEED)  # noqa: S311 - synthetic data, not secrets
    communities = make_communities(dice)
    link(communities)
    write_areas(Path("streams/areas/shantou.yaml"), communities)
    write_shapes(Path("streams/areas/shantou.geojson"), communities)
    print(f"{len(communities)} communities, {sum(len(one.grids) for one in communities)} grids")


if __name__ == "__main__":
    main()
