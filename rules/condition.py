"""The rule language, first half: what an operator can ask of events. Types only; `rules.gauges` works them out."""

from __future__ import annotations

import re
from functools import cache
from typing import Annotated, Literal

import msgspec

from detectors.event import Source

Duration = Annotated[str, msgspec.Meta(pattern=r"^[0-9]+(\.[0-9]+)?(s|min|h|d)$")]
Hours = Annotated[str, msgspec.Meta(pattern=r"^([01][0-9]|2[0-3]):[0-5][0-9]-([01][0-9]|2[0-4]):[0-5][0-9]$")]
Number = Literal["people", "injured", "depth_cm"]
Countable = Literal["reporters", "events", "spots", "grids", "communities", "streets", "kinds", "sources"]
DayKind = Literal["holiday", "weekend", "workday", "day_off"]
_SECONDS = {"s": 1.0, "min": 60.0, "h": 3600.0, "d": 86400.0}


@cache
def seconds(duration: str) -> float:
    """Return the length of `duration` in seconds; ``30min`` is 1800.

    Raises
    ------
    ValueError
        When it is not a number followed by s, min, h or d.

    """
    match = re.fullmatch(r"([0-9]+(?:\.[0-9]+)?)(s|min|h|d)", duration)
    if match is None:
        raise ValueError(f"{duration!r} is not a duration: write a number and s, min, h or d")
    return float(match[1]) * _SECONDS[match[2]]


class Part(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """Base of everything an operator writes: unknown names are faults."""


class TextMatch(Part, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """What the masked text of an event says.

    Parameters
    ----------
    any, all, none
        Words of which at least one, every one, not one stands in the text.
    regex
        A regular expression (RE2 syntax) found in the text. RE2 runs in time linear in the text whatever the
        expression, so that none can hold up the stream; look-around and back-references do not exist in it.

    """

    any: tuple[str, ...] = ()
    all: tuple[str, ...] = ()
    none: tuple[str, ...] = ()
    regex: str = ""


class Selector(Part, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """Which events are meant: all parts given must hold.

    Parameters
    ----------
    sources, kinds
        One of these source types, one of these kinds; none given means any source, and the kinds of the rule.
    status
        ``open`` reports, or ``closed`` ones: the source says the matter is settled.
    scenes, tags
        One of these marks on the place; one of these found in the text.
    text
        What the text says.
    number
        A number of the event reaches the value: ``{depth_cm: 25}``.
    hours
        Local time of day, such as ``22:00-06:00``.
    days
        ``holiday`` (by decree), ``weekend`` (a Saturday or Sunday nobody works), ``day_off`` (either), ``workday``
        (everything else, with the make-up workdays 调休).
    expr
        An expression in CEL over ``event``: ``event.people >= 3 && event.kind.startsWith("water")``.

    """

    sources: tuple[Source, ...] = ()
    kinds: tuple[str, ...] = ()
    status: Literal["open", "closed"] = "open"
    scenes: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    text: TextMatch | None = None
    number: dict[Number, float] = {}
    hours: Hours | None = None
    days: DayKind | None = None
    expr: str = ""


class Count(Part, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """At least so many within a sliding window of event time.

    Parameters
    ----------
    at_least
        The number that fires.
    within
        Length of the window; a single event needs none.
    of
        What is counted: distinct reporters (who reported is known only as a keyed hash; an event without one
        counts as its own), events, or distinct spots, grids, communities, streets, kinds or source types.
    at
        Count separately at each spot of the group; the fullest one decides. An event without a spot is not counted.

    """

    at_least: Annotated[int, msgspec.Meta(ge=1, le=100_000)]
    within: Duration = "0s"
    of: Countable = "reporters"
    at: Literal["group", "spot"] = "group"


class Share(Part, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """A part of the group's events, among all that the rule counts, within a window.

    Parameters
    ----------
    match
        The part.
    at_least
        Its share, in (0, 1].
    least
        Fewer events in the window than this say nothing.

    """

    match: Selector
    at_least: Annotated[float, msgspec.Meta(gt=0, le=1)]
    least: Annotated[int, msgspec.Meta(ge=2)]
    within: Duration


class Ratio(Part, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """How many events of one sort there are for each of another, within a window.

    Parameters
    ----------
    match, to
        Numerator and denominator.
    at_least
        The ratio.
    least
        Smallest denominator that says anything.

    """

    match: Selector
    to: Selector
    at_least: Annotated[float, msgspec.Meta(gt=0)]
    least: Annotated[int, msgspec.Meta(ge=1)]
    within: Duration


class Change(Part, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """The count of a window against the mean of the windows before it, in the same group.

    Parameters
    ----------
    within, against
        The window, and the time before it that says what is usual; ``against`` is a multiple of ``within``.
    times
        A spike: at least so many times the usual count.
    down_to
        A drop: at most this part of the usual count, in [0, 1). It is looked at when an event leaves the window.
    least
        Smallest count (spike), or usual count (drop), that says anything.

    """

    within: Duration
    against: Duration
    times: Annotated[float, msgspec.Meta(gt=1)] | None = None
    down_to: Annotated[float, msgspec.Meta(ge=0, lt=1)] | None = None
    least: Annotated[int, msgspec.Meta(ge=1)]


class Fresh(Part, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """A value that was not there before: the first event in so long, or the first with its spot or kind.

    Parameters
    ----------
    of
        What is new: any event of the group, or an event with this reporter's, spot's, kind's… value.
    within
        How far back the value was not seen.

    """

    of: Countable = "events"
    within: Duration


class Step(Part, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """One step of a sequence: such an event, and how soon after it the next step follows.

    Parameters
    ----------
    match
        The event meant.
    within
        The next step, at last the event itself, comes this soon after.
    at_least
        So many of them before the next step; the window is then counted back from the next step.

    """

    match: Selector
    within: Duration
    at_least: Annotated[int, msgspec.Meta(ge=1)] = 1


class Unless(Part, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """Absence: nothing of the kind follows in time. It is known once the watermark has passed the end of the wait.

    Parameters
    ----------
    match
        What should have come.
    within
        How long to wait for it.

    """

    match: Selector
    within: Duration


class Fired(Part, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """A chain: another rule's condition was met in the same group.

    Parameters
    ----------
    rule
        Id of the other rule; it groups by the same level and fires by counts.
    within
        How long ago at most.

    """

    rule: str
    within: Duration


class Context(Part, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """What is declared of the area at that time, from the ``context`` topic.

    Parameters
    ----------
    weather
        One of these warnings is in force: ``rainstorm_red``, or ``rainstorm`` for any of its colours.
    mode
        The area is in normal (平) or emergency (急) mode.
    event
        One of these declared events (a fair, an exam, a match) is on; ``any`` for whichever.

    """

    weather: tuple[str, ...] = ()
    mode: Literal["normal", "emergency"] | None = None
    event: tuple[str, ...] = ()


class Condition(Part, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """All parts given must hold at one event.

    Parameters
    ----------
    count, share, ratio, change, fresh
        Figures of a window.
    after
        An ordered sequence that the event completes, the first step first. A single step with ``status: closed`` is a
        recurrence after closing.
    then_not
        What does not follow.
    fired
        Another rule's condition was met here before.
    sources, within
        At least so many distinct source types within this long, the rule's own and others.
    match
        The event itself is such a one.
    tags, scenes
        At least one of these marks on the text, or on the place, of an event in the episode.
    number
        A number of an event in the episode reaches the value: ``{depth_cm: 25}``.
    lasting
        The episode has gone on for so long.
    spots
        Spots of the group at which the rule's own count is met at once.
    holiday
        The day is a public holiday of the city's calendar; make-up workdays are not.
    context
        Weather warnings, mode, declared events.

    """

    count: Count | None = None
    share: Share | None = None
    ratio: Ratio | None = None
    change: Change | None = None
    fresh: Fresh | None = None
    after: tuple[Step, ...] = ()
    then_not: Unless | None = None
    fired: Fired | None = None
    sources: Annotated[int, msgspec.Meta(ge=2, le=4)] | None = None
    within: Duration = "24h"
    match: Selector | None = None
    tags: tuple[str, ...] = ()
    scenes: tuple[str, ...] = ()
    number: dict[Number, float] = {}
    lasting: Duration | None = None
    spots: Annotated[int, msgspec.Meta(ge=2)] | None = None
    holiday: bool = False
    context: Context | None = None
