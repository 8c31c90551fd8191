"""Silence: a quiet place and a dead feed are told apart."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar, Self

from detectors.areas import AreaTree
from detectors.detector import Detector
from detectors.event import Event
from detectors.openhours import OpenHours
from detectors.signal import Signal
from detectors.silence_config import SilenceConfig
from detectors.silence_report import Silent, signal_of
from detectors.silence_state import OPEN, dump, load
from detectors.silence_watch import Watch

__all__ = ["SilenceConfig", "SilenceDetector"]


class SilenceDetector(Detector):
    """Says when a source has gone quiet in a district (``feed``), or at one place while the rest of it speaks.

    A *feed* is one source in one district, all kinds and places together. Its hourly counts have an online
    negative-binomial baseline (`detectors.baseline.Baseline`, day in four harmonics, week in two). What the baseline
    expected since the last event, under the liveliness of the hours before (`detectors.hush.feed_hush`), gives the
    probability of hearing nothing; times the gaps of a day it is ``p_value``: the chance that a day of this feed
    holds such a silence. A *place* is held against its feed, not against the clock: of so many reports of this
    source in the district none came from here (beta-binomial, `detectors.hush.place_hush`). So a feed that dies
    makes no place quiet, nor does a slow day.

    Time is what the watermark says: no event has to come any more. Everything is decided when an hour closes; the
    hours of a dead feed teach its baseline nothing. A silence is told when it becomes unlikely and each
    time the expected count has doubled; the final signal follows with the hour of the first event after it, and ends
    there, or after `forget_hours`, from when on silence is what is usual. Signals are never withdrawn. Events that
    only know their day are left out. A silence is dated from the last event: ``observed`` is 0, ``expected`` the
    events due since (of a place: those of its share), ``expected_high`` their 99 % quantile, ``evidence`` the
    last event, ``kind`` is ``feed`` or ``place``, ``model_age`` hours of the
    feed within a day of an event.

    Trust it from a week of a feed on (`warm_up_hours` within a day of an event, so that a stray record years before a
    feed begins warms nothing up); nothing is said before. On a month of two real sources in 174 feeds, silences were
    told 1.3, 1.9 and 1.8 times as often as nominal at 0.1, 0.01 and 0.001 (``tests/bench/silence.py --stlouis``).
    Cost: an event is one dictionary entry; an hour of a feed some microseconds; a day of all feeds at once some
    milliseconds.

    State: 3 kB a feed (324 float64 of its baseline), about 150 bytes a place, and two events a place in open hours;
    forgotten after `forget_hours` of silence.

    Parameters
    ----------
    config
        When silence is worth a signal.
    areas
        The city: its time zone and the names of areas.

    References
    ----------
    Baseline as in `detectors.baseline.Baseline`. Gamma-Poisson and beta-binomial predictive distributions: Gelman et
    al. (2013), Bayesian Data Analysis, 3rd ed., 2.6 and 5.3. Gaps of a Poisson process as alarms for rare events:
    Xie, Goh & Ranjan (2002), Some effective control chart procedures for reliability monitoring, Reliability
    Engineering & System Safety 77.

    Examples
    --------
    >>> from detectors.event import Place
    >>> from detectors.windows import instant
    >>> areas = AreaTree.from_mapping({"city": "t", "name": "T", "tz": "UTC", "calendar": "none", "open": True})
    >>> detector = SilenceDetector(SilenceConfig(), areas)
    >>> def report(n):
    ...     place = Place(district="d1", street=f"s{n % 4}")
    ...     return Event(id=f"grid:{n}", source="grid", kind="noise", occurred_at=instant(n * 600.0), place=place)
    >>> for n in range(6 * 24 * 14):
    ...     _ = detector.observe(report(n), n * 600.0)
    >>> fortnight = 14 * 86400.0
    >>> [(s.kind, s.starts_at.hour, s.final) for s in detector.advance(fortnight + 12 * 3600.0)]
    [('feed', 23, False), ('feed', 23, False)]

    """

    name: ClassVar[str] = "silence"

    def __init__(self, config: SilenceConfig, areas: AreaTree) -> None:
        self.config = config
        self._areas = areas
        self._hours = OpenHours(keep=1)
        self._watch = Watch(config, areas.zone)

    @classmethod
    def of(cls, areas: AreaTree) -> Self:
        """Return one for a city, with the shipped configuration."""
        return cls(SilenceConfig(), areas)

    def observe(self, event: Event, t: float) -> list[Signal]:
        """Count an event.

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
        if event.resolution == "instant":
            place = event.place
            key = (place.district, event.source, place.at(self.config.level))
            self._hours.add(key, (t, event.id, "", event.source, place))
        return []

    def advance(self, watermark: float) -> list[Signal]:
        """Close every hour that ended at or before the watermark (epoch seconds); return signals by end and id."""
        found: list[Silent] = []
        for hour in self._hours.closed(watermark, self._watch.due):
            found += self._watch.close(hour, self._hours.take(hour))
        signals = [signal_of(silent, self._areas, self.config.level) for silent in found]
        return sorted(signals, key=lambda signal: (signal.ends_at, signal.id))

    def dirty(self) -> dict[str, bytes | None]:
        """Return what changed since the last call, an entry a district for each open hour, its feeds, their habits."""
        watch = self._watch
        watch.catch_up(self._hours.cursor)
        entries = {OPEN + name: entry for name, entry in self._hours.dirty().items()}
        entries |= dump(watch.feeds, watch.habits, moved=watch.moved, learned=watch.learned)
        watch.moved, watch.learned = set(), set()
        return entries

    def restore(self, items: Mapping[str, bytes]) -> None:
        """Go on from the union of everything `dirty` gave, in a detector that has seen nothing yet.

        Raises
        ------
        ValueError
            When a key is none of `dirty`'s.

        """
        feeds = self._watch.feeds
        self._hours.restore({key.removeprefix(OPEN): entry for key, entry in items.items() if key.startswith(OPEN)})
        load(feeds, self._watch.habits, {key: entry for key, entry in items.items() if not key.startswith(OPEN)})
        self._hours.cursor = max((feed.through + 1 for feed in feeds.values()), default=self._hours.cursor)
        self._watch.resume(self._hours.cursor)
