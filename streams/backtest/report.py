"""Everything a backtest has to say, as data: what `--json` writes, and what the tables and the page show."""

from __future__ import annotations

from datetime import datetime

import msgspec

from rules.alert import Text
from streams.backtest.difference import What
from streams.backtest.load import Day, ShiftLoad
from streams.backtest.matching import Judgement, Tolerance
from streams.backtest.scoring import RuleLine


class BookReport(msgspec.Struct, frozen=True, kw_only=True):
    """One book: `name` as it was given, its `digest`, and its figures; the last of `rules` is the whole book."""

    name: str
    digest: str
    versions: int
    days: list[Day]
    shifts: list[ShiftLoad]
    rules: list[RuleLine]

    @property
    def whole(self) -> RuleLine:
        """The figures of the book as a whole."""
        return self.rules[-1]


class Change(msgspec.Struct, frozen=True, kw_only=True):
    """One alert that is not what it was.

    Parameters
    ----------
    what
        It appeared, vanished or has another grade.
    id, rule, number
        Of the alert as it is, or was.
    raised_at
        When it is, or was, raised.
    title, place, why
        What, where and why.
    old, new
        Grade under each book, ``None`` where there is no alert.
    judgement
        What the truth says of it, ``None`` without one.

    """

    what: What
    id: str
    rule: str
    number: int
    raised_at: datetime
    title: Text
    place: Text
    why: Text
    old: str | None
    new: str | None
    judgement: Judgement | None


class Difference(msgspec.Struct, frozen=True, kw_only=True):
    """New against old.

    Parameters
    ----------
    same
        Alerts with the same grade under both.
    by_rule
        Alerts appeared, vanished and regraded, by rule id; only rules with any.
    changes
        All of them, in the order of time.

    """

    same: int
    by_rule: dict[str, dict[str, int]]
    changes: list[Change]

    def count(self, what: What) -> int:
        """Return how many appeared, vanished or were regraded."""
        return sum(counts.get(what, 0) for counts in self.by_rule.values())


class TruthLine(msgspec.Struct, frozen=True, kw_only=True):
    """One happening and what each book made of it: the rules that found it; of the old one ``None`` without it."""

    id: str
    what: Text
    kinds: tuple[str, ...]
    place: str
    starts_at: datetime
    ends_at: datetime
    expected: bool
    grade: str | None
    new: list[int]
    old: list[int] | None


class TruthReport(msgspec.Struct, frozen=True, kw_only=True):
    """The truth it was scored against.

    Parameters
    ----------
    origin
        Where it comes from.
    complete
        Whether an alert of any kind that matches nothing is false (unless it is about one real report).
    tolerance
        How far alerts may lie outside in time.
    happenings
        Each of them, in the order of time.

    """

    origin: Text
    complete: bool
    tolerance: Tolerance
    happenings: list[TruthLine]


class FeedbackReport(msgspec.Struct, frozen=True, kw_only=True):
    """The verdicts it was scored by.

    Parameters
    ----------
    origin
        Where they are from.
    verdicts
        Their number.
    unheard
        Those about no alert of either book.

    """

    origin: str
    verdicts: int
    unheard: int


class Report(msgspec.Struct, frozen=True, kw_only=True):
    """A whole backtest.

    Parameters
    ----------
    city, zone, source
        Which city, its time zone, and what was read.
    first_at, last_at, days
        Span of event time.
    rows, verdicts, dead
        What became of what was read.
    new, old
        The book, and the one it is held against.
    declared
        Declarations of a file that were taken in; ``None`` when none was given.
    truth
        ``None`` when none was given: recall is unknown, and precision too unless there is feedback.
    feedback
        ``None`` when none was given.
    difference
        New against old, ``None`` without an old one.

    """

    city: Text
    zone: str
    source: Text
    first_at: datetime
    last_at: datetime
    days: float
    rows: int
    verdicts: dict[str, int]
    dead: dict[str, int]
    new: BookReport
    old: BookReport | None
    declared: int | None
    truth: TruthReport | None
    feedback: FeedbackReport | None
    difference: Difference | None

    @property
    def scored(self) -> bool:
        """Whether anything is known of how right the alerts are."""
        return self.truth is not None or self.feedback is not None
