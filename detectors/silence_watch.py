"""How long feeds and places have been silent, and how likely that is; hour after hour."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from zoneinfo import ZoneInfo

from detectors.feeds import HOURS, Feed, HabitLearner, Habits, Heard, PlaceLog, fade, shares, until_now
from detectors.hush import Recent, feed_hush, in_a_day, place_hush
from detectors.openhours import HOUR_S, HourKey, HourTally
from detectors.silence_config import SilenceConfig
from detectors.silence_report import Silent

_AGAIN = 2.0  # a silence is told again when its expected count has doubled
_NOTHING = (0.0,) * HOURS
Name = tuple[str, str]
"""District and source."""


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
        By district and source. A feed is as it was after hour `through`: the hours and days in which nothing can be
        said of it are taken in together, when it is heard or looked at again, or `catch_up` asks for it.
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
        self._forget_s = config.forget_hours * HOUR_S
        self._looks: dict[Name, int] = {}  # hours at whose ends feeds are looked at that are warm, or may be by then
        self._tomorrow = 0  # first hour of the UTC day after that of the hour closed last

    def due(self) -> int | None:
        """Return the next hour at whose end something may have to be said, though nothing is heard."""
        return min(self._looks.values(), default=None)

    def close(self, hour: int, cells: Mapping[HourKey, HourTally]) -> list[Silent]:
        """Take in a closed hour; return the silences to be told."""
        heard: defaultdict[Name, dict[str, HourTally]] = defaultdict(dict)
        for (district, source, area), tally in cells.items():
            heard[district, source][area] = tally
        self._drop_forgotten(hour)
        if hour >= self._tomorrow:
            self._bring(list(self._looks), hour)
        if any(self._day_of(name) < hour // HOURS for name in heard if name in self.feeds):
            self._bring(list(self.feeds), hour)
        found: list[Silent] = []
        for name, tallies in heard.items():
            found += self._hear(name, hour, tallies)
        for name in [name for name, look in self._looks.items() if look <= hour and name not in heard]:
            found += self._look(name, hour)
        return found

    def catch_up(self, hour: int) -> None:
        """Bring all feeds to the end of the hour before this one."""
        self._drop_forgotten(hour)
        self._bring(list(self.feeds), hour)

    def resume(self, hour: int) -> None:
        """Go on with this hour from feeds and habits that were stored."""
        self._bring(list(self.feeds), hour)

    def _drop_forgotten(self, hour: int) -> None:
        """Forget the feeds of which nothing was ever told and nothing was heard for too long when an hour begins."""
        begins = hour * HOUR_S
        for name in [name for name, feed in self.feeds.items() if begins - feed.last[0] >= self._forget_s]:
            self._forget(name, begins)

    def _bring(self, names: Collection[Name], hour: int) -> None:
        """Let feeds wait until an hour begins, and learn the UTC days that ended by then."""
        self._tomorrow = hour - hour % HOURS + HOURS
        behind = {name: self._day_of(name) for name in names}
        today = hour // HOURS
        for day in range(min(behind.values(), default=today), today):
            self._learn(day, sorted(name for name, own in behind.items() if own <= day))
        for name in names:
            self._wait(name, hour - 1)
            self._plan(name)

    def _day_of(self, name: Name) -> int:
        """Return the first UTC day that a feed has not learned."""
        habits = self.habits.get(name)
        return (habits.learned if habits is not None else self.feeds[name].since) // HOURS

    def _learn(self, day: int, names: Sequence[Name]) -> None:
        for name in names:
            self._wait(name, (day + 1) * HOURS - 1)
        feeds = [self.feeds[name] for name in names]
        known = self._learner.learn(day, feeds, [self.habits.get(name) for name in names])
        for name, feed, habits in zip(names, feeds, known, strict=True):
            self.habits[name] = habits
            feed.counts, feed.deaf = [0] * HOURS, 0
            self.learned.add(name[0])

    def _hear(self, name: Name, hour: int, tallies: Mapping[str, HourTally]) -> list[Silent]:
        """Take in an hour in which a feed spoke."""
        last = max(_heard(tally) for tally in tallies.values())
        came = sum(tally.count for tally in tallies.values())
        feed = self.feeds.get(name)
        if feed is None:
            feed = self.feeds[name] = Feed(
                last, hour, hour, 0, [0] * HOURS, 0, 0.0, 0.0, Recent(hour=hour), 0.0, hour // HOURS, {}
            )
        else:
            self._wait(name, hour - 1)
        expected = self._means(name)[hour % HOURS]
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
        self.moved.add(name[0])
        self._plan(name)
        return found + self._hear_places(name, hour, tallies, came, 2.0 * (expected + 1.0))

    def _wait(self, name: Name, hour: int) -> None:
        """Take in the hours since in which a feed said nothing; they are of one day."""
        feed, means = self.feeds[name], self._means(name)
        if feed.through == hour:
            return
        for waited in range(feed.through + 1, hour + 1):
            feed.run += means[waited % HOURS]
        feed.alive += max(0, min(hour, _hour_of(feed) + HOURS) - feed.through)
        feed.through = hour
        self.moved.add(name[0])

    def _plan(self, name: Name) -> None:
        """Set the hour at whose end a feed is to be looked at if it stays silent; none if it cannot be warm by then."""
        feed, means = self.feeds[name], self._means(name)
        last, following = _hour_of(feed), feed.through + 1
        if feed.alive + max(0, last + HOURS - feed.through) < self.config.warm_up_hours:
            self._looks.pop(name, None)
            return
        look, run = self._tomorrow, feed.run
        for hour in range(following, look):
            run += means[hour % HOURS]
            if run >= self._least:
                look = hour
                break
        self._looks[name] = max(following, min(look, last + self.config.forget_hours - 1))

    def _look(self, name: Name, hour: int) -> list[Silent]:
        """Return what is to be said of a feed that is silent in an hour."""
        feed, ends = self.feeds[name], (hour + 1) * HOUR_S
        if ends - feed.last[0] >= self._forget_s:
            self._wait(name, hour - 1)
            return self._forget(name, ends)
        self._wait(name, hour)
        self._plan(name)
        if name not in self.habits or feed.alive < self.config.warm_up_hours or feed.run < self._least:
            return []
        silent = self._feed_silence(name, feed, ends=ends, final=False)
        if silent.p_value > self.config.alpha_report:
            return []
        for deaf in range(max(_hour_of(feed) + 1, hour - hour % HOURS), hour + 1):
            feed.deaf |= 1 << deaf % HOURS
        if feed.run < _AGAIN * feed.spoken:
            return []
        feed.spoken = feed.run
        return [silent]

    def _means(self, name: Name) -> Sequence[float]:
        """Return the events expected in the hours of the day; none before a feed's first day is over."""
        habits = self.habits.get(name)
        return habits.means if habits is not None else _NOTHING

    def _forget(self, name: Name, ends: float) -> list[Silent]:
        """Drop a feed, closing what was told of it and its places."""
        feed = self.feeds[name]
        found = [self._feed_silence(name, feed, ends=ends, final=True)] if feed.spoken else []
        quiet = [area for area, place in feed.places.items() if place.spoken]
        found += [self._place_silence(name, area, ends=ends, final=True) for area in quiet]
        del self.feeds[name]
        self.habits.pop(name, None)
        self._looks.pop(name, None)
        self.moved.add(name[0])
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
        if ends - place.last[0] >= self._forget_s:
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


def _heard(tally: HourTally) -> Heard:
    return tally.last[:2]


def _hour_of(feed: Feed) -> int:
    """Return the hour of a feed's last event."""
    return int(feed.last[0] // HOUR_S)
