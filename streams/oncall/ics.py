"""Shifts out of a calendar file (.ics, RFC 5545), as calendar programs and on-call tools export them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

import icalendar
from dateutil.rrule import rruleset, rrulestr

from streams.errors import Fault
from streams.oncall.duty import Covered
from streams.oncall.walltime import instant
from streams.settings import reason

_NAMES = re.compile(r"[,，、;；/+&]")
_TOO_OFTEN = {"SECONDLY", "MINUTELY", "HOURLY"}
_MARGIN = timedelta(days=2)


class Unusable(ValueError):
    """One event of a calendar that cannot be a shift."""


class Series(NamedTuple):
    """One event of a calendar with its recurrences.

    Parameters
    ----------
    starts
        When it begins, in its own local time.
    lasts
        How long, as the clock on the wall shows it: a shift until eight ends at eight, also when the clocks change.
    zone
        Its time zone.
    people
        Who is on duty.
    name
        What it is called.

    """

    starts: rruleset
    lasts: timedelta
    zone: ZoneInfo
    people: tuple[str, ...]
    name: str


class Calendar:
    """The shifts of one calendar file.

    Parameters
    ----------
    series
        Its events.

    """

    def __init__(self, series: Iterable[Series]) -> None:
        self._series = tuple(series)

    def covered(self, start: float, end: float) -> Iterator[Covered]:
        """Yield the shifts that touch the time from `start` to `end`, epoch seconds."""
        for one in self._series:
            since = datetime.fromtimestamp(start, UTC).replace(tzinfo=None) - one.lasts - _MARGIN
            until = datetime.fromtimestamp(end, UTC).replace(tzinfo=None) + _MARGIN
            for wall in one.starts.between(since, until, inc=True):
                begins, ends = instant(wall, one.zone), instant(wall + one.lasts, one.zone)
                if begins < end and start < ends:
                    yield Covered(begins, ends, one.people, one.name)


def read_calendar(path: Path, names: Mapping[str, str], zone: ZoneInfo) -> tuple[Calendar, list[Fault]]:
    """Read a calendar file.

    Parameters
    ----------
    path
        The file.
    names
        Id of a person by anything they are called, in small letters.
    zone
        Of times without one.

    Returns
    -------
    :
        The shifts, and every fault with the event it is in.

    """
    try:
        calendar = icalendar.Calendar.from_ical(path.read_bytes())
    except OSError as error:
        return Calendar(()), [Fault(str(path), "", f"cannot be read: {reason(error)}")]
    except (ValueError, IndexError, KeyError) as error:
        return Calendar(()), [Fault(path.name, "", f"is no calendar (RFC 5545): {error}")]
    events = list(calendar.walk("VEVENT"))
    found, faults = [], []
    for event in events:
        try:
            series = _series(event, _moved(event, events, zone), names, zone)
        except Unusable as error:
            faults.append(Fault(path.name, _called(event), str(error)))
        else:
            found.extend([series] if series is not None else [])
    if not events:
        faults.append(Fault(path.name, "", "has no events"))
    return Calendar(found), faults


def _called(event: Any) -> str:  # noqa: ANN401 - a component of icalendar
    return f"VEVENT {event.get('SUMMARY', '')} {event.get('UID', '')}".strip()


def _series(event: Any, moved: list[datetime], names: Mapping[str, str], zone: ZoneInfo) -> Series | None:  # noqa: ANN401
    """Return what an event of a calendar amounts to, ``None`` for one that was cancelled."""
    if str(event.get("STATUS", "")).upper() == "CANCELLED":
        return None
    _check(event)
    first = event["DTSTART"].dt
    zone = _zone_of(first, zone)
    starts = rruleset(cache=True)
    begins = _wall(first, zone)
    starts.rdate(begins)
    for rule in _listed(event.get("RRULE")):
        try:
            starts.rrule(rrulestr(_recurrence(rule, zone), dtstart=begins))
        except (ValueError, OverflowError) as error:
            raise Unusable(f"its RRULE makes no sense: {error}") from error
    for given in _dates(event, "RDATE", zone):
        starts.rdate(given)
    for given in [*_dates(event, "EXDATE", zone), *moved]:
        starts.exdate(given)
    lasts = _lasts(event, first, begins, zone)
    if lasts <= timedelta():
        raise Unusable("does not end after it begins")
    return Series(starts, lasts, zone, _people(event, names), str(event.get("SUMMARY", "")))


def _check(event: Any) -> None:  # noqa: ANN401
    """Refuse what the library would pass over: lines it cannot read, time zones nobody knows."""
    for name, message in event.errors:
        raise Unusable(f"{name} cannot be read: {message}")
    if event.get("DTSTART") is None:
        raise Unusable("has no DTSTART")
    for name in ("DTSTART", "DTEND", "DURATION", "RECURRENCE-ID"):
        given = event.get(name)
        if isinstance(given, list):
            raise Unusable(f"{name} stands twice")
        if given is not None and "TZID" in given.params and getattr(given.dt, "tzinfo", None) is None:
            raise Unusable(f"{name} is in a time zone nobody knows: {given.params['TZID']}")


def _lasts(event: Any, first: date, begins: datetime, zone: ZoneInfo) -> timedelta:  # noqa: ANN401
    if event.get("DTEND") is not None:
        return _wall(event["DTEND"].dt, zone) - begins
    if event.get("DURATION") is not None:
        lasts = event["DURATION"].dt
        if not isinstance(lasts, timedelta):
            raise Unusable(f"DURATION is none: {lasts}")
        return lasts
    return timedelta(days=1) if not isinstance(first, datetime) else timedelta()


def _moved(event: Any, events: Iterable[Any], zone: ZoneInfo) -> list[datetime]:  # noqa: ANN401
    """Return the starts of a series that single events of the same id stand in for."""
    if event.get("RECURRENCE-ID") is not None:
        return []
    found = []
    for other in events:
        which = other.get("RECURRENCE-ID")
        if which is None or other.get("UID") != event.get("UID"):
            continue
        if "RANGE" in which.params:
            raise Unusable("RECURRENCE-ID with RANGE is not understood: end the series, and begin another")
        found.append(_wall(which.dt, _zone_of(event["DTSTART"].dt, zone)))
    return found


def _recurrence(rule: Any, zone: ZoneInfo) -> str:  # noqa: ANN401
    """Return a recurrence rule in local time."""
    rule = icalendar.vRecur(rule)
    often = str(next(iter(rule.get("FREQ", [])), "")).upper()
    if not often:
        raise Unusable("its RRULE has no FREQ")
    if often in _TOO_OFTEN:
        raise Unusable(f"FREQ={often} is no shift: they begin once a day or less often")
    for until in rule.pop("UNTIL", []):
        whole_day = not isinstance(until, datetime)
        wall = datetime.combine(until, time(23, 59, 59)) if whole_day else _wall(until, zone)
        return f"{rule.to_ical().decode()};UNTIL={wall:%Y%m%dT%H%M%S}"
    text: str = rule.to_ical().decode()
    return text


def _listed(value: Any) -> list[Any]:  # noqa: ANN401
    if value is None:
        return []
    return value if isinstance(value, list) else [value]


def _dates(event: Any, name: str, zone: ZoneInfo) -> Iterator[datetime]:  # noqa: ANN401
    for group in _listed(event.get(name)):
        for one in group.dts:
            if isinstance(one.dt, datetime) != isinstance(event["DTSTART"].dt, datetime):
                raise Unusable(f"{name} is of another kind than DTSTART: both need a time, or neither, and no periods")
            yield _wall(one.dt, zone)


def _zone_of(at: date, zone: ZoneInfo) -> ZoneInfo:
    if not isinstance(at, datetime) or at.tzinfo is None:
        return zone
    if isinstance(at.tzinfo, ZoneInfo):
        return at.tzinfo
    if at.utcoffset() == timedelta() and str(at.tzinfo) in {"UTC", "tzutc()"}:
        return ZoneInfo("UTC")
    raise Unusable(f"its time zone {at.tzinfo} is none of the IANA database, such as Asia/Shanghai")


def _wall(at: date, zone: ZoneInfo) -> datetime:
    """Return what the clock in `zone` shows."""
    if not isinstance(at, date):
        raise Unusable(f"expected a day or a time, found {at}")
    if not isinstance(at, datetime):
        return datetime.combine(at, time())
    return at if at.tzinfo is None else at.astimezone(zone).replace(tzinfo=None)


def _people(event: Any, names: Mapping[str, str]) -> tuple[str, ...]:  # noqa: ANN401
    invited = [str(one) for one in _listed(event.get("ATTENDEE"))]
    summary = str(event.get("SUMMARY", "")).replace("：", ":").rpartition(":")[2]
    called = [one.lower().removeprefix("mailto:") for one in invited] or _NAMES.split(summary.lower())
    found = {name.strip(): names.get(name.strip(), "") for name in called if name.strip()}
    unknown = [name for name, person in found.items() if not person]
    if unknown or not found:
        said = ", ".join(repr(name) for name in unknown) or "nobody"
        raise Unusable(f"names {said}: none of the people by id, name, `also` or e-mail address")
    return tuple(dict.fromkeys(found.values()))
