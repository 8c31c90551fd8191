"""Episodes at places over months, and how often a place of the same district and kind has them."""

from __future__ import annotations

import math
from collections import Counter, deque
from collections.abc import Iterator
from dataclasses import dataclass, field

import msgspec

from detectors.event import Place, Source
from detectors.tail import critical_count, upper_tail

DAY_S = 86_400.0
_HIGH = 0.01
_POISSON = 1e9
_STEPS = 30
_PRIOR_PAIRS = 4.0  # how much evidence of the places' unevenness the prior is worth, in expected pairs
_PRIOR_UNEVENNESS = 0.5  # squared coefficient of variation of the places' rates, before there is evidence
Spot = tuple[str, str]
"""Level and key of a place."""


class Start(msgspec.Struct, array_like=True, frozen=True, gc=False):
    """The first event of an episode: epoch seconds, id, source and keyed hash of its reporter."""

    t: float
    id: str
    source: Source
    reporter: str


class Record(msgspec.Struct, array_like=True):
    """The episodes of one kind at one place.

    Parameters
    ----------
    last_t
        Latest event, epoch seconds.
    starts
        First events of the episodes within the horizon, in order.
    place
        Where, as the first event had it.

    """

    last_t: float
    starts: list[Start]
    place: Place


class Expected(msgspec.Struct, frozen=True):
    """Predictive distribution of a place's episodes within the horizon.

    Parameters
    ----------
    mean, shape
        Mean and gamma shape over all places of the level.
    places
        How many others there are.
    affected, again
        Share of them that had the kind at all, and the Poisson rate at which it came to these.

    """

    mean: float
    shape: float
    places: int
    affected: float
    again: float

    def p_value(self, count: int) -> float:
        """Return the probability of so many episodes.

        Many kinds cannot come to most places: there are no lifts in roads. Then a gamma distribution over all places
        promises too little of those it can come to, and a share of places with a rate of their own promises more. The
        larger of both is returned.
        """
        if count <= 1:
            return upper_tail(count, self.mean, self.shape)
        truncated = upper_tail(count, self.again, _POISSON) / upper_tail(1, self.again, _POISSON)
        return max(upper_tail(count, self.mean, self.shape), self.affected * truncated)

    @property
    def high(self) -> float:
        """The 99 % quantile."""
        return float(critical_count(self.mean, self.shape, _HIGH) - 1)


@dataclass
class Pool:
    """Sums over the places of one level: episodes of one kind, pairs of them at one place, places that had one."""

    episodes: int = 0
    pairs: int = 0
    affected: int = 0

    def move(self, before: int, after: int) -> None:
        """Let a place have `after` episodes instead of `before`."""
        self.episodes += after - before
        self.pairs += after * (after - 1) - before * (before - 1)
        self.affected += (after > 0) - (before > 0)


@dataclass
class Repeats:
    """Episodes of one district.

    Parameters
    ----------
    since
        First hour.
    records
        By place, then kind.
    pools
        By kind and level.
    places
        Places by level.
    queue
        Starts in order, for forgetting.

    """

    since: int
    records: dict[Spot, dict[str, Record]] = field(default_factory=dict)
    pools: dict[tuple[str, str], Pool] = field(default_factory=dict)
    places: Counter[str] = field(default_factory=Counter)
    queue: deque[tuple[float, str, Spot, str]] = field(default_factory=deque)

    def expect(self, kind: str, spot: Spot) -> Expected:
        """Return what is expected of a place that is like the others: empirical Bayes, the place itself left out.

        Rates of places are gamma variables: their mean is episodes a place, their shape the moment estimate from pairs
        of episodes at one place, shrunk towards a prior.
        """
        pool = self.pools.get((kind, spot[0]), Pool())
        record = self.records.get(spot, {}).get(kind)
        own = len(record.starts) if record else 0
        others = max(1, self.places[spot[0]] - (spot in self.records))
        mean = (pool.episodes - own + 0.5) / others
        even = others * mean * mean  # pairs, if all places were alike
        pairs = pool.pairs - own * (own - 1)
        unevenness = (pairs + _PRIOR_PAIRS * (1.0 + _PRIOR_UNEVENNESS)) / (even + _PRIOR_PAIRS) - 1.0
        affected = pool.affected - (own > 0) + 1  # before there is evidence, one more that had it twice
        again = _rate((pool.episodes - own + 2) / affected)
        return Expected(mean, 1.0 / max(unevenness, 0.01), others, min(1.0, affected / others), again)

    def add(self, kind: str, spot: Spot, start: Start, last_t: float, place: Place, quiet_s: float) -> Record | None:
        """Take in the events of an hour; return the record when an episode began."""
        kinds = self.records.get(spot)
        if kinds is None:
            kinds = self.records[spot] = {}
            self.places[spot[0]] += 1
        record = kinds.get(kind)
        if record is None:
            record = kinds[kind] = Record(last_t, [], place)
        elif start.t - record.last_t < quiet_s:
            record.last_t = last_t
            return None
        record.last_t = last_t
        record.starts.append(start)
        self.pools.setdefault((kind, spot[0]), Pool()).move(len(record.starts) - 1, len(record.starts))
        self.queue.append((start.t, start.id, spot, kind))
        return record

    def forget(self, before: float, capacity: int) -> Iterator[Spot]:
        """Drop the episodes that began at or before an instant, and the oldest beyond `capacity`; yield the places."""
        while self.queue and (self.queue[0][0] <= before or len(self.queue) > capacity):
            _, _, spot, kind = self.queue.popleft()
            kinds = self.records[spot]
            record = kinds[kind]
            del record.starts[0]
            pool = self.pools[kind, spot[0]]
            pool.move(len(record.starts) + 1, len(record.starts))
            if not record.starts:
                del kinds[kind]
            if not pool.episodes:
                del self.pools[kind, spot[0]]
            if not kinds:
                del self.records[spot]
                self.places[spot[0]] -= 1
            yield spot

    def adopt(self, spot: Spot, kinds: dict[str, Record]) -> None:
        """Take over a place that was stored; `settle` when all have been."""
        self.records[spot] = kinds
        self.places[spot[0]] += 1
        for kind, record in kinds.items():
            self.pools.setdefault((kind, spot[0]), Pool()).move(0, len(record.starts))
            self.queue.extend((start.t, start.id, spot, kind) for start in record.starts)

    def settle(self) -> None:
        """Put what was adopted in order."""
        self.queue = deque(sorted(self.queue))


def _rate(mean: float) -> float:
    """Return the Poisson rate at which counts of at least 1 have this mean.

    >>> round(_rate(1.0 / (1.0 - math.exp(-1.0))), 6)
    1.0

    """
    rate = max(mean - 1.0, 0.01)
    for _ in range(_STEPS):
        rate = max(0.01, mean * -math.expm1(-rate))
    return rate
