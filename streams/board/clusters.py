"""The clusters the scan found lately, with their outlines: what alerts about them do not say. Pure."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Collection
from datetime import timedelta
from typing import ClassVar, NamedTuple

import msgspec

from detectors.scan import ScanDetector
from detectors.signal import Signal
from streams import topics
from streams.tail import Heard

_decode = msgspec.json.Decoder(Signal).decode
_KEPT = 3_000


class Drawn(NamedTuple):
    """A cluster as it was found once.

    Parameters
    ----------
    at
        When it was found, epoch seconds of event time.
    category
        Class of problems.
    members
        Ids of its areas.
    middle, radius_m
        Where it is, and how far its farthest area's centre is; ``None`` where centres are not known.
    ring
        Its outline, degrees; empty where centres are not known.
    evidence
        Ids of its first events.

    """

    at: float
    category: str
    members: tuple[str, ...]
    middle: tuple[float, float] | None
    radius_m: float | None
    ring: tuple[tuple[float, float], ...]
    evidence: frozenset[str]


class Clusters:
    """The clusters that were found last, 3,000 of them.

    Attributes
    ----------
    topics, since
        What it reads, and from where on.

    """

    topics: ClassVar[tuple[str, ...]] = (topics.SIGNALS,)
    since: ClassVar[timedelta] = timedelta(days=8)

    def __init__(self, kept: int = _KEPT) -> None:
        self._kept = kept
        self._found: OrderedDict[str, Drawn] = OrderedDict()

    def take(self, record: Heard) -> None:
        """Take in a signal, or take one back; those of other detectors are not for here."""
        if record.value is None or b'"scan"' not in record.value:
            return
        signal = _decode(record.value)
        if signal.detector != ScanDetector.name or signal.cluster is None:
            return
        self._found.pop(signal.id, None)
        if signal.withdrawn:
            return
        cluster = signal.cluster
        middle = (cluster.lon, cluster.lat) if cluster.lon is not None and cluster.lat is not None else None
        members = tuple(member.id for member in cluster.members)
        at, evidence = signal.ends_at.timestamp(), frozenset(signal.evidence)
        drawn = Drawn(at, cluster.category, members, middle, cluster.radius_m, cluster.outline, evidence)
        self._found[signal.id] = drawn
        if len(self._found) > self._kept:
            self._found.popitem(last=False)

    def of(self, evidence: Collection[str], at: float) -> Drawn | None:
        """Return what an alert that rests on these events was about at a time: the cluster found last that has any."""
        wanted = frozenset(evidence)
        known = (one for one in self._found.values() if one.at <= at and not wanted.isdisjoint(one.evidence))
        return max(known, key=lambda one: (one.at, len(one.evidence & wanted)), default=None)
