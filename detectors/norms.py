"""What is normal here: events per day of a kind in a street over the past four weeks."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from detectors.event import Event
from detectors.localtime import LocalDays

REFERENCE_DAYS = 28
GAP_DAYS = 2
MIN_DAYS = 7
SETTLED_S = 22 * 3_600.0  # the norm at t cannot change any more once the watermark is less than this before t
_KEEP_DAYS = 75


class DistrictNorms(msgspec.Struct):
    """Daily counts of one district: ``street|kind`` to local day to events; and the district's first day."""

    since: int
    counts: dict[str, dict[int, int]]


class Norms:
    """Counts events per street, kind and local day.

    The norm at a time is the mean of the 28 days that end two days before it, so that what arrives late still
    counts and an incident does not count towards its own norm.

    Parameters
    ----------
    days
        Local days of the city.

    """

    def __init__(self, days: LocalDays) -> None:
        self._days = days
        self._districts: dict[str, DistrictNorms] = {}
        self._dirty: set[str] = set()
        self._oldest = -1

    def forget(self, watermark: float) -> None:
        """Need no days any more that lie further back from the watermark than any alert still open can ask for.

        The watermark decides, not the newest event: another source may be months behind while a feed is read.
        """
        self._oldest = max(self._oldest, self._days.of(watermark) - _KEEP_DAYS)

    def count(self, event: Event, t: float) -> None:
        """Count one event at epoch second `t`."""
        place = event.place
        day = self._days.of(t)
        norms = self._districts.get(place.district)
        if norms is None:
            norms = self._districts[place.district] = DistrictNorms(day, {})
        norms.since = min(norms.since, day)
        counts = norms.counts.setdefault(f"{place.street or place.district}|{event.kind}", {})
        counts[day] = counts.get(day, 0) + 1
        if len(counts) > _KEEP_DAYS:
            for old in [d for d in counts if d < self._oldest]:
                del counts[old]
        self._dirty.add(place.district)

    def per_day(self, district: str, street: str, kind: str, t: float) -> float | None:
        """Return the normal number of events a day at `t`, ``None`` while there are fewer than seven days to go by.

        Parameters
        ----------
        district, street
            Area ids; without a street the whole district is meant.
        kind
            Kind of event.
        t
            Epoch seconds.

        """
        norms = self._districts.get(district)
        if norms is None:
            return None
        end = self._days.of(t) - GAP_DAYS
        first = max(end - REFERENCE_DAYS + 1, norms.since)
        n = end - first + 1
        if n < MIN_DAYS:
            return None
        counts = norms.counts.get(f"{street or district}|{kind}", {})
        return sum(counts.get(day, 0) for day in range(first, end + 1)) / n

    def dirty(self) -> dict[str, bytes | None]:
        """Return the state that changed since the last call: district to MessagePack."""
        changed: dict[str, bytes | None] = {
            district: msgspec.msgpack.encode(self._districts[district]) for district in sorted(self._dirty)
        }
        self._dirty.clear()
        return changed

    def restore(self, items: Mapping[str, bytes]) -> None:
        """Take over what `dirty` returned."""
        for district, data in items.items():
            self._districts[district] = msgspec.msgpack.decode(data, type=DistrictNorms)
