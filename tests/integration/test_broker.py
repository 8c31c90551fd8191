"""The launcher of deploy/kafka: a real broker that starts, keeps its data, survives kills and says what is wrong."""

from __future__ import annotations

import json
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from broker import Broker, BrokerError
from kafka import KafkaAdminClient, KafkaConsumer, KafkaProducer, TopicPartition
from kafka.errors import KafkaError
from localhost import answers, find_java, is_free

from streams.clients import connect
from streams.settings import Settings

MakeBroker = Callable[..., Broker]
LAUNCHER = str(Path(__file__).resolve().parents[2] / "deploy" / "kafka" / "broker.py")


def create(bootstrap: str, topic: str) -> None:
    admin = connect(KafkaAdminClient, Settings(bootstrap=bootstrap))
    try:
        admin.create_topics({topic: {"num_partitions": 1, "replication_factor": 1}})
    finally:
        admin.close()


def send(bootstrap: str, topic: str, *values: bytes) -> None:
    producer = connect(KafkaProducer, Settings(bootstrap=bootstrap), acks="all", max_block_ms=5000)
    try:
        for sent in [producer.send(topic, value) for value in values]:
            sent.get(timeout=10)
    finally:
        producer.close(timeout=1)


def read(bootstrap: str, topic: str, count: int) -> list[bytes]:
    cluster = Settings(bootstrap=bootstrap)
    consumer = connect(KafkaConsumer, cluster, auto_offset_reset="earliest", consumer_timeout_ms=10_000)
    try:
        consumer.assign([TopicPartition(topic, 0)])
        return [record.value for _, record in zip(range(count), consumer, strict=False)]
    finally:
        consumer.close()


def listening_addresses(pid: int) -> set[str]:
    """Local addresses, in the kernel's hexadecimal, on which a process listens."""
    sockets = set()
    for descriptor in Path(f"/proc/{pid}/fd").iterdir():
        try:
            sockets.add(str(descriptor.readlink()).removeprefix("socket:[").removesuffix("]"))
        except FileNotFoundError:  # closed while we looked
            continue
    listening = "0A"
    tables = [Path(f"/proc/{pid}/net/{table}").read_text("ascii").splitlines()[1:] for table in ("tcp", "tcp6")]
    rows = [row.split() for table in tables for row in table]
    return {row[1].split(":")[0] for row in rows if row[3] == listening and row[9] in sockets}


@pytest.fixture
def fake_java(tmp_path: Path) -> Callable[[str], str]:
    """Make a ``java`` that only says which version it is."""

    def make(says: str) -> str:
        java = tmp_path / "java"
        java.write_text(f"#!/bin/sh\necho '{says}' >&2\n", "utf-8")
        java.chmod(0o755)
        return str(java)

    return make


@pytest.fixture
def stranger() -> Iterator[subprocess.Popen[bytes]]:
    with subprocess.Popen(["sleep", "60"]) as process:
        yield process
        process.kill()


def test_records_come_back_as_they_were_sent(kafka: str, topic_prefix: str) -> None:
    topic = topic_prefix + "calls"
    create(kafka, topic)
    send(kafka, topic, "一号".encode(), b"2")
    assert read(kafka, topic, 2) == ["一号".encode(), b"2"]


def test_a_topic_is_never_made_by_writing_to_it(kafka: str, topic_prefix: str) -> None:
    with pytest.raises(KafkaError):
        send(kafka, topic_prefix + "typo", b"1")


def test_it_listens_on_localhost_only(make_broker: MakeBroker) -> None:
    broker = make_broker()
    broker.start()
    assert broker.pid is not None
    assert listening_addresses(broker.pid) <= {"0100007F", "0000000000000000FFFF00000100007F"}


def test_starting_what_runs_leaves_it_alone(make_broker: MakeBroker) -> None:
    broker = make_broker()
    address = broker.start()
    pid = broker.pid
    assert Broker(broker.folder).start() == address
    assert broker.pid == pid


def test_data_and_address_outlive_a_restart_and_a_kill(make_broker: MakeBroker) -> None:
    broker = make_broker()
    address = broker.start()
    create(address, "kept")
    send(address, "kept", b"1")
    assert broker.stop()
    assert broker.pid is None
    assert broker.start() == address
    send(address, "kept", b"2")
    broker.kill()
    assert broker.pid is None
    assert not broker.answers()
    assert broker.start() == address
    send(address, "kept", b"3")
    assert read(address, "kept", 3) == [b"1", b"2", b"3"]


def test_a_paused_broker_hangs_and_then_goes_on(make_broker: MakeBroker) -> None:
    broker = make_broker()
    broker.start()
    broker.pause()
    assert broker.pid is not None
    assert not broker.answers()
    broker.resume()
    assert broker.answers()


def test_a_paused_broker_can_be_stopped(make_broker: MakeBroker) -> None:
    broker = make_broker()
    broker.start()
    broker.pause()
    assert broker.stop()
    assert broker.pid is None


def test_a_broker_that_is_too_slow_is_ended_and_its_log_shown(make_broker: MakeBroker) -> None:
    broker = make_broker()
    with pytest.raises(BrokerError, match=r"did not answer within 0\.1 s"):
        broker.start(timeout_s=0.1)
    assert broker.pid is None


def test_a_broker_that_dies_shows_the_end_of_its_log(make_broker: MakeBroker) -> None:
    broker = make_broker()
    broker.start()
    broker.stop()
    (broker.folder / "data" / "meta.properties").write_text("version=1\ncluster.id=another\nnode.id=9\n", "utf-8")
    with pytest.raises(BrokerError, match=r"(?s)ended while starting.*node id 9"):
        broker.start()


@pytest.mark.kafka
@pytest.mark.parametrize("code", [0, 7])
def test_a_command_runs_against_a_broker_that_goes_when_it_does(code: int, tmp_path: Path) -> None:
    look = f"import os, sys; print(os.environ['KAFKA_BOOTSTRAP_SERVERS']); sys.exit({code})"
    folder = tmp_path / "broker"
    command = [sys.executable, LAUNCHER, "run", "--dir", str(folder), "--remove", "--", sys.executable, "-c", look]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == code
    assert folder.exists() == (code != 0)  # kept to be looked at when something went wrong
    host, port = done.stdout.strip().split(":")
    assert host == "127.0.0.1"
    assert is_free(int(port))


@pytest.mark.kafka
def test_ending_the_launcher_ends_command_and_broker(tmp_path: Path) -> None:
    command = [sys.executable, LAUNCHER, "run", "--dir", str(tmp_path), "--", "sh", "-c", "echo up; exec sleep 60"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as launcher:
        assert launcher.stdout is not None
        assert launcher.stdout.readline() == "up\n"
        assert Broker(tmp_path).answers()
        launcher.terminate()
        assert launcher.wait(timeout=60) == 128 + signal.SIGTERM
    assert Broker(tmp_path).pid is None


@pytest.mark.kafka
def test_a_detached_broker_stays_until_it_is_stopped(tmp_path: Path) -> None:
    def launcher(*arguments: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, LAUNCHER, *arguments, "--dir", str(tmp_path)]
        return subprocess.run(command, capture_output=True, text=True, check=False)

    assert launcher("status").returncode == 1
    started = launcher("start", "--detach")
    assert started.returncode == 0
    assert launcher("status").stdout == started.stdout
    assert launcher("stop").stdout == "stopped\n"
    assert launcher("status").returncode == 1
    assert launcher("stop").stdout == "was not running\n"


def test_without_java_it_says_what_to_install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.delenv("JAVA_HOME", raising=False)
    with pytest.raises(BrokerError, match=r"No java found.*install default-jre-headless"):
        Broker(tmp_path / "broker").start()


@pytest.mark.parametrize("version", ['java version "1.8.0_402"', 'openjdk version "11.0.22" 2024-01-16'])
def test_a_java_too_old_is_refused(tmp_path: Path, fake_java: Callable[[str], str], version: str) -> None:
    with pytest.raises(BrokerError, match=r"is Java (8|11), and Kafka needs 17 or later"):
        Broker(tmp_path / "broker", java=fake_java(version)).start()


@pytest.mark.parametrize("version", ['openjdk version "17.0.15" 2025-04-15', 'openjdk version "25" 2025-09-16'])
def test_a_java_new_enough_is_taken(fake_java: Callable[[str], str], version: str) -> None:
    java = fake_java(version)
    assert find_java(java) == java


def test_a_java_that_does_not_run_is_refused(tmp_path: Path, fake_java: Callable[[str], str]) -> None:
    with pytest.raises(BrokerError, match=r"does not tell its version .*cannot load"):
        Broker(tmp_path / "broker", java=fake_java("cannot load libjvm")).start()


def test_without_its_jars_it_says_how_to_get_them(tmp_path: Path, fake_java: Callable[[str], str]) -> None:
    java = fake_java('openjdk version "17"')
    with pytest.raises(BrokerError, match=r"run deploy/setup\.sh"):
        Broker(tmp_path / "broker", java=java, libs=tmp_path).start()


def test_a_port_that_is_taken_is_named(tmp_path: Path, fake_java: Callable[[str], str]) -> None:
    (tmp_path / "kafka_2.13.jar").touch()
    java = fake_java('openjdk version "17"')
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        with pytest.raises(BrokerError, match=f"Port {port} is taken"):
            Broker(tmp_path / "broker", port=port, java=java, libs=tmp_path).start()


def test_a_stranger_with_the_same_process_id_is_never_ended(tmp_path: Path, stranger: subprocess.Popen[bytes]) -> None:
    record = {"pid": stranger.pid, "began": 1, "port": 20_000, "controller_port": 20_001}
    (tmp_path / "broker.json").write_text(json.dumps(record), "ascii")
    broker = Broker(tmp_path)
    assert broker.pid is None
    assert not broker.stop()
    broker.kill()
    assert stranger.poll() is None


def test_another_server_on_the_port_is_not_taken_for_kafka() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        began = time.monotonic()
        assert not answers(server.getsockname()[1], timeout_s=0.2)
        assert time.monotonic() - began < 5


def test_a_folder_that_cannot_be_written_to_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(BrokerError, match=r"file/broker cannot be used: Not a directory"):
        Broker(tmp_path / "file" / "broker").start()
