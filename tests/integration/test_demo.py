"""The demo through real Kafka and worker processes, as a user starts it."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from kafka import KafkaAdminClient

from streams.clients import connect
from streams.settings import Settings

pytestmark = pytest.mark.slow


def start(kafka: str, folder: Path, *arguments: str) -> subprocess.Popen[str]:
    """Start a demo of the day alone in `folder`."""
    env = {name: value for name, value in os.environ.items() if not name.startswith(("FENGHUO_", "KAFKA_"))}
    command = [sys.executable, "-m", "streams.cli", "demo", "--history", "0", "--lang", "en", *arguments]
    return subprocess.Popen(
        command,
        env=env | {"KAFKA_BOOTSTRAP_SERVERS": kafka, "COLUMNS": "120"},
        cwd=folder,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


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
