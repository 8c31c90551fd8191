"""What is counted in one open window of one key, and its explicit form on the wire."""

from __future__ import annotations

import msgspec

from detectors.event import Event, Place, Source

Key = tuple[str, str, str, str]
"""District, level, area at that level, kind."""


_NOWHERE = Place()


class Tally(msgspec.Struct, frozen=True, array_like=True):
    """A cell as it is stored.

    Parameters
    ----------
    window, start
        Name and number of the window.
    level, area, kind
        The key within its district.
    count
        Events counted.
    place
        Place of the first event by time and id.
    sources, reporters
        Sorted, distinct.
    evidence
        The first events' (epoch seconds, id), sorted.
    spoken
        A provisional signal stands.

    """

    window: str
    start: int
    level: str
    area: str
    kind: str
    count: int
    place: Place
    sources: tuple[Source, ...]
    reporters: tuple[str, ...]
    evidence: tuple[tuple[float, str], ...]
    spoken: bool


class Cell:
    """The running count of one key in one open window; its content does not depend on arrival order.

    Parameters
    ----------
    keep
        Events kept as evidence, the first by time and id.
    threshold
        Count at which somebody has to look.

    """

    __slots__ = ("_first", "_keep", "_place", "_seen", "count", "reporters", "sources", "spoken", "threshold")

    def __init__(self, keep: int, threshold: int) -> None:
        self.count = 0
        self.threshold: float = threshold
        self.spoken = False
        self.reporters: set[str] = set()
        self.sources: set[Source] = set()
        self._keep = keep
        self._seen: list[tuple[float, str]] = []
        self._first: tuple[float, str] | None = None
        self._place = _NOWHERE

    def add(self, event: Event, mark: tuple[float, str]) -> bool:
        """Count one event, marked by its time and id; true when the threshold is reached."""
        self.count += 1
        self.reporters.add(event.reporter)
        self.sources.add(event.source)
        first = self._first
        if first is None or mark < first:
            self._first = mark
            self._place = event.place
        seen = self._seen
        seen.append(mark)
        if len(seen) > 2 * self._keep:
            self._trim()
        return self.count >= self.threshold

    def _trim(self) -> None:
        self._seen.sort()
        del self._seen[self._keep :]

    @property
    def evidence(self) -> tuple[str, ...]:
        """Ids of the first events, by time and id."""
        self._trim()
        return tuple(event_id for _, event_id in self._seen)

    @property
    def distinct_reporters(self) -> int:
        """Distinct reporters among the events; those without one count as none."""
        return len(self.reporters) - ("" in self.reporters)

    def place_at(self, level: str) -> Place:
        """Return the area meant: the first event's place, nothing known more precisely than `level`."""
        place = self._place
        street = place.street if level != "district" else ""
        community = place.community if level == "community" else ""
        return Place(district=place.district, street=street, community=community, name=place.name)

    def tally(self, window: str, start: int, key: Key) -> Tally:
        """Return the cell's content for storage."""
        self._trim()
        return Tally(
            window=window,
            start=start,
            level=key[1],
            area=key[2],
            kind=key[3],
            count=self.count,
            place=self._place,
            sources=tuple(sorted(self.sources)),
            reporters=tuple(sorted(self.reporters)),
            evidence=tuple(self._seen),
            spoken=self.spoken,
        )

    @classmethod
    def of(cls, tally: Tally, keep: int, threshold: int) -> Cell:
        """Return the cell that was stored."""
        cell = cls(keep, threshold)
        cell.count = tally.count
        cell.spoken = tally.spoken
        cell.reporters = set(tally.reporters)
        cell.sources = set(tally.sources)
        cell._seen = list(tally.evidence)
        cell._first = tally.evidence[0]
        cell._place = tally.place
        return cell
