"""What arrived in the hours that are still open, by district and key, whatever the order it arrived in."""

from __future__ import annotations

import math
from bisect import insort
from collections.abc import Callable, Iterator, Mapping

import msgspec

from detectors.cells import Mark

HOUR_S = 3600.0
HourKey = tuple[str, str, str]
"""District, what is counted, where."""


class HourTally(msgspec.Struct, array_like=True, gc=False):
    """The events of one key in one hour.

    Parameters
    ----------
    count
        How many.
    first
        The first of them by time and id, a bounded number.
    last
        The last.

    """

    count: int
    first: list[Mark]
    last: Mark


class Stored(msgspec.Struct, array_like=True, frozen=True):
    """A tally with its key within the district."""

    what: str
    where: str
    tally: HourTally


_encoder = msgspec.msgpack.Encoder()
_decoder = msgspec.msgpack.Decoder(list[Stored])


class OpenHours:
    """Tallies of UTC hours until the watermark has passed their end.

    Memory: a tally a key and open hour, of about 0.3 kB for each of the marks kept.

    Parameters
    ----------
    keep
        Marks kept a key and hour, the first by time and id.

    Examples
    --------
    >>> from detectors.event import Place
    >>> hours = OpenHours(keep=1)
    >>> for t, name in ((30.0, "b"), (10.0, "a")):
    ...     hours.add(("d1", "noise", "c1"), (t, name, "", "hotline", Place(district="d1")))
    >>> tally = hours.take(0)["d1", "noise", "c1"]
    >>> tally.count, tally.first[0][1], tally.last[1]
    (2, 'a', 'b')

    """

    def __init__(self, keep: int) -> None:
        self._keep = keep
        self._open: dict[int, dict[HourKey, HourTally]] = {}
        self._changed: dict[int, set[str]] = {}
        self._stored: set[tuple[int, str]] = set()
        self._cells: dict[HourKey, HourTally] = {}
        self._here: set[str] = set()
        self._since = self._until = -math.inf
        self.cursor = -(10**12)

    def add(self, key: HourKey, mark: Mark) -> None:
        """Count an event.

        Raises
        ------
        ValueError
            When its hour is closed.

        """
        if not self._since <= mark[0] < self._until:
            self._turn(mark[0])
        self._here.add(key[0])
        tally = self._cells.get(key)
        if tally is None:
            self._cells[key] = HourTally(1, [mark], mark)
            return
        tally.count += 1
        tally.last = max(tally.last, mark)
        first = tally.first
        if len(first) < self._keep:
            insort(first, mark)
        elif mark < first[-1]:
            first.pop()
            insort(first, mark)

    def closed(self, watermark: float, due: Callable[[], int | None]) -> Iterator[int]:
        """Close all hours that ended at or before a watermark; yield those in which something happened or is due.

        Parameters
        ----------
        watermark
            Epoch seconds.
        due
            Returns the next hour in which something is to be done though nothing happens; asked before each hour.

        """
        target = int(watermark // HOUR_S)
        if target <= self.cursor:
            return
        while True:
            planned = due()
            hour = min(self._open, default=target)
            if planned is not None:
                hour = min(hour, max(planned, self.cursor))
            if hour >= target:
                break
            yield hour
        self.cursor = target

    def take(self, hour: int) -> dict[HourKey, HourTally]:
        """Close an hour and all before it; return what was counted in it, in any order."""
        self.cursor = max(self.cursor, hour + 1)
        self._since = self._until = -math.inf
        cells = self._open.pop(hour, {})
        self._changed.setdefault(hour, set()).update({key[0] for key in cells})
        return cells

    def dirty(self) -> dict[str, bytes | None]:
        """Return the open hours that changed since the last call: ``<hour>/<district>`` to bytes."""
        entries: dict[str, bytes | None] = {}
        for hour, districts in sorted(self._changed.items()):
            cells = self._open.get(hour, {})
            found: dict[str, list[Stored]] = {}
            for key, tally in sorted(cells.items()):
                if key[0] in districts:
                    found.setdefault(key[0], []).append(Stored(key[1], key[2], tally))
            for district in sorted(districts):
                name = (hour, district)
                if district in found:
                    self._stored.add(name)
                    entries[f"{hour}/{district}"] = _encoder.encode(found[district])
                elif name in self._stored:
                    self._stored.discard(name)
                    entries[f"{hour}/{district}"] = None
        self._changed = {}
        self._since = self._until = -math.inf
        return entries

    def restore(self, items: Mapping[str, bytes]) -> None:
        """Take over the union of what `dirty` returned."""
        for name, entry in items.items():
            hour, _, district = name.partition("/")
            cells = self._open.setdefault(int(hour), {})
            self._stored.add((int(hour), district))
            for one in _decoder.decode(entry):
                cells[district, one.what, one.where] = one.tally

    def _turn(self, t: float) -> None:
        hour = int(t // HOUR_S)
        if hour < self.cursor:
            raise ValueError(f"hour {hour} is closed; the open ones begin at {self.cursor}")
        self._cells = self._open.setdefault(hour, {})
        self._here = self._changed.setdefault(hour, set())
        self._since, self._until = hour * HOUR_S, (hour + 1) * HOUR_S


def by_first(cells: Mapping[HourKey, HourTally]) -> list[tuple[HourKey, HourTally]]:
    """Return what was counted in the order of the first events."""
    return sorted(cells.items(), key=_first_of)


def _first_of(cell: tuple[HourKey, HourTally]) -> tuple[float, str, HourKey]:
    key, tally = cell
    t, id_, *_ = tally.first[0]
    return t, id_, key  # a report that is told again of another district has the same time and id there
