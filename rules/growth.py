"""What one more item does to the episodes of a group."""

from __future__ import annotations

from bisect import bisect_right

from rules.compiling import CompiledRule
from rules.episode import EVIDENCE, Episode, episode_id
from rules.gauges import CompiledCondition
from rules.grading import grade_at
from rules.moment import Moment
from rules.selector import seconds
from rules.surroundings import Surroundings
from rules.window import COUNTABLE, COUNTED, TIMER, WITNESS, Item, Window, order, time_of

LONGEST_EPISODE_S = 30 * 86400.0
_NEAR_KEPT = 1_000
_LATELY = 16
_BEGUN_S = 1e-3


class Growth:
    """Items of one group in order, their windows, and the episodes open after the last of them.

    Parameters
    ----------
    compiled
        The rule.
    key
        Key of the group.
    around
        Calendar and declarations.

    """

    __slots__ = ("around", "compiled", "episodes", "items", "key", "sieve", "windows")

    def __init__(self, compiled: CompiledRule, key: str, around: Surroundings) -> None:
        self.compiled = compiled
        self.key = key
        self.around = around
        self.items: list[Item] = []
        self.sieve = compiled.near.sieve() if compiled.near is not None else None
        self.windows: tuple[Window, ...] = ()
        if compiled.near is None:
            pairs = zip(compiled.counts, compiled.windows_s, strict=True)
            self.windows = tuple(Window(count, length) for count, length in pairs)
        self.episodes: list[Episode] = []

    def step(self, index: int) -> bool:
        """Apply ``items[index]``; tell whether any episode changed."""
        if self._says_nothing(index):
            return False
        moment = self.moment(index)
        roles = moment.item.roles
        if roles & (COUNTED | TIMER):
            timer = roles & TIMER
            for fired in self.compiled.fires:
                if bool(fired.wait) == bool(timer) and fired.holds(moment):
                    self._hit(moment, fired)
                    return True
            return False
        return bool(roles & WITNESS) and self._witness(moment)

    def _says_nothing(self, index: int) -> bool:
        """Tell whether there is no need to look closely: nothing to corroborate, or too little to fire."""
        roles = self.items[index].roles
        if not roles & (COUNTED | TIMER):
            return not (roles & WITNESS and self.episodes)
        if self.compiled.near is None or roles & TIMER:
            return False
        return index + 1 - self._since(index) < self.compiled.needs.least

    def _since(self, index: int) -> int:
        """Return the index of the first item that ``items[index]`` can be looked at with."""
        return bisect_right(self.items, self.items[index].t - self.compiled.look_s, hi=index, key=time_of)

    def moment(self, index: int) -> Moment:
        """Return what conditions see at ``items[index]``; items have to be taken in order."""
        near = self._near(index) if self.compiled.near is not None else None
        if near is None:
            counts = [window.push(self.items, index) for window in self.windows]
        else:
            item = self.items[index]
            pairs = zip(self.compiled.counts, self.compiled.windows_s, strict=True)
            counts = [_count(near, item, count.of, length_s) for count, length_s in pairs]
        return Moment(self.items, index, counts, near, None, self.around)

    def _near(self, index: int) -> list[Item]:
        """Items up to ``items[index]`` that belong together with it, in order."""
        item, near = self.items[index], self.compiled.near
        since = self._since(index)
        sieve = self.sieve
        items = self.items[since : index + 1] if sieve is None else sieve.sift(self.items, since, index)
        return items if near is None else near.among(items, item)

    def _hit(self, moment: Moment, fired: CompiledCondition) -> None:
        item = moment.item
        episode = self._open(item)
        episode.last = item.t
        count, unless = fired.condition.count, fired.condition.then_not
        window_s = seconds(count.within) if count else 0.0
        if count is not None:
            value = moment.counts[self.compiled.counts.index(count)]
            if value > episode.peak:
                episode.peak, episode.threshold, episode.window_s = value, count.at_least, window_s
        elif not episode.peak:
            episode.peak = 1
        # What set a timer lies just outside the wait it began.
        waited_s = seconds(unless.within) + _BEGUN_S if unless else 0.0
        self._gather(episode, moment, max(window_s, waited_s))
        self._raise(episode, moment)

    def _open(self, item: Item) -> Episode:
        """Return the open episode `item` belongs to, merging those it bridges; begin one when there is none."""
        mine = [episode for episode in self.episodes if self._belongs(episode, item)]
        if not mine:
            rule = self.compiled.rule
            identity = self._identity(item)
            base = rule.grade.rank if rule.grade else 0
            none: tuple[float | None, ...] = (None,) * len(self.compiled.steps)
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

    def _identity(self, item: Item) -> str:
        """Return the id of an episode that begins at `item`.

        Where one that goes on has that id already, the first hit's own tells them apart. Two that begin in one period
        of quiet time always meet: none of them can have been closed when the other begins.
        """
        rule, quiet_s = self.compiled.rule.id, self.compiled.quiet_s
        anchor = _anchor(self.compiled, item)
        identity = episode_id(rule, self.key, anchor, item.t, quiet_s)
        if any(episode.id == identity for episode in self.episodes):
            return episode_id(rule, self.key, f"{anchor}|{item.id}", item.t, quiet_s)
        return identity

    def _belongs(self, episode: Episode, item: Item) -> bool:
        if item.t - episode.last > self.compiled.quiet_s or item.t - episode.start > LONGEST_EPISODE_S:
            return False
        near = self.compiled.near
        if near is None:
            return True
        since = item.t - self.compiled.keep_s
        members = [x for x in episode.log[: episode.kept] if x.t >= since]
        return bool(near.among(members[-_LATELY:], item) or near.among(members[:-_LATELY], item))

    def _gather(self, episode: Episode, moment: Moment, window_s: float) -> None:
        """Join what the hit counted, and the witnesses that corroborate it."""
        index, item, near = moment.index, moment.item, moment.near
        witness_s = self.compiled.witness_s
        if near is not None:
            known = {x.id for x in episode.log[: episode.kept]}
            fresh = [x for x in near if x.id not in known]
        else:
            since = bisect_right(self.items, item.t - max(window_s, witness_s), hi=index, key=time_of)
            fresh = self.items[bisect_right(self.items, episode.joined, lo=since, hi=index + 1, key=order) : index + 1]
        keep = _NEAR_KEPT if near is not None else EVIDENCE
        for x in fresh:
            if x.roles & (COUNTED | WITNESS) and (
                x is item or item.t - x.t < (window_s if x.roles & COUNTED else witness_s)
            ):
                episode.join(x, keep=keep)

    def _witness(self, moment: Moment) -> bool:
        """Let an event of another source corroborate the episode it falls into."""
        if self.compiled.witness_s <= 0:
            return False
        for episode in self.episodes:
            if self._belongs(episode, moment.item):
                episode.join(moment.item, keep=EVIDENCE if self.compiled.near is None else _NEAR_KEPT)
                moment.counts = []
                self._raise(episode, moment)
                return True
        return False

    def _raise(self, episode: Episode, moment: Moment) -> None:
        """Apply the raises and lowers that hold now and did not before."""
        compiled, t = self.compiled, moment.item.t
        if any(window.at_spot for window in self.windows):
            episode.spots = max(episode.spots, *(w.full_spots() for w in self.windows if w.at_spot))
        moment.episode = episode
        episode.reached = tuple(
            [
                t if before is None and step.holds(moment) else before
                for before, step in zip(episode.reached, compiled.steps, strict=True)
            ]
        )
        episode.rank, episode.graded = grade_at(compiled, episode.start, episode.reached)


def _anchor(compiled: CompiledRule, item: Item) -> str:
    """Return what mostly tells apart the episodes of one group that go on at the same time, whichever hit is first."""
    if compiled.rule.radius_m is not None:
        return item.place.spot or item.place.community or item.place.street
    return f"{item.gist[0]:08x}" if compiled.near is not None and item.gist else ""


def _count(near: list[Item], item: Item, of: str, length_s: float) -> int:
    horizon = item.t - length_s
    value_of = COUNTABLE[of]
    return len({value_of(x) for x in near if x.roles & COUNTED and (x.t > horizon or x is item)} - {""})
