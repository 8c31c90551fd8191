"""The alerts an area index counts, and what each takes off on a day."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from datetime import datetime

import msgspec

from detectors.localtime import LocalDays
from rules.alert import GRADES, Alert
from rules.index_config import AlertPart

_MOST_DAYS = 32
_HALF_LIVES = 10
THOUSANDTHS = 1_000


class Watched(msgspec.Struct, array_like=True):
    """What the index remembers of an alert; days are local days.

    Parameters
    ----------
    areas
        ``level/id`` of every area it lies in.
    kind
        Kind of the taxonomy.
    grades
        Day and rank of every grade it has reached.
    raised
        Day it was raised on.
    heard
        Days of new evidence, the latest ones.
    over, false, signed, resolved
        Day since which it is closed, known as a false alarm, signed, dealt with; ``None`` while it is not.
    overdue
        Nobody signed in time.
    unchecked
        It waits for somebody to check it.

    """

    areas: tuple[str, ...]
    kind: str
    raised: int
    grades: list[tuple[int, int]]
    heard: list[int]
    over: int | None = None
    false: int | None = None
    signed: int | None = None
    resolved: int | None = None
    overdue: bool = False
    unchecked: bool = False

    def rank(self, day: int) -> int:
        """Return its rank by the end of a day: the one last reached by then; the lowest known when all came later."""
        reached = [(at, rank) for at, rank in self.grades if at <= day]
        return max(reached)[1] if reached else min(rank for _, rank in self.grades)

    def last_heard(self, day: int) -> int:
        """Return the latest day of evidence up to a day."""
        return max((one for one in self.heard if one <= day), default=self.raised)


class AlertBook:
    """Alerts by area, and what they take off on a day.

    Forgets an alert ten half-lives after its last evidence, so that it holds those of the last days only.

    Parameters
    ----------
    config
        Points and states.
    days
        Local days of the city.
    city
        ``city/`` and the id of the city.

    """

    def __init__(self, config: AlertPart, days: LocalDays, city: str) -> None:
        self._config = config
        self._days = days
        self._city = city
        self._watched: dict[str, Watched] = {}
        self._by_area: defaultdict[str, set[str]] = defaultdict(set)
        self._standing: dict[str, tuple[str, int, int]] = {}
        self._standing_on: int | None = None
        self._dirty: set[str] = set()

    def note(self, alert: Alert, watermark: float) -> tuple[str, ...]:
        """Take in a version of an alert; return the areas it changes."""
        known = self._watched.get(alert.id)
        if alert.status == "withdrawn" or alert.exercise or alert.restricted or alert.rule.status == "shadow":
            self._forget(alert.id)
            return known.areas if known is not None else ()
        before = known.areas if known is not None else ()
        new = self._updated(known, alert, watermark)
        self._forget(alert.id)
        self._keep(alert.id, new)
        self._dirty.add(alert.id)
        return tuple(dict.fromkeys((*before, *new.areas)))

    def _updated(self, known: Watched | None, alert: Alert, watermark: float) -> Watched:
        day = self._days.of
        heard, graded = day(alert.last_at.timestamp()), day(alert.graded_at.timestamp())
        handling = alert.revision.handling
        signed = handling.signed_at if handling is not None else None
        resolved = handling.resolved_at if handling is not None else None
        judged = handling.judged_at if handling is not None and handling.verdict == "false" else None
        over = None
        if alert.status == "closed":
            over = known.over if known is not None and known.over is not None else max(heard, day(max(watermark, 0.0)))
        grades = dict(known.grades) if known is not None else {}
        grades[graded] = alert.grade.rank
        days = sorted({*(known.heard if known is not None else ()), heard})[-_MOST_DAYS:]
        return Watched(
            areas=self._areas(alert),
            kind=alert.kind,
            raised=day(alert.raised_at.timestamp()),
            grades=sorted(grades.items())[-_MOST_DAYS:],
            heard=days,
            over=over,
            false=self._day(judged),
            signed=self._day(signed),
            resolved=self._day(resolved),
            overdue=handling is not None and handling.missed > 0,
            unchecked=alert.pending_check,
        )

    def _day(self, at: datetime | None) -> int | None:
        return self._days.of(at.timestamp()) if at is not None else None

    def _areas(self, alert: Alert) -> tuple[str, ...]:
        place = alert.place
        named = [("community", place.community), ("street", place.street), ("district", place.district)]
        further = [("district", id_) for id_ in alert.districts]
        return tuple(dict.fromkeys([f"{level}/{id_}" for level, id_ in (*named, *further) if id_] + [self._city]))

    def on(self, area: str, day: int) -> list[tuple[str, int, int]]:
        """Return kind, rank and points in thousandths of every alert that counts in an area on a day."""
        if day != self._standing_on:
            self._standing_on, self._standing = day, {}
        found = [self._stands(id_, day) for id_ in sorted(self._by_area.get(area, ()))]
        return [one for one in found if one[2]]

    def _stands(self, id_: str, day: int) -> tuple[str, int, int]:
        """Return the same of one alert, worked out once for all areas it lies in until something changes it."""
        known = self._standing.get(id_)
        if known is None:
            watched = self._watched[id_]
            known = self._standing[id_] = watched.kind, watched.rank(day), self._points(watched, day)
        return known

    def _points(self, alert: Watched, day: int) -> int:
        over = alert.over is not None and day > alert.over
        if day < alert.raised or over or (alert.false is not None and day >= alert.false):
            return 0
        states = self._config.states
        state = states.open
        if alert.over == day:
            state = states.closed
        elif alert.resolved is not None and day >= alert.resolved:
            state = states.resolved
        elif alert.signed is not None and day >= alert.signed:
            state = states.signed
        elif alert.overdue:
            state = states.overdue
        if alert.unchecked:
            state *= states.unchecked
        faded: float = 0.5 ** ((day - alert.last_heard(day)) / self._config.half_life_days)
        return round(THOUSANDTHS * self._config.points[GRADES[alert.rank(day)]] * state * faded)

    def areas(self) -> set[str]:
        """Return the areas any alert lies in."""
        return set(self._by_area)

    def fade(self, day: int) -> None:
        """Forget what counts for nothing any more from `day` on."""
        horizon = day - _HALF_LIVES * self._config.half_life_days - 1
        for id_ in [one for one, watched in self._watched.items() if max(*watched.heard, watched.raised) < horizon]:
            self._forget(id_)

    def _keep(self, id_: str, watched: Watched) -> None:
        self._watched[id_] = watched
        for area in watched.areas:
            self._by_area[area].add(id_)

    def _forget(self, id_: str) -> None:
        known = self._watched.pop(id_, None)
        if known is None:
            return
        self._standing.pop(id_, None)
        self._dirty.add(id_)
        for area in known.areas:
            self._by_area[area].discard(id_)
            if not self._by_area[area]:
                del self._by_area[area]

    def dirty(self) -> dict[str, bytes | None]:
        """Return the state that changed since the last call: alert id to MessagePack, ``None`` for one forgotten."""
        changed = {
            id_: msgspec.msgpack.encode(self._watched[id_]) if id_ in self._watched else None
            for id_ in sorted(self._dirty)
        }
        self._dirty.clear()
        return changed

    def restore(self, items: Mapping[str, bytes]) -> None:
        """Take over what `dirty` returned."""
        for id_, data in items.items():
            self._keep(id_, msgspec.msgpack.decode(data, type=Watched))
