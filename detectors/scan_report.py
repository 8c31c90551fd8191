"""From the cells of a cluster to the signal that says where it is, how large, and what it is made of."""

from __future__ import annotations

from dataclasses import dataclass
from functools import reduce

import numpy as np

from detectors.area import Area
from detectors.event import Place, common_place
from detectors.outline import outline
from detectors.scan_cells import ScanCells
from detectors.scan_sweep import Sweep, Tally
from detectors.scan_words import headline, sentence
from detectors.signal import Cluster, Member, Sentence, Signal
from detectors.tail import critical_count
from detectors.windows import instant
from detectors.zones import Floats, Ints, great_circle_m

_AROUND_M = 500.0
_HIGH = 0.01


@dataclass(frozen=True)
class Finding:
    """A cluster of one class.

    Parameters
    ----------
    row
        Number of the class.
    window, length
        Its latest window, and how many it covers.
    cells
        Numbers of its cells, those with the largest excess first.
    log_odds, p_value
        How much likelier it is than chance, and how rare by chance.
    """

    row: int
    window: int
    length: int
    cells: Ints
    log_odds: float
    p_value: float


def signal_of(finding: Finding, sweep: Sweep, cells: ScanCells, category: tuple[str, Sentence], keep: int) -> Signal:
    """Return the signal of a cluster of a class (id and name), with up to `keep` events for evidence."""
    first = finding.window - finding.length + 1
    span = range(first, finding.window + 1)
    facts = sweep.facts(finding.row, finding.cells, span)
    observed, expected, variance = sweep.told(finding.row, finding.cells, finding.window, finding.length)
    members = _members(finding.cells, cells, observed, expected)
    id_, head = category[0], members[0]
    cluster = _cluster(finding, cells, id_, members, facts)
    place = reduce(common_place, (_place(cells, int(cell)) for cell in finding.cells))
    starts_at, ends_at = (instant(sweep.windows.start(window)) for window in (first, finding.window + 1))
    return Signal(
        id=f"scan:{sweep.windows.name}:{id_}:{head.id}:{ends_at:%Y%m%dT%H%MZ}",
        detector="scan",
        key=f"{head.id}|{id_}",
        kind=next(iter(facts.kinds)),
        place=place,
        level=next((one for one in ("community", "street", "district") if place.at(one)), "city"),
        starts_at=starts_at,
        ends_at=ends_at,
        observed=facts.count,
        expected=float(expected.sum()),
        expected_high=_high(float(expected.sum()), float(variance.sum())),
        p_value=finding.p_value,
        model_age=sweep.rates.taught,
        sources=tuple(sorted(facts.sources)),
        evidence=tuple(id_ for _, id_ in facts.evidence[:keep]),
        reporters=len(facts.reporters),
        final=True,
        says=sentence(
            cluster,
            [cells.areas[cell] for cell in finding.cells],
            cells.tree,
            category[1],
            (finding.length, sweep.windows.name),
            finding.p_value,
        ),
        headline=headline([cells.areas[cell] for cell in finding.cells], category[1]),
        cluster=cluster,
    )


def _cluster(finding: Finding, cells: ScanCells, category: str, members: tuple[Member, ...], facts: Tally) -> Cluster:
    lon, lat, radius = _middle(finding.cells, cells, np.array([member.observed for member in members], dtype=float))
    return Cluster(
        category=category,
        members=members,
        districts=tuple(dict.fromkeys(member.district for member in members)),
        relative_risk=facts.count / sum(member.expected for member in members),
        log_odds=finding.log_odds,
        kinds=tuple(facts.kinds.items()),
        lon=lon,
        lat=lat,
        radius_m=radius,
        outline=outline(_centres(finding.cells, cells), _AROUND_M) if lon is not None else (),
    )


def _high(mean: float, variance: float) -> float:
    """Return the 99 % quantile of the negative binomial distribution with these moments."""
    size = mean * mean / max(variance - mean, 1e-9 * mean)
    return float(critical_count(mean, size, _HIGH) - 1)


def _members(chosen: Ints, cells: ScanCells, observed: Floats, expected: Floats) -> tuple[Member, ...]:
    return tuple(
        Member(
            id=cells.areas[cell].id,
            level=cells.levels[cell],
            name=cells.areas[cell].name,
            district=cells.districts[cell],
            observed=int(observed[number]),
            expected=float(expected[number]),
        )
        for number, cell in enumerate(chosen)
    )


def _place(cells: ScanCells, cell: int) -> Place:
    area, district, level = cells.areas[cell], cells.districts[cell], cells.levels[cell]
    community = area.id if level == "community" else ""
    street = area.id if level == "street" else area.parent if community and area.parent != district else ""
    return Place(district=district, street=street, community=community, name=area.name, lon=area.lon, lat=area.lat)


def _centres(chosen: Ints, cells: ScanCells) -> list[tuple[float, float]]:
    found: list[Area] = [cells.areas[cell] for cell in chosen]
    return [(area.lon, area.lat) for area in found if area.lon is not None and area.lat is not None]


def _middle(chosen: Ints, cells: ScanCells, weights: Floats) -> tuple[float | None, float | None, float | None]:
    """Return the middle of cells and the distance of the farthest centre, nothing when one has no centre."""
    middle = cells.centre(chosen, weights)
    if middle is None:
        return None, None, None
    points = [middle, *_centres(chosen, cells)]
    apart = great_circle_m([lon for lon, _ in points], [lat for _, lat in points])[0]
    return round(middle[0], 6), round(middle[1], 6), round(float(apart.max()), 1)
