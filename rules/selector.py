"""The rule language, first part: which events are meant. Types only; `rules.matching` makes functions of them."""

from __future__ import annotations

import re
from functools import cache
from typing import Annotated, Literal

import msgspec

from detectors.event import Source

Duration = Annotated[str, msgspec.Meta(pattern=r"^[0-9]+(\.[0-9]+)?(s|min|h|d)$")]
Hours = Annotated[str, msgspec.Meta(pattern=r"^([01][0-9]|2[0-3]):[0-5][0-9]-([01][0-9]|2[0-4]):[0-5][0-9]$")]
Number = Literal["people", "injured", "depth_cm"]
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
