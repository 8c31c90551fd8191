"""The day, week or shift a report is about, by the city's clock. Pure."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta
from typing import Literal
from zoneinfo import ZoneInfo

import msgspec

_WEEK = re.compile(r"(\d{4})-W(\d{2})")
_HOUR = timedelta(hours=1)
_HOURS = 24


class Period(msgspec.Struct, frozen=True, kw_only=True):
    """A local day, a week from Monday on (ISO 8601), or a shift of some hours.

    Parameters
    ----------
    kind
        ``day``, ``week`` or ``shift``.
    label
        ``2026-01-05``, ``2026-W02``, ``2026-01-05 08:00–16:00``.
    zone
        IANA name of the city's time zone.
    begins_at, ends_at
        Local midnights, or full hours; the second exclusive.

    """

    kind: Literal["day", "week", "shift"]
    label: str
    zone: str
    begins_at: datetime
    ends_at: datetime

    def holds(self, at: datetime) -> bool:
        """Tell whether an instant lies in it."""
        return self.begins_at <= at < self.ends_at

    def first(self) -> date:
        """Return its first local day."""
        return self.begins_at.astimezone(ZoneInfo(self.zone)).date()

    def before(self) -> Period:
        """Return the day or week before, or the shift of the same length before."""
        first, zone = self.first(), ZoneInfo(self.zone)
        if self.kind == "shift":
            return _shift(self.begins_at - (self.ends_at - self.begins_at), self.begins_at, zone)
        if self.kind == "day":
            return day_of(first - timedelta(days=1), zone)
        return week_of(first - timedelta(days=7), zone)

    def slots(self) -> list[datetime]:
        """Return when the hours of a day or shift, or the days of a week, begin; some days have 23 or 25 hours."""
        if self.kind == "week":
            zone = ZoneInfo(self.zone)
            return [_midnight(self.first() + timedelta(days=n), zone) for n in range(7)]
        hours = int((self.ends_at - self.begins_at) / _HOUR)
        return [self.begins_at + n * _HOUR for n in range(hours)]

    def slot_label(self, at: datetime) -> str:
        """Return what to call the hour or day that begins at an instant: ``07``, ``01-05``."""
        local = at.astimezone(ZoneInfo(self.zone))
        return f"{local:%m-%d}" if self.kind == "week" else f"{local:%H}"


def day_of(on: date, zone: ZoneInfo) -> Period:
    """Return a local day."""
    return Period(
        kind="day",
        label=on.isoformat(),
        zone=zone.key,
        begins_at=_midnight(on, zone),
        ends_at=_midnight(on + timedelta(days=1), zone),
    )


def week_of(on: date, zone: ZoneInfo) -> Period:
    """Return the week a local day lies in."""
    year, week, weekday = on.isocalendar()
    monday = on - timedelta(days=weekday - 1)
    return Period(
        kind="week",
        label=f"{year}-W{week:02}",
        zone=zone.key,
        begins_at=_midnight(monday, zone),
        ends_at=_midnight(monday + timedelta(days=7), zone),
    )


def shift_of(on: date, begins: int, ends: int, zone: ZoneInfo) -> Period:
    """Return a shift from one full hour of a local day to another, of the next day where it is not later.

    Examples
    --------
    >>> shift_of(date(2026, 1, 5), 16, 24, ZoneInfo("Asia/Shanghai")).label
    '2026-01-05 16:00–24:00'
    >>> shift_of(date(2026, 1, 5), 20, 8, ZoneInfo("Asia/Shanghai")).label
    '2026-01-05 20:00–08:00'

    Raises
    ------
    ValueError
        When one is no hour of a day.

    """
    if not (0 <= begins < _HOURS and 0 <= ends <= _HOURS):
        raise ValueError(f"{begins}-{ends}")
    last = on + timedelta(days=ends <= begins)
    return _shift(_hour(on, begins, zone), _hour(last, ends, zone), zone)


def shift_at(at: datetime, hours: Sequence[int], zone: ZoneInfo) -> Period:
    """Return the shift an instant lies in, of those that begin at some hours of every day.

    Parameters
    ----------
    at
        Aware.
    hours
        When they begin, ascending.
    zone
        The city's.

    """
    local = at.astimezone(zone)
    begun = [hour for hour in hours if hour <= local.hour]
    on = local.date() if begun else local.date() - timedelta(days=1)
    begins = begun[-1] if begun else hours[-1]
    following = [hour for hour in hours if hour > begins]
    return shift_of(on, begins, following[0] if following else hours[0] or _HOURS, zone)


def _shift(begins_at: datetime, ends_at: datetime, zone: ZoneInfo) -> Period:
    begins, ends = begins_at.astimezone(zone), ends_at.astimezone(zone)
    midnight = ends.hour == 0 and ends.date() == begins.date() + timedelta(days=1)
    label = f"{begins:%Y-%m-%d %H:%M}–{'24:00' if midnight else f'{ends:%H:%M}'}"
    return Period(kind="shift", label=label, zone=zone.key, begins_at=begins_at, ends_at=ends_at)


def _hour(on: date, hour: int, zone: ZoneInfo) -> datetime:
    day = on + timedelta(days=hour == _HOURS)
    return datetime.combine(day, time(hour % _HOURS), zone).astimezone(UTC)


def read_day(value: str, zone: ZoneInfo) -> Period:
    """Read ``2026-01-05``.

    Raises
    ------
    ValueError
        When it is no day.

    """
    return day_of(date.fromisoformat(value), zone)


def read_week(value: str, zone: ZoneInfo) -> Period:
    """Read ``2026-W02``.

    Raises
    ------
    ValueError
        When it is no week.

    """
    found = _WEEK.fullmatch(value)
    if found is None:
        raise ValueError(value)
    return week_of(date.fromisocalendar(int(found[1]), int(found[2]), 1), zone)


def _midnight(on: date, zone: ZoneInfo) -> datetime:
    return datetime.combine(on, time(0), zone).astimezone(UTC)
