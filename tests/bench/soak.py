"""Soak: the whole worker under a steady load for an hour or more: does memory grow, does latency?

Run from the root of the repository: ``python tests/bench/soak.py [--rate 5000] [--minutes 60] [--workers 2]
[--partitions 4] [--cities 0] [--a-day 1000]``. It starts a broker of its own that keeps little, and workers with the
default book and detectors, feeds simulated reports at the rate, and takes a sample every ten seconds, which it prints.

Event time runs so fast that each copy of the shipped city has so many reports a day (`tests.bench.region`): by default
there are as many copies as make a day pass in twenty seconds, so that an hour is half a year and every window, of a
month too, has filled and passed many times. Fewer or more copies make it faster or slower: work that comes once an
hour of event time comes more or less often, beside the reports. What comes after the warm-up, a fifth of the time,
counts. The last line is one JSON object:

``events_per_s``, ``events``, ``days``, ``alert_versions``, ``not_accepted``
    What was fed in a second of the clock, in all, how many days that was, versions of alerts that came of it, and
    events by what became of them, of which nothing came.
``latency_p50_s``, ``latency_p99_s``, ``latency_p99_last_s``, ``latency_p99_s_per_h``
    From when the raw record was put on its topic until a consumer had the alert it led to: the median and the 99th
    percentile of all, the latter in the last fifth, and the slope of the samples' (Theil-Sen).
``rss_mb``, ``rss_mb_per_h``
    By process: its memory at the end and the slope of its samples (Theil-Sen); ``rss_mb_per_h_second_half`` of the
    second half of them.
``cpu_cores``, ``us_per_event``
    By process: cores kept busy; and all workers' CPU for an event.
``lag_most``, ``lag_end``, ``disk_most_mb``, ``drained_s``
    Records waiting in all stages; the broker's folder; seconds until nothing waited any more, after the last report.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import sys
import tempfile
import time
import uuid
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from scipy.stats import theilslopes

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT), str(ROOT / "deploy" / "kafka")]

from broker import Broker  # noqa: E402
from kafka import KafkaAdminClient  # noqa: E402
from kafka.admin import ConfigResource, ConfigResourceType  # noqa: E402

from streams import topics  # noqa: E402
from streams.clients import connect  # noqa: E402
from streams.settings import Settings  # noqa: E402
from tests.bench.peers_measuring import cpu_s  # noqa: E402
from tests.bench.region import A_CITY_A_DAY, write_region  # noqa: E402
from tests.bench.soak_load import Load, Tail  # noqa: E402
from tests.integration.harness import City, a_city, metrics, wait_ready  # noqa: E402

EVERY_S = 10.0
DAY_S = 20.0
WARM_UP = 0.2
START_S = 600.0
DRAIN_S = 600.0
_KEPT = {"retention.bytes": str(512 << 20), "segment.bytes": str(16 << 20)}
_MB = 1 << 20


class SmallBroker(Broker):
    """A broker that looks for what it may delete every ten seconds, not every five minutes."""

    def _configure(self, port: int, controller_port: int) -> None:
        super()._configure(port, controller_port)
        with (self.folder / "server.properties").open("a", encoding="utf-8") as file:
            file.write("log.retention.check.interval.ms=10000\n")


class Sample(NamedTuple):
    """How it stands every ten seconds."""

    t: float
    rss_mb: dict[str, float]
    cpu_s: dict[str, float]
    lag: float
    disk_mb: float
    latencies: list[float]


def main() -> None:
    """Run the soak and print its figures."""
    given = arguments()
    with contextlib.ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        broker = stack.enter_context(SmallBroker(folder / "broker"))
        write_region(folder / "region.yaml", given.cities)
        over = {"partitions": given.partitions, "areas": str(folder / "region.yaml"), "snapshot_s": 5.0}
        city = stack.enter_context(
            a_city(broker.bootstrap, f"soak-{uuid.uuid4().hex[:8]}-", folder / "city", lateness_s=600.0, **over)
        )
        keep_little(city.settings)
        for _ in range(given.workers):
            city.start_worker()
        for worker in city.workers:
            wait_ready(worker, city, START_S)
        figures = soak(city, broker, given)
    print(json.dumps(figures))


def arguments() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rate", type=float, default=5_000.0, help="reports a second")
    parser.add_argument("--minutes", type=float, default=60.0)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--partitions", type=int, default=4)
    parser.add_argument("--a-day", type=float, default=A_CITY_A_DAY, help="reports a day of one copy of the city")
    parser.add_argument("--cities", type=int, default=0, help="copies of the city; 0: a day passes in twenty seconds")
    given = parser.parse_args()
    given.cities = given.cities or max(1, round(given.rate * DAY_S / given.a_day))
    return given


def keep_little(settings: Settings) -> None:
    """Let the broker keep no more than half a gigabyte of a partition, in segments small enough to be deleted."""
    admin = connect(KafkaAdminClient, settings)
    names = [settings.topic(spec.name) for spec in topics.specs()]
    admin.alter_configs([ConfigResource(ConfigResourceType.TOPIC, name, configs=_KEPT) for name in names])
    admin.close()


def soak(city: City, broker: Broker, given: argparse.Namespace) -> dict[str, Any]:
    """Feed and sample for the time given, let it drain, and return the figures."""
    tail, load = Tail(city.settings), Load(city, given)
    tail.start()
    load.start()
    while not load.fed.rows:
        time.sleep(0.2)
        _check(city, load)
    samples, began = [], time.monotonic()
    while time.monotonic() - began < given.minutes * 60:
        time.sleep(EVERY_S)
        _check(city, load)
        samples.append(_sample(city, broker, tail, time.monotonic() - began))
        _tell(samples[-1], load)
    took = time.monotonic() - began
    load.stopping = True
    load.join(60)
    drained_s = _drain(city, load)
    tail.stopping = True
    tail.join(10)
    return {
        "rate_asked": given.rate,
        "events_per_s": round(load.fed.rows / took),
        "events": load.fed.rows,
        "minutes": given.minutes,
        "days": round(load.days, 1),
        "cities": given.cities,
        "a_day": given.a_day,
        "alert_versions": tail.count,
        "not_accepted": _not_accepted(metrics(city)),
        "drained_s": drained_s,
        **summed_up(samples, load.fed.rows / took),
    }


def _check(city: City, load: Load) -> None:
    if load.failure is not None:
        raise load.failure
    for worker in city.workers:
        if worker.poll() is not None:
            raise SystemExit(f"a worker ended with {worker.returncode}\n{city.logs()}")


def _sample(city: City, broker: Broker, tail: Tail, t: float) -> Sample:
    pids = {f"worker-{n}": worker.pid for n, worker in enumerate(city.workers)}
    if broker.pid is not None:
        pids["broker"] = broker.pid
    disk = sum(_on_disk(path) for path in broker.folder.rglob("*"))
    return Sample(
        t=t,
        rss_mb={name: rss_mb(pid) for name, pid in pids.items()},
        cpu_s={name: cpu_s(pid) for name, pid in pids.items()},
        lag=lag(city),
        disk_mb=disk / _MB,
        latencies=tail.take(),
    )


def _on_disk(path: Path) -> int:
    """Return what a file takes, which may be gone by now; much of an index is a hole."""
    with contextlib.suppress(FileNotFoundError):
        return path.stat().st_blocks * 512
    return 0


def rss_mb(pid: int) -> float:
    """Return the resident memory of a process."""
    status = Path(f"/proc/{pid}/status").read_text(encoding="utf-8")
    return int(status.partition("VmRSS:")[2].split()[0]) / 1024


def lag(city: City) -> float:
    """Return the records that wait in all stages of all workers."""
    return sum(value for name, value in metrics(city).items() if name.startswith("fenghuo_lag_records"))


def _not_accepted(counted: dict[str, float]) -> dict[str, int]:
    """Return the events of which nothing came, by what became of them, and the dead letters."""
    found = {}
    for name, value in counted.items():
        what = name.partition('verdict="')[2].rstrip('"}') if name.startswith("fenghuo_events_total") else ""
        if what in {"DUPLICATE", "LATE", "REPEATED"} and value:
            found[what] = round(value)
    dead = sum(value for name, value in counted.items() if name.startswith("fenghuo_dead_letters_total"))
    return found | ({"DEAD": round(dead)} if dead else {})


def _tell(sample: Sample, load: Load) -> None:
    p50, p99 = np.quantile(sample.latencies, [0.5, 0.99]) if sample.latencies else (0.0, 0.0)
    rss = " ".join(f"{name} {mb:.0f}" for name, mb in sample.rss_mb.items())
    print(
        f"{sample.t:6.0f} s {load.fed.rows:9d} events {load.days:6.1f} days  rss {rss} MB  lag {sample.lag:.0f}  "
        f"latency p50 {p50:.2f} p99 {p99:.2f} s of {len(sample.latencies)}  disk {sample.disk_mb:.0f} MB",
        flush=True,
    )


def _drain(city: City, load: Load) -> float:
    began = time.monotonic()
    while lag(city) and time.monotonic() - began < DRAIN_S:
        time.sleep(1.0)
        _check(city, load)
    return round(time.monotonic() - began, 1)


def summed_up(samples: list[Sample], rate: float) -> dict[str, Any]:
    """Return the figures of all samples after the warm-up."""
    kept = samples[int(len(samples) * WARM_UP) :]
    half, last = kept[len(kept) // 2 :], kept[-max(1, len(samples) // 5) :]
    names = list(kept[0].rss_mb)
    span = kept[-1].t - kept[0].t
    cores = {name: (kept[-1].cpu_s[name] - kept[0].cpu_s[name]) / span for name in names}
    work = sum(used for name, used in cores.items() if name.startswith("worker"))
    every = [latency for sample in kept for latency in sample.latencies] or [float("nan")]
    at_last = [latency for sample in last for latency in sample.latencies] or [float("nan")]
    p99s = [(sample.t, float(np.quantile(sample.latencies, 0.99))) for sample in kept if sample.latencies]
    return {
        "latency_p50_s": round(float(np.quantile(every, 0.5)), 3),
        "latency_p99_s": round(float(np.quantile(every, 0.99)), 3),
        "latency_p99_last_s": round(float(np.quantile(at_last, 0.99)), 3),
        "latency_p99_s_per_h": slope_per_h(p99s),
        "rss_mb": {name: round(kept[-1].rss_mb[name]) for name in names},
        "rss_mb_per_h": {name: slope_per_h([(one.t, one.rss_mb[name]) for one in kept]) for name in names},
        "rss_mb_per_h_second_half": {name: slope_per_h([(one.t, one.rss_mb[name]) for one in half]) for name in names},
        "cpu_cores": {name: round(used, 2) for name, used in cores.items()},
        "us_per_event": round(work / rate * 1e6, 1),
        "lag_most": round(max(sample.lag for sample in kept)),
        "lag_end": round(kept[-1].lag),
        "disk_most_mb": round(max(sample.disk_mb for sample in samples)),
    }


def slope_per_h(points: list[tuple[float, float]]) -> float:
    """Return the median slope of all pairs of points (Theil-Sen), per hour."""
    if len(points) < 2:
        return 0.0
    t, y = zip(*points, strict=True)
    return round(float(theilslopes(y, t)[0]) * 3_600, 3)


if __name__ == "__main__":
    main()
