"""Sifts events for one rule: which it looks at, in which group, and why it does not look at the others."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import NamedTuple

import msgspec

from detectors.areas import AreaTree
from detectors.event import LEVELS, Event, Place
from detectors.geometry import within_m
from rules.book import Book
from rules.compiling import CompiledRule, compile_rule
from rules.explanation import DroppedView, EventView, Part, Reason
from rules.likeness import gist_of
from rules.looking import look_of
from rules.rule import Rule
from rules.surroundings import Surroundings
from rules.window import COUNTED, TIMER, WITNESS, Item, item_of

_HASH_SHOWN = 6
_NAMED = tuple(reversed(LEVELS[1:]))


class Dropped(NamedTuple):
    """An event that never reached the rules: it was late, or known already."""

    event: Event
    reason: Reason


class Heard(NamedTuple):
    """What was heard of a city.

    Parameters
    ----------
    events
        Accepted, in any order.
    dropped
        Those that were not.
    watermark
        Event time reached, epoch seconds.

    """

    events: list[Event]
    dropped: list[Dropped]
    watermark: float


class UnknownRule(ValueError):
    """No rule of the book has this id."""


def rule_of(book: Book, id_: str) -> Rule:
    """Return the rule with this id.

    Raises
    ------
    UnknownRule
        When there is none.

    """
    for rule in book.rules:
        if rule.id == id_:
            return rule
    raise UnknownRule(id_)


def compiled_of(book: Book, rule: Rule) -> CompiledRule:
    """Return a rule ready to run whatever its status."""
    modifiers = [other for other in book.rules if other.modifies and other.status == "active"]
    return compile_rule(rule, modifiers, {other.id: other for other in book.rules})


class Sieve:
    """Sifts events for one rule.

    Parameters
    ----------
    compiled
        The rule.
    around
        Calendar and declarations.

    """

    def __init__(self, compiled: CompiledRule, around: Surroundings) -> None:
        self.compiled = compiled
        self._around = around

    def group(self, event: Event) -> tuple[str, str] | None:
        """Return level and key of the group the event is looked at in, ``None`` when it is not looked at."""
        if not self._roles(event):
            return None
        return self.compiled.grouping.group(event)

    def _roles(self, event: Event) -> int:
        """Return what an event is to the rule; nothing where its kind is a group of its own that can never fire."""
        rule = self.compiled.rule
        if not (rule.together or len(rule.kinds) == 1 or rule.covers(event.kind)):
            return 0
        look = look_of(self.compiled, event.kind, event.source)
        return look.roles(event, event.occurred_at.timestamp(), self._around) if look is not None else 0

    def item(self, event: Event) -> Item:
        """Return what the rule remembers of an event."""
        t = event.occurred_at.timestamp()
        gist = gist_of(event.text) if self.compiled.rule.alike is not None else ()
        return item_of(event, t, self._roles(event), gist)

    def reason(self, event: Event) -> Reason | None:
        """Return why the rule does not look at an event, ``None`` when it does."""
        compiled = self.compiled
        if self._roles(event):
            return Reason.PLACE_UNKNOWN if compiled.grouping.group(event) is None else None
        if not compiled.rule.covers(event.kind):
            return Reason.KIND_NOT_COVERED
        if event.status == "closed" and (compiled.rule.where is None or compiled.rule.where.status == "open"):
            return Reason.CLOSED
        if event.source not in compiled.sources:
            return Reason.SOURCE_NOT_COUNTED
        return Reason.WHERE_NOT_MET


def level_of(place: Place) -> str:
    """Return the smallest level a place is known at, ``city`` when none is."""
    return next((level for level in _NAMED if place.at(level)), "city")


def inside(place: Place, within: Place, radius_m: float = 0.0) -> bool:
    """Tell whether a place lies in another, or as close to it as `radius_m` metres."""
    level = level_of(within)
    if level == "city" or place.at(level) == within.at(level):
        return True
    return radius_m > 0.0 and level == "spot" and within_m(place, within, radius_m)


def event_views(items: Iterable[Item], areas: AreaTree) -> tuple[EventView, ...]:
    """Return items as evidence, in the order given; timers are no events."""
    views: list[EventView] = []
    known: set[str] = set()
    for item in items:
        if item.roles & TIMER:
            continue
        counted = bool(item.roles & COUNTED)
        part: Part = "counted" if counted else "witness" if item.roles & WITNESS else "compared"
        views.append(
            EventView(
                id=item.id,
                at=instant(item.t),
                source=item.source,
                kind=item.kind,
                reporter="" if item.who == item.id else item.who[:_HASH_SHOWN],
                place=areas.path_name(item.place),
                part=part,
                again=counted and item.who in known,
            )
        )
        if counted:
            known.add(item.who)
    return tuple(views)


def dropped_view(event: Event, reason: Reason, areas: AreaTree) -> DroppedView:
    """Return an event that was left out."""
    return DroppedView(
        id=event.id,
        at=event.occurred_at,
        source=event.source,
        kind=event.kind,
        place=areas.path_name(event.place),
        reason=reason,
    )


def moved(event: Event, place: Place) -> Event:
    """Return the event as if it had happened elsewhere."""
    return msgspec.structs.replace(event, place=place)


def instant(t: float) -> datetime:
    """Return epoch seconds as an aware UTC datetime."""
    return datetime.fromtimestamp(t, UTC)
