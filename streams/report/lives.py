"""The alerts a report is about: which of them count, and what had become of each by a point in time. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property

from rules.alert import GRADES, Alert, Grade, Handling
from streams.course import Clock, Version, clocks, ordered, reopened

RED_FIRST = tuple(grade.value for grade in reversed(GRADES))


@dataclass(frozen=True)
class Life:
    """One alert with the versions issued by a point in time, in the order of their numbers."""

    versions: tuple[Version, ...]
    as_of: datetime

    @property
    def last(self) -> Alert:
        """The version known last."""
        return self.versions[-1].alert

    @property
    def raised_at(self) -> datetime:
        """Event time it was raised at."""
        return self.last.raised_at

    @cached_property
    def grade(self) -> Grade:
        """The highest grade it reached."""
        return max((version.alert.grade for version in self.versions), key=lambda grade: grade.rank)

    @cached_property
    def clocks(self) -> list[Clock]:
        """The clocks somebody had to sign by."""
        return clocks(self.versions)

    @cached_property
    def on_site(self) -> list[Clock]:
        """The clocks somebody had to be on site by."""
        return clocks(self.versions, "on_site")

    @property
    def verdict(self) -> Handling | None:
        """What it turned out to be, by the last verdict; ``None`` while nobody has said."""
        handling = self.last.revision.handling
        return handling if handling is not None and handling.verdict else None

    @property
    def is_false(self) -> bool:
        """Whether it turned out to be a false alarm."""
        return self.verdict is not None and self.verdict.verdict == "false"

    @property
    def changed(self) -> bool:
        """Whether there was another verdict before."""
        said = [version.alert.revision.handling for version in self.versions]
        verdicts = {handling.verdict for handling in said if handling is not None and handling.verdict}
        return len(verdicts) > 1

    @property
    def reopened(self) -> list[datetime]:
        """When it was over, or dealt with, and had to be looked at again."""
        return reopened(self.versions)

    @property
    def flapped(self) -> bool:
        """Whether it changed four times within an hour."""
        said = [version.alert.revision.handling for version in self.versions]
        return any(handling is not None and handling.flapping for handling in said)

    @property
    def unconfirmed(self) -> bool:
        """Whether it went out though nobody had confirmed it in time."""
        return any(version.alert.revision.change == "raised" for version in self.versions)

    @property
    def overdue(self) -> bool:
        """Whether somebody had to sign, and nobody has."""
        return any(clock.kept(self.as_of) == "overdue" and clock.ended_at is None for clock in self.clocks)

    @property
    def counts(self) -> bool:
        """Whether it is an alert people had to do with: not withdrawn, no exercise, of no rule on trial."""
        return not (self.last.status == "withdrawn" or self.last.exercise or self.last.rule.status == "shadow")

    def at(self, then: datetime) -> Life | None:
        """Return it as it was known before an instant; ``None`` when it was not."""
        known = tuple(version for version in self.versions if version.at < then)
        return Life(known, then) if known else None


def lives(versions: Iterable[Version], as_of: datetime) -> list[Life]:
    """Return the alerts with what was issued of them by `as_of`, by when they were raised; order does not matter."""
    found: dict[str, list[Version]] = {}
    for version in versions:
        if version.at <= as_of:
            found.setdefault(version.alert.id, []).append(version)
    all_ = [Life(tuple(ordered(one)), as_of) for one in found.values()]
    return sorted(all_, key=lambda life: (life.raised_at, life.last.id))


def by_grade(found: Iterable[Life]) -> dict[str, int]:
    """Return how many by the highest grade each reached, red first."""
    return _counted(life.grade for life in found)


def by_last_grade(found: Iterable[Life]) -> dict[str, int]:
    """Return how many by the grade each has, red first."""
    return _counted(life.last.grade for life in found)


def _counted(grades: Iterable[Grade]) -> dict[str, int]:
    found = Counter(grade.value for grade in grades)
    return {grade: found[grade] for grade in RED_FIRST}


def open_at(found: Iterable[Life], end: datetime) -> Iterator[Life]:
    """Yield the alerts that count, were raised before `end` and were not over by then, as they were then known.

    One that was issued only after `end` cannot have been over by then: it is given as it was first known.
    """
    for life in found:
        then = life.at(end) or Life(life.versions[:1], life.as_of)
        if life.raised_at < end and life.counts and then.last.status == "open":
            yield then
