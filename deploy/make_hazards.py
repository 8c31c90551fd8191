"""Write deploy/hazards.csv, a synthetic hazard register of Shantou: special spots and a few points with a radius.

Run from the root of the repository after make_areas.py: ``python deploy/make_hazards.py``. The seed is fixed.
"""

from __future__ import annotations

import csv
import random
from pathlib import Path

from streams.intake.places import load_areas

SEED = 440500
RISKS = {
    "chemical_park": "red",
    "gas_station": "orange",
    "underpass": "orange",
    "hospital": "yellow",
    "school": "yellow",
    "care_home": "yellow",
    "kindergarten": "yellow",
    "site": "blue",
}
RADIUS_M = {"chemical_park": 500, "gas_station": 300}
OLD_PIPES = 6
OLD_PIPE_RADIUS_M = 200
COLUMNS = ("name", "scene", "risk", "community", "spot", "lon", "lat", "radius_m")


def main() -> None:
    """Write the register."""
    areas = load_areas("shantou")
    streets = [street for district in areas.districts() for street in areas.children(district.id)]
    communities = [community for street in streets for community in areas.children(street.id)]
    rows: list[tuple[object, ...]] = [
        (
            f"{spot.name}（虚构）",
            spot.sort,
            RISKS[spot.sort],
            one.id,
            spot.name,
            spot.lon,
            spot.lat,
            RADIUS_M.get(spot.sort, 0),
        )
        for one in communities
        for spot in one.spots
        if spot.sort in RISKS
    ]
    dice = random.Random(SEED)  # noqa: S311 - synthetic data, not secrets
    rows += [
        (f"{one.name}老旧燃气管段（虚构）", "old_gas_pipe", "orange", "", "", one.lon, one.lat, OLD_PIPE_RADIUS_M)
        for one in dice.sample(communities, OLD_PIPES)
    ]
    with Path("deploy/hazards.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(COLUMNS)
        writer.writerows(rows)
    print(f"{len(rows)} hazards")


if __name__ == "__main__":
    main()
