"""What is counted in one open window of one key, and its explicit form on the wire."""

from __future__ import annotations

import msgspec

from detectors.event import Place, Source

Key = tuple[str, str, str, str]
"""District, level, area at that level, kind."""

Mark = tuple[float, str, str, Source, Place]
"""An event's epoch seconds, id, reporter, source and place; the first two tell any two events apart."""

FOLD = 256


class Facts(msgspec.Struct, array_like=True):
    """What is kept of the events behind a count.

    Parameters
    ----------
    place
        Place of the first event by time and id.
    sources
        Sorted, distinct.
    reporters
        Distinct; the empty one stands for events without.
    evidence
        The first events' (epoch seconds, id), sorted; at least one.

    """

    place: Place
    sources: tuple[Source, ...]
    reporters: set[str]
    evidence: tuple[tuple[float, str], ...]

    @property
    def distinct_reporters(self) -> int:
        """Distinct reporters among the events."""
        return len(self.reporters) - ("" in self.reporters)


class Tally(msgspec.Struct, frozen=True, array_like=True):
    """A cell as it is stored.

    Parameters
    ----------
    level, area, kind
        The key within its district.
    count
        Events counted.
    facts
        What is kept of them.
    spoken
        A provisional signal stands.

    """

    level: str
    area: str
    kind: str
    count: int
    facts: Facts
    spoken: bool


class Cell(msgspec.Struct, gc=False):
    """The running count of one key in one open window; its content does not depend on arrival order.

    Whoever counts adds 1 to `count` and the event's mark to `pending`, and folds before `pending` grows beyond
    `FOLD` marks: an event costs two attribute writes, and the sets are only built where somebody asks.

    Parameters
    ----------
    threshold
        Count at which somebody has to look.
    count
        Events so far.
    spoken
        A provisional signal stands.
    pending
        Marks not folded yet.
    folded
        What is kept of the others.

    """

    threshold: float
    count: int = 0
    spoken: bool = False
    pending: list[Mark] = []
    folded: Facts | None = None

    def facts(self, keep: int) -> Facts:
        """Return what is known of the events, the first `keep` by time and id by name."""
        if self.pending:
            self.folded = _fold(self.folded, self.pending, keep)
            self.pending = []
        if self.folded is None:
            raise ValueError("a cell without events has no facts")
        return self.folded

    def place_at(self, level: str, keep: int) -> Place:
        """Return the area meant: the first event's place, nothing known more precisely than `level`."""
        place = self.facts(keep).place
        street = place.street if level != "district" else ""
        community = place.community if level == "community" else ""
        return Place(district=place.district, street=street, community=community, name=place.name)

    def tally(self, key: Key, keep: int) -> Tally:
        """Return the cell's content for storage."""
        return Tally(*key[1:], self.count, self.facts(keep), self.spoken)

    @classmethod
    def of(cls, tally: Tally, threshold: float) -> Cell:
        """Return the cell that was stored."""
        return cls(threshold, tally.count, tally.spoken, folded=tally.facts)


def _fold(facts: Facts | None, marks: list[Mark], keep: int) -> Facts:
    marks.sort()
    first = marks[0]
    reporters, sources = {mark[2] for mark in marks}, {mark[3] for mark in marks}
    evidence = [mark[:2] for mark in marks[:keep]]
    place, since = first[4], first[:2]
    if facts is not None:
        reporters |= facts.reporters
        sources.update(facts.sources)
        if facts.evidence[0] < since:
            place = facts.place
        evidence = sorted([*facts.evidence, *evidence])[:keep]
    return Facts(place, tuple(sorted(sources)), reporters, tuple(evidence))
