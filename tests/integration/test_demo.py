"""The demo through real Kafka and worker processes, as a user starts it."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.request import urlopen

import pytest
from kafka import KafkaAdminClient, KafkaConsumer, TopicPartition

from streams.clients import connect
from streams.settings import Settings

pytestmark = pytest.mark.slow
ROOT = Path(__file__).resolve().parents[2]
_started: list[subprocess.Popen[str]] = []


@pytest.fixture(autouse=True)
def nothing_is_left_over() -> Iterator[None]:
    """End what a test that failed has left running."""
    yield
    for demo in _started:
        if demo.returncode is None:
            demo.terminate()
            demo.communicate(timeout=60)
    _started.clear()


def start(kafka: str, folder: Path, *arguments: str, board: str = "--no-board") -> subprocess.Popen[str]:
    """Start a demo of the day alone in `folder`, without what only looks on."""
    env = {name: value for name, value in os.environ.items() if not name.startswith(("FENGHUO_", "KAFKA_"))}
    command = [sys.executable, "-m", "streams.cli", "demo", "--history", "0", "--lang", "en", board, *arguments]
    demo = subprocess.Popen(
        command,
        env=env | {"KAFKA_BOOTSTRAP_SERVERS": kafka, "COLUMNS": "120"},
        cwd=folder,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    _started.append(demo)
    return demo


def figures(summary: str) -> tuple[int, ...]:
    """Rows, events, duplicates, late and dead of a summary whose figures add up."""
    found = re.search(r"✓ ([\d,]+) = ([\d,]+) \+ ([\d,]+) \+ ([\d,]+) \+ ([\d,]+)", summary)
    assert found, summary
    return tuple(int(number.replace(",", "")) for number in found.groups())


def worker_of(folder: Path, demo: subprocess.Popen[str]) -> int:
    """Process id of the demo's worker, once it is there."""
    children = Path(f"/proc/{demo.pid}/task")
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        for task in children.glob("*/children"):
            if pids := task.read_text().split():
                return int(pids[0])
        time.sleep(0.1)
    raise AssertionError(f"no worker: {(folder / '.run').exists()}")


def test_the_day_goes_through_kafka_and_every_row_is_accounted_for(kafka: str, tmp_path: Path) -> None:
    demo = start(kafka, tmp_path, "--seconds", "8", "--speed", "6000x", "--workers", "2")
    out, err = demo.communicate(timeout=180)
    assert demo.returncode == 0, err
    rows, events, duplicates, *_ = figures(out)
    assert rows > 300
    assert events + duplicates >= rows - 10
    assert duplicates == 49  # the staged burst
    for grade in ("red", "orange", "yellow", "blue"):
        assert f"【{grade}·" in out
    assert "event to alert, p50 / p99" in out
    prefix = re.search(r"demo-[\d-]+-", out)
    assert prefix
    admin = connect(KafkaAdminClient, Settings(bootstrap=kafka))
    left = [name for name in admin.list_topics() if name.startswith(prefix[0])]
    admin.close()
    assert left == []


def test_two_demos_in_one_folder_do_not_meet_and_being_told_to_stop_is_a_clean_end(kafka: str, tmp_path: Path) -> None:
    demos = [start(kafka, tmp_path, "--speed", "6000x") for _ in range(2)]
    workers = []
    for demo in demos:
        assert demo.stdout
        while "·new】" not in demo.stdout.readline():
            assert demo.poll() is None
        workers.append(worker_of(tmp_path, demo))
    logs = [log.read_text() for log in tmp_path.glob(".run/*/worker-1.log")]
    assert [log.count("worker started") for log in logs] == [1, 1]
    for demo, worker in zip(demos, workers, strict=True):
        demo.send_signal(signal.SIGTERM)
        out, err = demo.communicate(timeout=60)
        assert (demo.returncode, err) == (0, "")
        figures(out)
        assert not Path(f"/proc/{worker}").exists()
    assert list((tmp_path / ".run").iterdir()) == []


@pytest.mark.alone
def test_a_demo_told_to_stop_before_its_day_began_says_so_and_leaves_nothing(kafka: str, tmp_path: Path) -> None:
    demo = start(kafka, tmp_path)
    worker = worker_of(tmp_path, demo)
    demo.send_signal(signal.SIGINT)
    began = time.monotonic()
    out, err = demo.communicate(timeout=60)
    assert time.monotonic() - began < 8
    assert (demo.returncode, err) == (130, "")
    assert "Stopped before the day began" in out
    assert not Path(f"/proc/{worker}").exists()
    assert list((tmp_path / ".run").iterdir()) == []


def test_a_scenario_that_does_not_exist_is_told_before_any_topic_is_made(kafka: str, tmp_path: Path) -> None:
    out, err = start(kafka, tmp_path, "--scenario", "nosuch").communicate(timeout=60)
    assert "nosuch: no such scenario" in err
    assert out == ""
    assert not (tmp_path / ".run").exists()


def test_a_worker_that_dies_is_reported_with_the_end_of_its_log(kafka: str, tmp_path: Path) -> None:
    demo = start(kafka, tmp_path, "--speed", "6000x")
    worker = worker_of(tmp_path, demo)
    assert demo.stdout
    while "·new】" not in demo.stdout.readline():
        assert demo.poll() is None
    os.kill(worker, signal.SIGKILL)
    _, err = demo.communicate(timeout=60)
    assert demo.returncode == 1
    assert "worker 1 ended with code -9" in err
    assert "worker started" in err
    (log,) = tmp_path.glob(".run/*/worker-1.log")
    assert str(log.relative_to(tmp_path)) in err


def told(demo: subprocess.Popen[str], what: str) -> str:
    """Address that the demo prints."""
    assert demo.stdout
    for line in demo.stdout:
        if line.startswith(what):
            return line.split()[-1]
    raise AssertionError(f"it ended without telling of {what}")


def asked(address: str) -> dict[str, Any]:
    """What is answered there, as JSON."""
    with urlopen(address, timeout=10) as answer:  # noqa: S310 - on this machine
        return json.load(answer)  # type: ignore[no-any-return]


def test_the_demo_opens_with_the_board_and_people_are_told_and_all_of_it_ends_with_it(
    kafka: str, tmp_path: Path
) -> None:
    demo = start(kafka, tmp_path, "--speed", "3000x", board="--board")
    board = told(demo, "The duty board:")
    assert asked(f"{board}/alive") == {"status": "alive"}
    prefix = next(tmp_path.glob(".run/demo-*")).name
    consumer = connect(
        KafkaConsumer, Settings(bootstrap=kafka), auto_offset_reset="earliest", consumer_timeout_ms=60_000
    )
    consumer.assign([TopicPartition(f"{prefix}-deliveries", 0)])
    assert any(json.loads(record.value)["outcome"] == "SENT" for record in consumer)
    consumer.close()
    demo.send_signal(signal.SIGTERM)
    _, err = demo.communicate(timeout=60)
    assert (demo.returncode, err) == (0, "")
    with pytest.raises(OSError, match="refused"):
        asked(f"{board}/alive")
    assert list((tmp_path / ".run").iterdir()) == []


@pytest.mark.skipif(shutil.which("prometheus") is None, reason="no prometheus on this machine (Debian: prometheus)")
def test_prometheus_watches_the_demos_processes_with_our_rules(kafka: str, tmp_path: Path) -> None:
    demo = start(kafka, tmp_path, "--speed", "600x", "--with-prometheus")
    prometheus = told(demo, "Prometheus:")
    deadline = time.monotonic() + 60
    while not (found := asked(f"{prometheus}/api/v1/query?query=up")["data"]["result"]):
        assert time.monotonic() < deadline
        time.sleep(0.5)
    assert {one["metric"]["job"]: one["value"][1] for one in found} == {"fenghuo-worker": "1"}
    rules = ROOT / "deploy" / "prometheus" / "alerts.yml"
    assert bool(asked(f"{prometheus}/api/v1/rules")["data"]["groups"]) == rules.exists()
    assert demo.stdout
    while "·new】" not in demo.stdout.readline():  # the day has begun
        assert demo.poll() is None
    demo.send_signal(signal.SIGTERM)
    _, err = demo.communicate(timeout=60)
    assert (demo.returncode, err) == (0, "")
    with pytest.raises(OSError, match="refused"):
        asked(f"{prometheus}/-/ready")
