"""Runs one job as a process of its own and measures it from outside, without a line in the job.

The topic of alerts has timestamps of the broker. The alerts that mark the hours of the data say when a job had come
how far, and the CPU of its process and children is sampled beside: what lies between two of them is the job at work,
without its start.
"""

from __future__ import annotations

import json
import os
import subprocess
import time
from bisect import bisect_left
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from kafka import KafkaConsumer, TopicPartition

from streams.clients import connect
from streams.settings import Settings
from tests.bench.peers_data import FIRST_HOUR, Alerts, marker_of

SAMPLE_S = 0.02
LIMIT_S = 900.0
_TICK = os.sysconf("SC_CLK_TCK")


class Stretch(NamedTuple):
    """From which hour of the data to which a job is measured; it is ended then."""

    first: int
    last: int


class Measured(NamedTuple):
    """What one run of a job came to, and the alerts it gave."""

    events_per_s: float
    us_per_event: float
    alerts: list[tuple[str, int]]


class JobFailed(Exception):
    """A job ended, or did not come to its end."""


def cpu_s(pid: int) -> float:
    """Return the CPU seconds of a process, its threads and its children, living or not."""
    fields = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()
    own = sum(map(int, fields[11:15])) / _TICK
    children = {
        child
        for path in Path(f"/proc/{pid}/task").glob("*/children")
        for child in path.read_text(encoding="ascii").split()
    }
    return own + sum(cpu_s(int(child)) for child in children)


def measure(
    command: Sequence[str], *, bootstrap: str, topic: str, stretch: Stretch, an_hour: int, log: Path, cwd: Path
) -> Measured:
    """Run a job until the alert of the last hour is there, and return what it took.

    Raises
    ------
    JobFailed
        When it ends before, or takes longer than LIMIT_S.

    """
    consumer = connect(KafkaConsumer, Settings(bootstrap=bootstrap), group_id=None, enable_auto_commit=False)
    where = TopicPartition(topic, 0)
    consumer.assign([where])
    consumer.seek(where, 0)
    with log.open("wb") as out:
        job = subprocess.Popen(command, stdout=out, stderr=out, cwd=cwd)
        try:
            samples, alerts, marks = _watch(job, consumer, where, FIRST_HOUR + stretch.last, log)
        finally:
            job.kill()
            job.wait()
            consumer.close()
    began, ended = (marks[FIRST_HOUR + hour] for hour in stretch)
    events = (stretch.last - stretch.first) * an_hour
    used = _at(samples, ended) - _at(samples, began)
    return Measured(events / (ended - began), used / events * 1e6, alerts)


def _watch(
    job: subprocess.Popen[bytes], consumer: KafkaConsumer, where: TopicPartition, last: int, log: Path
) -> tuple[list[tuple[float, float]], list[tuple[str, int]], dict[int, float]]:
    """Return samples of CPU by time, all alerts up to the last hour, and when each hour was reached."""
    samples: list[tuple[float, float]] = []
    alerts: list[tuple[str, int]] = []
    marks: dict[int, float] = {}
    begun = time.time()
    while last not in marks:
        time.sleep(SAMPLE_S)
        if job.poll() is not None or time.time() - begun > LIMIT_S:
            raise JobFailed(
                f"the job ended ({job.poll()}) or took too long:\n{log.read_text(errors='replace')[-3000:]}"
            )
        samples.append((time.time(), cpu_s(job.pid)))
        for record in consumer.poll(timeout_ms=0, max_records=5_000).get(where, []):
            key, hour = record.key.decode(), json.loads(record.value)["hour"]
            alerts.append((key, hour))
            if marker_of(key):
                marks[hour] = record.timestamp / 1_000
    samples.append((time.time(), cpu_s(job.pid)))
    return samples, alerts, marks


def _at(samples: Sequence[tuple[float, float]], t: float) -> float:
    """Return the CPU used until a time."""
    after = min(max(bisect_left(samples, (t, 0.0)), 1), len(samples) - 1)
    (t0, cpu0), (t1, cpu1) = samples[after - 1], samples[after]
    return cpu0 + (cpu1 - cpu0) * min(max((t - t0) / (t1 - t0), 0.0), 1.0)


def check(name: str, found: Sequence[tuple[str, int]], expected: Alerts, last: int) -> int:
    """Hold the alerts of a run against those that are due; return how many were compared.

    All must be due, none twice, and up to the hour before the last none may be missing.
    """
    given = Counter(found)
    again = [one for one, n in given.items() if n > 1]
    undue = [one for one in given if one not in expected]
    missing = [one for one in expected if one[1] < FIRST_HOUR + last - 1 and one not in given]
    if again or undue or missing:
        raise JobFailed(f"{name}: twice {again[:3]}, not due {undue[:3]}, missing {missing[:3]} of {len(expected)}")
    return len(found)
