"""Local times of day as instants, also on the days the clocks change."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

from rules.surroundings import minutes_of

DAY_MIN = 1_440
# Of year 1900 and of the last day there is a date for, which is how people write for ever.
_FIRST, _LAST = -2_208_988_800.0, 253_402_214_400.0


class Stretch(NamedTuple):
    """Some time: from `start` on, and no longer at `end`; epoch seconds."""

    start: float
    end: float


def instant(wall: datetime, zone: ZoneInfo) -> float:
    """Return the epoch second of a local time.

    A time that is told twice means the first; one that the clocks skip means the instant at which they skip. So a later
    local time never comes before an earlier one.

    Parameters
    ----------
    wall
        Without an offset.
    zone
        Time zone.

    Examples
    --------
    >>> zone = ZoneInfo("Europe/Berlin")
    >>> instant(datetime(2026, 3, 29, 2, 30), zone) == instant(datetime(2026, 3, 29, 3, 0), zone)
    True

    """
    late = int(wall.replace(tzinfo=zone, fold=0).timestamp())
    if datetime.fromtimestamp(late, zone).replace(tzinfo=None, fold=0) == wall.replace(fold=0, microsecond=0):
        return float(late)
    early = int(wall.replace(tzinfo=zone, fold=1).timestamp())
    before = datetime.fromtimestamp(early, zone).utcoffset()
    while late - early > 1:
        middle = (late + early) // 2
        if datetime.fromtimestamp(middle, zone).utcoffset() == before:
            early = middle
        else:
            late = middle
    return float(late)


def day_of(t: float, zone: ZoneInfo) -> date:
    """Return the local date at epoch second `t`."""
    return datetime.fromtimestamp(t, zone).date()


def stretch_of(day: date, hours: str, zone: ZoneInfo) -> Stretch:
    """Return the instants of hours that begin on a local day; until no later than from means the day after.

    Examples
    --------
    >>> night = stretch_of(date(2026, 1, 5), "20:00-08:00", ZoneInfo("Asia/Shanghai"))
    >>> (night.end - night.start) / 3600
    12.0

    """
    since, until = minutes_of(hours)
    midnight = datetime.combine(day, time())
    until += DAY_MIN if until <= since else 0
    return Stretch(
        instant(midnight + timedelta(minutes=since), zone), instant(midnight + timedelta(minutes=until), zone)
    )


def parse_instant(text: str, zone: ZoneInfo) -> float:
    """Return the epoch second of ``2026-02-16``, ``2026-02-16T08:00`` (local) or one with an offset.

    Raises
    ------
    ValueError
        When it is none.

    """
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        raise ValueError(f"{text!r} is no instant such as 2026-02-16T08:00") from None
    if at.year < 1900:  # noqa: PLR2004 - as `_FIRST`
        raise ValueError(f"{text!r} lies before the year 1900")
    return min(instant(at, zone) if at.tzinfo is None else at.timestamp(), _LAST)


def told(t: float, zone: ZoneInfo) -> str:
    """Return an instant as a person of the city reads it."""
    return f"{datetime.fromtimestamp(t, UTC).astimezone(zone):%Y-%m-%d %H:%M}"
