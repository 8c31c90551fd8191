"""Surge alerts on ordinary weeks of real cities against the shipped budget; one JSON object on the last line.

    python -m tests.bench.ordinary ../shared/data

Files go through intake and the rules of the shipped book that ask for surges (5 and 6), event by event. Ordinary is
every week but those that `CITIES` says are none: in Pingshan the typhoon's, and what came before September 2018, of
which the file has single days only. What is counted, alert by alert, is decided by these lines and nothing else:

- Alerts of one place and kind within a day of each other are one, of the higher grade (hours and days tell apart).
- `all`: every alert is taken for a false one.
- `one_matter`: of its events (the first hundred by time) so many have one text, the finest thing the source says, that
  chance would make it less than once in a thousand times, by that text's share of the kind in the whole file. The
  detector sees kinds, no texts; chance alarms have the texts that the kind always has. The share counts the alert's own
  events, which is in nobody's favour. The others are `unexplained`.
- `round`: a source that gives times and coordinates tells of one hand at work: in the order of time the events lie on a
  way shorter than 99 of 100 random orders of them. That is a false alert whatever its texts are.

`false` is what is unexplained, or a round. `budget` is what the rules state, a week.
"""

from __future__ import annotations

import argparse
import json
import math
import shutil
import sys
import tempfile
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
from scipy.stats import binom

sys.path[:0] = [str(Path(__file__).resolve().parents[2])]  # before this folder, where `rules.py` is another bench

from detectors.budget import Budget  # noqa: E402
from detectors.event import Event  # noqa: E402
from rules.alert import Alert  # noqa: E402
from streams.assembly import assemble  # noqa: E402
from streams.backtest.material import of_rows  # noqa: E402
from streams.backtest.trial import Account  # noqa: E402
from streams.sources.mapping import load_mapping, read_ordered  # noqa: E402

BOOK = Path(__file__).resolve().parents[2] / "rules" / "book"
RULES = ("05-hotline-surge.yaml", "06-police-surge.yaml")
BUDGET = {"blue": "1/week", "yellow": "1/month", "orange": "1/year"}  # as both rules state it
_CHANCE = 1e-3
_SHORT = 0.01
_ORDERS = 1000
_FEW = 5  # places that make a way
_DAY = timedelta(days=1)
_EARTH_M = 6_371_000.0


@dataclass(frozen=True)
class City:
    """A folder's files by mapping, the time that is judged, and the time within it that is no ordinary one."""

    areas: str
    inputs: Mapping[str, str]
    since: datetime
    until: datetime
    declared: tuple[datetime, datetime] | None = None

    def ordinary(self, at: datetime) -> bool:
        """Tell whether something is judged."""
        inside = self.declared is not None and self.declared[0] <= at < self.declared[1]
        return self.since <= at < self.until and not inside

    @property
    def weeks(self) -> float:
        """Weeks judged."""
        away = timedelta() if self.declared is None else self.declared[1] - self.declared[0]
        return (self.until - self.since - away) / timedelta(weeks=1)


CITIES = {
    "stlouis_2018_01": City(
        "stlouis",
        {"stlouis-requests": "requests.csv.gz", "stlouis-incidents": "incidents.csv.gz"},
        datetime(2018, 1, 8, 6, tzinfo=UTC),  # a week of hours is behind it
        datetime(2018, 2, 1, 6, tzinfo=UTC),
    ),
    "chicago_2011_2013": City(
        "chicago",
        {
            "chicago-sanitation": "sanitation_complaints.csv.gz",
            "chicago-food": "food_inspections.csv.gz",
            "chicago-burglaries": "burglaries.csv.gz",
        },
        datetime(2011, 7, 22, 5, tzinfo=UTC),  # three weeks of days are behind it
        datetime(2014, 1, 1, 6, tzinfo=UTC),
    ),
    "pingshan_2018": City(
        "pingshan",
        {"pingshan": "appeals.csv.gz"},
        datetime(2018, 8, 31, 16, tzinfo=UTC),
        datetime(2018, 11, 30, 16, tzinfo=UTC),
        (datetime(2018, 9, 15, 16, tzinfo=UTC), datetime(2018, 9, 22, 16, tzinfo=UTC)),  # Mangkhut came on the 16th
    ),
}


def told(folder: Path, city: City) -> tuple[list[Alert], dict[str, Event]]:
    """Return the surge alerts of the whole file that were not withdrawn, and all events by id."""
    with tempfile.TemporaryDirectory() as book:
        for name in RULES:
            shutil.copy(BOOK / name, book)
        parts = assemble(areas=city.areas, book=book, hazards="", reporter_key=b"bench" * 7)
    rows = read_ordered([(load_mapping(name), folder / file) for name, file in city.inputs.items()], None)
    pipeline, latest, events = parts.new_pipeline(), dict[str, Alert](), dict[str, Event]()

    def note(alerts: Iterable[Alert]) -> None:
        latest.update((alert.id, alert) for alert in alerts)

    t = -math.inf
    for event in of_rows(rows, parts.intake, Account(), datetime.now(UTC).timestamp()):
        t = event.occurred_at.timestamp()
        events[event.id] = event
        note(pipeline.advance(t).alerts)
        note(pipeline.process(event).alerts)
    note(pipeline.advance(t + 7 * _DAY.total_seconds()).alerts)
    return [alert for alert in latest.values() if alert.status != "withdrawn"], events


def apart(alerts: Iterable[Alert]) -> list[Alert]:
    """Return the alerts, of those of one place and kind within a day of each other the one of the highest grade."""
    found: dict[tuple[str, ...], list[Alert]] = {}
    for alert in sorted(alerts, key=lambda a: (a.raised_at, a.id)):
        place = alert.place
        same = found.setdefault((place.district, place.street, place.community, alert.kind), [])
        if same and alert.raised_at - same[-1].raised_at <= _DAY:
            same[-1] = max(same[-1], alert, key=lambda a: a.grade.rank)
        else:
            same.append(alert)
    return [alert for same in found.values() for alert in same]


def one_matter(events: Sequence[Event], kinds: Counter[str], texts: Counter[tuple[str, str]]) -> bool:
    """Tell whether the commonest text of some events of one kind is commoner among them than chance makes it."""
    (text, count), *_ = Counter(event.text for event in events).most_common(1)
    kind = events[0].kind
    return float(binom.sf(count - 1, len(events), texts[kind, text] / kinds[kind])) < _CHANCE


def a_round(events: Sequence[Event]) -> bool:
    """Tell whether events lie on one way in the order of time."""
    known = [e for e in events if e.resolution == "instant" and e.place.lon is not None and e.place.lat is not None]
    known.sort(key=lambda event: (event.occurred_at, event.id))
    lon, lat = (np.radians([float(getattr(e.place, name)) for e in known]) for name in ("lon", "lat"))
    if len({(e.place.lon, e.place.lat) for e in known}) < _FEW:
        return False
    at = _EARTH_M * np.stack([lon * np.cos(lat.mean()), lat])
    rng = np.random.default_rng(1)
    orders = [np.arange(len(known)), *(rng.permutation(len(known)) for _ in range(_ORDERS))]
    ways = np.array([np.hypot(*np.diff(at[:, order])).sum() for order in orders])
    return bool((ways[1:] <= ways[0]).mean() <= _SHORT)


@dataclass(frozen=True)
class Verdict:
    """What is known of one alert."""

    day: str
    grade: str
    place: str
    kind: str
    events: int
    one_matter: bool
    round: bool

    @property
    def false(self) -> bool:
        """Whether it is taken for a false alert."""
        return self.round or not self.one_matter


def verdicts(folder: Path, city: City) -> list[Verdict]:
    """Return what is known of each alert of a city's ordinary weeks, by time."""
    alerts, events = told(folder, city)
    kinds = Counter(event.kind for event in events.values())
    texts = Counter((event.kind, event.text) for event in events.values())
    found = []
    for alert in sorted(apart(a for a in alerts if city.ordinary(a.raised_at)), key=lambda a: a.raised_at):
        behind = [events[name] for name in alert.evidence]
        place = alert.place.community or alert.place.street or alert.place.district
        matter, way = one_matter(behind, kinds, texts), a_round(behind)
        day = f"{alert.raised_at:%Y-%m-%d}"
        found.append(Verdict(day, alert.grade.value, place, alert.kind, len(behind), one_matter=matter, round=way))
    return found


def bench(listed: Sequence[Verdict], city: City) -> dict[str, dict[str, float]]:
    """Return the alerts a week by grade, all and false ones, and the budget."""
    found = {}
    for grade, rate in zip(BUDGET, Budget.of(BUDGET).rates(), strict=False):
        here = [one for one in listed if one.grade == grade]
        false = sum(one.false for one in here)
        found[grade] = {
            "all": len(here),
            "false": false,
            "all_a_week": round(len(here) / city.weeks, 3),
            "false_a_week": round(false / city.weeks, 3),
            "budget_a_week": round(7.0 * rate, 3),
        }
    return found


def main() -> None:
    """Print the figures."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path, help="the folder of the shared data")
    options = parser.parse_args()
    figures = {}
    for name, city in CITIES.items():
        listed = verdicts(options.folder / name, city)
        print(name, *listed, sep="\n  ")
        figures[name] = {"weeks": round(city.weeks, 1), **bench(listed, city)}
    print(json.dumps(figures))


if __name__ == "__main__":
    main()
