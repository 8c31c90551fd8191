"""One area of a city and the named spots in it."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass

from detectors.event import Level

UNKNOWN = "unknown"
SUFFIXES = ("街道", "社区", "区", "县", "镇", "乡", "村")

_SPACES = re.compile(r"\s+")
_AROUND_HAN = re.compile(r"(?<=[\u3400-\u9fff]) | (?=[\u3400-\u9fff])")
_EDGES = " ,.;:，。；：、·-—_/\\|'\"“”‘’"


@dataclass(frozen=True, slots=True)
class Spot:
    """A place with a name of its own inside a community: a compound, a school, a crossing.

    Parameters
    ----------
    name, aliases
        What people call it.
    sort
        ``compound``, ``school``, ``crossing`` … as the file has it.
    lon, lat
        WGS 84 degrees, ``None`` when the file does not say.
    grid
        Id of the grid it lies in, empty when the file does not say.
    scenes
        Tags events there get.

    """

    name: str
    sort: str = ""
    aliases: tuple[str, ...] = ()
    lon: float | None = None
    lat: float | None = None
    grid: str = ""
    scenes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Area:
    """One node of the area tree.

    Parameters
    ----------
    id, level, parent
        Unique id, level and id of the area above (the city's id for a district).
    name, aliases, code
        What sources may call it; within one parent these must not clash.
    lon, lat
        Centre, WGS 84 degrees, ``None`` when unknown.
    neighbours
        Ids of areas of the same level that touch it.
    population
        Residents, 0 when unknown.
    owner, police_owner, emergency_unit
        Who answers for it, which police unit, and the nearest emergency unit: offices and posts, not persons.
    scenes
        Tags every event in it gets.
    spots
        Named spots, communities only.
    name_en
        What English text calls it; empty where that is `name`.

    """

    id: str
    level: Level
    name: str
    parent: str
    aliases: tuple[str, ...] = ()
    code: str = ""
    lon: float | None = None
    lat: float | None = None
    neighbours: tuple[str, ...] = ()
    population: int = 0
    owner: str = ""
    police_owner: str = ""
    emergency_unit: str = ""
    scenes: tuple[str, ...] = ()
    spots: tuple[Spot, ...] = ()
    name_en: str = ""


class AreaFaults(ValueError):
    """An area tree that cannot be used; `faults` lists every (path, message)."""

    def __init__(self, faults: list[tuple[str, str]]) -> None:
        self.faults = faults
        super().__init__("; ".join(f"{path}: {message}" for path, message in faults))


def tidy(name: str) -> str:
    """Return `name` in one spelling: full-width forms folded, white space collapsed, none beside Han characters."""
    if name.isascii():
        return " ".join(name.split()).strip(_EDGES)
    name = unicodedata.normalize("NFKC", name)
    if name.isalnum():
        return name
    name = _SPACES.sub(" ", name).strip(_EDGES)
    return _AROUND_HAN.sub("", name) if " " in name else name


def token(name: str) -> str:
    """Return what two spellings of one name have in common."""
    return tidy(name).casefold()


def spellings(area: Area) -> set[str]:
    """Return every token an area is found by; a Chinese name also without its suffix (龙湖区, 龙湖)."""
    found = {token(name) for name in (area.id, area.code, area.name, *area.aliases) if name}
    for suffix in SUFFIXES:
        if area.name.endswith(suffix) and len(area.name) - len(suffix) > 1:
            found.add(token(area.name.removesuffix(suffix)))
            break
    return found
