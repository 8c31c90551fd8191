"""What holds around an event: time of day, kind of day, and what was declared of the area (weather, mode, events)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Annotated, Literal

import msgspec

from detectors.event import LEVELS, Place
from detectors.localtime import DayKinds
from rules.condition import Context, DayKind

_DAY_MIN = 1_440


class Declaration(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """Something declared of an area for a time; the value of the ``context`` topic.

    A later declaration with the same id replaces an earlier one from its own `issued_at` on.

    Parameters
    ----------
    id
        What is declared, for instance ``weather/440507``; the key of the record.
    issued_at
        When it was issued, aware; it holds from then on.
    until_at
        When it ends by itself, aware; ``None`` for until further notice.
    area
        Id of an area at any level; empty for the whole city.
    weather
        Warnings in force: ``rainstorm_red``, ``typhoon_yellow``, ``heat_orange``.
    mode
        Normal (平) or emergency (急).
    event
        A declared event that is on.

    """

    id: Annotated[str, msgspec.Meta(min_length=1, max_length=200)]
    issued_at: datetime
    until_at: datetime | None = None
    area: str = ""
    weather: tuple[str, ...] = ()
    mode: Literal["normal", "emergency"] | None = None
    event: str = ""


class Span(msgspec.Struct, frozen=True, array_like=True):
    """A declaration and the epoch seconds from which and until which it holds."""

    since: float
    until: float
    what: Declaration


class Surroundings:
    """Calendar and declarations of a city.

    Parameters
    ----------
    days
        Kinds of day.

    """

    def __init__(self, days: DayKinds) -> None:
        self._days = days
        self._spans: dict[str, list[Span]] = {}
        self._changed: set[str] = set()

    def holiday(self, t: float) -> bool:
        """Tell whether epoch second `t` lies on a public holiday."""
        return self._days.holiday(t)

    def is_day(self, t: float, wanted: DayKind) -> bool:
        """Tell whether epoch second `t` lies on such a day."""
        if wanted == "holiday":
            return self._days.holiday(t)
        workday = self._days.workday(t)
        if wanted == "weekend":
            return not workday and not self._days.holiday(t)
        return workday if wanted == "workday" else not workday

    def in_hours(self, t: float, since: int, until: int) -> bool:
        """Tell whether the local time of day lies in [since, until), minutes after midnight; it may wrap around."""
        minute = self._days.minute(t)
        return since <= minute < until if since <= until else minute >= since or minute < until

    def declare(self, declaration: Declaration, watermark: float) -> float | None:
        """Take a declaration in; return from when on it changes anything, ``None`` when it is known already.

        What lies before the watermark cannot be changed any more: it holds from the watermark on.
        """
        spans = self._spans.setdefault(declaration.id, [])
        if any(span.what == declaration for span in spans):
            return None
        issued = max(declaration.issued_at.timestamp(), watermark)
        until = declaration.until_at.timestamp() if declaration.until_at is not None else float("inf")
        later = [span.since for span in spans if span.since > issued]
        spans[:] = [
            msgspec.structs.replace(span, until=min(span.until, issued)) if span.since <= issued else span
            for span in spans
        ]
        spans.append(Span(issued, min([until, *later]), declaration))
        spans.sort(key=lambda span: (span.since, span.what.issued_at))
        self._changed.add(declaration.id)
        return issued

    def holds(self, context: Context, place: Place, t: float) -> bool:
        """Tell whether everything `context` asks for is in force at a place and epoch second."""
        inside = {place.at(level) for level in LEVELS if level != "city"} | {""}
        now = [
            span.what
            for spans in self._spans.values()
            for span in spans
            if span.since <= t < span.until and span.what.area in inside
        ]
        if context.mode is not None and context.mode != _mode(now):
            return False
        if context.event and not any(_named(d.event, context.event) for d in now if d.event):
            return False
        return not context.weather or any(_warned(name, context.weather) for d in now for name in d.weather)

    def dirty(self) -> dict[str, bytes | None]:
        """Return the state that changed since the last call: id to MessagePack."""
        changed: dict[str, bytes | None] = {
            id_: msgspec.msgpack.encode(self._spans[id_]) if self._spans[id_] else None for id_ in sorted(self._changed)
        }
        self._changed.clear()
        return changed

    def restore(self, items: Mapping[str, bytes]) -> None:
        """Take over what `dirty` returned."""
        for id_, data in items.items():
            self._spans[id_] = msgspec.msgpack.decode(data, type=list[Span])


def minutes_of(hours: str) -> tuple[int, int]:
    """Return ``22:00-06:00`` as minutes after midnight."""
    since, until = ((int(part[:2]) * 60 + int(part[3:])) for part in hours.split("-"))
    return since, min(until, _DAY_MIN)


def _mode(now: Iterable[Declaration]) -> str:
    modes = [d for d in now if d.mode is not None]
    if not modes:
        return "normal"
    newest = max(modes, key=lambda d: (d.issued_at, d.id))  # the last word counts, of whichever area around the place
    return str(newest.mode)


def _named(event: str, wanted: Iterable[str]) -> bool:
    return any(name in ("any", event) for name in wanted)


def _warned(warning: str, wanted: Iterable[str]) -> bool:
    return any(warning == name or warning.startswith(f"{name}_") for name in wanted)
