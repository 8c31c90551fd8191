"""The figures of a report; its JSON is `Report`. Every count is of alerts unless it says clocks."""

from __future__ import annotations

from datetime import datetime

import msgspec

from rules.alert import Text
from streams.backtest.figures import Ratio
from streams.report.period import Period


class Slot(msgspec.Struct, frozen=True, kw_only=True):
    """Alerts raised in one hour of a day or one day of a week, by grade, red first."""

    begins_at: datetime
    label: str
    grades: dict[str, int]


class Line(msgspec.Struct, frozen=True, kw_only=True):
    """Alerts of one kind, class, area or place, by grade, red first.

    Parameters
    ----------
    id, name
        What it is, and what it is called.
    grades, total
        How many.
    before
        How many in the period before.
    part_of
        Of a kind the class, of a place the district; empty otherwise.

    """

    id: str
    name: Text
    grades: dict[str, int]
    total: int
    before: int
    part_of: str = ""


class Deadlines(msgspec.Struct, frozen=True, kw_only=True):
    """What became of clocks, to sign by or to be on site by: of one grade, one level of area, or all.

    Parameters
    ----------
    id
        Grade or level; empty for all.
    clocks
        All of them: the sum of the next five.
    in_time, late
        Done by when it was due, or after.
    overdue
        Not done, though it was due.
    stopped
        Nobody had to act any more before it was due: a false alarm, over, or raised.
    running
        Not due yet.
    median_s, p90_s
        Time until it was done, seconds: median and 90th percentile (nearest rank); ``None`` without any.
    kept
        Share in time of those done or overdue, with Wilson's interval of 95 %; ``None`` without any.

    """

    id: str
    clocks: int
    in_time: int
    late: int
    overdue: int
    stopped: int
    running: int
    median_s: float | None
    p90_s: float | None
    kept: Ratio | None


class Judged(msgspec.Struct, frozen=True, kw_only=True):
    """What alerts of one rule turned out to be.

    Parameters
    ----------
    id, number, name
        The rule; id empty for all alerts.
    alerts
        Raised.
    true, false
        By the last verdict of each.
    precision
        Share of those judged that was true, with Wilson's interval of 95 %; ``None`` when none was judged.

    """

    id: str
    number: int
    name: Text
    alerts: int
    true: int
    false: int
    precision: Ratio | None


class Case(msgspec.Struct, frozen=True, kw_only=True):
    """One alert worth naming, with who has to do with it and when.

    Parameters
    ----------
    id, title, grade
        The alert; the highest grade it reached.
    raised_at
        Event time.
    who, at
        Who judged it, or has to sign, and when, or by when.

    """

    id: str
    title: Text
    grade: str
    raised_at: datetime
    who: Text = Text()
    at: datetime | None = None


class Figures(msgspec.Struct, frozen=True, kw_only=True):
    """The figures of one period.

    Parameters
    ----------
    period, as_of
        The period, and until when is counted what became of its alerts.
    total
        Alerts raised in the period that were not withdrawn, leaving out exercises and rules on trial.
    grades
        By the highest grade each reached, red first; they add up to `total`.
    withdrawn, exercises, shadow
        Raised in the period and left out: withdrawn, of an exercise, of a rule that notifies nobody.
    slots
        By hour of the day or day of the week; they add up to `total`.
    classes, kinds, areas
        By class and kind of the taxonomy and by district, the most first; each adds up to `total`.
    places
        The places with the most alerts; in a report at most ten.
    signing_by_grade, signing_by_level
        What became of clocks to sign by, each with all of them as the last.
    on_site_by_grade
        What became of clocks to be on site by, with all of them as the last.
    escalated, escalations
        Alerts that went one level up because nobody acted in time, and how often in all; those that are at the top
        are called out again and again, which counts.
    overdue
        Alerts nobody had signed by `as_of`, though they had to.
    unconfirmed, flapping
        Alerts that went out though nobody had confirmed them in time; that changed four times within an hour.
    open_at_end
        Alerts raised in or before the period that were not over at its end, by the grade they had then, red first.
    open_from_before
        Of these, those raised before the period.
    unsigned_at_end
        Of these, those nobody had signed.
    precision
        By rule, the most judged first, with all alerts as the last.
    judged, changed, verdict_s
        Alerts with a verdict, those whose verdict changed, and the median time from issue to the last one, seconds.
    false_alarms
        How many turned out false; the latest of them are in `Report.false_alarms`.
    reopened
        Alerts that were over, or dealt with, and had to be looked at again.
    delay_s
        Median time from when an alert could be said (event time) to when it was issued, seconds; ``None`` of files.

    """

    period: Period
    as_of: datetime
    total: int
    grades: dict[str, int]
    withdrawn: int
    exercises: int
    shadow: int
    slots: tuple[Slot, ...]
    classes: tuple[Line, ...]
    kinds: tuple[Line, ...]
    areas: tuple[Line, ...]
    places: tuple[Line, ...]
    signing_by_grade: tuple[Deadlines, ...]
    signing_by_level: tuple[Deadlines, ...]
    on_site_by_grade: tuple[Deadlines, ...]
    escalated: int
    escalations: int
    overdue: int
    unconfirmed: int
    flapping: int
    open_at_end: dict[str, int]
    open_from_before: int
    unsigned_at_end: int
    precision: tuple[Judged, ...]
    judged: int
    changed: int
    verdict_s: float | None
    false_alarms: int
    reopened: int
    delay_s: float | None


class Report(msgspec.Struct, frozen=True, kw_only=True):
    """A report on a day or week; the value of ``fenghuo report --json``.

    Parameters
    ----------
    city, source
        Name of the city, and where the alerts were read.
    restricted
        Whether alerts that only the duty desk may see are counted.
    exercise
        It is about an exercise (演练): only its alerts are counted.
    now, before
        The figures of the period and of the one before it.
    waiting
        Alerts of the period nobody had signed by `as_of` though they had to, the most serious first, at most twenty.
    false_alarms, reopened
        Those that turned out false, and those that came open again, the latest first, at most twenty each.
    notes
        What the reader has to know about these figures.

    """

    city: Text
    source: Text
    restricted: bool
    exercise: bool
    now: Figures
    before: Figures
    waiting: tuple[Case, ...]
    false_alarms: tuple[Case, ...]
    reopened: tuple[Case, ...]
    notes: tuple[Text, ...]
