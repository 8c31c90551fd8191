"""What rules said in the last month and what became of it: hits, verdicts, and how soon people knew for sure. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Literal, NamedTuple

import msgspec

from rules.alert import Grade
from streams import topics
from streams.codec import read_origin
from streams.errors import BadInput
from streams.tail import Heard

TOPICS = (topics.ALERTS, topics.RESTRICTED, topics.FINDINGS, topics.SHADOW)
DAY_S = 86_400.0
KEPT_S = 31 * DAY_S
_TIDY_EVERY = 20_000


class _Rule(msgspec.Struct, frozen=True):
    id: str


class _Part(msgspec.Struct, frozen=True):
    rule: _Rule


class _Handling(msgspec.Struct, frozen=True):
    verdict: Literal["", "true", "false"] = ""
    judged_at: datetime | None = None
    arrived_at: datetime | None = None


class _Revision(msgspec.Struct, frozen=True):
    version: int
    handling: _Handling | None = None


class _Said(msgspec.Struct, frozen=True):
    """What is needed of a version of an alert or a finding."""

    id: str
    rule: _Rule
    grade: Grade
    status: Literal["open", "closed", "withdrawn"]
    restricted: bool
    raised_at: datetime
    revision: _Revision
    findings: tuple[_Part, ...] = ()
    exercise: bool = False


_decode = msgspec.json.Decoder(_Said).decode


class Hit:
    """An alert, or a finding of a single rule, by all its versions.

    Attributes
    ----------
    rules
        Ids of the rules that had a part in it, the one that leads first.
    grade
        The highest it reached.
    raised_at
        Event time, epoch seconds.
    issued
        Kafka time of its first version, epoch seconds.
    withdrawn, exercise, restricted
        Whether it was taken back, belongs to an exercise, is for the duty desk only.
    verdict
        The last one; empty while nobody has said.
    known_at
        When somebody was on site, or found out that it is true, whichever was first; ``None`` while neither.

    """

    __slots__ = (
        "exercise", "grade", "issued", "known_at", "raised_at",
        "restricted", "rules", "verdict", "version", "withdrawn",
    )  # fmt: skip

    def __init__(self, said: _Said, at: float) -> None:
        self.grade, self.issued, self.version = said.grade, at, 0
        self.verdict: Literal["", "true", "false"] = ""
        self.known_at: float | None = None
        self.hear(said, at)

    rules: tuple[str, ...]
    raised_at: float
    withdrawn: bool
    exercise: bool
    restricted: bool

    def hear(self, said: _Said, at: float) -> None:
        """Take in a version; one that is older than what is known only tells how early it was and how high it went."""
        self.issued = min(self.issued, at)
        self.grade = max(self.grade, said.grade, key=lambda grade: grade.rank)
        if said.revision.version <= self.version:
            return
        self.version = said.revision.version
        self.rules = tuple(dict.fromkeys(part.rule.id for part in said.findings)) or (said.rule.id,)
        self.raised_at = said.raised_at.timestamp()
        self.withdrawn, self.exercise = said.status == "withdrawn", said.exercise
        self.restricted = said.restricted
        handling = said.revision.handling
        self.verdict = handling.verdict if handling is not None else ""
        self.known_at = _known_at(handling) if handling is not None else None


def _known_at(handling: _Handling) -> float | None:
    if handling.verdict == "false":
        return None
    judged = handling.judged_at if handling.verdict == "true" else None
    found = [at.timestamp() for at in (judged, handling.arrived_at) if at is not None]
    return min(found, default=None)


class Record(NamedTuple):
    """What one rule did in the last days.

    Parameters
    ----------
    alerts
        Alerts it had a part in, by grade.
    findings
        What it found by itself.
    true, false
        Of these alerts by verdict.
    lead_s
        Of the alerts that were true or somebody went to: from the first version to when that was known, seconds.

    """

    alerts: Counter[Grade]
    findings: int
    true: int
    false: int
    lead_s: tuple[float, ...]


class Ledger:
    """Alerts and findings of the last month, by id."""

    def __init__(self) -> None:
        self._alerts: dict[str, Hit] = {}
        self._findings: dict[str, Hit] = {}
        self._shadows: dict[str, Hit] = {}
        self._newest = float("-inf")
        self._since_tidy = 0

    def take(self, records: Iterable[Heard]) -> None:
        """Take in records of `TOPICS`, in any order."""
        for record in records:
            try:
                self._hear(record)
            except (BadInput, msgspec.MsgspecError, ValueError, OverflowError, RecursionError):
                continue  # the mirror passes over it, too, and says so
            self._since_tidy += 1
        if self._since_tidy > _TIDY_EVERY:
            self._tidy()

    def _hear(self, record: Heard) -> None:
        if record.value is None or read_origin(record.headers) is not None:
            return  # clocks, commands and books stand among the findings
        said = _decode(record.value)
        kept, at, raised = self._of(record.topic), record.timestamp / 1000, said.raised_at.timestamp()
        known = kept.get(said.id)
        if known is None:
            kept[said.id] = Hit(said, at)
        else:
            known.hear(said, at)
        self._newest = max(self._newest, raised)

    def records(self, since: float, until: float, *, restricted: bool) -> dict[str, Record]:
        """Return what rules did between two event times, by id of the rule.

        Parameters
        ----------
        since, until
            Epoch seconds.
        restricted
            Count what is for the duty desk only.

        """
        alerts = [hit for hit in self._within(self._alerts, since, until) if restricted or not hit.restricted]
        findings = [hit for hit in self._within(self._findings, since, until) if restricted or not hit.restricted]
        shadows = [hit for hit in self._within(self._shadows, since, until) if restricted or not hit.restricted]
        by_rule: dict[str, list[Hit]] = {}
        for hit in alerts:
            for rule in hit.rules:
                by_rule.setdefault(rule, []).append(hit)
        found = Counter(hit.rules[0] for hit in (*findings, *shadows))
        return {rule: _record(by_rule.get(rule, []), found[rule]) for rule in {*by_rule, *found}}

    def findings_by_grade(self, rules: frozenset[str], since: float, until: float) -> Counter[Grade]:
        """Return how many findings some rules had between two event times, by the highest grade of each."""
        mine = self._within({**self._findings, **self._shadows}, since, until)
        return Counter(hit.grade for hit in mine if hit.rules[0] in rules)

    @staticmethod
    def _within(kept: dict[str, Hit], since: float, until: float) -> Iterator[Hit]:
        for hit in kept.values():
            if since < hit.raised_at <= until and not hit.withdrawn and not hit.exercise:
                yield hit

    def _of(self, topic: str) -> dict[str, Hit]:
        return {topics.FINDINGS: self._findings, topics.SHADOW: self._shadows}.get(topic, self._alerts)

    def _tidy(self) -> None:
        self._since_tidy = 0
        for kept in (self._alerts, self._findings, self._shadows):
            for id_ in [id_ for id_, hit in kept.items() if hit.raised_at < self._newest - KEPT_S]:
                del kept[id_]


def _record(hits: list[Hit], findings: int) -> Record:
    verdicts = Counter(hit.verdict for hit in hits)
    lead = tuple(sorted(max(0.0, hit.known_at - hit.issued) for hit in hits if hit.known_at is not None))
    return Record(Counter(hit.grade for hit in hits), findings, verdicts["true"], verdicts["false"], lead)
