"""Runs real workers as processes on a real broker, feeds them, waits for them, and reads what they said."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

import msgspec
from kafka import KafkaAdminClient, KafkaConsumer, TopicPartition
from kafka.admin import NewTopic
from localhost import free_ports

from rules.alert import Alert
from streams import topics
from streams.assembly import Parts, assembled
from streams.clients import connect
from streams.codec import SRC, read_origin
from streams.settings import Settings
from streams.topicadmin import asking, await_shown, create_topics

ROOT = Path(__file__).resolve().parents[2]
KEY = "a key for tests only"
_RUN = "import sys; from streams.cli import main; sys.argv = ['fenghuo', 'worker']; main()"


def create_lasting_topics(settings: Settings) -> None:
    """Create every topic to keep records of long ago too: Kafka looks every five minutes, and would take them away."""
    wanted = [
        NewTopic(
            settings.topic(spec.name),
            spec.partitions or settings.partitions,
            1,
            topic_configs=spec.config() | {"retention.ms": "-1"},
        )
        for spec in topics.specs()
    ]
    with asking(settings) as admin:
        admin.create_topics(wanted, timeout_ms=30_000)
        await_shown(settings, admin, [topic.name for topic in wanted])


@dataclass
class City:
    """One city on the cluster: its settings and its workers."""

    settings: Settings
    folder: Path
    workers: list[subprocess.Popen[bytes]] = field(default_factory=list)

    def start_worker(
        self, *, within: Sequence[str] = (), host: str = "127.0.0.1", **over: object
    ) -> subprocess.Popen[bytes]:
        """Start one more worker process; `within` is a command it is run by, `host` where it is asked how it is."""
        env = {k: v for k, v in os.environ.items() if not k.startswith("FENGHUO_")}
        for name, value in {**msgspec.structs.asdict(self.settings), "http_host": host, **over}.items():
            env[f"FENGHUO_{name.upper()}"] = str(value)
        env["FENGHUO_HTTP_PORT"] = str(free_port())
        log = self.folder / f"worker-{len(self.workers)}.log"
        with log.open("wb") as out:
            worker = subprocess.Popen([*within, sys.executable, "-c", _RUN], env=env, cwd=ROOT, stderr=out, stdout=out)
        worker.port = int(env["FENGHUO_HTTP_PORT"])  # type: ignore[attr-defined]
        worker.pages = f"http://{host}:{env['FENGHUO_HTTP_PORT']}"  # type: ignore[attr-defined]
        self.workers.append(worker)
        return worker

    def logs(self) -> str:
        """The end of every worker's log."""
        return "\n".join(f"{path.name}:\n{path.read_text()[-3000:]}" for path in sorted(self.folder.glob("*.log")))

    def parts(self) -> Parts:
        """The pure parts the workers use."""
        return assembled(self.settings)


@contextmanager
def a_city(bootstrap: str, prefix: str, folder: Path, **over: object) -> Iterator[City]:
    """Topics of one's own, and an end to all workers started on them."""
    folder.mkdir(parents=True, exist_ok=True)
    defaults: dict[str, object] = {
        "bootstrap": bootstrap,
        "prefix": prefix,
        "group": f"{prefix}group",
        "reporter_key": KEY,
        "idle_s": 8.0,
        "snapshot_s": 1.0,
    }
    city = City(msgspec.convert({**defaults, **over}, Settings), folder)
    create_topics(city.settings)
    try:
        yield city
    finally:
        for worker in city.workers:
            if worker.poll() is None:
                worker.send_signal(signal.SIGTERM)
        for worker in city.workers:
            with suppress(subprocess.TimeoutExpired):
                worker.wait(20)
            if worker.poll() is None:
                worker.kill()
                worker.wait(10)


def wait_ready(worker: subprocess.Popen[bytes], city: City, timeout_s: float = 60.0) -> None:
    """Wait until the worker says that it is ready."""
    end = time.monotonic() + timeout_s
    url = f"{worker.pages}/health"  # type: ignore[attr-defined]
    while time.monotonic() < end:
        assert worker.poll() is None, f"worker ended with {worker.returncode}\n{city.logs()}"
        try:
            with urllib.request.urlopen(url, timeout=2):  # noqa: S310 - our own
                return
        except urllib.error.HTTPError as answer:
            answer.close()  # not ready: it holds the connection
        except OSError:
            pass  # not there yet
        time.sleep(0.2)
    raise AssertionError(f"not ready after {timeout_s} s\n{city.logs()}")


def settle(city: City, watermark: float, timeout_s: float = 180.0) -> None:
    """Wait until all events have reached `watermark`, and what led there is committed, findings as well."""
    end = time.monotonic() + timeout_s
    _wait(city, lambda: _reached(city, watermark), end)
    _wait_committed(city, (topics.everywhere(city.settings), [topics.findings(city.settings)]), end)
    assert _reached(city, watermark)


def work_off(city: City, timeout_s: float = 180.0) -> None:
    """Wait until all that is on raw topics by now is committed, and what came of it."""
    raw = [(city.settings.topic(name), p) for name in topics.raw_topics() for p in range(city.settings.partitions)]
    stages = (raw, topics.everywhere(city.settings), [topics.findings(city.settings)])
    _wait_committed(city, stages, time.monotonic() + timeout_s)


def _wait_committed(city: City, stages: Sequence[Sequence[tuple[str, int]]], end: float) -> None:
    """Wait, stage by stage, for what is there: partitions that rest go on saying so, and the topics never end."""
    with _asking(city) as (admin, consumer):
        for stage in stages:
            there = consumer.end_offsets([TopicPartition(*one) for one in stage])

            def committed(there: dict[TopicPartition, int] = there) -> bool:
                done = _committed(admin, city)
                return all(done.get(tp, 0) >= offset for tp, offset in there.items())

            _wait(city, committed, end)


def _wait(city: City, true: Callable[[], bool], end: float) -> None:
    while not true():
        assert any(worker.poll() is None for worker in city.workers), f"no worker is left\n{city.logs()}"
        assert time.monotonic() < end, f"not settled\n{metrics(city)}\n{city.logs()}"
        time.sleep(0.25)


def _worked_off(city: City) -> list[tuple[str, int]]:
    """Topics and partitions of what comes after intake."""
    return [*topics.everywhere(city.settings), topics.findings(city.settings)]


def unacknowledged(city: City) -> int:
    """Raw records and events that the group has not committed."""
    return progress(city)[1]


def progress(city: City) -> tuple[int, int]:
    """Raw records, events and findings that the group has committed, and those it has not."""
    raw = [city.settings.topic(name) for name in topics.raw_topics()]
    where = [TopicPartition(name, p) for name in raw for p in range(city.settings.partitions)]
    where += [TopicPartition(*one) for one in _worked_off(city)]
    with _asking(city) as (admin, consumer):
        ends, done = consumer.end_offsets(where), _committed(admin, city)
    acknowledged = sum(done.get(tp, 0) for tp in where)
    return acknowledged, sum(ends.values()) - acknowledged


@contextmanager
def _asking(city: City) -> Iterator[tuple[KafkaAdminClient, KafkaConsumer]]:
    """An admin client and a consumer, closed whatever happens."""
    with ExitStack() as stack:
        admin = connect(KafkaAdminClient, city.settings)
        stack.callback(admin.close)
        consumer = connect(KafkaConsumer, city.settings, group_id=None, enable_auto_commit=False)
        stack.callback(consumer.close)
        yield admin, consumer


def _committed(admin: KafkaAdminClient, city: City) -> dict[TopicPartition, int]:
    found = admin.list_group_offsets([city.settings.group])
    return {tp: value.offset for tp, value in found.get(city.settings.group, {}).items()}


def metrics(city: City) -> dict[str, float]:
    """All metrics of the living workers, summed."""
    total: dict[str, float] = {}
    for worker in city.workers:
        if worker.poll() is None:
            with (
                suppress(OSError),
                urllib.request.urlopen(f"{worker.pages}/metrics", timeout=5) as page,  # type: ignore[attr-defined]  # noqa: S310
            ):
                for line in page.read().decode().splitlines():
                    if not line.startswith("#") and "_bucket" not in line and "_created" not in line:
                        name, _, value = line.rpartition(" ")
                        total[name] = total.get(name, 0.0) + float(value)
    return total


def _reached(city: City, watermark: float) -> bool:
    marks = [v for name, v in metrics(city).items() if name.startswith("fenghuo_watermark_timestamp_seconds")]
    return len(marks) == len(topics.everywhere(city.settings)) and all(abs(mark - watermark) < 1e-3 for mark in marks)


def read_all(city: City, topic: str) -> list[object]:
    """Every record of a topic, partition by partition, in the order of offsets."""
    name = city.settings.topic(topic)
    consumer = connect(KafkaConsumer, city.settings, group_id=None, enable_auto_commit=False)
    found: list[object] = []
    try:
        for partition in sorted(consumer.partitions_for_topic(name) or ()):
            tp = TopicPartition(name, partition)
            consumer.assign([tp])
            end = consumer.end_offsets([tp])[tp]
            consumer.seek_to_beginning(tp)
            while consumer.position(tp) < end:
                found += consumer.poll(timeout_ms=5000, max_records=5000).get(tp, [])
    finally:
        consumer.close()
    return found


def alerts(city: City) -> list[Alert]:
    """Every version, on ``alerts`` or, where only the duty desk may see it, on ``alerts.restricted``."""
    found: list[Alert] = []
    for topic, restricted in ((topics.ALERTS, False), (topics.RESTRICTED, True)):
        own = [msgspec.json.decode(record.value, type=Alert) for record in read_all(city, topic)]  # type: ignore[attr-defined]
        assert {alert.restricted for alert in own} <= {restricted}, f"an alert of the other side is on {topic}"
        found += own
    return found


def current(city: City) -> dict[str, Alert]:
    """What is left of both sides after compaction: the latest version of every alert not withdrawn."""
    ordinary, restricted = standing(city, topics.CURRENT), standing(city, topics.RESTRICTED_CURRENT)
    assert not ordinary.keys() & restricted.keys(), "an alert stands on both sides"
    assert not any(alert.restricted for alert in ordinary.values())
    assert all(alert.restricted for alert in restricted.values())
    return ordinary | restricted


def standing(city: City, topic: str) -> dict[str, Alert]:
    """What is left on a topic of what stands after compaction."""
    latest: dict[str, bytes | None] = {}
    for record in read_all(city, topic):
        latest[record.key.decode()] = record.value  # type: ignore[attr-defined]
    return {key: msgspec.json.decode(data, type=Alert) for key, data in latest.items() if data is not None}


def final_form(alert: Alert) -> bytes:
    """Everything but how it grew: what the parity law holds equal, byte for byte."""
    return msgspec.json.encode({k: v for k, v in msgspec.structs.asdict(alert).items() if k != "revision"})


def final_forms(found: dict[str, Alert]) -> dict[str, bytes]:
    """The same for many."""
    return {id_: final_form(alert) for id_, alert in found.items()}


def event_origins(city: City) -> dict[tuple[str, int], list[int]]:
    """Raw offsets of the events on every partition of ``events``, by channel and partition."""
    found: dict[tuple[str, int], list[int]] = {}
    for record in read_all(city, topics.EVENTS):
        origin = read_origin(record.headers)  # type: ignore[attr-defined]
        assert origin is not None
        if origin[0] == SRC:
            found.setdefault((origin[1], record.partition), []).append(origin[2])  # type: ignore[attr-defined]
    return found


def versions(found: Sequence[Alert]) -> dict[tuple[str, int], bytes]:
    """Id and version to the whole alert; the same version twice must be the same bytes."""
    by_version: dict[tuple[str, int], bytes] = {}
    for alert in found:
        key, data = (alert.id, alert.revision.version), msgspec.json.encode(alert)
        assert by_version.setdefault(key, data) == data, f"{key} was issued twice with different content"
    return by_version


def free_port() -> int:
    """A port nobody listens on, and that no outgoing connection is given before somebody does."""
    return next(free_ports())
