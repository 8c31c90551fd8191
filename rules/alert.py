"""A graded warning about a place and a problem, and what became of it version by version."""

from __future__ import annotations

import enum
from datetime import datetime
from typing import Literal

import msgspec

from detectors.event import Source
from rules.handling import Handling, Reached

__all__ = [
    "GRADES",
    "Alert",
    "AlertPlace",
    "Change",
    "FindingRef",
    "Grade",
    "GradeStep",
    "Handling",
    "Reached",
    "Revision",
    "RuleRef",
    "Text",
]

Change = Literal[
    "new",
    "update",
    "upgrade",
    "downgrade",
    "confirmed",
    "raised",
    "signed",
    "assigned",
    "arrived",
    "resolved",
    "reopened",
    "reminded",
    "escalated",
    "verified",
    "false_alarm",
    "noted",
    "recovered",
    "closed",
    "expired",
    "withdrawn",
]


class Grade(enum.Enum):
    """Four grades, the most serious last: 四级 一般, 三级 较大, 二级 重大, 一级 特别重大."""

    BLUE = "blue"
    YELLOW = "yellow"
    ORANGE = "orange"
    RED = "red"

    @property
    def rank(self) -> int:
        """0 for blue to 3 for red."""
        return _RANK[self]

    def raised(self, steps: int = 1) -> Grade:
        """Return the grade `steps` higher, at most red."""
        return GRADES[min(self.rank + steps, 3)]


GRADES: tuple[Grade, ...] = (Grade.BLUE, Grade.YELLOW, Grade.ORANGE, Grade.RED)
_RANK = {grade: rank for rank, grade in enumerate(GRADES)}


class Text(msgspec.Struct, frozen=True, gc=False, forbid_unknown_fields=True):
    """One sentence in the two languages operators read."""

    zh: str = ""
    en: str = ""


class GradeStep(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """One reason the grade is what it is, in the order they were applied."""

    grade: Grade
    because: Text


class RuleRef(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """Which rule of which book decided; a shadow rule's alerts are counted and notify nobody."""

    id: str
    number: int
    version: int
    book: str
    status: Literal["active", "shadow"] = "active"


class AlertPlace(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """The place an alert is about: the area it was grouped by and the names a person reads."""

    level: str
    key: str
    district: str
    street: str
    community: str
    grid: str
    name: str
    lon: float | None
    lat: float | None


class Revision(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """How an alert grew: everything in an alert that may depend on the order of arrival.

    Parameters
    ----------
    version
        1, 2, 3 … in the order they were issued.
    change
        新发 new, 续报 update, 升级 upgrade, 降级 downgrade, 核实 confirmed, 发出 raised (nobody confirmed it in time),
        签收 signed, 派单 assigned, 到场 arrived, 办结 resolved, 重开 reopened, 催办 reminded (a clock is about to run
        out), 督办 escalated (nobody signed, or was on site, in time), 属实 verified, 误报 false_alarm, 备注 noted, 平息
        recovered (its place is quiet, people are not done with it), 解除 closed, 失效 expired, or withdrawn: it became
        part of another alert, or the closed window did not bear it out, or verdicts on others like it ask for more.
    previous_grade
        Grade of the version before, ``None`` for the first.
    handling
        Who has to sign, and whether somebody has; ``None`` where nobody can: in the replay of files.

    """

    version: int
    change: Change
    previous_grade: Grade | None = None
    handling: Handling | None = None


class FindingRef(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """One of the findings an alert was made of: what a single rule said."""

    id: str
    rule: RuleRef
    kind: str
    grade: Grade
    status: Literal["open", "closed"]
    title: Text
    events: int


class Alert(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """One version of a graded warning; the value of ``alerts`` and ``alerts.current``.

    Parameters
    ----------
    id
        Deterministic: hash of rule, group key and the period of the episode's first hit.
    rule
        Which rule of which book decided.
    kind, category
        Kind and class of the taxonomy.
    grade
        Blue, yellow, orange or red.
    title, why
        What and where, and the sentence that says why, in Chinese and English.
    advice, owner, plan
        What to do, who is responsible, which plan applies.
    gate
        源头 source, 监测 monitoring or 管控 containment.
    restricted
        Only the duty desk may see it.
    place
        Where.
    revision
        How the alert grew: version number and kind of change.
    status
        ``open`` until its place has been quiet for as long as the rule asks.
    pending_check
        The rule wants a human to confirm before the warning leaves the room (待核实).
    steps, not_higher
        Why this grade, step by step, and what it would have taken to be one higher.
    first_at, last_at
        Event times of the first and the last evidence.
    raised_at, graded_at
        Event time at which the condition was first met, and at which the present grade was reached.
    sign_by, on_site_by
        Until when somebody has to sign (签收), and to be on site.
    events, reporters, sources
        How many events by how many distinct reporters from which source types; a detector's are distinct within each
        of its windows.
    evidence
        Ids of the first 100 events by time and id.
    observed, threshold
        The largest count the rule saw in its window and the count that fires it.
    expected, expected_high, p_value
        Normal value for the same window; for detectors the predictive mean, its 99 % quantile and the tail probability.
    window_s
        Length of the window in seconds, 0 for single events.
    findings
        What single rules said, the one that leads first; empty on a finding itself.
    districts
        Every district it touches; those of a finding are its place's own, and of a cluster all it lies in.
    severity, certainty, urgency
        The three axes of CAP 1.2, as a grade is made of them; empty on a finding.
    exercise
        It belongs to an exercise (演练).

    """

    id: str
    rule: RuleRef
    kind: str
    category: str
    grade: Grade
    status: Literal["open", "closed", "withdrawn"]
    pending_check: bool
    title: Text
    why: Text
    steps: tuple[GradeStep, ...]
    not_higher: Text
    advice: tuple[Text, ...]
    owner: Text
    plan: Text
    gate: Literal["source", "monitoring", "containment"]
    restricted: bool
    place: AlertPlace
    first_at: datetime
    last_at: datetime
    raised_at: datetime
    graded_at: datetime
    sign_by: datetime
    on_site_by: datetime
    events: int
    reporters: int
    sources: tuple[Source, ...]
    evidence: tuple[str, ...]
    observed: int
    threshold: int
    expected: float | None
    expected_high: float | None
    p_value: float | None
    window_s: float
    revision: Revision
    findings: tuple[FindingRef, ...] = ()
    districts: tuple[str, ...] = ()
    severity: Literal["", "minor", "moderate", "severe", "extreme"] = ""
    certainty: Literal["", "possible", "likely", "observed"] = ""
    urgency: Literal["", "future", "expected", "immediate"] = ""
    exercise: bool = False

    @property
    def is_false_alarm(self) -> bool:
        """Whether somebody found out that there is nothing to it (误报)."""
        return self.revision.handling is not None and self.revision.handling.verdict == "false"


class Finding(Alert, frozen=True, kw_only=True, gc=False):
    """What a single rule says: alerts are made of it. It is for the stage that makes them, not for people.

    Parameters
    ----------
    voices
        Who told each piece of evidence, as a keyed hash, or the event's own id where nobody is known; empty for
        detectors' signals. So that five callers are five in an alert, however many rules counted them.
    telling
        What whoever says it goes by: the id of a topic, and when the first record read there was written. Versions are
        in order within one telling: who lost what was kept, and reads again, may number them otherwise.

    """

    voices: tuple[str, ...] = ()
    telling: str = ""


_FIELDS = Alert.__struct_fields__


def alert_of(finding: Alert) -> Alert:
    """Return a finding without what is not for people."""
    return Alert(**{name: getattr(finding, name) for name in _FIELDS})
