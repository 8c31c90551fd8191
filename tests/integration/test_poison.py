"""Poison on every topic of a running city: the good events lead to the same, and everything is accounted for."""

from __future__ import annotations

import itertools
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

import msgspec
import pytest

from rules.alert import Alert
from streams import topics
from streams.codec import SRC, read_origin
from streams.errors import BadInput
from streams.feed import Parcel, feed_reports, parcels
from streams.sources.mapping_row import RowOk
from tests.integration.harness import (
    KEY,
    ROOT,
    City,
    a_city,
    final_forms,
    metrics,
    read_all,
    settle,
    wait_ready,
)
from tests.integration.poison import bombs, give, of_ours, of_sources
from tests.integration.test_parity import replayed, simulated_day

pytestmark = [pytest.mark.slow]

MOST_MB = 1_200


def poisoned(rows: list[RowOk], share: float = 0.3) -> list[Parcel]:
    """Put poison among the parcels of good rows, on all raw topics in turn."""
    names, doses = itertools.cycle(topics.raw_topics()), of_sources()
    out: list[Parcel] = []
    due = 0.0
    for parcel in parcels(rows):
        out.append(parcel)
        due += share / (1 - share)
        while due >= 1:
            due -= 1
            out.append(Parcel(parcel.t, next(names), next(doses), bad=True))
    return out


def peak_mb(worker: subprocess.Popen[bytes]) -> float:
    """Return the most memory a process has had, MB."""
    status = Path(f"/proc/{worker.pid}/status").read_text()
    return int(next(line for line in status.splitlines() if line.startswith("VmHWM:")).split()[1]) / 1024


def ask(city: City, *command: str) -> subprocess.CompletedProcess[str]:
    """Run a command of the city's operator."""
    env = {"FENGHUO_BOOTSTRAP": city.settings.bootstrap, "FENGHUO_PREFIX": city.settings.prefix}
    env |= {"FENGHUO_REPORTER_KEY": KEY, "FENGHUO_PARTITIONS": str(city.settings.partitions), "FENGHUO_LANG": "en"}
    call = [sys.executable, "-m", "streams.cli", *command]
    return subprocess.run(call, env=env, cwd=ROOT, capture_output=True, text=True, timeout=120, check=False)


def accounted(city: City) -> int:
    """Check that every raw record is an event or a dead letter, and not both; return how many records that are."""
    raw, out, dead = set(), set(), set()
    for topic in topics.raw_topics():
        raw |= {f"{topic}/{r.partition}/{r.offset}" for r in read_all(city, topic)}  # type: ignore[attr-defined]
    for record in read_all(city, topics.EVENTS):
        with suppress(BadInput):
            name, channel, offset = read_origin(record.headers) or ("", "", 0)  # type: ignore[attr-defined]
            out |= {f"{channel}/{offset}"} if name == SRC and channel.split("/")[0] in topics.raw_topics() else set()
    for record in read_all(city, topics.DEAD):
        where = record.key.decode(errors="replace")  # type: ignore[attr-defined]
        dead |= {where} if where.split("/")[0] in topics.raw_topics() else set()
    assert out | dead == raw
    assert not out & dead
    return len(raw)


READERS = [
    ("alerts", "tail", "--current", "--no-follow"),
    ("alerts", "tail", "--from-beginning", "--no-follow"),
    ("dead-letters", "count"),
    ("replay", "--topic"),
    ("report", "--day", "2026-03-11"),
    ("audit",),
]


def test_poison_on_every_topic_changes_no_alert_stops_no_worker_and_is_accounted_for(
    kafka: str, topic_prefix: str, tmp_path: Path
) -> None:
    with a_city(kafka, topic_prefix, tmp_path, partitions=2) as city:
        rows = simulated_day(city.parts(), daily_events=250)
        expected = replayed(rows, city.parts(), city.settings.lateness_s)  # type: ignore[arg-type]
        worker = city.start_worker()
        wait_ready(worker, city)
        fed = poisoned(rows)  # type: ignore[arg-type]
        half = len(fed) // 2
        feed_reports(fed[:half], city.settings)
        ours = list(of_ours())
        give(city.settings, ours)
        large = give(city.settings, bombs(2))
        feed_reports(fed[half:], city.settings)
        settle(city, expected.newest - city.settings.lateness_s)
        assert worker.poll() is None, city.logs()
        standing = ask(city, "alerts", "tail", "--current", "--no-follow", "--restricted", "--json")
        found = [msgspec.json.decode(line, type=Alert) for line in standing.stdout.splitlines()]
        open_ones = {id_: alert for id_, alert in expected.final.items() if alert.status == "open"}
        assert final_forms({alert.id: alert for alert in found}) == final_forms(open_ones)
        assert accounted(city) == len(fed) + large
        assert metrics(city)['fenghuo_dead_letters_total{reason="PACKED",topic="hotline.calls"}'] >= 1
        assert peak_mb(worker) < MOST_MB
        said = {command: ask(city, *command) for command in READERS}
    assert {" ".join(c): done.stderr[-2000:] for c, done in said.items() if done.returncode} == {}
