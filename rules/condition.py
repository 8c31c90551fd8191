"""The rule language, second part: what can be asked of a group's events. Types only; `rules.gauges` works them out."""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec

from rules.selector import Duration, Number, Part, Selector

Countable = Literal["reporters", "events", "spots", "grids", "communities", "streets", "kinds", "sources"]


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
    number: dict[Number, float] = msgspec.field(default_factory=dict)
    lasting: Duration | None = None
    spots: Annotated[int, msgspec.Meta(ge=2)] | None = None
    holiday: bool = False
    context: Context | None = None
