"""The processes beside the workers: `fenghuo board`, `fenghuo deliver`, and the server it delivers to."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
import urllib.request
from collections import Counter
from contextlib import suppress
from pathlib import Path
from typing import Self

import msgspec

from streams.settings import Settings
from tests.counterparts import HttpCounterpart, Reply, Request
from tests.integration.harness import ROOT, free_port

ONCALL = """
people:
  desk: {name: 市城运中心, desk: true, system: true, reach: [{channel: hook}]}
fallback: [desk]
confirm: [desk]
rosters: {}
routes:
  - {name: all, to: [desk]}
"""
CHANNELS = """
channels:
  hook: {type: webhook, url_from: HOOK_URL, key_from: HOOK_KEY, allow_private: true}
"""


class Inbox(HttpCounterpart):
    """Keeps which message came when, and whether it said that it may have come before."""

    def __init__(self) -> None:
        super().__init__()
        self.came: list[tuple[float, str, bool]] = []

    def answer(self, request: Request) -> Reply:
        """Take it."""
        body = msgspec.json.decode(request.body)
        self.came.append((time.time(), body["key"], body["again"]))
        return Reply()

    def doubled(self) -> list[str]:
        """Keys of messages that came again and did not say so."""
        plain = Counter(key for _, key, again in self.came if not again)
        return [key for key, times in plain.items() if times > 1]


class Program:
    """A command of `fenghuo` that is started again when it ends, as its supervisor would."""

    def __init__(self, settings: Settings, folder: Path, name: str, *options: str, **secrets: str) -> None:
        self.name = name
        self._folder = folder
        self._command = [sys.executable, "-m", "streams.cli", name, *options]
        port = free_port()
        self.pages = f"http://127.0.0.1:{port}"
        values = {**msgspec.structs.asdict(settings), "http_port": port, "board_port": free_port()}
        self._env = {key: value for key, value in os.environ.items() if not key.startswith("FENGHUO_")}
        self._env |= {f"FENGHUO_{key.upper()}": str(value) for key, value in values.items()} | secrets
        self.process: subprocess.Popen[bytes] | None = None
        self.starts = 0
        self._starting = threading.Lock()

    def start(self) -> None:
        """Start it, if it does not run."""
        with self._starting:
            if self.process is None or self.process.poll() is not None:
                self.starts += 1
                with (self._folder / f"{self.name}.log").open("ab") as out:
                    self.process = subprocess.Popen(self._command, env=self._env, cwd=ROOT, stdout=out, stderr=out)

    def kill(self) -> None:
        """kill -9, and wait until it is gone."""
        assert self.process is not None
        self.process.kill()
        self.process.wait()

    def stop(self) -> None:
        """SIGTERM, and kill -9 when that is not enough."""
        if self.process is not None and self.process.poll() is None:
            self.process.send_signal(signal.SIGCONT)
            self.process.send_signal(signal.SIGTERM)
            with suppress(subprocess.TimeoutExpired):
                self.process.wait(30)
            if self.process.poll() is None:
                self.kill()

    def well(self) -> bool:
        """Whether it says that it is ready; one that has ended is started again."""
        self.start()
        with suppress(OSError), urllib.request.urlopen(f"{self.pages}/health", timeout=2):  # noqa: S310 - our own
            return True
        return False

    def log(self) -> str:
        """The end of its log."""
        return (self._folder / f"{self.name}.log").read_text(errors="replace")[-3000:]


class Others:
    """A board and a delivery of one city.

    Parameters
    ----------
    settings
        Of the city.
    folder
        For their files and logs.
    board
        Whether there is a board: it costs as much as a worker.

    """

    def __init__(self, settings: Settings, folder: Path, *, board: bool) -> None:
        self.inbox = Inbox()
        (folder / "oncall.yaml").write_text(ONCALL, "utf-8")
        (folder / "channels.yaml").write_text(CHANNELS, "utf-8")
        files = ("--channels", str(folder / "channels.yaml"), "--oncall", str(folder / "oncall.yaml"))
        secrets = {"HOOK_URL": self.inbox.url, "HOOK_KEY": "k" * 32}
        self.deliver = Program(settings, folder, "deliver", *files, **secrets)
        self.board = Program(settings, folder, "board") if board else None

    def all(self) -> list[Program]:
        """What there is of them."""
        return [self.deliver, *([self.board] if self.board is not None else [])]

    def __enter__(self) -> Self:
        self.inbox.__enter__()
        for program in self.all():
            program.start()
        return self

    def __exit__(self, *error: object) -> None:
        for program in self.all():
            program.stop()
        self.inbox.__exit__(*error)
