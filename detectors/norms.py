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
_NEVER = 10**9


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
        self._since: dict[str, int] = {}
        self._counts: dict[tuple[str, str], dict[int, int]] = {}
        self._sums: dict[tuple[str, str], dict[int, int]] = {}  # of the 28 days that end on a day
        self._summed: dict[tuple[str, str], int] = {}  # the latest of these days
        self._dirty: set[tuple[str, str]] = set()
        self._oldest = -1

    def forget(self, watermark: float) -> None:
        """Need no days any more that lie further back from the watermark than any alert still open can ask for.

        The watermark decides, not the newest event: another source may be months behind while a feed is read.
        """
        self._oldest = max(self._oldest, self._days.of(watermark) - _KEEP_DAYS)

    def count(self, event: Event, t: float) -> None:
        """Count one event at epoch second `t`."""
        place = event.place
        district = place.district
        day = self._days.of(t)
        if day < self._since.get(district, _NEVER):
            self._since[district] = day
            self._dirty.add((district, ""))
        key = (district, f"{place.street or district}|{event.kind}")
        counts = self._counts.get(key)
        if counts is None:
            counts = self._counts[key] = {}
        counts[day] = counts.get(day, 0) + 1
        if len(counts) > _KEEP_DAYS:
            for old in [d for d in counts if d < self._oldest]:
                del counts[old]
        if day <= self._summed.get(key, -_NEVER):
            del self._sums[key], self._summed[key]
        self._dirty.add(key)

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
        since = self._since.get(district)
        if since is None:
            return None
        end = self._days.of(t) - GAP_DAYS
        n = end - max(end - REFERENCE_DAYS + 1, since) + 1
        if n < MIN_DAYS:
            return None
        key = (district, f"{street or district}|{kind}")
        sums = self._sums.setdefault(key, {})
        if end not in sums:
            if len(sums) >= _KEEP_DAYS:
                sums.clear()
            counts = self._counts.get(key, {})
            sums[end] = sum(counts.get(day, 0) for day in range(end - REFERENCE_DAYS + 1, end + 1))
            self._summed[key] = max(end, self._summed.get(key, end))
        return sums[end] / n

    def dirty(self) -> dict[str, bytes | None]:
        """Return the state that changed since the last call: ``district/street|kind`` to MessagePack."""
        changed: dict[str, bytes | None] = {}
        for district, name in sorted(self._dirty):
            what: object = self._counts[district, name] if name else self._since[district]
            changed[f"{district}/{name}"] = msgspec.msgpack.encode(what)
        self._dirty.clear()
        return changed

    def restore(self, items: Mapping[str, bytes]) -> None:
        """Take over what `dirty` returned."""
        for entry, data in items.items():
            district, _, name = entry.partition("/")
            if name:
                self._counts[district, name] = msgspec.msgpack.decode(data, type=dict[int, int])
            else:
                self._since[district] = msgspec.msgpack.decode(data, type=int)
