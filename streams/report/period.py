"""The day or week a report is about: from local midnight to local midnight. Pure."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, time, timedelta
from typing import Literal
from zoneinfo import ZoneInfo

import msgspec

_WEEK = re.compile(r"(\d{4})-W(\d{2})")
_HOUR = timedelta(hours=1)


class Period(msgspec.Struct, frozen=True, kw_only=True):
    """A local day, or a week from Monday on (ISO 8601).

    Parameters
    ----------
    kind
        ``day`` or ``week``.
    label
        ``2026-01-05``, ``2026-W02``.
    zone
        IANA name of the city's time zone.
    begins_at, ends_at
        Local midnights, the second exclusive.

    """

    kind: Literal["day", "week"]
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
        """Return the day or week before."""
        first, zone = self.first(), ZoneInfo(self.zone)
        if self.kind == "day":
            return day_of(first - timedelta(days=1), zone)
        return week_of(first - timedelta(days=7), zone)

    def slots(self) -> list[datetime]:
        """Return when the hours of a day, or the days of a week, begin; on some days there are 23 or 25 hours."""
        if self.kind == "week":
            zone = ZoneInfo(self.zone)
            return [_midnight(self.first() + timedelta(days=n), zone) for n in range(7)]
        hours = int((self.ends_at - self.begins_at) / _HOUR)
        return [self.begins_at + n * _HOUR for n in range(hours)]

    def slot_label(self, at: datetime) -> str:
        """Return what to call the hour or day that begins at an instant: ``07``, ``01-05``."""
        local = at.astimezone(ZoneInfo(self.zone))
        return f"{local:%H}" if self.kind == "day" else f"{local:%m-%d}"


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
