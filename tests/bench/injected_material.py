"""Real counts of two cities, and the events behind them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal

import numpy as np

from detectors.areas import AreaTree
from detectors.signal import Signal
from detectors.windows import windows
from streams.assembly import assemble
from streams.backtest.material import of_rows
from streams.backtest.trial import Account
from streams.sources.mapping import load_mapping, read_ordered
from tests.bench.injected_peers import Floats

Key = tuple[str, str]

_RARE = 20


@dataclass(frozen=True)
class City:
    """What is read of a folder, and judged from when to when."""

    areas: str
    inputs: Mapping[str, str]
    window: Literal["hour", "day"]
    since: datetime
    until: datetime


CITIES = {
    "stlouis_2018_01": City(
        "stlouis",
        {"stlouis-requests": "requests.csv.gz", "stlouis-incidents": "incidents.csv.gz"},
        "hour",
        datetime(2018, 1, 10, 6, tzinfo=UTC),
        datetime(2018, 1, 31, 6, tzinfo=UTC),
    ),
    "chicago_2011_2013": City(
        "chicago",
        {
            "chicago-sanitation": "sanitation_complaints.csv.gz",
            "chicago-food": "food_inspections.csv.gz",
            "chicago-burglaries": "burglaries.csv.gz",
        },
        "day",
        datetime(2011, 10, 1, 6, tzinfo=UTC),
        datetime(2013, 12, 30, 6, tzinfo=UTC),
    ),
}


class Material:
    """A city's events, the keys that are judged and their counts from the first window in which something is learned.

    Attributes
    ----------
    events, keys
        By time; by name.
    counts
        Keys x windows.
    first, since
        Number of the first window; column of the first that is judged.

    """

    def __init__(self, folder: Path, city: City) -> None:
        parts = assemble(areas=city.areas, book="", hazards="", reporter_key=b"bench" * 4)
        inputs = [(load_mapping(name), folder / file) for name, file in city.inputs.items()]
        now = datetime.now(UTC).timestamp()
        events = list(of_rows(read_ordered(inputs, None), parts.intake, Account(), now))
        self.areas: AreaTree = parts.areas
        self.city = city
        self.grid = windows(city.window, parts.areas.zone)
        self.events = sorted(events, key=lambda event: (event.occurred_at, event.id))
        since, until = (self.grid.index(t.timestamp()) for t in (city.since, city.until))
        self.first = since - (9 if city.window == "hour" else 90) * self.grid.per_day
        self.since = since - self.first
        inside = [(self.grid.index(e.occurred_at.timestamp()), (e.place.district, e.kind)) for e in self.events]
        inside = [(window, key) for window, key in inside if self.first <= window < until and key[1] != "other"]
        often = Counter(key for window, key in inside if window >= since)
        self.keys = sorted(key for key, count in often.items() if count >= _RARE)
        self._number = {key: at for at, key in enumerate(self.keys)}
        self.counts = np.zeros((len(self.keys), until - self.first))
        for window, key in inside:
            if key in self._number:
                self.counts[self._number[key], window - self.first] += 1.0

    def note(self, scores: Floats, signals: Iterable[Signal], t: float | None) -> None:
        """Note chance alarms a day where they are told: at `t`, or at the end of their window."""
        for signal in signals:
            key = self._number.get((signal.place.district, signal.kind))
            window = self.grid.index(signal.ends_at.timestamp() - 1.0 if t is None else t) - self.first
            if key is not None and 0 <= window < scores.shape[1] and not signal.withdrawn:
                scores[key, window] = max(scores[key, window], -(signal.by_chance or 0.0))

    @property
    def weeks(self) -> float:
        """Length of what is judged."""
        return (self.counts.shape[1] - self.since) / self.grid.per_day / 7.0
