"""Rules: what many rules cost an event, and what a group costs in memory.

Run from the root of the repository: ``python tests/bench/rules.py [--rules 500] [--places 2000] [--events 100000]
[--seed 1]``. The rules are of every kind (counts, distinct reporters, shares, sequences, absence, words, distance),
spread evenly over the taxonomy's kinds; the events over the kinds, a day of event time and the places, with the
skew of a city (a few places get most). Engine only: events are made before the clock starts. The last line is one JSON
object:

``rules``, ``keys``
    Rules of the book; groups that hold anything at the end.
``events_per_s``, ``us_per_event``
    CPU time of one core, the watermark following every five minutes of event time.
``matching_rules``
    Rules that look at an event, in the mean.
``bytes_per_key``
    State in the snapshots, by group.
``alerts``
    Versions issued.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec
import numpy as np

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT)]

from detectors.areas import AreaTree  # noqa: E402
from detectors.event import Event, Place  # noqa: E402
from detectors.localtime import DayKinds, LocalDays  # noqa: E402
from detectors.norms import Norms  # noqa: E402
from detectors.taxonomy import load_taxonomy  # noqa: E402
from rules.book import Book  # noqa: E402
from rules.engine import Engine  # noqa: E402
from rules.issue import City  # noqa: E402
from rules.rule import Rule  # noqa: E402
from rules.surroundings import Surroundings  # noqa: E402
from streams.assembly import tune_the_process  # noqa: E402

DAY_S = 86_400.0
T0 = 1_767_225_600.0
SHAPES: tuple[dict[str, Any], ...] = (
    {"per": "spot", "fires": [{"count": {"at_least": 80, "within": "7d"}}], "quiet": "7d"},
    {"per": "community", "fires": [{"count": {"at_least": 15, "within": "1h"}}]},
    {"per": "spot", "fires": [{"count": {"at_least": 80, "within": "1d", "of": "events"}}]},
    {"per": "street", "fires": [{"count": {"at_least": 8, "within": "2h", "of": "communities"}}]},
    {"radius_m": 300, "fires": [{"count": {"at_least": 12, "within": "30min"}}]},
    {"per": "spot", "fires": [{"after": [{"match": {"status": "closed"}, "within": "3h", "at_least": 4}]}]},
    {"per": "spot", "where": {"text": {"any": ["塌", "漏"]}}, "fires": [{"count": {"at_least": 20, "within": "6h"}}]},
    {
        "per": "community",
        "fires": [{"share": {"match": {"tags": ["danger"]}, "at_least": 0.6, "least": 8, "within": "6h"}}],
    },
    {
        "per": "spot",
        "where": {"tags": ["danger"], "expr": "event.people == 0"},
        "fires": [{"then_not": {"match": {}, "within": "20h"}}],
    },
    {"per": "street", "where": {"hours": "22:00-06:00"}, "fires": [{"count": {"at_least": 60, "within": "2h"}}]},
)


def a_book(n: int, kinds: list[str]) -> Book:
    """Return `n` rules of all shapes, spread over the kinds."""
    rules = []
    for i in range(n):
        shape = SHAPES[i // len(kinds) % len(SHAPES)]
        rule = {
            "id": f"r{i}",
            "number": i + 1,
            "name": {"zh": f"规则{i}", "en": f"rule {i}"},
            "kinds": [kinds[i % len(kinds)]],
            "grade": "yellow",
            "why": {"zh": "{n}人", "en": "{n} people"},
            **shape,
        }
        rules.append(msgspec.convert(rule, Rule))
    return Book(tuple(rules), "bench")


def events_of(n: int, places: int, kinds: list[str], rng: np.random.Generator) -> list[Event]:
    """Return events of one day, in order."""
    weight = 1.0 / np.arange(1, places + 1) ** 0.8
    spots = rng.choice(places, n, p=weight / weight.sum())
    times = np.sort(rng.uniform(0, DAY_S, n))
    of_kind = rng.integers(0, len(kinds), n)
    closed, danger = rng.random((2, n)) < 0.1
    where = [
        Place(
            district=f"d{i % 7}",
            street=f"st{i % 70}",
            community=f"c{i % 500}",
            spot=f"s{i}",
            lon=116.6 + (i % 50) * 0.004,
            lat=23.3 + (i // 50) * 0.004,
        )
        for i in range(places)
    ]
    texts = ("楼下积水很深无法通行", "墙体开裂怕塌", "水管漏了三天没人修", "夜里施工太吵")
    return [
        Event(
            id=f"hotline:{i}",
            source="hotline",
            kind=kinds[of_kind[i]],
            occurred_at=datetime.fromtimestamp(T0 + float(times[i]), UTC),
            place=where[spots[i]],
            reporter=f"{rng.integers(1 << 40):010x}",
            text=texts[i % len(texts)],
            status="closed" if closed[i] else "open",
            tags=("danger",) if danger[i] else (),
        )
        for i in range(n)
    ]


def main() -> None:
    """Measure, and print one JSON object."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rules", type=int, default=500)
    parser.add_argument("--places", type=int, default=2_000)
    parser.add_argument("--events", type=int, default=100_000)
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()
    taxonomy = load_taxonomy()
    kinds = sorted(set(taxonomy.kinds) - {"other"})
    book = a_book(arguments.rules, kinds)
    events = events_of(arguments.events, arguments.places, kinds, np.random.default_rng(arguments.seed))
    tree = AreaTree.from_mapping({"city": "bench", "name": "Bench", "tz": "UTC", "calendar": "none", "open": True})
    days = LocalDays(tree.zone)
    around = Surroundings(DayKinds("none", days))
    engine = Engine(book, City(tree, taxonomy, days, around, Norms(days), book.digest))
    tune_the_process()
    looked = sum(len(book.looks(event.kind, event.source)) for event in events)
    versions, due = 0, float("-inf")
    started = time.process_time()
    for event in events:
        t = event.occurred_at.timestamp()
        if t >= due:
            due = t + 300.0
            versions += len(engine.advance(t - 600.0))
        versions += len(engine.event(event, t))
    took = time.process_time() - started
    state = {key: data for key, data in engine.dirty() if data is not None}
    keys = engine.groups()
    print(
        json.dumps(
            {
                "rules": len(book.rules),
                "keys": keys,
                "events_per_s": round(len(events) / took),
                "us_per_event": round(took / len(events) * 1e6, 1),
                "matching_rules": round(looked / len(events), 1),
                "bytes_per_key": round(sum(map(len, state.values())) / keys),
                "alerts": versions,
            }
        )
    )


if __name__ == "__main__":
    main()
