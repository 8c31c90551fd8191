"""Which part of an area's events comes from each place in it: what is expected of places too small for a baseline."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import replace

from detectors.pools import Expectation

ALL = ""
"""Stands for all kinds of an area, and for all places of a kind."""

Table = dict[str, tuple[float, int]]
"""By place: events, faded, and the day they are faded to; under `ALL` those of the whole area."""

_HALF_LIFE_DAYS = 60.0
_PRIOR = 4.0  # events of a kind that what is known of all kinds is worth


class Shares:
    """Learns how the events of areas spread over the places in them, and expects that share of what the area expects.

    The share of a place among its area's events of a kind is beta distributed, its prior the place's share of all
    kinds, that one's prior even. The place's count is as overdispersed (variance over mean) as the area's, and the
    share is not sure: both make its tail heavier. Everything fades with a half-life of 60 days.

    Memory: 100 to 200 bytes for a place and kind; what has not been seen for `forget` days is dropped.

    Parameters
    ----------
    forget
        Days.

    References
    ----------
    Gelman et al. (2013), Bayesian Data Analysis, section 5.3: hierarchical models of proportions.

    Examples
    --------
    >>> shares = Shares(forget=180)
    >>> for day in range(30):
    ...     shares.learn("d1", "s1", "noise", {"c1": 3, "c2": 1}, day)
    >>> street = Expectation(mean=4.0, size=50.0, age=30)
    >>> there, unseen = (shares.expected("d1", "s1", "noise", place, street, 30) for place in ("c1", "c3"))
    >>> round(there.mean, 1), unseen.mean < 0.1, there.p_value(12) < 1e-3
    (3.0, True, True)

    """

    def __init__(self, *, forget: int) -> None:
        self.tables: dict[str, dict[tuple[str, str], Table]] = {}
        self._forget = forget

    def learn(self, district: str, area: str, kind: str, counts: Mapping[str, int], day: int) -> None:
        """Learn a day's events of one kind in one area by place; of ``""`` the place is not known."""
        tables = self.tables.setdefault(district, {})
        for name in (kind, ALL):
            table = tables.get((area, name))
            if table is None:
                table = tables[area, name] = {}
            total = 0
            for place, count in counts.items():
                total += count
                if place:
                    table[place] = (_at(table, place, day) + count, day)
            table[ALL] = (_at(table, ALL, day) + total, day)

    def expected(self, district: str, area: str, kind: str, place: str, whole: Expectation, day: int) -> Expectation:
        """Return what is expected of a place, given what is expected of its area on a day."""
        tables = self.tables.get(district, {})
        everything, here = tables.get((area, ALL), {}), tables.get((area, kind), {})
        even = 1.0 / max(len(everything), 1)  # the whole area among them: one place more may turn up
        usual = (_at(everything, place, day) + even) / (_at(everything, ALL, day) + 1.0)
        sure = _at(here, place, day) + _PRIOR * usual
        share = min(sure / (_at(here, ALL, day) + _PRIOR), 1.0)
        spread = 1.0 / (whole.size * share) + (1.0 - share) / sure
        return replace(whole, mean=whole.mean * share, size=1.0 / spread)

    def places(self, district: str, area: str) -> int:
        """Return how many places are known of an area."""
        return max(len(self.tables.get(district, {}).get((area, ALL), ())) - 1, 0)

    def drop(self, districts: Collection[str], day: int) -> None:
        """Forget what lies too far back in some districts."""
        for district in districts:
            tables = self.tables.get(district, {})
            for name in list(tables):
                table = tables[name]
                if table[ALL][1] <= day - self._forget:
                    del tables[name]
                elif any(last <= day - self._forget for _, last in table.values()):
                    tables[name] = {place: seen for place, seen in table.items() if seen[1] > day - self._forget}

    def keep(self, known: Callable[[str], bool]) -> None:
        """Forget the districts that are not known."""
        for district in [name for name in self.tables if not known(name)]:
            del self.tables[district]

    def state(self, district: str) -> list[tuple[str, str, Table]]:
        """Return what is known of a district, in order."""
        tables = self.tables.get(district, {})
        return [(area, kind, dict(sorted(tables[area, kind].items()))) for area, kind in sorted(tables)]

    def restore(self, district: str, state: list[tuple[str, str, Table]]) -> None:
        """Go on from what `state` gave."""
        self.tables[district] = {(area, kind): table for area, kind, table in state}


def _at(table: Table, place: str, day: int) -> float:
    found = table.get(place)
    if found is None:
        return 0.0
    events, last = found
    return events if last >= day else float(events * 0.5 ** ((day - last) / _HALF_LIFE_DAYS))
