"""What a worker says when it cannot work."""

from __future__ import annotations

import socket
import subprocess
import sys
from pathlib import Path

from tests.integration.harness import KEY, ROOT, a_city


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
