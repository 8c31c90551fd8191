"""What a worker says when it cannot work."""

from __future__ import annotations

import re
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path

import pytest

from streams import topics
from streams.topicadmin import admin, check_topics
from tests.integration.harness import KEY, ROOT, City, a_city, wait_ready


def worker(
    bootstrap: str, prefix: str, command: tuple[str, ...] = ("worker",), **over: str
) -> subprocess.CompletedProcess[str]:
    """Run a worker, or another command, that is expected to refuse."""
    env = {"FENGHUO_BOOTSTRAP": bootstrap, "FENGHUO_PREFIX": prefix, "FENGHUO_REPORTER_KEY": KEY, **over}
    return subprocess.run(
        [sys.executable, "-m", "streams.cli", *command],
        env=env,
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_a_worker_without_topics_says_how_to_create_them(kafka: str, topic_prefix: str) -> None:
    refused = worker(kafka, topic_prefix)
    assert refused.returncode == 3
    assert "fenghuo topics create" in refused.stderr
    assert "Traceback" not in refused.stderr


def test_a_worker_told_of_another_number_of_partitions_refuses(kafka: str, topic_prefix: str, tmp_path: Path) -> None:
    with a_city(kafka, topic_prefix, tmp_path):
        refused = worker(kafka, topic_prefix, FENGHUO_PARTITIONS="2")
    assert refused.returncode == 3
    assert "all topics need 2 partitions" in refused.stderr


NEWER = (topics.CONTEXT, topics.RULES, topics.COMMANDS, topics.RESTRICTED, topics.RESTRICTED_CURRENT)


def test_on_a_cluster_of_an_older_version_a_worker_names_the_topics_it_lacks_and_the_command_that_makes_them(
    kafka: str, topic_prefix: str, tmp_path: Path
) -> None:
    with a_city(kafka, topic_prefix, tmp_path, partitions=2) as city:
        names = [city.settings.topic(name) for name in NEWER]
        client = admin(city.settings)
        client.delete_topics(names)
        client.close()
        refused = worker(kafka, topic_prefix, FENGHUO_PARTITIONS="2")
        assert (refused.returncode, refused.stderr.count("\n")) == (3, 1)
        assert all(name in refused.stderr for name in names)
        assert city.settings.topic(topics.ALERTS) not in re.split(r"[ ,()]+", refused.stderr)
        told = re.search(r"run `fenghuo (.*?)` once", refused.stderr)
        assert told
        made = worker(kafka, "", tuple(told[1].split()))
        assert (made.returncode, made.stdout.count("created ")) == (0, len(NEWER))
        check_topics(city.settings)


def test_topics_are_not_created_beside_others_with_another_number_of_partitions(
    kafka: str, topic_prefix: str, tmp_path: Path
) -> None:
    with a_city(kafka, topic_prefix, tmp_path, partitions=2) as city:
        client = admin(city.settings)
        client.delete_topics([city.settings.topic(topics.RULES)])
        refused = worker(kafka, topic_prefix, ("topics", "create"))
        left = city.settings.topic(topics.RULES) in client.list_topics()
        client.close()
    assert (refused.returncode, left) == (3, False)
    assert "those that are there have 2: set FENGHUO_PARTITIONS=2" in refused.stderr


def test_a_worker_whose_port_is_taken_names_the_setting(kafka: str, topic_prefix: str, tmp_path: Path) -> None:
    with a_city(kafka, topic_prefix, tmp_path), socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        refused = worker(kafka, topic_prefix, FENGHUO_HTTP_PORT=str(taken.getsockname()[1]))
    assert refused.returncode == 2
    assert "FENGHUO_HTTP_PORT" in refused.stderr
    assert "Traceback" not in refused.stderr


def test_replaying_a_topic_that_is_not_there_says_how_to_create_it(kafka: str, topic_prefix: str) -> None:
    refused = worker(kafka, topic_prefix, ("replay", "--topic"))
    assert refused.returncode == 3
    assert "fenghuo topics create" in refused.stderr


def test_more_copies_than_brokers_are_refused_with_the_setting_to_change(kafka: str, topic_prefix: str) -> None:
    refused = worker(kafka, topic_prefix, ("topics", "create", "--replication", "9"))
    assert refused.returncode == 3
    assert "FENGHUO_REPLICATION" in refused.stderr
    assert refused.stderr.count("\n") == 1


def wait_recovering(worker: subprocess.Popen[bytes], city: City) -> None:
    """Wait until the worker's pages answer, though it is not ready."""
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        assert worker.poll() is None, city.logs()
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{worker.port}/health", timeout=2):  # type: ignore[attr-defined]
                raise AssertionError("is ready already")
        except urllib.error.HTTPError as answer:
            answer.close()
            return
        except OSError:
            time.sleep(0.02)
    raise AssertionError(f"never answered\n{city.logs()}")


def catches(worker: subprocess.Popen[bytes], number: signal.Signals) -> bool:
    """Tell whether a process has a handler for a signal by now."""
    status = Path(f"/proc/{worker.pid}/status").read_text()
    mask = next(line for line in status.splitlines() if line.startswith("SigCgt:"))
    return bool(int(mask.split()[1], 16) >> (number - 1) & 1)


@pytest.mark.alone
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_worker_told_to_stop_while_it_waits_for_its_group_does_so_at_once(
    number: signal.Signals, kafka: str, topic_prefix: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    monkeypatch.setenv("TMPDIR", str(scratch))
    with a_city(kafka, topic_prefix, tmp_path) as city:
        gone = city.start_worker()
        wait_ready(gone, city)
        gone.kill()  # its group believes in it for ten seconds more, and lets nobody else begin
        gone.wait()
        left = list(scratch.iterdir())
        worker = city.start_worker()
        wait_recovering(worker, city)
        began = time.monotonic()
        worker.send_signal(number)
        assert worker.wait(30) == 0
        assert time.monotonic() - began < 3
        said = (tmp_path / "worker-1.log").read_text()
    assert list(scratch.iterdir()) == left
    assert "worker stopping before it was ready" in said
    assert "Traceback" not in said


@pytest.mark.alone
def test_a_worker_told_to_stop_while_it_loads_does_so_at_once(kafka: str, topic_prefix: str, tmp_path: Path) -> None:
    with a_city(kafka, topic_prefix, tmp_path) as city:
        worker = city.start_worker()
        while not catches(worker, signal.SIGTERM):
            assert worker.poll() is None, city.logs()
            time.sleep(0.01)
        worker.send_signal(signal.SIGTERM)
        assert worker.wait(5) == 0, city.logs()
        assert (tmp_path / "worker-0.log").read_text() == "fenghuo: the worker was stopped before it had started\n"
