"""The rule language: what an operator writes in ``rules/book/*.yaml``, as types."""

from __future__ import annotations

import re
from functools import cache
from typing import Annotated, Literal

import msgspec

from detectors.event import Source
from rules.alert import Grade, Text

Duration = Annotated[str, msgspec.Meta(pattern=r"^[0-9]+(\.[0-9]+)?(s|min|h|d)$")]
_SECONDS = {"s": 1.0, "min": 60.0, "h": 3600.0, "d": 86400.0}
Number = Literal["people", "injured", "depth_cm"]


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


class _Part(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """Base of everything an operator writes: unknown names are faults."""


class Count(_Part, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """At least so many within a sliding window of event time.

    Parameters
    ----------
    at_least
        The number that fires.
    within
        Length of the window; a single event needs none.
    of
        What is counted: distinct reporters (who reported is known only as a keyed hash; an event without one
        counts as its own), events, or distinct spots.
    at
        Count separately at each spot of the group; the fullest one decides.

    """

    at_least: Annotated[int, msgspec.Meta(ge=1, le=100_000)]
    within: Duration = "0s"
    of: Literal["reporters", "events", "spots"] = "reporters"
    at: Literal["group", "spot"] = "group"


class Condition(_Part, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """All parts given must hold at one hit.

    Parameters
    ----------
    count
        A count within a window.
    sources, within
        At least so many distinct source types within this long, the rule's own and others.
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

    """

    count: Count | None = None
    sources: Annotated[int, msgspec.Meta(ge=2, le=4)] | None = None
    within: Duration = "24h"
    tags: tuple[str, ...] = ()
    scenes: tuple[str, ...] = ()
    number: dict[Number, float] = {}
    lasting: Duration | None = None
    spots: Annotated[int, msgspec.Meta(ge=2)] | None = None
    holiday: bool = False


class Raise(_Part, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """A reason for a higher grade: up to a grade, or by a number of steps."""

    when: Condition
    because: Text
    to: Grade | None = None
    by: Annotated[int, msgspec.Meta(ge=1, le=3)] | None = None


class Tail(_Part, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """Grades by tail probability: a detector's p-value at or below the figure earns the grade.

    Parameters
    ----------
    blue, yellow, orange, red
        Upper-tail probabilities, each at most the one before; ``None``: this grade is never reached.
    min_observed
        Fewer events than this never make an alert.
    min_ratio
        Nor does less than this multiple of the expected value.

    """

    blue: float | None = None
    yellow: float | None = None
    orange: float | None = None
    red: float | None = None
    min_observed: int = 5
    min_ratio: float = 1.5


class Rule(_Part, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """One rule.

    Parameters
    ----------
    id, number, version
        Stamped on every alert; the number is the one in the table of default rules.
    status
        ``active`` rules speak; ``draft`` and ``retired`` ones are read and checked only.
    gate
        源头 source, 监测 monitoring or 管控 containment.
    sources, kinds, not_kinds
        What the rule looks at; no kinds means every kind but `not_kinds`.
    per
        Events are grouped by place at this level (and by kind); where the level is not known the next larger area
        stands in, except for ``spot``.
    radius_m
        Instead of by area, group by distance: metres between an event and any event of the episode, within a district.
    fires
        Any one of these conditions raises the alert.
    signal
        Instead of events, a detector's signals, all of whose sources the rule names: grades by tail probability.
    quiet
        The alert is over when its condition has not been met for so long (解除).
    grade, raises
        The grade to begin with, and what makes it higher.
    check
        A human has to confirm before the warning leaves the room (待核实).
    why
        One sentence; ``{n}``, ``{threshold}``, ``{window}``, ``{place}``, ``{kind}``, ``{events}``, ``{expected}`` …
        are filled in.
    modifies
        A modifier has no alerts of its own: its raises apply to the rules with these ids, or to ``all``.

    """

    id: Annotated[str, msgspec.Meta(pattern=r"^[a-z][a-z0-9-]{1,40}$")]
    number: Annotated[int, msgspec.Meta(ge=1)]
    version: Annotated[int, msgspec.Meta(ge=1)] = 1
    status: Literal["draft", "active", "retired"] = "active"
    name: Text
    gate: Literal["source", "monitoring", "containment"] = "monitoring"
    sources: tuple[Source, ...] = ("hotline", "grid", "police", "sos")
    kinds: tuple[str, ...] = ()
    not_kinds: tuple[str, ...] = ()
    per: Literal["spot", "grid", "community", "street", "district"] = "community"
    radius_m: Annotated[float, msgspec.Meta(gt=0, le=20_000)] | None = None
    fires: tuple[Condition, ...] = ()
    signal: Literal["surge"] | None = None
    tail: Tail | None = None
    quiet: Duration = "2h"
    grade: Grade | None = None
    raises: tuple[Raise, ...] = ()
    check: bool = False
    why: Text = Text()
    advice: tuple[Text, ...] = ()
    owner: Text = Text()
    modifies: tuple[str, ...] = ()

    def covers(self, kind: str) -> bool:
        """Tell whether the rule looks at `kind`."""
        return kind in self.kinds if self.kinds else kind not in self.not_kinds
