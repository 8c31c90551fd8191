"""One source's reports from one district: its rhythm, its places, and how long they have been silent."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from zoneinfo import ZoneInfo

import msgspec
import numpy as np

from detectors.baseline import LOG_MEAN_BOUND, Baseline, Floats, total
from detectors.hush import Recent
from detectors.rhythm import Rhythm
from detectors.windows import HourWindows

HOURS = 24
_HOURS = np.arange(HOURS)
Heard = tuple[float, str]
"""Epoch seconds and id of an event."""

FEED_RHYTHM = Rhythm(
    harmonics=((24.0, 4), (168.0, 2)),
    level_discount=0.9985,
    trend_discount=0.9995,
    season_discount=0.9993,
    trend_variance=1e-8,
    season_variance=1.0,
    trend_damping=0.999,
    patience=24.0,
)


class PlaceLog(msgspec.Struct, array_like=True):
    """A place as one feed knows it.

    Parameters
    ----------
    last
        Its last event.
    own
        Its events, fading with the feed's total.
    missed
        Events from elsewhere since.
    spoken
        `missed` when a signal was last given; 0 when none stands.

    """

    last: Heard
    own: float = 0.0
    missed: float = 0.0
    spoken: float = 0.0


class Feed(msgspec.Struct, array_like=True):
    """A source in a district.

    Parameters
    ----------
    last
        Its last event.
    since
        Hour of its first one.
    through
        Last hour closed.
    alive
        Hours closed within a day of an event.
    counts
        Events of the hours of the current UTC day.
    deaf
        Hours of that day, a bit each, from which nothing is learned: the feed was taken for dead.
    run
        Events expected since the last one.
    spoken
        `run` when a signal was last given; 0 when none stands.
    recent
        Its liveliness up to the last event.
    total, day
        Its events, fading, and the day up to which they have faded.
    places
        Those at the level watched.

    """

    last: Heard
    since: int
    through: int
    alive: int
    counts: list[int]
    deaf: int
    run: float
    spoken: float
    recent: Recent
    total: float
    day: int
    places: dict[str, PlaceLog]


class Habits(msgspec.Struct, array_like=True):
    """What is expected of a feed.

    Parameters
    ----------
    learned
        First hour not learned yet.
    column
        State of its baseline, float64 little-endian.
    means
        Expected events of the hours of the current UTC day.
    clump
        Variance over mean, at least 1.

    """

    learned: int
    column: bytes
    means: list[float]
    clump: float

    @property
    def a_day(self) -> float:
        """Events a day."""
        return sum(self.means)


class HabitLearner:
    """Learns the days of many feeds at once; a feed's habits do not depend on the others'.

    Parameters
    ----------
    zone
        The city's time zone.

    """

    def __init__(self, zone: ZoneInfo) -> None:
        self._model = Baseline(FEED_RHYTHM)
        self._position = HourWindows(zone).position

    def learn(self, day: int, feeds: Sequence[Feed], habits: Sequence[Habits | None]) -> list[Habits]:
        """Return the habits after a UTC day.

        Parameters
        ----------
        day
            Number of the day that ends.
        feeds
            With the counts of that day.
        habits
            What was known of each before; ``None`` for a new one.

        """
        model, first = self._model, day * HOURS
        columns = [self._column(first, *pair) for pair in zip(feeds, habits, strict=True)]
        table = np.hstack(columns)
        counts = np.array([feed.counts for feed in feeds], dtype=np.float64)
        since, deaf = np.array([[feed.since, feed.deaf] for feed in feeds]).T[:, :, None]
        heard = (first + _HOURS >= since) & (deaf >> _HOURS & 1 == 0)
        for hour in range(HOURS):
            model.evolve(table)
            rows = np.flatnonzero(heard[:, hour])
            if len(rows):
                some = table[:, rows]
                forecast = model.forecast(some, model.regressors(self._position(first + hour)))
                model.learn(some, forecast, counts[rows, hour])
                table[:, rows] = some
        return self._told(first + HOURS, table)

    def _column(self, first: int, feed: Feed, known: Habits | None) -> Floats:
        if known is None:
            hours = max(1, first + HOURS - feed.since)
            return self._model.newborn(np.log([(sum(feed.counts) + 0.5) / hours]))
        column = np.frombuffer(known.column, "<f8").astype(np.float64).reshape(-1, 1)
        if known.learned < first:
            self._model.evolve(column, first - known.learned)
        return column

    def _told(self, first: int, table: Floats) -> list[Habits]:
        coming = table.copy()
        self._model.evolve(coming, HOURS // 2)
        at = np.array([self._model.regressors(self._position(first + hour)) for hour in range(HOURS)])
        log_means = total(at[:, :, None] * coming[: self._model.order], axis=1)
        means = np.exp(np.minimum(np.maximum(log_means, -LOG_MEAN_BOUND), LOG_MEAN_BOUND))
        clumps = self._model.dispersion_of(table)
        return [
            Habits(first, table[:, n].astype("<f8").tobytes(), means[:, n].tolist(), float(clumps[n]))
            for n in range(table.shape[1])
        ]


def fade(feed: Feed, day: int, half_life_days: float) -> None:
    """Let what is known of a feed's shares fade up to `day`."""
    if day == feed.day:
        return
    fading = 0.5 ** ((day - feed.day) / half_life_days)
    feed.total *= fading
    for place in feed.places.values():
        place.own *= fading
    feed.day = day


def shares(feed: Feed, counts: Mapping[str, int], came: int, most: float) -> float:
    """Learn an hour's shares; return how many events count: what is told by many at once counts no more than `most`."""
    scale = min(1.0, most / came)
    feed.total += came * scale
    for area, count in counts.items():
        feed.places[area].own += count * scale
    return came * scale


def until_now(t: float) -> float:
    """Return which share of its hour is left after epoch second `t`."""
    return 1.0 - math.fmod(t, 3600.0) / 3600.0
