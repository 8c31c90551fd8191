"""Cities whose mix of kinds is known: with nothing unusual in it, and with mixes changed in known windows."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

import numpy as np
from numpy.typing import NDArray

from detectors.event import Event, Place

DAY_S, HOUR_S = 86_400.0, 3_600.0
KINDS, STREETS, WHOLE_DAY = 30, 5, -1
HOWS = ("share+0.15", "share+0.3", "share+0.5", "other_mix")
_WORKDAYS = 5
Counts = NDArray[np.int64]


@dataclass(frozen=True)
class Injection:
    """A window of a district in which some of the events became another kind, or the whole mix another one."""

    district: int
    day: int
    hour: int
    how: str


@dataclass(frozen=True)
class MixCity:
    """Counts, district x day x hour x street x kind, and what was done to them."""

    counts: Counts
    injections: tuple[Injection, ...] = ()

    def window(self, district: int, day: int, hour: int) -> Counts:
        """Return the counts of an hour, or of a whole day, hours x streets x kinds."""
        counts: Counts = self.counts[district, day, slice(None) if hour == WHOLE_DAY else slice(hour, hour + 1)]
        return counts

    def events(self, day: int) -> Iterator[tuple[Event, float]]:
        """Yield the events of a day in order of their hours."""
        for hour in range(24):
            start = day * DAY_S + hour * HOUR_S
            for number, (district, street, kind) in enumerate(np.argwhere(self.counts[:, day, hour]).tolist()):
                place = Place(district=f"d{district}", street=f"d{district}s{street}")
                for one in range(int(self.counts[district, day, hour, street, kind])):
                    t = start + one
                    when = datetime.fromtimestamp(t, UTC)
                    name = f"sos:{start}:{number}:{one}"
                    yield Event(id=name, source="sos", kind=f"k{kind}", occurred_at=when, place=place), t


def a_city(rng: np.random.Generator, districts: int, days: int, *, wild: bool) -> MixCity:
    """Draw a city with five streets a district, of 4 to 400 events a day a street.

    Kinds have their own share, streets, hours, weekends and year (up to 30 % both ways); those of a wild city come in
    days of more and of fewer besides, by gamma factors of shape 8 for each district, kind and day.
    """
    shares = rng.dirichlet(np.full(KINDS, 0.4), districts)
    level = np.exp(rng.uniform(np.log(4.0), np.log(400.0), districts)) / 24.0
    streets = rng.gamma(20.0, 1.0 / 20.0, (districts, STREETS, KINDS)) * rng.uniform(0.3, 1.7, (districts, STREETS, 1))
    amplitude, phase = rng.uniform(0.0, 0.9, KINDS), rng.uniform(0.0, 24.0, KINDS)
    weekend, season = rng.uniform(0.6, 1.2, KINDS), rng.uniform(0.0, 0.3, KINDS)
    month = rng.uniform(0.0, 2.0 * np.pi, KINDS)
    clock = np.exp(amplitude * np.cos(2.0 * np.pi * (np.arange(24)[:, None] - phase) / 24.0))
    usual = level[:, None, None, None] * shares[:, None, None, :] * streets[:, None] * clock[:, None]
    counts = np.zeros((districts, days, 24, STREETS, KINDS), dtype=np.int64)
    for day in range(days):
        factor = np.exp(season * np.cos(2.0 * np.pi * day / 365.25 + month))
        factor *= np.where((day + 3) % 7 >= _WORKDAYS, weekend, 1.0)
        clumps = rng.gamma(8.0, 1.0 / 8.0, (districts, KINDS)) if wild else np.ones((districts, KINDS))
        counts[:, day] = rng.poisson(usual * (clumps * factor)[:, None, None, :])
    return MixCity(counts)


def changed(city: MixCity, rng: np.random.Generator, *, since: int, every: int) -> MixCity:
    """Return the city with a window changed in each district every so many days; as many events came as before."""
    found = MixCity(city.counts.copy())
    done: list[Injection] = []
    districts, days = found.counts.shape[:2]
    for district in range(districts):
        for day in range(since + district % every, days, every):
            hour = int(rng.integers(24)) if rng.random() < 0.5 else WHOLE_DAY
            how = HOWS[int(rng.integers(len(HOWS)))]
            part = found.window(district, day, hour)
            if how == "other_mix":
                part[:] = part[..., rng.permutation(KINDS)]
            else:
                kind = int(rng.integers(KINDS))
                moved = rng.binomial(part, float(how.removeprefix("share+")))
                part -= moved
                part[..., kind] += moved.sum(axis=-1)
            done.append(Injection(district, day, hour, how))
    return MixCity(found.counts, tuple(done))
