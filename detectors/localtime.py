"""Local days and public holidays of a city."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from typing import Literal
from zoneinfo import ZoneInfo

import chinese_calendar

_DAY_S = 86_400
_HOUR_S = 3_600
_EPOCH = date(1970, 1, 1)
_FRIDAY = 5


class LocalDays:
    """Numbers local days: day 0 is 1 January 1970 in the city's own time.

    Parameters
    ----------
    zone
        Time zone of the city.

    Examples
    --------
    >>> days = LocalDays(ZoneInfo("Asia/Shanghai"))
    >>> days.of(1_520_697_599.0), days.of(1_520_697_600.0)
    (17600, 17601)
    >>> days.start(17601)
    1520697600.0

    """

    def __init__(self, zone: ZoneInfo) -> None:
        self.zone = zone
        self._offset = lru_cache(maxsize=4096)(self._offset_at)
        self._midnight = lru_cache(maxsize=4096)(self._midnight_of)

    def of(self, t: float) -> int:
        """Return the number of the local day in which the epoch second `t` lies."""
        return int((t + self._offset(int(t // _HOUR_S))) // _DAY_S)

    def offset(self, t: float) -> float:
        """Return how far local time is ahead of UTC at epoch second `t`, seconds."""
        return self._offset(int(t // _HOUR_S))

    def start(self, day: int) -> float:
        """Return the epoch second at which local day `day` begins."""
        return self._midnight(day)

    def _midnight_of(self, day: int) -> float:
        midnight = datetime.combine(_EPOCH + timedelta(days=day), datetime.min.time(), self.zone)
        return midnight.timestamp()

    def _offset_at(self, hour: int) -> float:
        offset = datetime.fromtimestamp(hour * _HOUR_S, UTC).astimezone(self.zone).utcoffset()
        return offset.total_seconds() if offset is not None else 0.0


def holidays(calendar: Literal["cn", "none"], days: LocalDays) -> Callable[[float], bool]:
    """Return a function that tells whether an epoch second lies on a public holiday.

    Weekends are not public holidays, nor are make-up workdays (调休). Years the calendar has no decree for have no
    holidays.

    Parameters
    ----------
    calendar
        ``cn`` for China's, ``none`` for a city without one.
    days
        Local days of the city.

    """

    @lru_cache(maxsize=1024)
    def is_holiday(day: int) -> bool:
        on = _EPOCH + timedelta(days=day)
        if calendar == "none" or not _FIRST_YEAR <= on.year <= _LAST_YEAR:
            return False
        holiday, name = chinese_calendar.get_holiday_detail(on)
        return bool(holiday and name)

    return lambda t: is_holiday(days.of(t))


_FIRST_YEAR = min(day.year for day in chinese_calendar.holidays)
_LAST_YEAR = max(day.year for day in chinese_calendar.holidays)


class DayKinds:
    """Time of day, public holidays and workdays of a city.

    Parameters
    ----------
    calendar
        ``cn`` for China's decrees; ``none``: no holidays, Monday to Friday are workdays.
    days
        Local days of the city.

    """

    def __init__(self, calendar: Literal["cn", "none"], days: LocalDays) -> None:
        self.days = days
        self.holiday = holidays(calendar, days)
        self._calendar = calendar
        self._is_workday = lru_cache(maxsize=1024)(self._workday_of)

    def workday(self, t: float) -> bool:
        """Tell whether people work on the day of epoch second `t`; on make-up workdays (调休) they do."""
        return self._is_workday(self.days.of(t))

    def minute(self, t: float) -> int:
        """Return the local minutes after midnight at epoch second `t`."""
        return int(t + self.days.offset(t)) % _DAY_S // 60

    def _workday_of(self, day: int) -> bool:
        on = _EPOCH + timedelta(days=day)
        if self._calendar == "none" or not _FIRST_YEAR <= on.year <= _LAST_YEAR:
            return on.isoweekday() <= _FRIDAY
        return bool(chinese_calendar.is_workday(on))
