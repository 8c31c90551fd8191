"""One incident as a rule sees it: from the first time its condition is met until it has been quiet."""

from __future__ import annotations

import hashlib

import msgspec

from detectors.event import Source
from rules.window import COUNTED, Item, order

EVIDENCE = 100
_KEPT_NEAR = 1_000


class Episode(msgspec.Struct, eq=False):
    """An episode in the making; every field but `log` and `reporters` is a value.

    `log` and `reporters` only ever grow at their end and are shared with the copies a fold keeps to rewind
    to, so a copy costs nothing: it remembers how much of them was its own (`kept`, `n_reporters`).

    Parameters
    ----------
    id
        The alert's id.
    start, last
        Event time of the first and the last hit, epoch seconds.
    first
        Event time of the first evidence.
    anchor
        The item of the first hit.
    reached
        Event times at which the raises were met, in the order of the rule's raises; ``None`` for those not met.
    graded
        Event time at which the present grade was reached.
    peak
        Largest count seen at a hit, against the threshold of the condition that fired.
    by_source
        Latest event time of each source type.
    ordered
        `log` is sorted by time and id.

    """

    id: str
    start: float
    last: float
    first: float
    anchor: Item
    reached: tuple[float | None, ...]
    graded: float
    rank: int
    log: list[Item]
    reporters: dict[str, None]
    ordered: bool = True
    kept: int = 0
    n_reporters: int = 0
    events: int = 0
    latest: float = 0.0
    joined: tuple[float, str] = (0.0, "")
    peak: int = 0
    threshold: int = 1
    window_s: float = 0.0
    spots: int = 0
    by_source: dict[Source, float] = {}
    tags: frozenset[str] = frozenset()
    scenes: frozenset[str] = frozenset()
    people: int = 0
    injured: int = 0
    depth_cm: float = 0.0

    def join(self, item: Item, *, keep: int) -> None:
        """Take `item` in as evidence, remembering at most `keep` of them in full."""
        if self.kept < keep:
            if self.kept and order(item) < order(self.log[self.kept - 1]):
                self.ordered = False
            self.log.append(item)
            self.kept += 1
        self.events += 1
        if item.roles & COUNTED:  # a witness corroborates; the matter did not begin with it
            self.first = min(self.first, item.t)
        self.latest = max(self.latest, item.t)
        self.joined = max(self.joined, order(item))
        if item.who not in self.reporters:
            self.reporters[item.who] = None
            self.n_reporters += 1
        by_source = self.by_source
        if by_source.get(item.source, -1.0) < item.t:
            self.by_source = {**by_source, item.source: item.t}
        if item.tags:
            self.tags = self.tags.union(item.tags)
        if item.place.scenes:
            self.scenes = self.scenes.union(item.place.scenes)
        self.people = max(self.people, item.people)
        self.injured = max(self.injured, item.injured)
        self.depth_cm = max(self.depth_cm, item.depth_cm)

    def copy(self) -> Episode:
        """Return a copy that shares `log` and `reporters`."""
        return msgspec.structs.replace(self)

    def own(self) -> None:
        """Cut what others appended to the shared `log` and `reporters` after this copy was made."""
        del self.log[self.kept :]
        while len(self.reporters) > self.n_reporters:
            self.reporters.popitem()

    def detached(self) -> Episode:
        """Return a copy that shares nothing."""
        names = list(self.reporters)[: self.n_reporters]
        return msgspec.structs.replace(self, log=self.log[: self.kept], reporters=dict.fromkeys(names))

    def evidence(self) -> list[Item]:
        """Return the first items by time and id, at most a hundred."""
        kept = self.log[: self.kept]
        if not self.ordered:
            kept.sort(key=order)
        return kept[:EVIDENCE]

    def absorb(self, other: Episode) -> Episode:
        """Return the episode that both are part of; the earlier one keeps its id."""
        early, late = sorted((self, other), key=lambda episode: (episode.start, episode.anchor.id))
        merged = early.detached()
        known = {item.id for item in merged.log}
        for item in sorted(late.log[: late.kept], key=order):
            if item.id not in known:
                merged.join(item, keep=_KEPT_NEAR)
        merged.last = max(early.last, late.last)
        merged.peak = max(early.peak, late.peak)
        both = zip(early.reached, late.reached, strict=True)
        merged.reached = tuple(min((t for t in pair if t is not None), default=None) for pair in both)
        return merged


def episode_id(rule: str, key: str, anchor: str, start: float, quiet_s: float) -> str:
    """Return the deterministic id of an episode.

    Two episodes with one anchor mostly begin more than `quiet_s` apart, so the number of the `quiet_s` long period the
    first hit falls in tells them apart, and a first hit that moves a little keeps the id.

    Parameters
    ----------
    rule, key, anchor
        Rule id, group key, and for groups by distance or likeness the place or the words of the first hit.
    start
        Event time of the first hit, epoch seconds.
    quiet_s
        The rule's quiet time in seconds.

    """
    period = int(start // quiet_s)
    return hashlib.blake2b(f"{rule}|{key}|{anchor}|{period}".encode(), digest_size=8).hexdigest()
