"""Worker processes started for the length of a demo: started, waited for, watched and stopped."""

from __future__ import annotations

import contextlib
import http.client
import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Self

from streams.errors import FenghuoError
from streams.settings import Settings

READY_WITHIN_S = 120.0
_STOP_S = 20.0
_LAST_LINES = 12
_TRACE_LINES = 4
_HOST = "127.0.0.1"


class WorkerDied(FenghuoError):
    """A worker process ended by itself, or never became ready."""


class Workers:
    """Some workers of one group; used as a context, they stop at its end.

    Parameters
    ----------
    settings
        Handed to them through the environment.
    count
        How many.
    folder
        Where their logs go: ``worker-1.log`` and so on.

    """

    def __init__(self, settings: Settings, count: int, folder: Path) -> None:
        self._settings = settings
        self._count = count
        self._folder = folder
        self._processes: list[subprocess.Popen[bytes]] = []
        self._ports: list[int] = []

    def __enter__(self) -> Self:
        self._folder.mkdir(parents=True, exist_ok=True)
        try:
            for number in range(1, self._count + 1):
                self._start(number)
        except BaseException:
            self.stop()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def log(self, number: int) -> Path:
        """Return the log file of a worker, counted from 1."""
        return self._folder / f"worker-{number}.log"

    def _start(self, number: int) -> None:
        port = _free_port()
        with self.log(number).open("wb") as log:
            # A session of its own: Ctrl-C reaches the demo, which stops the workers when it has counted everything.
            process = subprocess.Popen(
                [sys.executable, "-m", "streams.cli", "worker"],
                env=_environment(self._settings, port),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        self._processes.append(process)
        self._ports.append(port)

    def wait_until_ready(self, waiting: Callable[[], None]) -> None:
        """Return when all answer that they are ready.

        Parameters
        ----------
        waiting
            Called a few times a second.

        Raises
        ------
        WorkerDied
            When one ends, or is not ready in two minutes.

        """
        deadline = time.monotonic() + READY_WITHIN_S
        while not all(_is_ready(port) for port in self._ports):
            self.check()
            if time.monotonic() > deadline:
                raise WorkerDied(f"no worker was ready within {READY_WITHIN_S:g} s\n{self._end_of_log(1)}")
            waiting()
            time.sleep(0.2)

    def check(self) -> None:
        """Make sure that all run.

        Raises
        ------
        WorkerDied
            With the end of its log.

        """
        for number, process in enumerate(self._processes, start=1):
            if process.poll() is not None:
                raise WorkerDied(f"worker {number} ended with code {process.returncode}\n{self._end_of_log(number)}")

    def stop(self) -> None:
        """Stop all: with a request first, by force when that takes too long."""
        for process in self._processes:
            with contextlib.suppress(ProcessLookupError):
                process.send_signal(signal.SIGTERM)
        deadline = time.monotonic() + _STOP_S
        for process in self._processes:
            try:
                process.wait(max(0.1, deadline - time.monotonic()))
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        self._processes.clear()

    def _end_of_log(self, number: int) -> str:
        path = self.log(number)
        lines = path.read_text("utf-8", errors="replace").splitlines()
        told = [line for entry in lines for line in _readable(entry)][-_LAST_LINES:]
        return "\n".join([f"the end of {path}:", *(f"    {line}" for line in told)])


def _readable(entry: str) -> list[str]:
    """Return a line of the log as a person reads it: level and message, and the end of the exception."""
    try:
        fields = json.loads(entry)
        return [f"{fields['level']}: {fields['message']}", *fields.get("exception", "").splitlines()[-_TRACE_LINES:]]
    except (ValueError, KeyError, TypeError):
        return [entry]


def _environment(settings: Settings, port: int) -> dict[str, str]:
    environment = {name: value for name, value in os.environ.items() if not name.startswith("FENGHUO_")}
    for name in settings.__struct_fields__:
        environment[f"FENGHUO_{name.upper()}"] = str(getattr(settings, name))
    environment.pop("KAFKA_BOOTSTRAP_SERVERS", None)
    return environment | {"FENGHUO_HTTP_HOST": _HOST, "FENGHUO_HTTP_PORT": str(port)}


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind((_HOST, 0))
        port: int = probe.getsockname()[1]
        return port


def _is_ready(port: int) -> bool:
    connection = http.client.HTTPConnection(_HOST, port, timeout=2.0)
    try:
        connection.request("GET", "/health")
        return connection.getresponse().status == http.HTTPStatus.OK
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()
