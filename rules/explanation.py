"""What is said of an alert, or of none: conditions part by part, events counted and left out, reasons. Types only."""

from __future__ import annotations

import enum
from datetime import datetime
from typing import Literal

import msgspec

from detectors.event import Source
from rules.alert import Alert, Text

Role = Literal["fires", "raises", "lowers"]
Part = Literal["counted", "witness", "compared"]


class Reason(enum.Enum):
    """Why a rule said nothing, or did not count an event."""

    ALREADY_OPEN = "ALREADY_OPEN"
    NOT_MET = "NOT_MET"
    NO_EVENTS = "NO_EVENTS"
    KIND_NOT_COVERED = "KIND_NOT_COVERED"
    SOURCE_NOT_COUNTED = "SOURCE_NOT_COUNTED"
    PLACE_UNKNOWN = "PLACE_UNKNOWN"
    WHERE_NOT_MET = "WHERE_NOT_MET"
    CLOSED = "CLOSED"
    SAME_REPORTER = "SAME_REPORTER"
    LATE = "LATE"
    DUPLICATE = "DUPLICATE"
    RULE_DRAFT = "RULE_DRAFT"
    RULE_RETIRED = "RULE_RETIRED"
    RULE_SHADOW = "RULE_SHADOW"
    MODIFIER = "MODIFIER"
    OTHER_RULE = "OTHER_RULE"
    OTHER_LEVEL = "OTHER_LEVEL"
    BEFORE_WARM_UP = "BEFORE_WARM_UP"
    BELOW_TAIL = "BELOW_TAIL"


REASONS: dict[Reason, Text] = {
    Reason.ALREADY_OPEN: Text("规则已触发", "the rule did fire"),
    Reason.NOT_MET: Text("条件未满足", "its condition was not met"),
    Reason.NO_EVENTS: Text("该地点该时段没有任何事件", "there were no events at that place and time"),
    Reason.KIND_NOT_COVERED: Text("事件类别不在本规则范围", "the rule does not look at this kind of event"),
    Reason.SOURCE_NOT_COUNTED: Text("本规则不计此来源", "the rule does not count this source"),
    Reason.PLACE_UNKNOWN: Text("事件地点不够具体，无法归组", "the event's place is not known well enough to group it"),
    Reason.WHERE_NOT_MET: Text("不符合规则的筛选条件", "the event is not one the rule's `where` selects"),
    Reason.CLOSED: Text("办结件不计", "the event says that a matter is closed"),
    Reason.SAME_REPORTER: Text("同一人重复反映，只计一次", "the same reporter again: counted once"),
    Reason.LATE: Text("到达过晚，未计入", "the event came too late"),
    Reason.DUPLICATE: Text("重复送达，只计一次", "the event was delivered twice"),
    Reason.RULE_DRAFT: Text("规则是草稿，不运行", "the rule is a draft and does not run"),
    Reason.RULE_RETIRED: Text("规则已停用", "the rule is retired and does not run"),
    Reason.RULE_SHADOW: Text("规则在试运行，不通知任何人", "the rule is a shadow: it runs and notifies nobody"),
    Reason.MODIFIER: Text(
        "修正规则，自身不产生预警，只抬升其他规则的等级",
        "the rule is a modifier: no alerts of its own, it raises those of other rules",
    ),
    Reason.OTHER_RULE: Text("由来源更少的另一条规则发出", "another rule, about fewer sources, speaks of it"),
    Reason.OTHER_LEVEL: Text(
        "由更能说明问题的上级或下级区域发出", "a smaller or a larger area explains it better and speaks"
    ),
    Reason.BEFORE_WARM_UP: Text("历史不足，基线还在学习", "too little history: the baseline is still warming up"),
    Reason.BELOW_TAIL: Text("未超出常态范围", "the count is not far enough above normal"),
}


class PartView(msgspec.Struct, frozen=True, kw_only=True):
    """One part of a condition, as its gauge was read.

    Parameters
    ----------
    part, what
        Its name in the language, and in words.
    value, threshold
        What was read, and what it takes; yes and no are 1 and 0. ``None``: there was nothing to read.
    at_most
        It is met at or below the threshold, not at or above.
    met
        Whether it was.
    then
        Value as of the moment that was asked about; ``None`` where only an event has one.

    """

    part: str
    what: Text
    value: float | None
    threshold: float
    met: bool
    at_most: bool = False
    then: float | None = None

    @property
    def missing(self) -> float | None:
        """How much was missing, 0 when it is met."""
        if self.value is None:
            return None
        return 0.0 if self.met else abs(self.threshold - self.value)


class ConditionView(msgspec.Struct, frozen=True, kw_only=True):
    """A condition, all parts of which have to be met at one event.

    Parameters
    ----------
    role
        It raises the alert, its grade, or lowers the grade.
    says, effect
        What it asks for or stands for, and what comes of it.
    met
        Whether it was met.
    at
        The event time at which it was read: the event that decided, else the one that came closest.
    parts
        Part by part.

    """

    role: Role
    says: Text
    effect: Text
    met: bool
    at: datetime | None
    parts: tuple[PartView, ...]


class EventView(msgspec.Struct, frozen=True, kw_only=True):
    """An event as evidence: no text, and of who reported it only the beginning of the keyed hash.

    Parameters
    ----------
    part
        Counted; a witness that corroborates; or only compared with, by one of the rule's selectors.
    reporter
        First six digits of the hash, empty when the source gave none: then the event counts for itself.
    again
        The same reporter had been counted before.

    """

    id: str
    at: datetime
    source: Source
    kind: str
    reporter: str
    place: str
    part: Part = "counted"
    again: bool = False


class DroppedView(msgspec.Struct, frozen=True, kw_only=True):
    """An event that was not counted, and why."""

    id: str
    at: datetime
    source: Source
    kind: str
    place: str
    reason: Reason


class Explanation(msgspec.Struct, frozen=True, kw_only=True):
    """Why an alert is what it is.

    Parameters
    ----------
    alert
        As it was issued.
    alone
        The reporters counted; what one of them reported again counts once.
    conditions
        Fires, raises and lowers, each as read at the event that decided it, else at the one that came closest.
    capped
        The grade would be higher but for the rule's maximum.
    events
        The evidence there is, in order; the first hundred.
    repeats
        How many of them tell what the same reporter had told before.
    dropped
        What of the same group and time was left out.
    differs
        In what the alert, worked out anew, differs from the one issued; empty when it is reproduced.

    """

    alert: Alert
    conditions: tuple[ConditionView, ...]
    capped: bool = False
    events: tuple[EventView, ...] = ()
    repeats: int = 0
    dropped: tuple[DroppedView, ...] = ()
    differs: tuple[str, ...] = ()


class GroupView(msgspec.Struct, frozen=True, kw_only=True):
    """A group of the rule at the place asked about, or a window of a detector there.

    Parameters
    ----------
    key, name, kind
        Which group; the name of its place; its kind, empty for all kinds of the rule.
    conditions
        Each at the event that came closest to meeting it.
    fired
        Alerts of the group, by event time, whose time touches the one asked about.
    events
        What it counted then.
    starts_at, ends_at
        Of a detector's window.

    """

    key: str
    name: str
    kind: str
    conditions: tuple[ConditionView, ...]
    fired: tuple[Alert, ...] = ()
    events: tuple[EventView, ...] = ()
    repeats: int = 0
    starts_at: datetime | None = None
    ends_at: datetime | None = None
    reason: Reason = Reason.NOT_MET


class WhyNot(msgspec.Struct, frozen=True, kw_only=True):
    """Why a rule said nothing of a place at a time, or that it did.

    Parameters
    ----------
    rule, name, place, at
        What was asked.
    reason
        In one word.
    notes
        What else stands in the way.
    groups
        The rule's groups there, the one that came closest first.
    dropped
        Events there that no group counted.

    """

    rule: str
    name: Text
    status: str
    place: str
    at: datetime
    reason: Reason
    said: Text
    notes: tuple[Reason, ...] = ()
    groups: tuple[GroupView, ...] = ()
    dropped: tuple[DroppedView, ...] = ()
