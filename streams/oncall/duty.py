"""Who of one roster is on duty at an instant, and where it has gaps and overlaps."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from datetime import date, datetime, time, timedelta
from itertools import pairwise
from typing import NamedTuple, Protocol
from zoneinfo import ZoneInfo

from detectors.localtime import DayKinds, LocalDays
from streams.oncall.quietfile import ShiftDay
from streams.oncall.schema import RosterFile, Shift
from streams.oncall.walltime import Stretch, day_of, instant, parse_instant, stretch_of

_WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_WEEK_S = 7 * 86_400.0
_CACHED_WEEKS = 64


class Covered(NamedTuple):
    """Some time with people on duty; epoch seconds."""

    start: float
    end: float
    people: tuple[str, ...]
    why: str


class Shifts(Protocol):
    """Anything that knows who is on duty."""

    def covered(self, start: float, end: float) -> Iterable[Covered]:
        """Yield the shifts that touch the time from `start` to `end`, epoch seconds."""


class Days:
    """Kinds of day of a city.

    Parameters
    ----------
    zone
        Time zone.
    kinds
        Public holidays and workdays.

    """

    def __init__(self, zone: ZoneInfo, kinds: DayKinds) -> None:
        self.zone = zone
        self._kinds = kinds

    @classmethod
    def of(cls, zone: ZoneInfo, calendar: str) -> Days:
        """Return the days of a city with this calendar, ``cn`` or ``none``."""
        return cls(zone, DayKinds("cn" if calendar == "cn" else "none", LocalDays(zone)))

    def is_one(self, day: date, wanted: Iterable[ShiftDay]) -> bool:
        """Tell whether a local day is of one of these kinds; of any when none is given."""
        wanted = tuple(wanted)
        return not wanted or any(self._is(day, one) for one in wanted)

    def _is(self, day: date, wanted: ShiftDay) -> bool:
        if wanted in _WEEKDAYS:
            return day.weekday() == _WEEKDAYS.index(wanted)
        noon = instant(datetime.combine(day, time(12)), self.zone)
        holiday, workday = self._kinds.holiday(noon), self._kinds.workday(noon)
        return {
            "holiday": holiday,
            "weekend": not workday and not holiday,
            "workday": workday,
            "day_off": not workday,
        }[wanted]


class Rotation:
    """One shift that comes again and again.

    Parameters
    ----------
    shift
        As it stands in the file, without faults.
    days
        Kinds of day.

    """

    def __init__(self, shift: Shift, days: Days) -> None:
        self._shift = shift
        self._days = days
        self._first = date.fromisoformat(shift.since) if shift.since else date(1970, 1, 1)

    def covered(self, start: float, end: float) -> Iterator[Covered]:
        """Yield the shifts that touch the time from `start` to `end`, epoch seconds."""
        day, last = day_of(start, self._days.zone) - timedelta(days=1), day_of(end, self._days.zone)
        while day <= last:
            found = self.on(day)
            if found is not None and found.start < end and start < found.end:
                yield found
            day += timedelta(days=1)

    def on(self, day: date) -> Covered | None:
        """Return the shift that begins on a local day, if there is one; a shift the clocks skip is none."""
        if not self._days.is_one(day, self._shift.days):
            return None
        stretch = stretch_of(day, self._shift.hours, self._days.zone)
        turn = (day - self._first).days // self._shift.turn_days % len(self._shift.turns)
        name = self._shift.name or self._shift.hours
        return Covered(*stretch, self._shift.turns[turn], name) if stretch.end > stretch.start else None


class Roster:
    """Who does one thing in one part of the city, when.

    Parameters
    ----------
    name
        What the file calls it.
    file
        As it stands there, without faults.
    shifts
        Rotations and calendar, the one that counts where they overlap first.
    zone
        Time zone of its overrides.

    """

    def __init__(self, name: str, file: RosterFile, shifts: Iterable[Shifts], zone: ZoneInfo) -> None:
        self.name = name
        self.role = file.role
        self.areas = file.areas
        self.first_only = file.overlap == "first"
        self._shifts = tuple(shifts)
        self._overrides = [
            Covered(parse_instant(one.since, zone), parse_instant(one.until, zone), one.who, one.why)
            for one in file.overrides
        ]
        self._weeks: dict[int, list[Covered]] = {}

    def on_duty(self, t: float) -> list[Covered]:
        """Return the shifts whose people are on duty at epoch second `t`; none when there is nobody."""
        instead = [one for one in self._overrides if one.start <= t < one.end]
        return instead[:1] or (self.planned(t)[:1] if self.first_only else self.planned(t))

    def planned(self, t: float) -> list[Covered]:
        """Return the shifts at epoch second `t`, without overrides."""
        week = int(t // _WEEK_S)
        if week not in self._weeks:
            if len(self._weeks) >= _CACHED_WEEKS:
                self._weeks.clear()
            start = week * _WEEK_S
            self._weeks[week] = [one for shifts in self._shifts for one in shifts.covered(start, start + _WEEK_S)]
        return [one for one in self._weeks[week] if one.start <= t < one.end]

    def overridden(self, t: float) -> bool:
        """Tell whether an override holds at epoch second `t`."""
        return any(one.start <= t < one.end for one in self._overrides)

    def edges(self, start: float, end: float) -> list[float]:
        """Return the instants from `start` to before `end` between which nothing changes, `start` first."""
        spans = [one for shifts in self._shifts for one in shifts.covered(start, end)]
        found = {t for one in [*spans, *self._overrides] for t in (one.start, one.end) if start < t < end}
        return [start, *sorted(found)]

    def gaps(self, start: float, end: float) -> list[Stretch]:
        """Return when nobody is on duty, from `start` to `end`, epoch seconds."""
        return self._where(start, end, lambda t: not self.on_duty(t))

    def overlaps(self, start: float, end: float) -> list[Stretch]:
        """Return when several shifts hold and no override decides."""
        return self._where(start, end, lambda t: len(self.planned(t)) > 1 and not self.overridden(t))

    def _where(self, start: float, end: float, holds: Callable[[float], bool]) -> list[Stretch]:
        found: list[Stretch] = []
        for since, until in pairwise([*self.edges(start, end), end]):
            if not holds(since):
                continue
            if found and found[-1].end == since:
                found[-1] = Stretch(found[-1].start, until)
            else:
                found.append(Stretch(since, until))
        return found
