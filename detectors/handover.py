"""Whether trouble goes from areas to their neighbours: where it begins next, and where it would by chance."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import msgspec
import numpy as np

from detectors.cells import Mark
from detectors.custom import MOST, Custom, Weights, usual, weights_of
from detectors.event import Source

HOUR_S = 3600.0
_KEPT = 64
_HIGH = 0.01


class Onset(msgspec.Struct, array_like=True, frozen=True, gc=False):
    """The hour's first event that put an area in trouble.

    Parameters
    ----------
    t, id, source, reporter
        The event.
    area
        Where.
    chance
        Probability that the next area in trouble would be a neighbour of one that was.
    origin
        The neighbour that was in trouble last; empty when it is no neighbour of any.

    """

    t: float
    id: str
    source: Source
    reporter: str
    area: str
    chance: float
    origin: str


class Course(msgspec.Struct, array_like=True):
    """One kind in one district, lately.

    Parameters
    ----------
    hours
        Instants of the first events of the hours with events, by area, the latest of them.
    onsets
        The latest.
    told_t, told
        When and with how many hand-overs a signal was last given.

    """

    hours: dict[str, list[float]] = {}
    onsets: list[Onset] = []
    told_t: float = -math.inf
    told: int = 0


@dataclass
class Ground:
    """One district.

    Parameters
    ----------
    custom
        What is usual.
    courses
        What goes on, by kind.
    today
        Hours with events of the current UTC day, by kind and area.
    today_is
        That day.

    """

    custom: Custom
    courses: dict[str, Course] = field(default_factory=dict)
    today: dict[str, dict[str, int]] = field(default_factory=dict)
    today_is: int = 0
    _usual: dict[str, float] = field(default_factory=dict)
    _weights: dict[str, Weights] = field(default_factory=dict)

    def turn(self, day: int, half_life_days: float) -> bool:
        """Begin a day; tell whether it is another one."""
        if day == self.today_is:
            return False
        self.custom.learn(self.today_is, self.today, half_life_days)
        self.today, self.today_is = {}, day
        self._usual = {}
        self._weights = {}
        return True

    def weights(self, kind: str, areas: Sequence[str], reach_s: float, half_life_days: float) -> Weights:
        """Return what chance would have of a kind today in the district's `areas`."""
        found = self._weights.get(kind)
        if found is None:
            self._usual = self._usual or usual(self.custom, areas)
            found = weights_of(self.custom, kind, self._usual, reach_s, half_life_days)
            self._weights[kind] = found
        return found

    def learn(
        self,
        kind: str,
        area: str,
        mark: Mark,
        weights: Weights,
        neighbours: Mapping[str, Sequence[str]],
        reach_s: float,
    ) -> Onset | None:
        """Take in the first event of an hour; return the onset if it put the area in trouble."""
        t, need = mark[0], weights.need
        counts = self.today.setdefault(kind, {})
        counts[area] = counts.get(area, 0) + 1
        course = self.courses.get(kind)
        if course is None:
            course = self.courses[kind] = Course({}, [])
        since = t - reach_s
        latest = [one for one in course.hours.get(area, ()) if one > since][1 - MOST :]
        onset = len(latest) == need[area] - 1
        chance, origin = 0.0, ""
        if onset:
            _prune(course, since)
            chance, origin = _frontier(course, area, t, weights, neighbours)
        course.hours[area] = [*latest, t]
        if not onset:
            return None
        found = Onset(t, mark[1], mark[3], mark[2], area, chance, origin)
        course.onsets.append(found)
        del course.onsets[:-_KEPT]
        return found


def _prune(course: Course, before: float) -> None:
    """Forget the hours that are out of reach."""
    for area, latest in list(course.hours.items()):
        if latest[0] <= before:
            latest[:] = [t for t in latest if t > before]
            if not latest:
                del course.hours[area]


def _frontier(
    course: Course, area: str, t: float, weights: Weights, neighbours: Mapping[str, Sequence[str]]
) -> tuple[float, str]:
    """Return the probability that the next area in trouble is a neighbour of one that is, and that of `area`.

    The areas are those whose next hour with events would put them in trouble; each is the next one with a probability
    in proportion to its share.
    """
    share, need, hours = weights.share, weights.need, course.hours
    risks = [weights.calm]
    struck: list[str] = []
    for other, latest in hours.items():
        count, enough = len(latest), need[other]
        if enough == 1:
            risks.append(-share[other])
        elif count == enough - 1 and (other == area or latest[-1] // HOUR_S != t // HOUR_S):
            risks.append(share[other])
        if count >= enough:
            struck.append(other)
    near = sorted({other for one in struck for other in neighbours[one]})
    reached = math.fsum(share[other] for other in near if _at_risk(course, other, area, t, need))
    beside = [one for one in struck if area in neighbours[one]]
    origin = max(beside, key=lambda one: (hours[one][-1], one), default="")
    return min(1.0, reached / max(math.fsum(risks), 1e-12)) if struck else 0.0, origin


def _at_risk(course: Course, other: str, area: str, t: float, need: Mapping[str, int]) -> bool:
    latest = course.hours.get(other)
    if latest is None:
        return need[other] == 1
    return len(latest) == need[other] - 1 and (other == area or latest[-1] // HOUR_S != t // HOUR_S)


@dataclass(frozen=True)
class Handed:
    """Hand-overs among some onsets.

    Parameters
    ----------
    observed, onsets
        How many went to a neighbour of an area in trouble, of how many.
    expected, high
        Mean and 99 % quantile by chance.
    p_value
        Mid-p probability of at least so many by chance.

    """

    observed: int
    onsets: int
    expected: float
    high: float
    p_value: float


def handed(onsets: Sequence[Onset]) -> Handed:
    """Return the hand-overs among onsets: by chance a sum of independent trials, of the chance of each.

    >>> one = Onset(0.0, "a", "grid", "", "c1", 0.1, "c0")
    >>> some = handed([one, one, one])
    >>> some.observed, round(some.expected, 2), round(some.p_value, 6)
    (3, 0.3, 0.0005)

    """
    told = [onset for onset in onsets if 0.0 < onset.chance < 1.0]
    observed = sum(onset.origin != "" for onset in told)
    density = np.zeros(len(told) + 1)
    density[0] = 1.0
    for onset in told:
        density[1:] = density[1:] * (1.0 - onset.chance) + density[:-1] * onset.chance
        density[0] *= 1.0 - onset.chance
    upper = np.cumsum(density[::-1])[::-1]
    high = int(np.flatnonzero(upper > _HIGH)[-1])
    p_value = float(upper[observed] - 0.5 * density[observed])
    return Handed(observed, len(told), sum(onset.chance for onset in told), float(high), min(1.0, max(p_value, 1e-300)))
