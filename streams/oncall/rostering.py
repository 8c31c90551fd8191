"""Rosters out of the file: checked, with every gap and every overlap nobody has a rule for."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from rules.reading import At
from streams.oncall.checking import City, area_faults, day_fault, instant_fault, people_faults
from streams.oncall.duty import Days, Roster, Rotation, Shifts
from streams.oncall.ics import read_calendar
from streams.oncall.reading import Sheet
from streams.oncall.schema import RosterFile, Shift
from streams.oncall.walltime import Stretch, parse_instant, told

_LISTED = 5


def make_rosters(sheet: Sheet, city: City, names: Mapping[str, str], at: float, horizon_s: float) -> dict[str, Roster]:
    """Return the rosters that are sound, and add the faults of all.

    Parameters
    ----------
    sheet
        The file.
    city
        What it may name.
    names
        Id of a person by anything they are called.
    at, horizon_s
        From when on, epoch seconds, and how far rosters are searched for gaps and overlaps.

    """
    days = Days.of(city.areas.zone, city.areas.calendar)
    rosters = {}
    for name, file in sheet.content.rosters.items():
        where: At = ("rosters", name)
        faults = [one for one in _faults(file, sheet, city, where) if sheet.sound(one[0])]
        for place, message in faults:
            sheet.fault(place, message)
        shifts: list[Shifts] = []
        before = len(sheet.faults)
        if file.calendar and not faults:
            calendar, wrong = read_calendar(sheet.path.parent / file.calendar, names, city.areas.zone)
            sheet.faults.extend(wrong)
            shifts.append(calendar)
        if faults or len(sheet.faults) > before or not sheet.sound(where):
            continue
        shifts += [Rotation(shift, days) for shift in file.shifts]
        rosters[name] = roster = Roster(name, file, shifts, city.areas.zone)
        _search(roster, file, sheet, where, (at, at + horizon_s), days)
    return rosters


def _faults(file: RosterFile, sheet: Sheet, city: City, at: At) -> Iterator[tuple[At, str]]:
    yield from area_faults(file.areas, city.areas, (*at, "areas"))
    if not file.shifts and not file.calendar:
        yield at, "has neither shifts nor a calendar"
    for n, shift in enumerate(file.shifts):
        yield from _shift_faults(shift, sheet, (*at, "shifts", n))
    spans: list[Stretch] = []
    for n, one in enumerate(file.overrides):
        here: At = (*at, "overrides", n)
        yield from people_faults(one.who, sheet, (*here, "who"))
        wrong = [
            fault
            for name in ("since", "until")
            for fault in instant_fault(getattr(one, name), city.areas, (*here, name))
        ]
        yield from wrong
        if wrong:
            continue
        span = Stretch(parse_instant(one.since, city.areas.zone), parse_instant(one.until, city.areas.zone))
        if not one.who:
            yield (*here, "who"), "is empty"
        if span.end <= span.start:
            yield (*here, "until"), "is not after since"
        if any(other.start < span.end and span.start < other.end for other in spans):
            yield here, "overlaps an override before it"
        spans.append(span)


def _shift_faults(shift: Shift, sheet: Sheet, at: At) -> Iterator[tuple[At, str]]:
    if not shift.turns:
        yield (*at, "turns"), "is empty: say who is on duty, each turn a list of people"
    for n, turn in enumerate(shift.turns):
        if not turn:
            yield (*at, "turns", n), "is empty: nobody would be on duty"
        yield from people_faults(turn, sheet, (*at, "turns", n))
    if shift.turn_days < 1:
        yield (*at, "turn_days"), f"{shift.turn_days} is out of range: at least 1"
    if len(shift.turns) > 1 and not shift.since:
        yield (*at, "since"), "is missing: on which day does the first turn begin?"
    yield from day_fault(shift.since, (*at, "since"))


def _search(roster: Roster, file: RosterFile, sheet: Sheet, at: At, span: tuple[float, float], days: Days) -> None:
    """Add the gaps and overlaps of a roster that it has no rule for."""
    wrong = []
    if file.gap == "refuse":
        wrong.append(("nobody is on duty", roster.gaps(*span), "fill it, or say `gap: up`"))
    if file.overlap == "refuse":
        wrong.append(("shifts overlap", roster.overlaps(*span), "end one, or say `overlap: all` or `first`"))
    for what, found, cure in wrong:
        for one in found[:_LISTED]:
            said = f"{told(one.start, days.zone)} to {told(one.end, days.zone)}"
            sheet.fault(at, f"{what} from {said}: {cure}")
        if len(found) > _LISTED:
            sheet.fault(at, f"{len(found) - _LISTED} more times until {told(span[1], days.zone)}, as far as was looked")
