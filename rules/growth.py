"""What one more item does to the episodes of a group."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable

from detectors.geometry import distance_m
from rules.book import CompiledRule
from rules.episode import EVIDENCE, Episode, episode_id
from rules.rule import Condition, seconds
from rules.window import Item, Window, order, time_of

LONGEST_EPISODE_S = 30 * 86400.0
_NEAR_KEPT = 1_000


class Growth:
    """Items of one group in order, their windows, and the episodes open after the last of them.

    Parameters
    ----------
    compiled
        The rule.
    key
        Key of the group; what follows the last bar is the kind.
    holiday
        Tells whether an epoch second falls on a public holiday.

    """

    __slots__ = ("compiled", "episodes", "holiday", "items", "key", "kind", "windows")

    def __init__(self, compiled: CompiledRule, key: str, holiday: Callable[[float], bool]) -> None:
        self.compiled = compiled
        self.key = key
        self.kind = key.rpartition("|")[2]
        self.holiday = holiday
        self.items: list[Item] = []
        self.windows: tuple[Window, ...] = ()
        if compiled.rule.radius_m is None:
            pairs = zip(compiled.counts, compiled.windows_s, strict=True)
            self.windows = tuple(Window(count, length) for count, length in pairs)
        self.episodes: list[Episode] = []

    def step(self, index: int) -> bool:
        """Apply ``items[index]``; tell whether any episode changed."""
        item = self.items[index]
        compiled = self.compiled
        near = self._near(index) if compiled.rule.radius_m is not None else None
        if near is None:
            values = [window.push(self.items, index) for window in self.windows]
        else:
            values = [_count(near, item, c.of, s) for c, s in zip(compiled.counts, compiled.windows_s, strict=True)]
        if item.counted:
            for fired in compiled.rule.fires:
                if self._fires(fired, item, values):
                    self._hit(index, near, values, fired)
                    return True
            return False
        return self._witness(item)

    def _near(self, index: int) -> list[Item]:
        """Items up to ``items[index]`` within the rule's radius of it, in order."""
        item = self.items[index]
        radius = self.compiled.rule.radius_m or 0.0
        since = bisect_right(self.items, item.t - self.compiled.keep_s, hi=index, key=time_of)
        return [x for x in self.items[since : index + 1] if distance_m(x.place, item.place) <= radius]

    def _fires(self, condition: Condition, item: Item, values: list[int]) -> bool:
        count = condition.count
        if count is not None and values[self.compiled.counts.index(count)] < count.at_least:
            return False
        if condition.tags and not set(condition.tags) & set(item.tags):
            return False
        if condition.scenes and not set(condition.scenes) & set(item.place.scenes):
            return False
        return all(getattr(item, name) >= least for name, least in condition.number.items())

    def _hit(self, index: int, near: list[Item] | None, values: list[int], fired: Condition) -> None:
        item = self.items[index]
        episode = self._open(item)
        episode.last = item.t
        window_s = seconds(fired.count.within) if fired.count else 0.0
        count = fired.count
        if count is not None:
            value = values[self.compiled.counts.index(count)]
            if value > episode.peak:
                episode.peak, episode.threshold, episode.window_s = value, count.at_least, window_s
        elif not episode.peak:
            episode.peak = 1
        self._gather(episode, index, near, window_s)
        self._raise(episode, item, values)

    def _open(self, item: Item) -> Episode:
        """Return the open episode `item` belongs to, merging those it bridges; begin one when there is none."""
        mine = [episode for episode in self.episodes if self._belongs(episode, item)]
        if not mine:
            place = item.place
            anchor = (place.spot or place.community or place.street) if self.compiled.rule.radius_m else ""
            identity = episode_id(self.compiled.rule.id, self.key, anchor, item.t, self.compiled.quiet_s)
            grade = self.compiled.rule.grade
            base = grade.rank if grade else 0
            none: tuple[float | None, ...] = (None,) * len(self.compiled.raises)
            new = Episode(identity, item.t, item.t, item.t, item, none, item.t, base, [], {})
            self.episodes.append(new)
            return new
        episode = mine[0]
        if len(mine) > 1:
            for other in mine[1:]:
                episode = episode.absorb(other)
            self.episodes = [x for x in self.episodes if x not in mine]
            self.episodes.append(episode)
        return episode

    def _belongs(self, episode: Episode, item: Item) -> bool:
        if item.t - episode.last > self.compiled.quiet_s or item.t - episode.start > LONGEST_EPISODE_S:
            return False
        radius = self.compiled.rule.radius_m
        if radius is None:
            return True
        since = item.t - self.compiled.keep_s
        members = episode.log[: episode.kept]
        return any(x.t >= since and distance_m(x.place, item.place) <= radius for x in reversed(members))

    def _gather(self, episode: Episode, index: int, near: list[Item] | None, window_s: float) -> None:
        """Join what the hit counted, and the witnesses that corroborate it."""
        item = self.items[index]
        witness_s = self.compiled.witness_s
        if near is not None:
            known = {x.id for x in episode.log[: episode.kept]}
            fresh = [x for x in near if x.id not in known]
        else:
            since = bisect_right(self.items, item.t - max(window_s, witness_s), hi=index, key=time_of)
            joined = episode.joined
            fresh = [x for x in self.items[since : index + 1] if order(x) > joined]
        keep = _NEAR_KEPT if near is not None else EVIDENCE
        for x in fresh:
            if x is item or item.t - x.t < (window_s if x.counted else witness_s):
                episode.join(x, keep=keep)

    def _witness(self, item: Item) -> bool:
        """Let an event of another source corroborate the episode it falls into."""
        if self.compiled.witness_s <= 0:
            return False
        for episode in self.episodes:
            if self._belongs(episode, item):
                episode.join(item, keep=EVIDENCE if self.compiled.rule.radius_m is None else _NEAR_KEPT)
                self._raise(episode, item, [])
                return True
        return False

    def _raise(self, episode: Episode, item: Item, values: list[int]) -> None:
        """Apply the raises that hold now and did not before."""
        episode.spots = max(episode.spots, max((w.full_spots() for w in self.windows if w.at_spot), default=0))
        raises = self.compiled.raises
        reached = tuple(
            item.t if t is None and self._holds(step.when, episode, item, values) else t
            for t, step in zip(episode.reached, raises, strict=True)
        )
        episode.reached = reached
        base = self.compiled.rule.grade
        episode.regrade(base.rank if base else 0, raises)

    def _holds(self, when: Condition, episode: Episode, item: Item, values: list[int]) -> bool:
        count = when.count
        return (
            (count is None or bool(values and values[self.compiled.counts.index(count)] >= count.at_least))
            and (when.sources is None or _source_types(episode, item.t - seconds(when.within)) >= when.sources)
            and (not when.tags or not episode.tags.isdisjoint(when.tags))
            and (not when.scenes or not episode.scenes.isdisjoint(when.scenes))
            and all(getattr(episode, name) >= least for name, least in when.number.items())
            and (when.lasting is None or item.t - episode.first >= seconds(when.lasting))
            and (when.spots is None or episode.spots >= when.spots)
            and (not when.holiday or self.holiday(episode.start))
        )


def _source_types(episode: Episode, since: float) -> int:
    return sum(t > since for t in episode.by_source.values())


def _count(near: list[Item], item: Item, of: str, length_s: float) -> int:
    horizon = item.t - length_s
    inside = [x for x in near if x.counted and (x.t > horizon or x is item)]
    if of == "events":
        return len(inside)
    return len({x.who for x in inside} if of == "reporters" else {x.place.spot for x in inside if x.place.spot})
