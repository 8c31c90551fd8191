"""What holds around an event: time of day, kind of day, and what was declared of the area (weather, mode, events)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Annotated, Literal

import msgspec

from detectors.event import LEVELS, Place
from detectors.localtime import DayKinds
from rules.condition import Context
from rules.selector import DayKind

_DAY_MIN = 1_440
_INFINITE = float("inf")


class Declaration(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """Something declared of an area for a time; the value of the ``context`` topic.

    One with the same id that was issued later replaces it from its own `issued_at` on.

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
        self._stale_at: float | None = None  # to be worked out

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
        """Take a declaration in; return from when on it changes anything, ``None`` when it changes nothing.

        What lies before the watermark cannot be changed any more: it holds from the watermark on. What holds later is a
        matter of when declarations were issued, never of when they came: one that was issued before what replaces it
        changes nothing, however late it comes. Of two issued at one instant the one that ends what was declared counts.
        """
        spans = self._spans.get(declaration.id, [])
        if any(span.what == declaration for span in spans):
            return None
        since = max(declaration.issued_at.timestamp(), watermark)
        if any(span.since <= since and _rank(span.what) > _rank(declaration) for span in spans):
            return None
        self._spans[declaration.id] = _cut([*spans, Span(since, _ends(declaration), declaration)])
        self._changed.add(declaration.id)
        self._stale_at = None
        return since

    def stale(self, horizon: float) -> bool:
        """Tell whether anything declared has been over since before `horizon`, epoch seconds."""
        if self._stale_at is None:
            over = (max(span.since, span.until) for spans in self._spans.values() for span in spans)
            self._stale_at = min(over, default=_INFINITE)
        return self._stale_at <= horizon

    def forget(self, horizon: float) -> None:
        """Forget what has been over since before `horizon`: nobody asks about an earlier time any more."""
        if not self.stale(horizon):
            return
        for id_, spans in list(self._spans.items()):
            last = max(
                (span for span in spans if span.since <= horizon), key=lambda span: _rank(span.what), default=None
            )
            kept = [span for span in spans if last is None or _rank(span.what) >= _rank(last.what)]
            if last is not None and last.until <= horizon:
                kept.remove(last)
            if len(kept) == len(spans):
                continue
            self._changed.add(id_)
            if kept:
                self._spans[id_] = kept
            else:
                del self._spans[id_]
        self._stale_at = None

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
            id_: msgspec.msgpack.encode(self._spans[id_]) if id_ in self._spans else None
            for id_ in sorted(self._changed)
        }
        self._changed.clear()
        return changed

    def restore(self, items: Mapping[str, bytes]) -> None:
        """Take over what `dirty` returned."""
        for id_, data in items.items():
            self._spans[id_] = _cut(msgspec.msgpack.decode(data, type=list[Span]))
        self._stale_at = None


def _rank(declaration: Declaration) -> tuple[datetime, bool, bytes]:
    """Sort key: of several with one id the greatest counts."""
    return declaration.issued_at, _says_nothing(declaration), msgspec.json.encode(declaration)


def _says_nothing(declaration: Declaration) -> bool:
    return not (declaration.weather or declaration.mode or declaration.event)


def _ends(declaration: Declaration) -> float:
    """Return when a declaration ends by itself, epoch seconds; one that declares nothing never begins."""
    if _says_nothing(declaration):
        return declaration.issued_at.timestamp()
    return declaration.until_at.timestamp() if declaration.until_at is not None else _INFINITE


def _cut(spans: Iterable[Span]) -> list[Span]:
    """Let each span of one id end where a declaration that counts more begins."""
    cut: list[Span] = []
    until = _INFINITE
    for span in sorted(spans, key=lambda span: _rank(span.what), reverse=True):
        cut.append(Span(span.since, min(_ends(span.what), until), span.what))
        until = min(until, span.since)
    return cut[::-1]


def _from(spans: list[Span], horizon: float) -> list[Span]:
    """Return those of one id's spans, in the order of what counts, that still matter at `horizon` or later."""
    begun = [n for n, span in enumerate(spans) if span.since <= horizon]
    if not begun:
        return spans
    return spans[begun[-1] + (spans[begun[-1]].until <= horizon) :]


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
