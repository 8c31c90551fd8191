"""What is counted in one open window of one key, and its explicit form on the wire."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from detectors.event import Place, Source

Key = tuple[str, str, str, str]
"""District, level, area at that level, kind."""

Mark = tuple[float, str, str, Source, Place]
"""An event's epoch seconds, id, reporter, source and place; the first two tell any two events apart."""

FOLD = 256
ELSEWHERE = "-"
"""Area of the events of which no area is known: the district has them, nobody else."""


class Facts(msgspec.Struct, array_like=True):
    """What is kept of the events behind a count.

    Parameters
    ----------
    count
        Events.
    place
        Place of the first event by time and id.
    sources
        Sorted, distinct.
    reporters
        Distinct; the empty one stands for events without.
    evidence
        The first events' (epoch seconds, id), sorted; at least one.

    """

    count: int
    place: Place
    sources: tuple[Source, ...]
    reporters: set[str]
    evidence: tuple[tuple[float, str], ...]

    @property
    def distinct_reporters(self) -> int:
        """Distinct reporters among the events."""
        return len(self.reporters) - ("" in self.reporters)

    @property
    def of_one_hand(self) -> int:
        """The most events one reporter may have sent: every other one who is known has sent one at least."""
        return self.count - max(len(self.reporters) - 1, 0)


class Tally(msgspec.Struct, frozen=True, array_like=True):
    """A cell as it is stored.

    Parameters
    ----------
    area, kind
        The key within its district.
    parts
        What is kept of the events, by community.

    """

    area: str
    kind: str
    parts: dict[str, Facts]


class Cell(msgspec.Struct, gc=False):
    """The running count of one area and kind in one open window; its content does not depend on arrival order.

    Whoever counts adds 1 to `count` and the event's mark to `pending`, and folds before `pending` grows beyond
    `FOLD` marks: an event costs two attribute writes, and the sets are only built where somebody asks.

    Parameters
    ----------
    threshold
        Count at which somebody has to look.
    count
        Events so far.
    pending
        Marks not folded yet.
    folded
        What is kept of the others, by community.

    """

    threshold: float
    count: int = 0
    pending: list[Mark] = []
    folded: dict[str, Facts] = {}

    def parts(self, keep: int) -> dict[str, Facts]:
        """Return what is known of the events by community, the first `keep` by time and id by name."""
        if self.pending:
            self._fold(keep)
        return self.folded

    def _fold(self, keep: int) -> None:
        self.pending.sort()
        apart: dict[str, list[Mark]] = {}
        for mark in self.pending:
            apart.setdefault(mark[4].community, []).append(mark)
        self.pending = []
        for place, marks in apart.items():
            facts, before = _facts(marks, keep), self.folded.get(place)
            self.folded[place] = facts if before is None else merged([before, facts], keep)

    def counts(self) -> dict[str, int]:
        """Return the events by community."""
        found = {place: facts.count for place, facts in self.folded.items()}
        for mark in self.pending:
            found[mark[4].community] = found.get(mark[4].community, 0) + 1
        return found

    def largest(self, keep: int) -> int:
        """Return the most events that may be of one hand at one place; what is of no known community is at one."""
        return max((facts.of_one_hand for facts in self.parts(keep).values()), default=0)

    @classmethod
    def of(cls, tally: Tally, threshold: float) -> Cell:
        """Return the cell that was stored."""
        return cls(threshold, sum(facts.count for facts in tally.parts.values()), folded=tally.parts)


class Family(msgspec.Struct, gc=False):
    """The counts of one kind in one district in one open window, area by area.

    Parameters
    ----------
    threshold
        Count at which somebody has to look.
    count
        Events so far.
    cells
        By area.

    """

    threshold: float
    count: int = 0
    cells: dict[str, Cell] = {}

    def largest(self, keep: int) -> int:
        """Return the most events that may be of one hand at one place, of all areas."""
        return max((cell.largest(keep) for cell in self.cells.values()), default=0)


def merged(parts: Sequence[Facts], keep: int) -> Facts:
    """Return what is known of all the events of several parts, at least one."""
    if len(parts) == 1:
        return parts[0]
    first = min(parts, key=lambda facts: facts.evidence[0])
    return Facts(
        sum(facts.count for facts in parts),
        first.place,
        tuple(sorted({source for facts in parts for source in facts.sources})),
        set().union(*(facts.reporters for facts in parts)),
        tuple(sorted(mark for facts in parts for mark in facts.evidence)[:keep]),
    )


def _facts(marks: Sequence[Mark], keep: int) -> Facts:
    return Facts(
        len(marks),
        marks[0][4],
        tuple(sorted({mark[3] for mark in marks})),
        {mark[2] for mark in marks},
        tuple(mark[:2] for mark in marks[:keep]),
    )


def place_at(place: Place, level: str) -> Place:
    """Return the area meant: an event's place, nothing known more precisely than `level`."""
    street = place.street if level != "district" else ""
    community = place.community if level == "community" else ""
    return Place(district=place.district, street=street, community=community, name=place.name)
