"""What stands in the file of people, rosters and routes: types only; `streams.oncall.loading` reads and checks it."""

from __future__ import annotations

from typing import Literal

from rules.alert import Grade
from rules.selector import DayKind, Duration, Hours, Part
from rules.silence import Matcher
from streams.oncall.quietfile import Inhibition, Maintenance, ShiftDay, SilenceFile, Timing

HandlingLevel = Literal["community", "street", "district", "city"]


class Reach(Part, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """One way to reach somebody.

    Parameters
    ----------
    channel
        Name of a configured channel.
    address
        What the channel needs beyond its configuration: an e-mail address, a number, whom to mention.
    at_least
        Only for alerts of this grade or a higher one: a short message for red and orange.

    """

    channel: str
    address: str = ""
    at_least: Grade = Grade.BLUE


class Person(Part, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """Somebody, a group or a system that can be told.

    Parameters
    ----------
    name
        What people read.
    reach
        How to reach them, the best way first: digests of a storm take the first one only.
    desk
        May see what is restricted to the duty desk.
    system
        A program: gets every version at once, nothing is batched or limited.
    also
        Other names they go by in calendars.
    language
        Of the messages.

    """

    name: str
    reach: tuple[Reach, ...]
    desk: bool = False
    system: bool = False
    also: tuple[str, ...] = ()
    language: Literal["zh", "en"] = "zh"


class Shift(Part, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """A shift that comes again and again.

    Parameters
    ----------
    hours
        Local time, from–until; until no later than from is the day after: ``08:00-08:00`` is handed over at eight.
    days
        On which days it begins: days of the week, or kinds of day; every day, when not given.
    turns
        Who is on duty in turn, each a list of people.
    turn_days
        After how many days the next turn begins.
    since
        Day on which the first turn begins; needed when there are several.
    name
        What people read.

    """

    turns: tuple[tuple[str, ...], ...]
    hours: Hours = "00:00-24:00"
    days: tuple[ShiftDay, ...] = ()
    turn_days: int = 1
    since: str = ""
    name: str = ""


class Override(Part, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """Who is on duty in place of the shifts for some time, as on holidays."""

    since: str
    until: str
    who: tuple[str, ...]
    why: str


class RosterFile(Part, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """Who is on duty when.

    Parameters
    ----------
    role
        What those on duty do: ``duty``, ``emergency`` …; routes ask for it.
    areas
        Where; these areas and below, the whole city when not given.
    shifts
        In which order they count where `overlap` is ``first``.
    calendar
        An .ics file in place of shifts, or beside them; relative to the file it is named in.
    overrides
        They go before shifts and calendar.
    overlap
        What holds when shifts overlap: ``refuse`` the file, ``all`` of them, or the ``first``.
    gap
        What holds when nobody is on duty: ``refuse`` the file, or ask ``up``, the same role in the area above.

    """

    role: str
    areas: tuple[str, ...] = ()
    shifts: tuple[Shift, ...] = ()
    calendar: str = ""
    overrides: tuple[Override, ...] = ()
    overlap: Literal["refuse", "all", "first"] = "refuse"
    gap: Literal["refuse", "up"] = "refuse"


class Deputy(Part, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """Who stands in for somebody for some time (代理)."""

    absent: str
    by: str
    since: str
    until: str
    why: str = ""


class Office(Part, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """Who answers for the offices and posts that rules and the area tree name.

    Parameters
    ----------
    names
        As rules and areas write them; ``网格岗*`` means all that begin so.
    to
        People, ``roster:NAME`` or ``role:ROLE``.
    areas
        Only for alerts in these areas and below.

    """

    names: tuple[str, ...]
    to: tuple[str, ...]
    areas: tuple[str, ...] = ()


class When(Matcher, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """Which alerts a route takes, and when: all parts given must hold.

    Parameters
    ----------
    hours, days
        Local time of day and kind of day at which the message would go out.
    handling
        Level of the area whose people have to sign now.
    missed_at_least
        So many clocks ran out with nobody signing.
    restricted
        Restricted alerts only, or only others; either, when not given.

    """

    hours: Hours | None = None
    days: DayKind | None = None
    handling: tuple[HandlingLevel, ...] = ()
    missed_at_least: int = 0
    restricted: bool | None = None


class Route(Part, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """Which alerts go to whom; routes are asked in the order of the file.

    Parameters
    ----------
    name
        What `fenghuo oncall test` and deliveries call it.
    to
        ``lead`` (the office the rule names), ``grid``, ``police-grid`` and ``unit`` (of the smallest area that has
        one), ``role:ROLE`` (those on duty for the area that has to sign, or the next one up), ``roster:NAME``, people.
    when
        Which alerts; any, when not given.
    then
        ``stop`` at this route, or ``continue`` with the next one.

    """

    name: str
    to: tuple[str, ...]
    when: When = When()
    then: Literal["stop", "continue"] = "stop"


class OnCallFile(Part, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """The whole file.

    Parameters
    ----------
    people
        By id.
    fallback
        Who gets what no route has a recipient for: people who may see what is restricted, on a channel without a
        least grade.
    confirm
        Who is asked to confirm an alert that may not leave the room before: as in a route's `to`.
    horizon
        How far ahead rosters are searched for gaps and overlaps.
    longest_silence
        How long a silence may last.

    """

    people: dict[str, Person]
    fallback: tuple[str, ...]
    confirm: tuple[str, ...] = ()
    rosters: dict[str, RosterFile] = {}  # noqa: RUF012 - msgspec makes a new one each time
    deputies: tuple[Deputy, ...] = ()
    offices: tuple[Office, ...] = ()
    routes: tuple[Route, ...] = ()
    silences: tuple[SilenceFile, ...] = ()
    maintenance: tuple[Maintenance, ...] = ()
    inhibit: tuple[Inhibition, ...] = ()
    timing: Timing = Timing()
    horizon: Duration = "31d"
    longest_silence: Duration = "7d"
