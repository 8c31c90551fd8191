"""Spread: trouble that grows into neighbouring areas."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar, Self

import msgspec

from detectors.areas import AreaTree
from detectors.custom import Custom
from detectors.detector import Detector
from detectors.event import Event
from detectors.handover import Course, Ground, Handed, Onset, handed
from detectors.openhours import HOUR_S, HourKey, HourTally, OpenHours, by_first
from detectors.signal import Signal
from detectors.spread_report import SpreadReport
from detectors.taxonomy import OTHER, Taxonomy, load_taxonomy

_LEVELS = ("street", "community")
_OPEN, _CUSTOM, _COURSE = "spread/open/", "spread/custom/", "spread/course/"
_DAY = 24
_AGAIN = 2  # a spread is told again when its hand-overs have doubled


class _Going(msgspec.Struct, array_like=True):
    """What goes on in a district: its day, that day's hours with events, the courses."""

    day: int
    today: dict[str, dict[str, int]]
    courses: dict[str, Course]


_encoder = msgspec.msgpack.Encoder(order="deterministic")
_custom = msgspec.msgpack.Decoder(Custom)
_going = msgspec.msgpack.Decoder(_Going)


@dataclass(frozen=True)
class SpreadConfig:
    """What being in trouble means, how fast it may go over, and when that is worth a signal.

    Parameters
    ----------
    level
        Level of the areas: ``street`` or ``community``.
    reach_hours
        How long an area's trouble may go over to a neighbour.
    window_hours
        How far back hand-overs are counted together.
    min_handovers
        Fewest hand-overs reported.
    alpha_report
        Largest probability reported, in (0, 1).
    warm_up_days
        Days of a district before anything is said about it.
    half_life_days
        Memory of how often which area has events of which kind.

    """

    level: str = "community"
    reach_hours: float = 24.0
    window_hours: float = 72.0
    min_handovers: int = 3
    alpha_report: float = 1e-3
    warm_up_days: int = 28
    half_life_days: float = 90.0

    def __post_init__(self) -> None:
        faults = [] if self.level in _LEVELS else [f"level: {self.level!r} is none of {_LEVELS}"]
        if not 0.0 < self.alpha_report < 1.0:
            faults.append("alpha_report must lie in (0, 1)")
        positive = ("reach_hours", "min_handovers", "warm_up_days", "half_life_days")
        faults += [f"{name} must be positive" for name in positive if not getattr(self, name) > 0]
        if self.window_hours < self.reach_hours:
            faults.append("window_hours must not be less than reach_hours")
        if faults:
            raise ValueError("; ".join(faults))


class SpreadDetector(Detector):
    """Says that a kind of trouble goes from areas to their neighbours more often than chance would have it.

    Within one district. An area is *in trouble* when its hours with events of a kind within `reach_hours` are more than
    its own past makes likely (Poisson tail of 5 %): where such events are rare, one will do. Whenever another area
    comes into trouble, it is either a neighbour of one that was (a *hand-over*) or not. By chance it would be one
    with the share that such neighbours have among the areas that were one event short of trouble, each weighed by its
    own rate (share of the kind, shrunk by an hour an area towards its share of all kinds). Given when areas come into
    trouble, these are independent trials of known chance, so the hand-overs of the last `window_hours` have a
    Poisson-binomial distribution. That a storm or a season raises a kind everywhere does not matter: only where it
    goes next is tested, never how much there is. The price: in a district of a dozen areas with a few neighbours
    each, it takes six or more hand-overs in a row to be rarer than 1 in 1000.

    Signals come when the hour closes in which an area came into trouble, first when `p_value` is small and again when
    the hand-overs have doubled; they are final and never withdrawn. ``observed`` are hand-overs, ``expected``
    and ``expected_high`` their mean and 99 % quantile by chance, ``p_value`` the mid-p tail, ``starts_at`` the
    beginning of the window, ``place`` the area it came from as far as the hand-overs can be followed back,
    ``evidence`` the events that put the areas reached in trouble, ``model_age`` days of the district. Kind ``other``
    says nothing, nor do areas without neighbours in the tree.

    Trust it four weeks (`warm_up_days`) after a district's first event; nothing is said before. An event costs a
    dictionary entry; a kind and area with events in an hour about 5 microseconds.

    State: a district's areas times kinds times 60 bytes at most (0.2 MB for 60 areas), and for each kind 64 onsets of
    150 bytes and the last 16 hours of an area within reach (0.5 MB). Districts are never forgotten.

    Parameters
    ----------
    config
        What being in trouble means, how fast it goes over, and when that is worth a signal.
    areas, taxonomy
        Which areas are neighbours; names of areas and kinds.

    References
    ----------
    Knox (1964), The detection of space-time interactions, Applied Statistics 13. Cox (1975), Partial likelihood,
    Biometrika 62, for trials conditional on when. Lancaster (1961), Significance tests in discrete distributions,
    JASA 56, for mid-p.

    Examples
    --------
    >>> from detectors.event import Place
    >>> from detectors.taxonomy import load_taxonomy
    >>> from detectors.windows import instant
    >>> def community(n):
    ...     beside = [f"c{m}" for m in (n - 1, n + 1) if 0 <= m < 40]
    ...     return {"id": f"c{n}", "name": f"C{n}", "neighbours": beside}
    >>> street = {"id": "s", "name": "S", "communities": [community(n) for n in range(40)]}
    >>> districts = [{"id": "d", "name": "D", "streets": [street]}]
    >>> city = {"city": "t", "name": "T", "tz": "UTC", "calendar": "none", "open": False, "districts": districts}
    >>> areas = AreaTree.from_mapping(city)
    >>> detector = SpreadDetector(SpreadConfig(), areas, load_taxonomy())
    >>> def report(name, t, n, kind="odor"):
    ...     place = Place(district="d", street="s", community=f"c{n}")
    ...     return Event(id=f"grid:{name}", source="grid", kind=kind, occurred_at=instant(t), place=place), t
    >>> for n in range(2000):
    ...     _ = detector.observe(*report(n, n * 1500.0, n * 17 % 40, "noise"))
    >>> for n in range(5):
    ...     _ = detector.observe(*report(f"x{n}", 3e6 + n * 7200.0, 10 + n))
    >>> for signal in detector.advance(3.1e6):
    ...     print(signal.says.en.partition(";")[0])
    Odour: spreading from C10 to C11, C12, C13 in 6 h

    """

    name: ClassVar[str] = "spread"

    def __init__(self, config: SpreadConfig, areas: AreaTree, taxonomy: Taxonomy) -> None:
        self.config = config
        self._report = SpreadReport(config.level, config.window_hours, areas, taxonomy)
        self._areas, self._neighbours = _grounds(areas, config.level)
        self._hours = OpenHours(keep=1)
        self._grounds: dict[str, Ground] = {}
        self._moved: set[str] = set()
        self._turned: set[str] = set()

    @classmethod
    def of(cls, areas: AreaTree) -> Self:
        """Return one for a city, with the shipped configuration."""
        return cls(SpreadConfig(), areas, load_taxonomy())

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
        area = place.community if self.config.level == "community" else place.street
        if area in self._neighbours:
            mark = (t, event.id, event.reporter, event.source, place)
            self._hours.add((place.district, event.kind, area), mark)
        return []

    def advance(self, watermark: float) -> list[Signal]:
        """Close every hour that ended at or before the watermark (epoch seconds); return signals by end and id."""
        signals: list[Signal] = []
        for hour in self._hours.closed(watermark, _nothing):
            for key, tally in by_first(self._hours.take(hour)):
                signals += self._learn(hour, key, tally)
        return sorted(signals, key=lambda signal: (signal.ends_at, signal.id))

    def score(self, district: str, kind: str, t: float) -> Handed:
        """Return the hand-overs of a kind in the window that ends at epoch second `t`; nothing is learned."""
        ground = self._grounds.get(district)
        course = ground.courses.get(kind) if ground else None
        return handed(self._lately(course, t) if course else [])

    def dirty(self) -> dict[str, bytes | None]:
        """Return what changed since the last call: entries for open hours, for what is usual and for what goes on."""
        entries = {_OPEN + name: entry for name, entry in self._hours.dirty().items()}
        for district in sorted(self._turned):
            entries[_CUSTOM + district] = _encoder.encode(self._grounds[district].custom)
        for district in sorted(self._moved):
            ground = self._grounds[district]
            entries[_COURSE + district] = _encoder.encode(_Going(ground.today_is, ground.today, ground.courses))
        self._turned, self._moved = set(), set()
        return entries

    def restore(self, items: Mapping[str, bytes]) -> None:
        """Go on from the union of everything `dirty` gave, in a detector that has seen nothing yet.

        Raises
        ------
        ValueError
            When a key is none of `dirty`'s.

        """
        self.refuse_strange(items, _OPEN, _CUSTOM, _COURSE)
        self._hours.restore({key.removeprefix(_OPEN): entry for key, entry in items.items() if key.startswith(_OPEN)})
        for key, entry in items.items():
            if key.startswith(_CUSTOM):
                district = key.removeprefix(_CUSTOM)
                going = _going.decode(items[_COURSE + district])
                self._grounds[district] = Ground(_custom.decode(entry), going.courses, going.today, going.day)

    def _learn(self, hour: int, key: HourKey, tally: HourTally) -> list[Signal]:
        district, kind, area = key
        config, day = self.config, hour // _DAY
        ground = self._grounds.get(district)
        if ground is None:
            ground = self._grounds[district] = Ground(Custom(day, day), today_is=day)
            self._turned.add(district)
        if ground.turn(day, config.half_life_days):
            self._turned.add(district)
        self._moved.add(district)
        reach_s = config.reach_hours * HOUR_S
        weights = ground.weights(kind, self._areas[district], reach_s, config.half_life_days)
        onset = ground.learn(kind, area, tally.first[0], weights, self._neighbours, reach_s)
        age = day - ground.custom.since
        if onset is None or not onset.origin or kind == OTHER or age < config.warm_up_days:
            return []
        return self._judge(hour, district, kind, ground.courses[kind], age)

    def _judge(self, hour: int, district: str, kind: str, course: Course, age: int) -> list[Signal]:
        config = self.config
        now = course.onsets[-1].t
        lately = self._lately(course, now)
        found = handed(lately)
        if found.observed < config.min_handovers or found.p_value > config.alpha_report:
            return []
        if now - course.told_t < config.window_hours * HOUR_S and found.observed < _AGAIN * course.told:
            return []
        course.told_t, course.told = now, found.observed
        return [self._report.signal((hour + 1) * HOUR_S, district, kind, lately, found, age)]

    def _lately(self, course: Course, t: float) -> list[Onset]:
        since = t - self.config.window_hours * HOUR_S
        return [onset for onset in course.onsets if onset.t > since]


def _grounds(areas: AreaTree, level: str) -> tuple[dict[str, list[str]], dict[str, tuple[str, ...]]]:
    """Return the areas of each district, and the neighbours of each within its district."""
    inside: dict[str, list[str]] = {}
    neighbours: dict[str, tuple[str, ...]] = {}
    for district in areas.districts():
        found = areas.children(district.id)
        if level == "community":
            found = [community for street in found for community in areas.children(street.id)]
        own = inside[district.id] = [area.id for area in found]
        neighbours.update({area.id: tuple(other for other in area.neighbours if other in own) for area in found})
    return inside, neighbours


def _nothing() -> None:
    """Return that nothing is due while nothing happens."""
