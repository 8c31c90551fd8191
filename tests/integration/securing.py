"""A secured cluster with a user for each role, and the processes of a city on it, each logged in as its own."""

from __future__ import annotations

import os
import secrets
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

import msgspec

from streams.acls import apply
from streams.rights import ROLES, rights
from streams.settings import Settings
from streams.tail import Tail
from streams.topicadmin import create_topics
from streams.topics import specs
from tests.integration.harness import ROOT, free_port
from tests.secured import SecuredBroker

FREE = "nobody"
"""A user with no rights."""


@dataclass
class Secured:
    """The cluster, and who there is on it."""

    broker: SecuredBroker
    passwords: dict[str, str]
    prefix: str
    folder: Path

    def settings(self, user: str, **over: object) -> Settings:
        """Settings of a process that logs in as `user`."""
        given = {
            "bootstrap": self.broker.bootstrap,
            "prefix": self.prefix,
            "group": f"{self.prefix}group",
            "partitions": 2,
            "kafka_security": "sasl_ssl",
            "kafka_user": user,
            "kafka_password": self.passwords[user],
            "kafka_ca": str(self.broker.authority.file),
        }
        return msgspec.convert({**given, **over}, Settings)

    def everything(self) -> list[str]:
        """Every byte of every record on the topics, topic by topic."""
        found: list[str] = []
        with Tail(self.settings("root"), [spec.name for spec in specs()], from_beginning=True) as tail:
            for one in tail.to_end():
                parts = [one.key or b"", one.value or b"", *(value for _, value in one.headers)]
                found.append(b"\n".join(parts).decode(errors="replace"))
        return found


@contextmanager
def a_secured_cluster(folder: Path) -> Iterator[Secured]:
    """Start it; give every role its rights, as who may; make the topics."""
    users = ("broker", "root", FREE, *ROLES)
    passwords = {user: f"planted-{user}-{secrets.token_hex(8)}" for user in users}
    broker = SecuredBroker(folder / "broker", passwords, heap_mb=512)
    try:
        broker.start()
        cluster = Secured(broker, passwords, "city-", folder)
        apply(cluster.settings("root"), "User:admin", rights("admin", cluster.settings("admin")))
        admin = cluster.settings("admin")
        for role in ROLES:
            apply(admin, f"User:{role}", rights(role, admin))
        create_topics(admin)
        yield cluster
    finally:
        broker.stop()


def environment(settings: Settings, **more: str) -> dict[str, str]:
    """Variables of a process with these settings, and nothing of ours besides."""
    env = {name: value for name, value in os.environ.items() if not name.startswith(("FENGHUO_", "KAFKA_"))}
    default = Settings()
    given = {name: getattr(settings, name) for name in Settings.__struct_fields__}
    told = {f"FENGHUO_{name.upper()}": str(value) for name, value in given.items() if value != getattr(default, name)}
    return {**env, "FENGHUO_LANG": "en", **told, **more}


@dataclass
class Running:
    """One process, and where it answers."""

    command: tuple[str, ...]
    process: subprocess.Popen[bytes]
    log: Path
    port: int
    began: float = field(default_factory=time.monotonic)

    def said(self) -> str:
        """All it has said."""
        return self.log.read_text(encoding="utf-8")

    def end(self) -> int:
        """Wait for the end of it."""
        return self.process.wait(120)

    def get(self, path: str) -> str:
        """Ask one of its pages."""
        with urllib.request.urlopen(f"http://127.0.0.1:{self.port}{path}", timeout=5) as page:
            return str(page.read().decode())


def start(folder: Path, name: str, command: tuple[str, ...], env: dict[str, str]) -> Running:
    """Start a command of ``fenghuo``."""
    port, log = free_port(), folder / f"{name}.log"
    with log.open("wb") as out:
        process = subprocess.Popen(
            [sys.executable, "-m", "streams.cli", *command],
            env={**env, "FENGHUO_HTTP_PORT": str(port)},
            cwd=ROOT,
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=out,
        )
    return Running(command, process, log, port)


@contextmanager
def ended(running: list[Running]) -> Iterator[None]:
    """See that none of them is left."""
    try:
        yield
    finally:
        for one in running:
            if one.process.poll() is None:
                one.process.send_signal(signal.SIGTERM)
        for one in running:
            with suppress(subprocess.TimeoutExpired):
                one.process.wait(20)
            if one.process.poll() is None:
                one.process.kill()
                one.process.wait(10)


def until(true: Callable[[], object], running: list[Running], seconds: float = 90.0) -> None:
    """Wait until it is so, and while all that should run does."""
    end = time.monotonic() + seconds
    while not true():
        logs = "\n".join(f"{one.log.name}:\n{one.said()[-2500:]}" for one in running)
        assert all(one.process.poll() is None for one in running), f"one of them has ended\n{logs}"
        assert time.monotonic() < end, logs
        time.sleep(0.1)


def is_well(one: Running) -> bool:
    """Whether it says that it is ready."""
    try:
        one.get("/health")
    except urllib.error.HTTPError as answer:
        answer.close()
        return False
    except OSError:
        return False
    return True
