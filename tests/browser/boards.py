"""Boards as processes on a real Kafka, and alerts as a worker puts them on their topics."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Self

import msgspec
from kafka import KafkaProducer

from detectors.event import Event
from rules.alert import Alert, Text
from rules.duty import Duty
from streams import topics
from streams.clients import connect
from streams.codec import encode, origin
from streams.settings import Settings
from streams.sides import side_of, standing
from tests.builders import an_alert, an_alert_place, the_book
from tests.integration.harness import ROOT, free_port

ESTATES = ("幸福里小区", "金凤花园", "丹霞庄", "龙眼园", "衡山新村")
DISTRICTS = {"440507": "龙湖区", "440511": "金平区", "440512": "濠江区", "440513": "潮阳区"}


@dataclass
class RunningBoard:
    """One board process."""

    settings: Settings
    port: int
    log: Path
    process: subprocess.Popen[bytes]

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def wait_ready(self, timeout_s: float = 60.0) -> None:
        """Wait until it has read what there is."""
        end = time.monotonic() + timeout_s
        while time.monotonic() < end:
            assert self.process.poll() is None, f"the board ended with {self.process.returncode}\n{self.said()}"
            try:
                with urllib.request.urlopen(f"{self.url}/health", timeout=5):  # noqa: S310 - our own
                    return
            except urllib.error.HTTPError as answer:
                answer.close()  # it still reads
            except OSError:
                pass  # not there yet
            time.sleep(0.1)
        raise AssertionError(f"the board is not ready after {timeout_s} s\n{self.said()}")

    def said(self) -> str:
        """The end of its log."""
        return self.log.read_text(encoding="utf-8")[-3000:]


@contextmanager
def a_board(settings: Settings, folder: Path, *options: str) -> Iterator[RunningBoard]:
    """Run ``fenghuo board`` as a process of its own until told to stop, which has to be a clean end."""
    folder.mkdir(parents=True, exist_ok=True)
    env = {name: value for name, value in os.environ.items() if not name.startswith("FENGHUO_")}
    port = settings.board_port or free_port()
    settings = msgspec.structs.replace(settings, board_port=port)
    env |= {f"FENGHUO_{name.upper()}": str(value) for name, value in msgspec.structs.asdict(settings).items()}
    log = folder / f"board-{port}.log"
    command = [sys.executable, "-m", "streams.cli", "board", "--http-port", "0", *options]
    with log.open("ab") as out:
        process = subprocess.Popen(command, env=env, cwd=ROOT, stdout=out, stderr=out)
    board = RunningBoard(settings, port, log, process)
    try:
        board.wait_ready()
        yield board
    finally:
        process.send_signal(signal.SIGTERM)
        with suppress(subprocess.TimeoutExpired):
            process.wait(20)
        if process.poll() is None:
            process.kill()
            process.wait(10)
    said = log.read_text(encoding="utf-8")
    assert (process.returncode, "Traceback" in said) == (0, False), said[-5000:]


def standing_alert(id: str, grade: str = "orange", *, minutes_ago: float = 1.0, **over: Any) -> Alert:  # noqa: A002
    """An alert that was raised just now in the demo city, and waits to be signed."""
    at = datetime.now(UTC) - timedelta(minutes=minutes_ago)
    number = sum(id.encode())
    district = sorted(DISTRICTS)[number % len(DISTRICTS)]
    place = an_alert_place(
        district=district, street="", community="", name=f"{DISTRICTS[district]}·{ESTATES[number % len(ESTATES)]}"
    )
    times = dict.fromkeys(("first_at", "last_at", "raised_at", "graded_at"), at)
    due = {"sign_by": at + timedelta(minutes=30), "on_site_by": at + timedelta(hours=4)}
    title = Text(f"燃气泄漏｜{place.name}", f"Gas leak | {place.name}")
    alert = an_alert(id, grade, **{**times, **due, "place": place, "title": title, **over})
    return Duty(the_book(), "shantou").note([alert])[0]


def next_version(alert: Alert, **over: Any) -> Alert:
    """The same alert with one more report."""
    now = datetime.now(UTC)
    revision = msgspec.structs.replace(alert.revision, version=alert.revision.version + 1, change="update")
    grown = {"events": alert.events + 1, "reporters": alert.reporters + 1, "last_at": now, "observed": alert.events + 1}
    return msgspec.structs.replace(alert, revision=revision, **{**grown, **over})


@dataclass
class Desk:
    """Puts alerts on their topics, as a worker does."""

    settings: Settings
    _producer: KafkaProducer = field(init=False)

    def __post_init__(self) -> None:
        self._producer = connect(KafkaProducer, self.settings, acks="all", linger_ms=0)

    def put(self, *alerts: Alert) -> list[int]:
        """Put versions on the topics of all and of standing alerts; return the Kafka timestamps of what stands, ms."""
        versions, stands = [], []
        for alert in alerts:
            key, value = alert.id.encode(), encode(alert)
            versions.append(self._producer.send(self.settings.topic(side_of(alert).versions), value, key=key))
            for topic, there in standing(alert, crossed=False):
                stands.append(self._producer.send(self.settings.topic(topic), value if there else None, key=key))
        for one in versions:
            one.get(timeout=30)
        return [one.get(timeout=30).timestamp for one in stands]

    def happen(self, *events: Event) -> None:
        """Put events on their topic, as intake does, and wait until they are there."""
        name = self.settings.topic(topics.EVENTS)
        sent = [
            self._producer.send(name, encode(event), key=event.place.district.encode(), headers=origin("calls/0", n))
            for n, event in enumerate(events)
        ]
        for one in sent:
            one.get(timeout=30)

    def send(self, topic: str, value: object) -> None:
        """Put anything on a topic."""
        self._producer.send(self.settings.topic(topic), encode(value), key=b"k").get(timeout=30)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        self._producer.close(timeout=5)
