"""State: what a hundred thousand keys weigh, and how long it takes to write them all and to take them over.

Run from the root of the repository: ``python tests/bench/state.py [--keys 100000] [--seed 1]``; it starts a broker of
its own unless ``KAFKA_BOOTSTRAP_SERVERS`` is set. A made-up city of ten districts, two hundred streets and as many
communities as it takes; every kind is reported of every community at least once within two days, and a tenth of the
keys a second and third time. The whole default book and all detectors run. The last line is one JSON object:

``keys``, ``events``
    Community and kind; events taken in.
``rss_mb``, ``bytes_per_key``
    Memory of the process that the pipeline added, and that over the keys.
``state_mb``, ``state_entries``
    What a snapshot of everything writes.
``encode_s``, ``write_s``
    Taking the first snapshot from the pipeline (it has never been written), and writing it to Kafka in a transaction.
``again_s``, ``again_kb``
    The next snapshot after a thousand events more.
``read_s``, ``restore_s``
    Reading it back from Kafka, and taking it over in a fresh pipeline; CPU and waiting together, as a worker waits.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import gc
import json
import os
import random
import resource
import sys
import tempfile
import time
import uuid
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT), str(ROOT / "deploy" / "kafka")]

from broker import Broker  # noqa: E402
from kafka.admin import KafkaAdminClient, NewTopic  # noqa: E402

from detectors.areas import AreaTree  # noqa: E402
from detectors.event import Event, Place  # noqa: E402
from detectors.taxonomy import load_taxonomy  # noqa: E402
from rules.loader import load_book  # noqa: E402
from streams.assembly import tune_the_process  # noqa: E402
from streams.pipeline import Pipeline  # noqa: E402
from streams.state import StateWriter  # noqa: E402

BEGINS, DAY = 1_767_225_600.0, 86_400.0
DISTRICTS, STREETS = 10, 200
TOPIC_BYTES = 16 * 1024 * 1024


def city(communities: int) -> AreaTree:
    """Return a tree whose streets have equally many communities."""
    each = -(-communities // STREETS)
    streets = [
        {"id": f"s{s}", "name": f"S{s}", "communities": [{"id": f"s{s}c{c}", "name": f"C{s}-{c}"} for c in range(each)]}
        for s in range(STREETS)
    ]
    inside = STREETS // DISTRICTS
    districts = [
        {"id": f"d{d}", "name": f"D{d}", "streets": streets[d * inside : (d + 1) * inside]} for d in range(DISTRICTS)
    ]
    base = {"city": "b", "name": "B", "tz": "UTC", "calendar": "none", "open": False}
    return AreaTree.from_mapping({**base, "districts": districts})


def events(areas: AreaTree, keys: int, seed: int) -> Iterator[Event]:
    """Yield every key once, and a tenth of them again and again, in the order of event time."""
    rng, taxonomy = random.Random(seed), load_taxonomy()
    places = [
        Place(district=d.id, street=s.id, community=c.id, name=c.name)
        for d in areas.districts()
        for s in areas.children(d.id)
        for c in areas.children(s.id)
    ]
    all_keys = [(place, kind) for place in places for kind in taxonomy.kinds][:keys]
    some = [key for key in all_keys if rng.random() < 0.1]
    told = [(BEGINS + 2 * DAY * rng.random(), *key) for key in (*all_keys, *some, *some)]
    for number, (t, place, kind) in enumerate(sorted(told, key=lambda one: one[0])):
        yield Event(
            id=f"grid:{number}",
            source="grid",
            kind=kind,
            occurred_at=datetime.fromtimestamp(t, UTC),
            place=place,
            reporter=f"{rng.randrange(5_000):016x}",
        )


def rss_mb() -> float:
    """Return the largest memory of this process so far."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def run(pipeline: Pipeline, told: list[Event]) -> None:
    """Take events in, the watermark ten minutes behind."""
    due = 0.0
    for event in told:
        t = event.occurred_at.timestamp()
        if t >= due:
            due = t + 300.0
            pipeline.advance(t - 600.0)
        pipeline.process(event)


async def through_kafka(bootstrap: str, state: dict[str, bytes]) -> tuple[float, float, dict[str, bytes]]:
    """Write a snapshot and read it back; return the seconds of each, and what came back."""
    topic = f"state-{uuid.uuid4().hex[:8]}"
    client = KafkaAdminClient(bootstrap_servers=bootstrap)
    settings = {"cleanup.policy": "compact", "max.message.bytes": str(TOPIC_BYTES)}
    client.create_topics([NewTopic(topic, 1, 1, topic_configs=settings)])
    client.close()
    writer = StateWriter({"bootstrap_servers": bootstrap}, topic, 0, "bench")
    await writer.start()
    try:
        started = time.perf_counter()
        await writer.write(state)
        written = time.perf_counter() - started
    finally:
        await writer.stop()
    reader = StateWriter({"bootstrap_servers": bootstrap}, topic, 0, "bench")
    await reader.start()
    try:
        started = time.perf_counter()
        found = await reader.read()
        return written, time.perf_counter() - started, found
    finally:
        await reader.stop()


def main() -> None:
    """Print the figures."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--keys", type=int, default=100_000)
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    taxonomy = load_taxonomy()
    areas = city(-(-given.keys // len(taxonomy.kinds)))
    book = load_book(kinds=frozenset(taxonomy.kinds), examples=False)
    told = list(events(areas, given.keys + 5_000, given.seed))
    more, told = told[-1_000:], told[:-1_000]

    def fresh() -> Pipeline:
        return Pipeline(book=book, areas=areas, taxonomy=taxonomy)

    pipeline = fresh()
    tune_the_process()  # as a worker does
    gc.collect()
    before = rss_mb()
    run(pipeline, told)
    added = rss_mb() - before
    started = time.perf_counter()
    state = {name: data for name, data in pipeline.dirty().items() if data is not None}
    encoded = time.perf_counter() - started
    with contextlib.ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        bootstrap = os.environ.get("KAFKA_BOOTSTRAP_SERVERS", "")
        if not bootstrap:
            bootstrap = stack.enter_context(Broker(folder / "broker")).bootstrap
        written, read, found = asyncio.run(through_kafka(bootstrap, state))
    if found != state:
        raise SystemExit("what came back is not what was written")
    run(pipeline, more)
    started = time.perf_counter()
    again = {name: data for name, data in pipeline.dirty().items() if data is not None}
    again_s = time.perf_counter() - started
    other, started = fresh(), time.perf_counter()
    other.restore(found, told[-1].occurred_at.timestamp() - 900.0)
    restored = time.perf_counter() - started
    size = sum(map(len, state.values()))
    figures = {
        "keys": len({(event.place.community, event.kind) for event in told}),
        "events": len(told),
        "rss_mb": added,
        "bytes_per_key": added * 1024 * 1024 / given.keys,
        "state_mb": size / 1024 / 1024,
        "state_entries": len(state),
        "encode_s": encoded,
        "write_s": written,
        "again_s": again_s,
        "again_kb": sum(map(len, again.values())) / 1024,
        "read_s": read,
        "restore_s": restored,
        "recovery_s_per_gb": (read + restored) * 1e9 / size,
    }
    print(json.dumps({name: round(value, 3) for name, value in figures.items()}))


if __name__ == "__main__":
    main()
