"""Who stands in for whom (代理)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple
from zoneinfo import ZoneInfo

from streams.oncall.schema import Deputy
from streams.oncall.walltime import parse_instant, told


class Standing(NamedTuple):
    """Somebody stands in for somebody else; epoch seconds."""

    absent: str
    by: str
    start: float
    end: float


class Deputies:
    """Who stands in for whom, and for how long.

    Parameters
    ----------
    deputies
        As they stand in the file, with instants that can be read.
    zone
        Of instants without an offset.

    """

    def __init__(self, deputies: Sequence[Deputy], zone: ZoneInfo) -> None:
        self._zone = zone
        self._standing = [
            Standing(one.absent, one.by, parse_instant(one.since, zone), parse_instant(one.until, zone))
            for one in deputies
        ]

    def chain(self, person: str, t: float) -> tuple[str, ...]:
        """Return who is asked at epoch second `t`: the person, who stands in for them, and so on; the last one acts."""
        chain = [person]
        while (one := self._for(chain[-1], t)) is not None and one.by not in chain:
            chain.append(one.by)
        return tuple(chain)

    def faults(self) -> Iterator[tuple[int, str]]:
        """Yield what is wrong: number of the entry and message."""
        for n, one in enumerate(self._standing):
            if one.end <= one.start:
                yield n, "until is not after since"
            for other in self._standing[:n]:
                if other.absent == one.absent and other.start < one.end and one.start < other.end:
                    since = told(max(one.start, other.start), self._zone)
                    yield n, f"{one.absent} has two deputies from {since} on: {other.by} and {one.by}"
        yield from self._circles()

    def _circles(self) -> Iterator[tuple[int, str]]:
        for n, one in enumerate(self._standing):
            for t in sorted({other.start for other in self._standing if one.start <= other.start < one.end}):
                chain = self.chain(one.absent, t)
                last = self._for(chain[-1], t)
                if last is not None and last.by == one.absent:
                    around = " → ".join([*chain, one.absent])
                    yield n, f"they stand in for each other from {told(t, self._zone)} on: {around}"
                    break

    def _for(self, person: str, t: float) -> Standing | None:
        return next((one for one in self._standing if one.absent == person and one.start <= t < one.end), None)
