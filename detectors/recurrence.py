"""Recurrence: the same trouble at the same place again and again."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import ClassVar, Self

import msgspec

from detectors.areas import AreaTree
from detectors.detector import Detector
from detectors.event import Event
from detectors.openhours import HOUR_S, HourTally, OpenHours, by_first
from detectors.recurrence_report import Report
from detectors.repeats import DAY_S, Record, Repeats, Spot, Start
from detectors.signal import Signal
from detectors.taxonomy import OTHER, Taxonomy, load_taxonomy

_OPEN, _PLACE, _SINCE = "recurrence/open/", "recurrence/place/", "recurrence/since/"
_HOURS_A_DAY = 24

_encoder = msgspec.msgpack.Encoder(order="deterministic")
_records = msgspec.msgpack.Decoder(dict[str, Record])


@dataclass(frozen=True)
class RecurrenceConfig:
    """What an episode is, and when its return is worth a signal.

    Parameters
    ----------
    horizon_days
        How far back episodes count.
    quiet_days
        Days without an event that end an episode.
    min_episodes
        Fewest episodes reported, the present one included.
    alpha_report
        Largest probability reported of so many at a place like the others, in (0, 1).
    warm_up_days
        Days of a district before anything is said about it.
    min_places
        Fewest other places of the same level to compare with.
    capacity
        Most episodes kept a district; the oldest go first.

    """

    horizon_days: float = 90.0
    quiet_days: float = 3.0
    min_episodes: int = 3
    alpha_report: float = 1e-4
    warm_up_days: int = 30
    min_places: int = 20
    capacity: int = 100_000

    def __post_init__(self) -> None:
        faults = [] if 0.0 < self.alpha_report < 1.0 else ["alpha_report must lie in (0, 1)"]
        if not 0.0 < self.quiet_days < self.horizon_days:
            faults.append("quiet_days must be positive and less than horizon_days")
        at_least = {"min_episodes": 2, "warm_up_days": 1, "min_places": 1, "capacity": 1}
        faults += [f"{name} must be at least {low}" for name, low in at_least.items() if getattr(self, name) < low]
        if faults:
            raise ValueError("; ".join(faults))


class RecurrenceDetector(Detector):
    """Says that a kind of trouble has come back to a place more often than it comes to places like it.

    A place is the spot of an event, where that is not known its grid, else its community. Events of one kind at one
    place that follow each other within `quiet_days` are one *episode*; it counts from its first event on, for
    `horizon_days`. When an episode begins, their number is held against the other places of that level in the district
    (`detectors.repeats.Repeats.expect`): empirical Bayes, places' rates being gamma variables, counts therefore
    negative binomial; and against those that had it at all (a Poisson distribution cut off at nought), as many kinds
    cannot come to most places. The less surprising of the two counts. As all places are counted over the same time, a
    rainy season raises what is expected of each.

    Signals come when the hour closes in which an episode began, are final and never withdrawn. ``observed`` are
    episodes in the window ``starts_at`` to ``ends_at`` (the horizon), ``expected`` and ``expected_high`` mean and
    99 % quantile of episodes at a place like the others, ``p_value`` the probability of at least `observed` there,
    ``evidence`` the first event of each episode, ``sources`` and ``reporters`` of these, ``model_age`` other places
    compared with. Kind ``other`` says nothing.

    Trust it when a district has been watched for a month (`warm_up_days`) and `min_places` other places have been
    heard of; nothing is said before. An event costs a dictionary entry, an hour a few microseconds a key in it.

    State: an episode is some 400 bytes with its place, at most `capacity` a district (40 MB), gone after the horizon;
    one entry a place.

    Parameters
    ----------
    config
        What an episode is, and when its return is worth a signal.
    areas, taxonomy
        Name areas and kinds.

    References
    ----------
    Greenwood & Yule (1920), An inquiry into the nature of frequency distributions representative of multiple
    happenings, J. R. Stat. Soc. 83. Hauer (1997), Observational before-after studies in road safety, for empirical
    Bayes at places where accidents recur.

    Examples
    --------
    >>> from detectors.event import Place
    >>> from detectors.taxonomy import load_taxonomy
    >>> from detectors.windows import instant
    >>> areas = AreaTree.from_mapping({"city": "t", "name": "T", "tz": "UTC", "calendar": "none", "open": True})
    >>> detector = RecurrenceDetector(RecurrenceConfig(), areas, load_taxonomy())
    >>> def report(n, day, spot, kind="waterlogging"):
    ...     place = Place(district="d1", community="c1", spot=spot, name=spot)
    ...     t = day * 86400.0
    ...     return Event(id=f"grid:{n}", source="grid", kind=kind, occurred_at=instant(t), place=place), t
    >>> for n in range(800):
    ...     _ = detector.observe(*report(n, n / 10, f"spot {n}", kind="noise" if n % 40 else "waterlogging"))
    >>> for n, day in enumerate((20, 50, 79)):
    ...     _ = detector.observe(*report(1000 + n, day, "underpass"))
    >>> for signal in detector.advance(81 * 86400.0):
    ...     print(signal.says.en)
    underpass: third time in 90 days of waterlogging (before: 1970-01-21, 1970-02-20); 0.026 expected at such a place

    """

    name: ClassVar[str] = "recurrence"

    def __init__(self, config: RecurrenceConfig, areas: AreaTree, taxonomy: Taxonomy) -> None:
        self.config = config
        self._report = Report(config.horizon_days, areas, taxonomy)
        self._hours = OpenHours(keep=1)
        self._districts: dict[str, Repeats] = {}
        self._changed: set[tuple[str, Spot]] = set()
        self._stored: set[tuple[str, Spot]] = set()
        self._come_or_gone: set[str] = set()
        self._oldest = math.inf  # no episode began before

    @classmethod
    def of(cls, areas: AreaTree) -> Self:
        """Return one for a city, with the shipped configuration."""
        return cls(RecurrenceConfig(), areas, load_taxonomy())

    def observe(self, event: Event, t: float) -> list[Signal]:
        """Note an event.

        Parameters
        ----------
        event
            The event, not seen before.
        t
            Its time in epoch seconds, not below the watermark.

        Raises
        ------
        ValueError
            When the event's hour is closed.

        """
        place = event.place
        where = place.spot or place.grid or place.community
        if where:
            level = "spot" if place.spot else "grid" if place.grid else "community"
            mark = (t, event.id, event.reporter, event.source, place)
            self._hours.add((place.district, event.kind, f"{level}|{where}"), mark)
        return []

    def advance(self, watermark: float) -> list[Signal]:
        """Close every hour that ended at or before the watermark (epoch seconds); return signals by end and id."""
        signals: list[Signal] = []
        for hour in self._hours.closed(watermark, self._due):
            if self._oldest <= self._horizon(hour):
                self._forget(hour, list(self._districts))
            tallies = self._hours.take(hour)
            for (district, kind, where), tally in by_first(tallies):
                signals += self._learn(hour, district, kind, where, tally)
            self._forget(hour, {key[0] for key in tallies})
        return sorted(signals, key=lambda signal: (signal.ends_at, signal.id))

    def score(self, district: str, kind: str, spot: Spot, episodes: int) -> float:
        """Return the probability of at least so many episodes at a place; nothing is learned."""
        known = self._districts.get(district)
        return known.expect(kind, spot).p_value(episodes) if known else 1.0

    def dirty(self) -> dict[str, bytes | None]:
        """Return what changed since the last call: entries for open hours, for places, and one a district."""
        entries = {_OPEN + name: entry for name, entry in self._hours.dirty().items()}
        for district, spot in sorted(self._changed):
            known = self._districts.get(district)
            kinds = known.records.get(spot) if known else None
            key = f"{_PLACE}{spot[0]}/{spot[1]}\n{district}"
            if kinds:
                self._stored.add((district, spot))
                entries[key] = _encoder.encode(kinds)
            elif (district, spot) in self._stored:
                self._stored.discard((district, spot))
                entries[key] = None
        for district in sorted(self._come_or_gone):
            known = self._districts.get(district)
            entries[_SINCE + district] = _encoder.encode(known.since) if known else None
        self._changed, self._come_or_gone = set(), set()
        return entries

    def restore(self, items: Mapping[str, bytes]) -> None:
        """Go on from the union of everything `dirty` gave, in a detector that has seen nothing yet.

        Raises
        ------
        ValueError
            When a key is none of `dirty`'s.

        """
        self.refuse_strange(items, _OPEN, _PLACE, _SINCE)
        self._hours.restore({key.removeprefix(_OPEN): entry for key, entry in items.items() if key.startswith(_OPEN)})
        for key, entry in items.items():
            if key.startswith(_SINCE):
                self._districts[key.removeprefix(_SINCE)] = Repeats(msgspec.msgpack.decode(entry, type=int))
        for key, entry in items.items():
            if key.startswith(_PLACE):
                name, _, district = key.removeprefix(_PLACE).rpartition("\n")
                level, _, where = name.partition("/")
                self._districts[district].adopt((level, where), _records.decode(entry))
                self._stored.add((district, (level, where)))
        for known in self._districts.values():
            known.settle()
        self._oldest = self._first_start()

    def _due(self) -> int | None:
        """Return the first hour at whose end an episode is to be forgotten."""
        if self._oldest == math.inf:
            return None
        return math.ceil((self._oldest + self.config.horizon_days * DAY_S) / HOUR_S) - 1

    def _horizon(self, hour: int) -> float:
        """Return until when an episode must have begun to be forgotten at the end of an hour."""
        return (hour + 1) * HOUR_S - self.config.horizon_days * DAY_S

    def _first_start(self) -> float:
        return min((known.queue[0][0] for known in self._districts.values()), default=math.inf)

    def _forget(self, hour: int, districts: Iterable[str]) -> None:
        before = self._horizon(hour)
        for district in districts:
            known = self._districts[district]
            self._changed.update((district, spot) for spot in known.forget(before, self.config.capacity))
            if not known.queue:
                del self._districts[district]
                self._come_or_gone.add(district)
        if self._oldest <= before:
            self._oldest = self._first_start()

    def _learn(self, hour: int, district: str, kind: str, where: str, tally: HourTally) -> list[Signal]:
        level, _, name = where.partition("|")
        spot, first = (level, name), tally.first[0]
        known = self._districts.get(district)
        if known is None:
            known = self._districts[district] = Repeats(hour)
            self._come_or_gone.add(district)
        start = Start(first[0], first[1], first[3], first[2])
        quiet_s = self.config.quiet_days * DAY_S
        record = known.add(kind, spot, start, tally.last[0], first[4], quiet_s)
        self._changed.add((district, spot))
        self._oldest = min(self._oldest, start.t)
        if record is None or kind == OTHER or not self._ripe(hour, known, len(record.starts)):
            return []
        expected = known.expect(kind, spot)
        p_value = expected.p_value(len(record.starts))
        if expected.places < self.config.min_places or p_value > self.config.alpha_report:
            return []
        return [self._report.signal((hour + 1) * HOUR_S, kind, spot, first, record, expected)]

    def _ripe(self, hour: int, known: Repeats, episodes: int) -> bool:
        return episodes >= self.config.min_episodes and hour - known.since >= self.config.warm_up_days * _HOURS_A_DAY
