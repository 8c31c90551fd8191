"""The hazard register (双重预防机制): what kind of place it is, and how risky, as tags on events."""

from __future__ import annotations

import csv
import math
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Annotated, Any, Literal, NamedTuple

import msgspec

from detectors.areas import AreaTree, token
from detectors.event import Place
from detectors.nearest import EARTH_RADIUS_M
from streams.errors import ConfigurationError, Fault

Risk = Literal["blue", "yellow", "orange", "red"]
_RISKS: tuple[Risk, ...] = ("blue", "yellow", "orange", "red")
_CELLS_PER_DEGREE = 50  # cells of about 2 km
_WIDEST_M = 2_000.0
_METRES_PER_DEGREE = math.radians(EARTH_RADIUS_M)


class Hazard(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One row of the register.

    Parameters
    ----------
    name
        What it is called.
    scene
        The tag events there get: ``school``, ``chemical_park`` …
    risk
        Its risk level; the highest of a place becomes the tag ``risk_orange`` …
    community, spot
        Where it is: all of a community, or one spot in it.
    lon, lat, radius_m
        Where it reaches to: events with coordinates within `radius_m` metres (at most 2,000).

    """

    name: Annotated[str, msgspec.Meta(min_length=1)]
    scene: Annotated[str, msgspec.Meta(pattern="^[a-z][a-z0-9_]*$")]
    risk: Risk
    community: str = ""
    spot: str = ""
    lon: Annotated[float, msgspec.Meta(ge=-180, le=180)] | None = None
    lat: Annotated[float, msgspec.Meta(ge=-90, le=90)] | None = None
    radius_m: Annotated[float, msgspec.Meta(ge=0, le=_WIDEST_M)] = 0.0


class _Circle(NamedTuple):
    lon: float
    lat: float
    metres_per_lon: float
    square: float
    hazard: int


class HazardRegister:
    """Hazards by spot, by community and around points.

    Parameters
    ----------
    hazards
        Rows whose `community` is an area id.

    """

    def __init__(self, hazards: Iterable[Hazard]) -> None:
        self._hazards = list(hazards)
        self._at: dict[str, list[int]] = {}
        self._around: dict[tuple[int, int], list[_Circle]] = {}
        self._merged: dict[tuple[tuple[str, ...], tuple[int, ...]], tuple[str, ...]] = {}
        for index, one in enumerate(self._hazards):
            if one.spot:
                self._at.setdefault(f"{one.community}/{token(one.spot)}", []).append(index)
            elif one.community:
                self._at.setdefault(one.community, []).append(index)
            if one.radius_m and one.lon is not None and one.lat is not None:
                shrink = math.cos(math.radians(one.lat))
                circle = _Circle(one.lon, one.lat, _METRES_PER_DEGREE * shrink, one.radius_m**2, index)
                for cell in _cells(circle):
                    self._around.setdefault(cell, []).append(circle)

    def __len__(self) -> int:
        return len(self._hazards)

    def scenes(self, place: Place) -> tuple[str, ...]:
        """Return the sorted tags of `place`: what it has already, scenes of hazards there, the highest risk level."""
        found = [*self._at.get(place.spot, ()), *self._at.get(place.community, ())]
        lon, lat = place.lon, place.lat
        if lon is not None and lat is not None:
            cell = (math.floor(lon * _CELLS_PER_DEGREE), math.floor(lat * _CELLS_PER_DEGREE))
            for circle in self._around.get(cell, ()):
                east, north = (lon - circle.lon) * circle.metres_per_lon, (lat - circle.lat) * _METRES_PER_DEGREE
                if east * east + north * north <= circle.square:
                    found.append(circle.hazard)
        if not found:
            return place.scenes
        key = (place.scenes, tuple(found))
        if key not in self._merged:
            self._merged[key] = self._merge(*key)
        return self._merged[key]

    def _merge(self, scenes: tuple[str, ...], found: tuple[int, ...]) -> tuple[str, ...]:
        """Add what the hazards with these numbers say to the tags of a place."""
        hazards = [self._hazards[index] for index in found]
        highest = max((one.risk for one in hazards), key=_RISKS.index)
        return tuple(sorted({*scenes, *(one.scene for one in hazards), f"risk_{highest}"}))


def _cells(circle: _Circle) -> Iterable[tuple[int, int]]:
    """Return every cell a circle touches."""
    north = math.sqrt(circle.square) / _METRES_PER_DEGREE
    east = north / max(0.01, math.cos(math.radians(circle.lat)))
    columns = [math.floor((circle.lon + side) * _CELLS_PER_DEGREE) for side in (-east, east)]
    rows = [math.floor((circle.lat + side) * _CELLS_PER_DEGREE) for side in (-north, north)]
    return ((x, y) for x in range(columns[0], columns[1] + 1) for y in range(rows[0], rows[1] + 1))


def load_hazards(path: Path, areas: AreaTree | None) -> HazardRegister:
    """Load the register from a CSV file with a header: name, scene, risk, community, spot, lon, lat, radius_m.

    Parameters
    ----------
    path
        The file, UTF-8 with or without a byte order mark.
    areas
        The tree whose ids, names or aliases the column `community` holds; ``None`` takes that column as it is, to see
        what else is wrong with a register while the tree cannot be read.

    Raises
    ------
    ConfigurationError
        With every faulty row and its line.

    """
    faults: list[Fault] = []
    hazards: list[Hazard] = []
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            reader = csv.DictReader(file)
            for row in reader:
                try:
                    hazards.append(_read(row, areas))
                except ValueError as error:
                    message, _, where = str(error).partition(" - at `$.")
                    faults.append(Fault(str(path), where.rstrip("`"), message, reader.line_num))
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise ConfigurationError([Fault(str(path), "", f"cannot be read: {_reason(error)}")]) from error
    if faults:
        raise ConfigurationError(faults)
    return HazardRegister(hazards)


def _reason(error: OSError | UnicodeDecodeError | csv.Error) -> str:
    if isinstance(error, UnicodeDecodeError):
        return "it is not UTF-8 text"
    return (error.strerror or "").lower() if isinstance(error, OSError) else str(error)


def _read(row: Mapping[str | None, Any], areas: AreaTree | None) -> Hazard:
    """Check one row; empty cells are fields not given."""
    if None in row:
        raise ValueError("more cells than columns")
    hazard = msgspec.convert({name: cell for name, cell in row.items() if cell}, Hazard, strict=False)
    if (hazard.lon is None or hazard.lat is None) if hazard.radius_m else not hazard.community:
        raise ValueError("needs a community, or lon, lat and radius_m")
    if not hazard.community or areas is None:
        return hazard
    community = areas.resolve(community=hazard.community).community
    if not community:
        raise ValueError(f"{hazard.community!r} is no community of {areas.name} - at `$.community`")
    return msgspec.structs.replace(hazard, community=community)
