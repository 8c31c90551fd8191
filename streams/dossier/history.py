"""What `fenghuo alerts history` tells: its JSON is this struct."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

import msgspec

from rules.alert import Alert, FindingRef, RuleRef, Text
from rules.life import State
from streams.audit import AuditEntry
from streams.course import Clock, Kept

Answer = Literal["obeyed", "repeated", "refused", "unconfirmed"]


class Issued(msgspec.Struct, frozen=True, kw_only=True):
    """A version of the alert, and when it was issued."""

    at: datetime
    alert: Alert


class Given(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A command about the alert.

    Parameters
    ----------
    at, heard_at
        When it was given, as its sender says, and when it was on its topic.
    action, by, why
        What, who, and what for.
    alert
        Id of the alert it was given about; another one where this alert is only named in it.
    answer
        ``obeyed``; ``repeated``: it was so already; ``refused``; ``unconfirmed``: no version tells of it.
    reason, says
        Why it was refused: the reason of `rules.life`, or the fault of a record that cannot be read; in a sentence.
    version
        The version that followed, 0 without one.
    to, other
        Who was sent; the other alert, or the finding, it names.

    """

    at: datetime
    heard_at: datetime
    action: str
    by: str
    alert: str
    answer: Answer
    why: str = ""
    reason: str = ""
    says: Text = Text()
    version: int = 0
    to: str = ""
    other: str = ""


class Told(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One attempt to tell somebody, as ``deliveries`` has it; fields it does not know of are left out."""

    key: str
    alert: str
    version: int
    channel: str
    recipient: str
    attempt: int
    outcome: str
    at: datetime
    reason: str = ""
    took_ms: float | None = None
    again: bool = False
    digest: tuple[str, ...] = ()


class Decision(msgspec.Struct, frozen=True, kw_only=True):
    """Who decided on a grade.

    Parameters
    ----------
    version, grade
        The version that first had it, and the grade.
    rule
        Rule, its version and the digest of its book.
    detector
        Whose signals the rule graded; empty when it counts events, ``None`` when the rule is not in the book at hand.
    same_book
        Whether the book at hand is the one that decided; else `detector` is what this one says.
    observed, threshold, expected, p_value
        What it went by, as the alert says.
    because
        The last step of its grading.

    """

    version: int
    grade: str
    rule: RuleRef
    detector: str | None
    same_book: bool
    observed: int
    threshold: int
    expected: float | None
    p_value: float | None
    because: Text


class StayFor(msgspec.Struct, frozen=True, kw_only=True):
    """How long it was in one state; `until` and `length_s` are ``None`` while it is."""

    state: State
    since: datetime
    until: datetime | None
    length_s: float | None


class ClockKept(msgspec.Struct, frozen=True, kw_only=True):
    """A clock somebody had to sign by, or to be on site by, and what became of it."""

    clock: Clock
    kept: Kept


class Related(msgspec.Struct, frozen=True, kw_only=True):
    """Another alert that names this one as a finding it was made of, or that this one names."""

    id: str
    title: Text
    status: str


class History(msgspec.Struct, frozen=True, kw_only=True):
    """The whole life of an alert, as far as it is on record.

    Parameters
    ----------
    id, now
        The alert, and when this was told.
    versions
        In the order of their numbers.
    missing
        Numbers of the versions that are not on record: past retention, or where the one who asks does not look.
    commands, deliveries, seen
        In the order they came; `seen` is what the audit trail says of it.
    decisions
        Who decided, for every grade it had.
    findings
        What single rules said, as the last version names them.
    stays, clocks
        The states it went through, and the times somebody had to sign by, or to be on site by.
    reopened
        How often it was over, or dealt with, and had to be looked at again.
    related
        Other alerts it was made part of.
    notes
        What the reader has to know: what is past retention, what could not be looked at.

    """

    id: str
    now: datetime
    versions: tuple[Issued, ...]
    missing: tuple[int, ...]
    commands: tuple[Given, ...]
    deliveries: tuple[Told, ...]
    seen: tuple[AuditEntry, ...]
    decisions: tuple[Decision, ...]
    findings: tuple[FindingRef, ...]
    stays: tuple[StayFor, ...]
    clocks: tuple[ClockKept, ...]
    reopened: int
    related: tuple[Related, ...]
    notes: tuple[Text, ...]
