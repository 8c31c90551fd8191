"""When a matter is a topic, and what is said of it."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

import msgspec

from detectors.event import Place
from detectors.matter import MattersConfig

HOUR_S, DAY_S = 3_600.0, 86_400.0


@dataclass(frozen=True, slots=True)
class TopicConfig:
    """When a matter is worth a word.

    Parameters
    ----------
    matters
        How alike texts of one matter are, and how long it is remembered.
    windows_s
        Lengths of the windows in which reporters are counted, seconds.
    least_reporters
        Fewest distinct reporters in a window that make a topic.
    chance_per_week
        Topics a week that may come by chance in a whole city, were every look at a matter independent of the others.
    largest_p
        Largest tail probability that makes a topic, however few matters there are.
    warm_up, warm_up_s
        Tellings, and seconds since the first, to learn from before anything is said.
    again
        Factor by which a topic's reporters must have grown to be named again.
    renew_s
        Seconds after which a topic that is still told of by new people is named again all the same.

    """

    matters: MattersConfig = field(default_factory=MattersConfig)
    windows_s: tuple[float, ...] = (HOUR_S, DAY_S, 7 * DAY_S, 30 * DAY_S)
    least_reporters: int = 3
    chance_per_week: float = 1.0
    largest_p: float = 0.05
    warm_up: int = 200
    warm_up_s: float = 7 * DAY_S
    again: float = 2.0
    renew_s: float = DAY_S

    def __post_init__(self) -> None:
        faults = [f"matters.{fault}" for fault in self.matters.faults()]
        if not self.windows_s or min(self.windows_s) <= 0.0:
            faults.append("windows_s must be positive lengths, at least one")
        faults += [f"{name} must be at least 1" for name in ("least_reporters", "warm_up") if getattr(self, name) < 1]
        faults += [f"{name} must not be negative" for name in ("warm_up_s", "renew_s") if getattr(self, name) < 0.0]
        faults += [
            f"{name} must exceed {low:g}"
            for name, low in (("chance_per_week", 0.0), ("again", 1.0))
            if not getattr(self, name) > low
        ]
        if not 0.0 < self.largest_p < 1.0:
            faults.append("largest_p must lie in (0, 1)")
        if faults:
            raise ValueError("; ".join(faults))


class Topic(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A matter more people tell of than is to be expected.

    A later topic with the same `id` replaces the earlier one.

    Parameters
    ----------
    id
        Deterministic: of the first telling of the matter.
    label
        Phrases its texts share, best first; never anything that was masked.
    place
        What the places it was told from have in common, down from the district, with the name of the first.
    places
        Their names, most often first.
    named
        Names of places its texts share.
    first_at, starts_at, ends_at
        First telling; the window with the most surprising number of reporters. Aware UTC.
    observed, expected, expected_high
        Distinct reporters in the window; mean and 99 % quantile of their predictive distribution.
    growth
        `observed` over `expected`.
    p_value
        Upper-tail probability of `observed`, all windows looked at taken into account.
    limit
        Largest `p_value` that made a topic at this moment.
    reporters, texts
        Distinct reporters and texts ever.
    kinds, sources
        What it was taken for and where it came from, with numbers, most often first.
    examples
        Ids of its first three and its latest five events.
    absorbed
        Ids of earlier topics that have turned out to be this one.
    model_age
        Tellings the detector had learned from.

    """

    id: str
    label: tuple[str, ...]
    place: Place
    places: tuple[str, ...]
    named: tuple[str, ...]
    first_at: datetime
    starts_at: datetime
    ends_at: datetime
    observed: int
    expected: float
    expected_high: float
    growth: float
    p_value: float
    limit: float
    reporters: int
    texts: int
    kinds: tuple[tuple[str, int], ...]
    sources: tuple[tuple[str, int], ...]
    examples: tuple[str, ...]
    absorbed: tuple[str, ...] = ()
    model_age: int


class Filed(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Where a telling went.

    Parameters
    ----------
    matter
        Id of its matter.
    absorbed
        Id of a matter that has just turned out to be the same.
    topic
        What there is to say about it, if anything.

    """

    matter: str
    absorbed: str = ""
    topic: Topic | None = None
