"""What a detector says: an observation too large (or too small) for its own expectation."""

from __future__ import annotations

from datetime import datetime

import msgspec

from detectors.event import Place, Source


class Sentence(msgspec.Struct, frozen=True, gc=False):
    """One sentence in the two languages operators read."""

    zh: str
    en: str


class Member(msgspec.Struct, frozen=True, kw_only=True):
    """An area in a cluster.

    Parameters
    ----------
    id, level, name
        The area.
    district
        Id of its district.
    observed, expected
        Events of the cluster's class in the cluster's window.

    """

    id: str
    level: str
    name: str
    district: str
    observed: int
    expected: float


class Cluster(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Neighbouring areas that together had more events of a class than expected; may cross districts' borders.

    Parameters
    ----------
    category
        Id of the class of kinds counted.
    members
        The areas, those with the most events beyond expectation first.
    districts
        Ids of the districts they lie in, those of the first members first.
    relative_risk
        Observed over expected.
    log_odds
        Log of the likelihood with a cluster over that without, averaged over where and since when.
    kinds
        Kinds of the events with their numbers, the most frequent first.
    lon, lat
        Middle of the members by their events, WGS 84 degrees; ``None`` when an area's centre is not known.
    radius_m
        Distance of the farthest member's centre from the middle, metres.
    outline
        Ring of (longitude, latitude) around the members: the exterior of a GeoJSON polygon; empty without centres.

    """

    category: str
    members: tuple[Member, ...]
    districts: tuple[str, ...]
    relative_risk: float
    log_odds: float
    kinds: tuple[tuple[str, int], ...]
    lon: float | None = None
    lat: float | None = None
    radius_m: float | None = None
    outline: tuple[tuple[float, float], ...] = ()


class Signal(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One detector's statement on one key and one window; the value of the ``signals`` topic.

    A later signal with the same `id` replaces the earlier one. A signal of a window that is still open is
    provisional (``final=False``); the one sent when the watermark passes the window's end is final. A
    provisional signal that the closed window does not bear out is sent again with ``withdrawn=True``.

    Parameters
    ----------
    id
        Deterministic: detector, key and start of the window.
    detector, key
        Which detector spoke about which key (``street id|kind``).
    kind
        Kind of the events counted.
    place
        The area meant, with the names of one of its events.
    level
        Level of the area in the area tree.
    starts_at, ends_at
        The window, aware UTC, end exclusive.
    observed
        Events counted in the window.
    expected, expected_high
        Mean and 99 % quantile of the one-step-ahead predictive distribution, events per window.
    p_value
        Upper-tail probability of `observed` under the predictive distribution, by what such probabilities have come
        to, the window before weighed in.
    by_chance
        Of surges only: signals a day that are as unlikely as this one and come of chance alone, of all areas and kinds
        of the city together.
    model_age
        Closed windows in which the district was alive and the baseline learned.
    sources
        Sorted source types of the events.
    evidence
        Ids of the first events in the window, by time and id, at most 100.
    reporters
        Distinct reporters among the events.
    also
        Of surges only: levels of larger areas around this one that are up as well, and leave it to this one to say so.
    left_to
        Of surges only, and only where a detector is asked to tell all: level of area that speaks instead.
    final
        The window is closed: nothing in this signal will change.
    withdrawn
        An earlier signal with this id no longer holds.
    says
        What was seen and what was expected, in a sentence; ``None`` where count and expectation say it all.
    headline
        What it is about and where, in a few words; ``None`` where kind and place say it.
    thread
        What signals about one and the same incident have in common when area and kind do not tell: they are joined by
        it, in the order of `ends_at`. A withdrawal takes back all of its thread that is not over. Empty otherwise.
    cluster
        Of the scan only: all the areas meant; `place` is the smallest area that holds them.

    """

    id: str
    detector: str
    key: str
    kind: str
    place: Place
    level: str
    starts_at: datetime
    ends_at: datetime
    observed: int
    expected: float
    expected_high: float
    p_value: float
    by_chance: float | None = None
    model_age: int
    sources: tuple[Source, ...]
    evidence: tuple[str, ...]
    reporters: int
    also: tuple[str, ...] = ()
    left_to: str = ""
    final: bool = False
    withdrawn: bool = False
    says: Sentence | None = None
    headline: Sentence | None = None
    thread: str = ""
    cluster: Cluster | None = None

    @property
    def counts_from(self) -> datetime:
        """When it begins to count: with its window, or in a thread, whose windows overlap, when it is known."""
        return self.ends_at if self.thread else self.starts_at
