"""The graph of findings: which belong together, by what they are about and by what people say."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from datetime import datetime

import msgspec

from rules.alert import Alert, Finding
from rules.joining import Joining
from rules.linking import Links, Tie, may_be_one

NOTHING = msgspec.msgpack.encode(([], []))


def order(finding: Alert) -> tuple[datetime, str]:
    """Sort key: when it was raised, then its id. The first of an incident's findings lends it its id."""
    return finding.raised_at, finding.id


class Incidents:
    """Findings as nodes; `Links`, and people, say what the edges are. An incident is a component, or a part of one.

    Parameters
    ----------
    joining
        What makes findings one incident.

    """

    def __init__(self, joining: Joining) -> None:
        self._links = Links(joining)
        self.findings: dict[str, Finding] = {}
        self._at: dict[str, set[str]] = defaultdict(set)
        self._near: dict[str, dict[str, Tie]] = {}
        self._by_hand: set[tuple[str, str]] = set()
        self._apart: set[str] = set()
        self.by_hand_changed = False

    def put(self, finding: Finding) -> set[str]:
        """Put a version in the place of the one before; return the findings it was linked with or is."""
        touched = self._cut(finding.id)
        self.findings[finding.id] = finding
        if finding.status != "withdrawn":
            touched |= self._tie(finding)
        return touched

    def merge(self, one: str, other: str) -> None:
        """Link two findings because somebody says so."""
        self._by_hand.add((min(one, other), max(one, other)))
        self.by_hand_changed = True
        self._near[one][other] = self._near[other][one] = "firm"

    def set_apart(self, id_: str) -> set[str]:
        """Link a finding with no other any more because somebody says so; return those it was linked with."""
        touched = self._cut(id_)
        self._apart.add(id_)
        self._unsay(id_)
        self.by_hand_changed = True
        self._index(self.findings[id_])
        return touched

    def drop(self, id_: str) -> None:
        """Forget a finding."""
        self._cut(id_)
        self.findings.pop(id_, None)
        if id_ in self._apart or any(id_ in pair for pair in self._by_hand):
            self._apart.discard(id_)
            self._unsay(id_)
            self.by_hand_changed = True

    def components(self, touched: Iterable[str]) -> Iterator[set[str]]:
        """Yield every incident that one of these findings is part of, in one order."""
        seen: set[str] = set()
        for start in sorted(touched):
            if start in seen or start not in self._near:
                continue
            component, edge = {start}, [start]
            while edge:
                for other in self._near[edge.pop()]:
                    if other not in component:
                        component.add(other)
                        edge.append(other)
            seen |= component
            yield component

    def incidents(self, touched: Iterable[str]) -> Iterator[list[Finding]]:
        """Yield the findings of every incident that one of these is part of, in order; the first lends it its id.

        A connected component that creeps too far is several: in order, every finding joins the earliest incident that
        it has a firm tie with, or a near one within reach, or begins one: this, too, is a function of findings alone.
        """
        for component in self.components(touched):
            found = sorted((self.findings[id_] for id_ in component), key=order)
            where: dict[str, list[Finding]] = {}
            made: list[list[Finding]] = []
            for one in found:
                joins = [
                    where[id_]
                    for id_, tie in self._near[one.id].items()
                    if id_ in where and (tie == "firm" or self._links.reaches(where[id_][0], one))
                ]
                incident = min(joins, key=lambda incident: order(incident[0]), default=None)
                if incident is None:
                    made.append(incident := [])
                incident.append(one)
                where[one.id] = incident
            yield from made

    def _unsay(self, id_: str) -> None:
        self._by_hand = {pair for pair in self._by_hand if id_ not in pair}

    def _index(self, finding: Finding) -> set[str]:
        """Let others find a finding; return those it may belong to."""
        self._near[finding.id] = {}
        candidates: set[str] = set()
        for key in self._links.keys(finding):
            there = self._at[key]
            candidates |= there
            there.add(finding.id)
        return candidates - {finding.id}

    def _tie(self, finding: Finding) -> set[str]:
        """Link a finding with those of its incident; return them."""
        candidates, near = self._index(finding), self._near[finding.id]
        if finding.id not in self._apart:
            ties = ((id_, self._links.tie(finding, self.findings[id_])) for id_ in candidates - self._apart)
            near.update((id_, tie) for id_, tie in ties if tie is not None)
        for pair in self._by_hand:
            if finding.id in pair:
                near.update((id_, "firm") for id_ in pair if id_ != finding.id and self._may_be_with(finding, id_))
        for id_, tie in near.items():
            self._near[id_][finding.id] = tie
        return set(near)

    def _may_be_with(self, finding: Finding, id_: str) -> bool:
        """Tell whether what people said can hold now; see `may_be_one`."""
        return id_ in self._near and may_be_one(self.findings[id_], finding)

    def _cut(self, id_: str) -> set[str]:
        """Take a finding out of the graph; return those it was linked with."""
        finding = self.findings.get(id_)
        if finding is None:
            return set()
        for key in self._links.keys(finding):
            there = self._at.get(key)
            if there is not None:
                there.discard(id_)
                if not there:
                    del self._at[key]
        near = self._near.pop(id_, {})
        for other in near:
            del self._near[other][id_]
        return set(near)

    def by_hand(self) -> bytes:
        """Return what people said, as state."""
        self.by_hand_changed = False
        return msgspec.msgpack.encode((sorted(self._by_hand), sorted(self._apart)))

    def restore(self, findings: Iterable[Finding], by_hand: bytes) -> None:
        """Take over findings, and what `by_hand` returned."""
        pairs, apart = msgspec.msgpack.decode(by_hand, type=tuple[list[tuple[str, str]], list[str]])
        self._by_hand, self._apart = set(pairs), set(apart)
        for finding in findings:
            self.put(finding)
