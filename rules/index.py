"""The area index: how far every area is from its own norm today, 0 to 100, and by what."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, date, datetime
from typing import cast

import msgspec

from detectors.area import Area
from detectors.areas import AreaTree
from detectors.event import Event
from detectors.localtime import LocalDays
from detectors.taxonomy import Taxonomy
from rules.alert import GRADES, Alert, Text
from rules.index_alerts import THOUSANDTHS, AlertBook
from rules.index_config import IndexConfig
from rules.index_counting import EventCounter, Tally
from rules.index_history import ALERTS, History, Norm, Normal
from rules.index_record import INDEX_LEVELS, AreaIndex, AreaLevel, Contributor
from rules.wording import GRADE_NAMES

_MOST = 3
_WORTH_TELLING = 1.0
_MOST_IDLE_DAYS = 60
_PER = 10_000
_EPOCH_DAY = date(1970, 1, 1).toordinal()
_TOO_LITTLE = 1e-9


class AreaIndexer:
    """Works out the index of every area of a city, day by day, from events and alerts.

    Final scores depend on the events, the versions of alerts as far as they were known when their day ended, and the
    watermark; not on the order in which events came, nor on how advances were cut up. There is no score before a norm
    is known (nine days with the shipped configuration), nor of a day without a single event in the whole city: that
    would be a calm nobody has seen. Scores of the running day are told as well, where they change by a point or in
    colour, and of the city and its districts once as it begins; these depend on how advances were cut up.

    State: see `History` and `AlertBook`; both forget. Follows the product of one-sided exponential desirabilities of
    Harrington (1965), Industrial Quality Control 21(10), 494-498.

    Parameters
    ----------
    config
        Weights and formula.
    areas
        The city.
    taxonomy
        Kinds and classes, for names.

    """

    def __init__(self, config: IndexConfig, areas: AreaTree, taxonomy: Taxonomy) -> None:
        self._config = config
        self._tree = areas
        self._taxonomy = taxonomy
        self._days = LocalDays(areas.zone)
        self._city = f"city/{areas.city}"
        self._history = History(config.norm, self._city)
        self._alerts = AlertBook(config.alerts, self._days, self._city)
        self._listed = {f"{area.level}/{area.id}": area for area in _below(areas, areas.city)}
        self._watched = {self._city, *(f"district/{area.id}" for area in areas.districts())}
        self._counter = EventCounter(areas, taxonomy)
        self._touched: set[str] = set()
        self._told: dict[str, tuple[float, str]] = {}
        self._normal: tuple[int, Normal] | None = None
        self._next: int | None = None
        self._refreshed = -math.inf
        self.watermark = -math.inf

    def count(self, event: Event) -> None:
        """Take in an accepted event."""
        self._counter.count(event)

    def absorb(self, tally: Tally) -> None:
        """Take in what somebody else counted."""
        for day, area, category, n in tally.cells:
            self._history.add(area, category, day, n)
            self._touched.add(area)

    def note(self, alerts: Iterable[Alert], watermark: float) -> None:
        """Take in versions of alerts in the order they were issued, and at which watermark that was (epoch seconds)."""
        for alert in alerts:
            self._touched.update(self._alerts.note(alert, watermark))

    def advance(self, watermark: float) -> list[AreaIndex]:
        """Move event time on to `watermark` (epoch seconds); return the scores of days that ended, and today's."""
        self.absorb(self._counter.drain(self.watermark))
        if watermark <= self.watermark or not math.isfinite(watermark):
            return []
        self.watermark = watermark
        today, ended = self._days.of(watermark), self._days.of(watermark - self._config.settle_s)
        told: list[AreaIndex] = []
        if self._next is None:
            since = self._history.since
            self._next = ended if since is None else min(since, ended)
        for day in range(max(self._next, ended - _MOST_IDLE_DAYS), ended):
            told += self._end(day)
        self._next = max(self._next, ended)
        if watermark - self._refreshed >= self._config.refresh_s:
            self._refreshed = watermark // self._config.refresh_s * self._config.refresh_s
            told += self._running(today)
        return told

    def current(self) -> list[AreaIndex]:
        """Return the scores of the running day as they stand, of every area."""
        self.absorb(self._counter.drain(self.watermark))
        if not math.isfinite(self.watermark):
            return []
        today = self._days.of(self.watermark)
        return [self._index(area, today, final=False) for area in self._areas(today)]

    def _end(self, day: int) -> list[AreaIndex]:
        """Close a day: its scores, and its points as part of what is normal from now on."""
        scores = [self._index(area, day, final=True) for area in self._areas(day)]
        if self._city in self._history.day(day):
            for area in sorted(self._alerts.areas()):
                if points := sum(n for _, _, n in self._alerts.on(area, day)):
                    self._history.add(area, ALERTS, day, points)
        self._told.clear()
        self._history.fold(day)
        self._alerts.fade(day)
        return scores

    def _running(self, today: int) -> Iterator[AreaIndex]:
        """Yield scores of the running day that changed so that it is worth telling."""
        touched, self._touched = self._touched, set()
        if not self._scored(today):
            return
        untold = self._watched - self._told.keys()
        for area in sorted(touched | untold):
            index = self._index(area, today, final=False)
            before = self._told.get(area, (100.0, "green"))
            if area in untold or index.colour != before[1] or abs(index.score - before[0]) >= _WORTH_TELLING:
                self._told[area] = index.score, index.colour
                yield index

    def _areas(self, day: int) -> list[str]:
        """Return the areas that have a score on a day: those of the tree and those anything happened in."""
        if not self._scored(day):
            return []
        found = {
            self._city,
            *self._listed,
            *self._normal_on(day).areas(),
            *self._history.day(day),
            *self._alerts.areas(),
        }
        return sorted(found, key=lambda area: (INDEX_LEVELS.index(_level(area)), area))

    def _scored(self, day: int) -> bool:
        return self._normal_on(day).known and self._city in self._history.day(day)

    def _normal_on(self, day: int) -> Normal:
        if self._normal is None or self._normal[0] != day:
            self._normal = day, self._history.normal(day)
        return self._normal[1]

    def _index(self, area: str, day: int, *, final: bool) -> AreaIndex:
        level, _, id_ = area.partition("/")
        counted = self._history.day(day).get(area, {})
        classes = [measure for measure in counted if measure != ALERTS]
        residents, events = self._residents(area), sum(counted[measure] for measure in classes)
        alerts = self._alerts.on(area, day)
        penalties = [*self._count_penalties(area, day, residents), *self._alert_penalties(area, day, alerts)]
        total = sum(penalty for penalty, _ in penalties)
        score = round(100.0 * math.exp(-total), 1)
        worst = sorted(penalties, key=lambda one: (-one[0], one[1].what, one[1].key))[:_MOST]
        ends = datetime.fromtimestamp(self._days.start(day + 1), UTC)
        return AreaIndex(
            area=id_,
            level=cast("AreaLevel", level),
            name=self._name(id_),
            day=date.fromordinal(_EPOCH_DAY + day),
            score=score,
            colour=self._config.bands.colour(score),
            final=final,
            as_of=ends if final else min(datetime.fromtimestamp(self.watermark, UTC), ends),
            events=events,
            norm=self._rounded(self._normal_on(day).of(area, *self._config.counts.weights)),
            per_10k=round(events * _PER / residents, 3) if residents else None,
            alerts=len(alerts),
            contributors=tuple(_shared(one, penalty / total) for penalty, one in worst),
            formula=self._config.version,
        )

    def _count_penalties(self, area: str, day: int, residents: int) -> Iterator[tuple[float, Contributor]]:
        config, normal = self._config.counts, self._normal_on(day)
        felt = config.floor + config.per_10k * residents / _PER
        for category, n in sorted(self._history.day(day).get(area, {}).items()):
            expected = normal.of(area, category).expected if category != ALERTS else None
            if expected is None or n < config.least:
                continue
            spread = _spread(expected, expected, config.dispersion, normal.variance(area, category))
            high = expected + config.tolerance * spread
            penalty = config.weight(category) * math.log((n + felt) / (high + felt)) if n > high else 0.0
            if penalty > _TOO_LITTLE:
                yield penalty, self._by_count(category, n, expected)

    def _alert_penalties(
        self, area: str, day: int, alerts: Iterable[tuple[str, int, int]]
    ) -> Iterator[tuple[float, Contributor]]:
        """Yield what alerts take off, by kind: its share of the points of all."""
        config = self._config.alerts
        by_kind: defaultdict[str, list[tuple[int, int]]] = defaultdict(list)
        for kind, rank, points in alerts:
            by_kind[kind].append((rank, points))
        load = sum(points for found in by_kind.values() for _, points in found)
        expected = (self._normal_on(day).of(area, ALERTS).expected or 0.0) / THOUSANDTHS
        variance = self._normal_on(day).variance(area, ALERTS) / THOUSANDTHS**2
        high = expected + config.tolerance * _spread(expected, config.typical * expected, config.dispersion, variance)
        penalty = (load / THOUSANDTHS - high) / math.sqrt(1.0 + expected / config.typical)
        if penalty <= _TOO_LITTLE:
            return
        for kind, found in sorted(by_kind.items()):
            share = sum(points for _, points in found) / load
            yield penalty * share, self._by_alerts(kind, len(found), max(rank for rank, _ in found))

    def _by_count(self, category: str, n: int, expected: float) -> Contributor:
        known = self._taxonomy.categories.get(category)
        zh, en = (known.zh, known.en) if known is not None else (category, category)
        text = Text(f"{zh}{n}起，常态{expected:.3g}起/日", f"{en}: {n} events, normally {expected:.3g} a day")
        return Contributor(what="count", key=category, share=0.0, observed=n, expected=round(expected, 3), text=text)

    def _by_alerts(self, kind: str, n: int, rank: int) -> Contributor:
        known, colour = self._taxonomy.kinds.get(kind), GRADE_NAMES[GRADES[rank]]
        zh, en = (known.zh, known.en) if known is not None else (kind, kind)
        highest = Text(f"最高{colour.zh}", f"at most {colour.en}") if n > 1 else colour
        text = Text(f"{zh}预警{n}条（{highest.zh}）", f"{en}: {n} alert{'s' * (n > 1)} ({highest.en})")
        return Contributor(what="alerts", key=kind, share=0.0, observed=n, expected=None, text=text)

    def _residents(self, area: str) -> int:
        """Return the residents of an area: its own figure, else what its parts have together."""
        if area in self._listed:
            return _residents(self._tree, self._listed[area])
        return sum(_residents(self._tree, one) for one in self._tree.districts()) if area == self._city else 0

    def _name(self, id_: str) -> Text:
        name = self._tree.name_of(id_)
        return Text(name, self._tree.english.get(name, name))

    def _rounded(self, norm: Norm) -> Norm:
        means = {name: getattr(norm, name) for name in norm.__struct_fields__}
        return Norm(**{name: round(mean, 3) if mean is not None else None for name, mean in means.items()})

    def dirty(self) -> dict[str, bytes | None]:
        """Return the state that changed since the last call: key to bytes, ``None`` for what is gone."""
        self.absorb(self._counter.drain(self.watermark))
        head = (self._history.since, self._next, self._refreshed, self.watermark, sorted(self._touched), self._told)
        parts = (("history", self._history.dirty()), ("alerts", self._alerts.dirty()))
        changed = {f"{part}/{key}": data for part, items in parts for key, data in items.items()}
        return {"head": msgspec.msgpack.encode(head), **changed}

    def restore(self, items: Mapping[str, bytes]) -> None:
        """Take over the union of what `dirty` returned."""
        parts: defaultdict[str, dict[str, bytes]] = defaultdict(dict)
        for name, data in items.items():
            part, _, key = name.partition("/")
            parts[part][key] = data
        self._history.restore(parts["history"])
        self._alerts.restore(parts["alerts"])
        if "head" in items:
            head = msgspec.msgpack.decode(items["head"], type=_Head)
            self._history.since, self._next, self._refreshed, self.watermark = head[:4]
            self._touched, self._told = set(head[4]), head[5]
        self._normal = None


_Head = tuple[int | None, int | None, float, float, list[str], dict[str, tuple[float, str]]]


def _spread(mean: float, plain: float, dispersion: float, variance: float) -> float:
    """Return a standard deviation: that of the last period, within what such a mean allows."""
    square = mean * mean
    return math.sqrt(min(max(variance, plain + dispersion * square), plain + square))


def _shared(one: Contributor, share: float) -> Contributor:
    return msgspec.structs.replace(one, share=round(share, 3))


def _level(area: str) -> AreaLevel:
    return cast("AreaLevel", area.partition("/")[0])


def _below(areas: AreaTree, id_: str) -> Iterator[Area]:
    """Yield the areas below one that have an index: no grids."""
    for area in areas.children(id_):
        if area.level in INDEX_LEVELS:
            yield area
            yield from _below(areas, area.id)


def _residents(areas: AreaTree, area: Area) -> int:
    return area.population or sum(_residents(areas, one) for one in areas.children(area.id) if one.level != "grid")
