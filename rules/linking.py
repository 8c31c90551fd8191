"""Which findings are of one incident. The answer is the same both ways round, and looks at nothing but the two."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain
from math import floor
from typing import Literal

from detectors.event import Place
from detectors.geometry import distance_m
from rules.alert import Alert, AlertPlace, Finding
from rules.joining import Joining

_LOCAL = ("spot", "grid", "community")
_CELL_DEGREES = 0.01
"""Wider than any distance two findings may be apart, at every latitude people live at; see `Links`."""
_MOST_METRES = 500.0


Tie = Literal["firm", "near"]
"""Shared evidence, the same spot, or somebody's word; or no more than nearness, which does not reach for ever."""


class Links:
    """Tells which findings belong together.

    Two findings are of one incident when

    - they share most of the evidence of the smaller of the two; where one is about a spot, grid or community and the
      other about a larger area, they have to share most of the larger one's: a surge in a street is not the same thing
      as each of the places that had a part in it, unless one of them explains it; or
    - they are about the same spot and kind, or of the same whole area, and little time lies between; two reports of
      which nothing but the community is known are not about one spot; or
    - they are near each other, of compatible kinds, count over short windows, and even less time lies between.

    What only the duty desk may see is never joined with what others may, nor an exercise with what is real.

    Parameters
    ----------
    joining
        Distances, times and compatible kinds.

    """

    def __init__(self, joining: Joining) -> None:
        self._joining = joining
        self._metres = min(joining.near.metres, _MOST_METRES)
        kinds = set(chain.from_iterable(joining.compatible))
        self._with = {
            kind: frozenset(chain.from_iterable(group for group in joining.compatible if kind in group))
            for kind in kinds
        }

    def keys(self, finding: Finding) -> Iterator[str]:
        """Yield keys of which two findings that belong together have one in common."""
        for id_ in finding.evidence:
            yield f"e{id_}"
        place = finding.place
        if not is_local(place):
            return
        for kind in self._kinds(finding):
            if place.lon is not None and place.lat is not None:
                west, south = floor(place.lon / _CELL_DEGREES), floor(place.lat / _CELL_DEGREES)
                yield from (f"c{kind}|{west + x}|{south + y}" for x in (0, 1) for y in (0, 1))
            yield f"s{kind}|{place.key}"

    def _kinds(self, finding: Finding) -> frozenset[str]:
        return self._with.get(finding.kind, frozenset()) | {finding.kind}

    def tie(self, a: Finding, b: Finding) -> Tie | None:
        """Return what makes two findings one incident, ``None`` when nothing does."""
        if not may_be_one(a, b):
            return None
        gap_s = max((a.raised_at - b.last_at).total_seconds(), (b.raised_at - a.last_at).total_seconds())
        if gap_s > self._joining.same_spot_s:
            return None
        if self._share(a, b):
            return "firm"
        return self._about_one_place(a, b, gap_s) if is_local(a.place) and is_local(b.place) else None

    def reaches(self, first: Finding, one: Finding) -> bool:
        """Tell whether an incident that began with `first` reaches as far as `one`, which is near another of it.

        Without that a row of spots would be one incident over kilometres and days.
        """
        near = self._joining.near
        if abs((one.raised_at - first.raised_at).total_seconds()) > self._joining.lasts_s:
            return False
        return distance_m(_where(first), _where(one)) <= near.reach or one.place.key == first.place.key

    def _share(self, a: Finding, b: Finding) -> bool:
        """Tell whether they share most of their evidence."""
        shared = len(set(a.evidence).intersection(b.evidence))
        if not shared:
            return False
        local = is_local(a.place)
        if local == is_local(b.place):
            return 2 * shared >= min(len(a.evidence), len(b.evidence))
        return 2 * shared > len(b.evidence if local else a.evidence)

    def _about_one_place(self, a: Finding, b: Finding, gap_s: float) -> Tie | None:
        same = a.place.key == b.place.key and is_exact(a.place) and is_exact(b.place)
        if same and a.kind == b.kind:
            return "firm"
        longest_s = self._joining.longest_s
        if gap_s > self._joining.near_s or max(a.window_s, b.window_s) > longest_s or b.kind not in self._kinds(a):
            return None
        return "near" if same or distance_m(_where(a), _where(b)) <= self._metres else None


def may_be_one(a: Alert, b: Alert) -> bool:
    """Tell whether two can be one at all: the same people may see both, and both are real or of an exercise."""
    return a.restricted == b.restricted and a.exercise == b.exercise


def is_local(place: AlertPlace) -> bool:
    """Tell whether a place is a community or smaller, and known that well."""
    return place.level in _LOCAL and place.key not in {"", place.district, place.street}


def is_exact(place: AlertPlace) -> bool:
    """Tell whether all of a place is meant: not a spot of which only the area is known."""
    return place.level != "spot" or place.key not in {"", place.grid, place.community, place.street, place.district}


def _where(finding: Finding) -> Place:
    place = finding.place
    return Place(district=place.district, lon=place.lon, lat=place.lat)
