"""Windows of local time: UTC hours and local calendar days, numbered without gaps."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from functools import lru_cache
from typing import Protocol
from zoneinfo import ZoneInfo

from detectors.localtime import LocalDays

HOUR_S = 3600.0
_EPOCH_WEEKDAY = 3  # 1 January 1970 was a Thursday


class Windows(Protocol):
    """A numbering of consecutive windows that covers all time.

    Attributes
    ----------
    name
        ``hour`` or ``day``.
    per_day
        Windows in a day.
    index
        Number of the window that holds an instant (epoch seconds).
    start
        Instant, in epoch seconds, at which a window begins; it ends where the next begins.

    """

    name: str
    per_day: int
    index: Callable[[float], int]
    start: Callable[[int], float]

    def position(self, window: int) -> float:
        """Return where in the local week the window begins, in windows since Monday's midnight."""


class HourWindows:
    """UTC hours; their place in the week is read off the local clock at their start.

    >>> hours = HourWindows(ZoneInfo("Asia/Shanghai"))
    >>> hours.index(3600.0), hours.start(1)
    (1, 3600.0)
    >>> hours.position(0)  # Thursday 1970-01-01 08:00 in Shanghai
    80.0
    """

    name = "hour"
    per_day = 24

    def __init__(self, zone: ZoneInfo) -> None:
        self._zone = zone
        self._position = lru_cache(maxsize=256)(self._position_of)
        self.index: Callable[[float], int] = _hour_index
        self.start: Callable[[int], float] = _hour_start

    def position(self, window: int) -> float:
        """Return local hours since Monday's midnight, in [0, 168)."""
        return self._position(window)

    def _position_of(self, window: int) -> float:
        local = datetime.fromtimestamp(window * HOUR_S, self._zone)
        return local.weekday() * 24.0 + local.hour + local.minute / 60.0


class DayWindows:
    """Local calendar days of 23, 24 or 25 hours.

    >>> days = DayWindows(ZoneInfo("Europe/Berlin"))
    >>> day = days.index(1_711_843_200.0)  # Sunday 31 March 2024, when the clocks went forward
    >>> (days.start(day + 1) - days.start(day)) / HOUR_S
    23.0
    >>> days.position(day)
    6.0
    """

    name = "day"
    per_day = 1

    def __init__(self, zone: ZoneInfo) -> None:
        days = LocalDays(zone)
        self.index: Callable[[float], int] = days.of
        self.start: Callable[[int], float] = days.start

    def position(self, window: int) -> float:
        """Return the weekday, Monday 0."""
        return float((window + _EPOCH_WEEKDAY) % 7)


def _hour_index(t: float) -> int:
    return int(t // HOUR_S)


def _hour_start(window: int) -> float:
    return window * HOUR_S


def windows(name: str, zone: ZoneInfo) -> Windows:
    """Return the numbering called `name` (``hour`` or ``day``) in `zone`."""
    return HourWindows(zone) if name == "hour" else DayWindows(zone)


def instant(t: float) -> datetime:
    """Return epoch seconds as an aware UTC datetime."""
    return datetime.fromtimestamp(t, UTC)
