"""How long feeds and places have been silent, and how likely that is; hour after hour."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from detectors.feeds import HOURS, Feed, HabitLearner, Habits, Heard, PlaceLog, fade, shares, until_now
from detectors.hush import Recent, feed_hush, in_a_day, place_hush
from detectors.openhours import HOUR_S, HourKey, HourTally
from detectors.silence_report import Silent

_LEVELS = ("street", "community", "grid")
_AGAIN = 2.0  # a silence is told again when its expected count has doubled
Name = tuple[str, str]
"""District and source."""


@dataclass(frozen=True)
class SilenceConfig:
    """When silence is worth a signal.

    Parameters
    ----------
    level
        Level of the places watched: ``street``, ``community`` or ``grid``.
    alpha_report
        Largest probability reported, of such a silence within a day by chance, in (0, 1).
    warm_up_hours
        Hours within a day of an event that a feed must have had before anything is said about it.
    forget_hours
        Hours of silence after which a feed or place is forgotten: that is how it is now.
    steadiness
        Gamma shape of how a feed's days, and a place's share of them, vary beyond the rhythm.
    share_days
        Half-life of what is known of a place's share, days.

    """

    level: str = "street"
    alpha_report: float = 1e-4
    warm_up_hours: int = 168
    forget_hours: int = 336
    steadiness: float = 20.0
    share_days: float = 28.0

    def __post_init__(self) -> None:
        faults = [] if self.level in _LEVELS else [f"level: {self.level!r} is none of {_LEVELS}"]
        if not 0.0 < self.alpha_report < 1.0:
            faults.append("alpha_report must lie in (0, 1)")
        faults += [f"{name} must be at least 1" for name in ("warm_up_hours",) if getattr(self, name) < 1]
        faults += [f"{name} must be positive" for name in ("steadiness", "share_days") if not getattr(self, name) > 0.0]
        if self.forget_hours <= HOURS:
            faults.append(f"forget_hours must exceed {HOURS}")
        if faults:
            raise ValueError("; ".join(faults))


class Watch:
    """Feeds, their habits and their places.

    Parameters
    ----------
    config
        When silence is worth a word.
    zone
        The city's time zone.

    Attributes
    ----------
    feeds, habits
        By district and source.
    moved, learned
        Districts whose feeds, whose habits changed.

    """

    def __init__(self, config: SilenceConfig, zone: ZoneInfo) -> None:
        self.config = config
        self.feeds: dict[Name, Feed] = {}
        self.habits: dict[Name, Habits] = {}
        self.moved: set[str] = set()
        self.learned: set[str] = set()
        self._learner = HabitLearner(zone)
        self._least = -math.log(config.alpha_report)  # fewest events that can be missed significantly

    def close(self, hour: int, cells: Mapping[HourKey, HourTally]) -> list[Silent]:
        """Take in a closed hour; return the silences to be told."""
        heard: defaultdict[Name, dict[str, HourTally]] = defaultdict(dict)
        for (district, source, area), tally in cells.items():
            heard[district, source][area] = tally
        found: list[Silent] = []
        for name in sorted({*self.feeds, *heard}):
            tallies = heard.get(name)
            if tallies:
                found += self._hear(name, hour, tallies)
            else:
                found += self._wait(name, hour)
            self.moved.add(name[0])
        return found

    def _hear(self, name: Name, hour: int, tallies: Mapping[str, HourTally]) -> list[Silent]:
        """Take in an hour in which a feed spoke."""
        last = max(_heard(tally) for tally in tallies.values())
        came = sum(tally.count for tally in tallies.values())
        feed = self.feeds.get(name)
        if feed is None:
            feed = self.feeds[name] = Feed(
                last, hour, hour, 0, [0] * HOURS, 0, 0.0, 0.0, Recent(hour=hour), 0.0, hour // HOURS, {}
            )
        habits = self.habits.get(name)
        expected = habits.means[hour % HOURS] if habits else 0.0
        found = []
        if feed.spoken:
            first = min(tally.first[0][0] for tally in tallies.values())
            feed.run += expected * (1.0 - until_now(first))
            found.append(self._feed_silence(name, feed, ends=first, final=True))
            feed.recent = Recent(hour=hour)
        else:
            expected_since = feed.run + expected
            feed.recent.learn(hour, float(came), expected_since)
        feed.last, feed.through, feed.spoken = last, hour, 0.0
        feed.alive += 1
        feed.run = expected * until_now(last[0])
        feed.counts[hour % HOURS] = came
        return found + self._hear_places(name, hour, tallies, came, 2.0 * (expected + 1.0))

    def _wait(self, name: Name, hour: int) -> list[Silent]:
        """Take in an hour in which a feed said nothing."""
        feed, habits = self.feeds[name], self.habits.get(name)
        feed.through = hour
        feed.alive += hour - feed.last[0] // HOUR_S <= HOURS
        ends = (hour + 1) * HOUR_S
        if ends - feed.last[0] >= self.config.forget_hours * HOUR_S:
            return self._forget(name, ends)
        if habits is None:
            return []
        feed.run += habits.means[hour % HOURS]
        if feed.alive < self.config.warm_up_hours or feed.run < self._least:
            return []
        silent = self._feed_silence(name, feed, ends=ends, final=False)
        if silent.p_value > self.config.alpha_report:
            return []
        for deaf in range(max(int(feed.last[0] // HOUR_S) + 1, hour - hour % HOURS), hour + 1):
            feed.deaf |= 1 << deaf % HOURS
        if feed.run < _AGAIN * feed.spoken:
            return []
        feed.spoken = feed.run
        return [silent]

    def _forget(self, name: Name, ends: float) -> list[Silent]:
        """Drop a feed, closing what was told of it and its places."""
        feed = self.feeds[name]
        found = [self._feed_silence(name, feed, ends=ends, final=True)] if feed.spoken else []
        quiet = [area for area, place in feed.places.items() if place.spoken]
        found += [self._place_silence(name, area, ends=ends, final=True) for area in quiet]
        del self.feeds[name]
        self.habits.pop(name, None)
        self.learned.add(name[0])
        return found

    def _feed_silence(self, name: Name, feed: Feed, *, ends: float, final: bool) -> Silent:
        habits, recent = self.habits[name], feed.recent
        steadiness, clump = self.config.steadiness, habits.clump
        hush = feed_hush(feed.run, recent, clump=clump, steadiness=steadiness)
        shape = steadiness + recent.came / clump
        lively = shape / (steadiness + recent.expected / clump)
        return Silent(
            *name,
            area="",
            since=feed.last,
            ends=ends,
            expected=feed.run * lively,
            shape=shape,
            p_value=in_a_day(hush, habits.a_day / clump),
            age=feed.alive,
            final=final,
        )

    def _hear_places(
        self, name: Name, hour: int, tallies: Mapping[str, HourTally], came: int, most: float
    ) -> list[Silent]:
        feed = self.feeds[name]
        fade(feed, hour // HOURS, self.config.share_days)
        found: list[Silent] = []
        for area, tally in tallies.items():
            last = _heard(tally)
            place = feed.places.setdefault(area, PlaceLog(last)) if area else None
            if place is not None:
                if place.spoken:
                    found.append(self._place_silence(name, area, ends=tally.first[0][0], final=True))
                place.last, place.missed, place.spoken = last, 0.0, 0.0
        counted = shares(feed, {area: tally.count for area, tally in tallies.items() if area}, came, most)
        for area in [area for area in feed.places if area not in tallies]:
            found += self._miss(name, area, hour, counted)
        return found

    def _miss(self, name: Name, area: str, hour: int, counted: float) -> list[Silent]:
        """Let a place miss what its feed told from elsewhere."""
        feed = self.feeds[name]
        place, ends = feed.places[area], (hour + 1) * HOUR_S
        place.missed += counted
        if ends - place.last[0] >= self.config.forget_hours * HOUR_S:
            found = [self._place_silence(name, area, ends=ends, final=True)] if place.spoken else []
            del feed.places[area]
            return found
        due = place.own / feed.total * place.missed
        if name not in self.habits or feed.alive < self.config.warm_up_hours or due < self._least:
            return []
        silent = self._place_silence(name, area, ends=ends, final=False)
        if silent.p_value > self.config.alpha_report or place.missed < _AGAIN * place.spoken:
            return []
        place.spoken = place.missed
        return [silent]

    def _place_silence(self, name: Name, area: str, *, ends: float, final: bool) -> Silent:
        feed, habits = self.feeds[name], self.habits[name]
        place, steadiness, clump = feed.places[area], self.config.steadiness, habits.clump
        share = place.own / feed.total
        hush = place_hush(place.missed, place.own, feed.total, clump=clump, steadiness=steadiness)
        return Silent(
            *name,
            area=area,
            since=place.last,
            ends=ends,
            expected=share * place.missed,
            shape=min(place.own / clump, steadiness),
            p_value=in_a_day(hush, share * habits.a_day / clump),
            age=feed.alive,
            final=final,
        )

    def end_of_day(self, day: int) -> None:
        """Let all feeds learn the UTC day that ends."""
        names = sorted(self.feeds)
        feeds = [self.feeds[name] for name in names]
        if not names:
            return
        known = self._learner.learn(day, feeds, [self.habits.get(name) for name in names])
        for name, feed, habits in zip(names, feeds, known, strict=True):
            self.habits[name] = habits
            feed.counts, feed.deaf = [0] * HOURS, 0
            self.learned.add(name[0])


def _heard(tally: HourTally) -> Heard:
    return tally.last[:2]
