"""Peers: the same small job in ours and in other stream processors, on one broker and the same data.

Run from the root of the repository: ``python tests/bench/peers.py [--rounds 3] [--hours 48] [--an-hour 25000]
[--envs .run/peers] [--only NAME...] [--events 30000]``; it starts a broker of its own unless
``KAFKA_BOOTSTRAP_SERVERS`` is set, and makes an environment for each peer under ``--envs`` the first time.

The job (`tests.bench.peers_data`): JSON reports of one partition in; for every place and kind how many reporters there
were in the hour of event time; an alert out to Kafka when a threshold is crossed. Each is one process, as
`tests/bench/peers_jobs` has them, and starts from nothing. Rounds go through all of them in turn, the next one from
another on; figures are medians of the rounds, measured between alerts of the same data, so that starting up does not
count (`tests.bench.peers_measuring`). Every job's alerts are held against those that are due by the definition.

The last line is one JSON object. ``<job>_events_per_s`` and ``<job>_us_per_event`` (CPU of the process with its
threads and children) for:

``confluent``
    A loop around confluent-kafka and a dictionary: the floor. Nothing survives it.
``bytewax_window``, ``bytewax_stateful``, ``bytewax_shard``
    Its windowing operator, its keyed state, its keyed state in batches over all keys; without recovery.
``quix_window``, ``quix_state``
    Quix Streams' windows, and its stateful `apply`; state in RocksDB and on a changelog topic.
``faust``
    Stock faust-streaming with a table and its changelog topic.
``ours_bare``, ``ours``
    An agent on the batched transport, without stored state, and with state on Kafka every second in transactions.
``everything``
    Our whole worker with its default book and detectors, as `tests/bench/throughput.py` measures it: another job, one
    that does some hundred times as much. Here the reports are simulated ones.

and the ratios the targets are about: CPU of the peer over CPU of ours, ``ours_x_quix_window`` and so on.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import uuid
from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT), str(ROOT / "deploy" / "kafka")]

from broker import Broker  # noqa: E402
from kafka import KafkaAdminClient  # noqa: E402
from kafka.admin import NewTopic  # noqa: E402

from streams.clients import connect  # noqa: E402
from streams.producing import Outbox, new_producer  # noqa: E402
from streams.settings import Settings  # noqa: E402
from tests.bench.peers_data import THRESHOLD, Alerts, due, reports  # noqa: E402
from tests.bench.peers_measuring import Stretch, check, measure  # noqa: E402
from tests.bench.throughput import live  # noqa: E402

JOBS = Path(__file__).with_name("peers_jobs")
PACKAGES = {
    "confluent": ("confluent-kafka==2.16.1", "msgspec==0.22.0"),
    "bytewax": ("bytewax[kafka]==0.21.1", "confluent-kafka==2.16.1", "msgspec==0.22.0"),
    "quix": ("quixstreams==3.28.1",),
    "faust": ("faust-streaming==0.15.3", "orjson==3.13.0"),
}


class Job(NamedTuple):
    """One way to do the job: in which environment, by which script, which variant, and how slow it is."""

    env: str
    script: str
    variant: str = "-"
    slow: bool = False


ALL = {
    "confluent": Job("confluent", "confluent_loop"),
    "bytewax_window": Job("bytewax", "bytewax_flow", "window", slow=True),
    "bytewax_stateful": Job("bytewax", "bytewax_flow", "stateful"),
    "bytewax_shard": Job("bytewax", "bytewax_flow", "shard"),
    "quix_window": Job("quix", "quix", "window", slow=True),
    "quix_state": Job("quix", "quix", "state", slow=True),
    "faust": Job("faust", "faust_stock", slow=True),
    "ours_bare": Job("", "ours", "bare"),
    "ours": Job("", "ours", "state"),
}
Figures = defaultdict[str, list[float]]


def main() -> None:
    """Run all in turn and print the medians."""
    given = _arguments()
    pythons = environments(Path(given.envs), {ALL[name].env for name in given.only} - {""})
    figures: Figures = defaultdict(list)
    with contextlib.ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        bootstrap = os.environ.get("KAFKA_BOOTSTRAP_SERVERS", "")
        if not bootstrap:
            bootstrap = stack.enter_context(Broker(folder / "broker")).bootstrap
        expected = fill(bootstrap, given.hours, given.an_hour)
        for turn in range(given.rounds):
            names = given.only[turn % len(given.only) :] + given.only[: turn % len(given.only)]
            for name in names:
                run(name, given, pythons, bootstrap, folder, expected, figures)
            if given.events:
                whole = live(bootstrap, folder / f"live-{turn}", given.events, 4, replayed=False)
                figures["everything_events_per_s"].append(whole["live_events_per_s"])
                figures["everything_us_per_event"].append(whole["live_us_per_event"])
    medians = {name: round(statistics.median(values), 2) for name, values in figures.items()}
    print(json.dumps({"rounds": given.rounds, "alerts_due": len(expected), **medians, **ratios(medians)}))


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--hours", type=int, default=48, help="hours of data; the slow ones get the first of them")
    parser.add_argument("--an-hour", type=int, default=25_000, help="reports in an hour")
    parser.add_argument("--events", type=int, default=30_000, help="reports for our whole worker; 0 leaves it out")
    parser.add_argument("--envs", default=".run/peers", help="where the environments of the peers are, or are made")
    parser.add_argument("--only", nargs="*", choices=[*ALL], default=[*ALL])
    return parser.parse_args()


def environments(folder: Path, wanted: set[str]) -> dict[str, str]:
    """Return the Python of every environment, after making those that are not there or hold other versions."""
    found = {"": sys.executable}
    for name in sorted(wanted):
        env, packages = (folder / name).resolve(), "\n".join(PACKAGES[name])
        made = env / "packages.txt"
        if not made.exists() or made.read_text("utf-8") != packages:
            print(f"making {env}")
            shutil.rmtree(env, ignore_errors=True)
            subprocess.run([sys.executable, "-m", "venv", env], check=True)
            subprocess.run([env / "bin" / "pip", "install", "--quiet", *PACKAGES[name]], check=True)
            made.write_text(packages, "utf-8")
        found[name] = str(env / "bin" / "python")
    return found


def fill(bootstrap: str, hours: int, an_hour: int) -> Alerts:
    """Put the reports on a topic; return the alerts that are due."""
    create(bootstrap, NewTopic("small", 1, 1))
    asyncio.run(_produce(bootstrap, hours, an_hour))
    return due(reports(hours, an_hour))


def create(bootstrap: str, *topics: NewTopic) -> None:
    """Create topics."""
    admin = connect(KafkaAdminClient, Settings(bootstrap=bootstrap))
    admin.create_topics(topics)
    admin.close()


async def _produce(bootstrap: str, hours: int, an_hour: int) -> None:
    producer = new_producer({"bootstrap_servers": bootstrap})
    await producer.start()
    outbox = Outbox(producer, 1)
    for n, report in enumerate(reports(hours, an_hour), 1):
        outbox.add("small", report.key, report.value, timestamp_ms=report.timestamp_ms, partition=0)
        if n % 50_000 == 0:
            await outbox.send()
    await outbox.send()
    await producer.stop()


def run(
    name: str,
    given: argparse.Namespace,
    pythons: dict[str, str],
    bootstrap: str,
    folder: Path,
    expected: Alerts,
    figures: Figures,
) -> None:
    """Run one job from nothing, check its alerts and take note of its figures."""
    job, alerts = ALL[name], f"{name}-{uuid.uuid4().hex[:8]}"
    stretch = Stretch(1, min(5, given.hours - 1)) if job.slow else Stretch(4, given.hours - 1)
    by_the_broker = {"message.timestamp.type": "LogAppendTime"}
    create(
        bootstrap,
        NewTopic(alerts, 1, 1, topic_configs=by_the_broker),
        NewTopic(f"{alerts}-state", 1, 1, topic_configs={"cleanup.policy": "compact"}),
    )
    own = folder / alerts
    own.mkdir()
    script = [pythons[job.env], str(JOBS / f"{job.script}.py")]
    command = [*script, bootstrap, "small", alerts, str(THRESHOLD), str(own), job.variant]
    found = measure(
        _on_our_path(command) if not job.env else command,
        bootstrap=bootstrap,
        topic=alerts,
        stretch=stretch,
        an_hour=given.an_hour,
        log=folder / f"{alerts}.log",
        cwd=own,
    )
    compared = check(name, found.alerts, expected, stretch.last)
    print(
        f"{name}: {found.us_per_event:.2f} us, {found.events_per_s:.0f}/s, {compared} alerts as they are due",
        flush=True,
    )
    figures[f"{name}_events_per_s"].append(found.events_per_s)
    figures[f"{name}_us_per_event"].append(found.us_per_event)


def _on_our_path(command: Sequence[str]) -> list[str]:
    return ["env", f"PYTHONPATH={ROOT}", *command]


def ratios(medians: dict[str, float]) -> dict[str, float]:
    """Return how many times the CPU of ours each peer takes, and of our whole worker Quix Streams' windows."""
    cost = {name.removesuffix("_us_per_event"): us for name, us in medians.items() if name.endswith("_us_per_event")}
    found = {f"ours_x_{name}": us / cost["ours"] for name, us in cost.items() if "ours" in cost and "ours" not in name}
    found.pop("ours_x_everything", None)
    if {"everything", "quix_window"} <= cost.keys():
        found["everything_x_quix_window"] = cost["quix_window"] / cost["everything"]
    return {name: round(value, 2) for name, value in found.items()}


if __name__ == "__main__":
    main()
