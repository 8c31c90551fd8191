"""Processes started for the length of a demo: started, waited for, watched and stopped."""

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
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import NamedTuple, Self

from streams.configuration.about import written
from streams.errors import FenghuoError
from streams.interrupt import Interrupt
from streams.settings import CLUSTER, PREFIX, Settings, variable_of

READY_WITHIN_S = 120.0
HOST = "127.0.0.1"
_STOP_S = 20.0
_LAST_LINES = 12
_TRACE_LINES = 4


class ChildDied(FenghuoError):
    """A process ended by itself, or never became ready."""


class Child(NamedTuple):
    """A process that was started.

    Parameters
    ----------
    name
        What it is called in messages.
    process
        The process.
    port, path
        Where it answers with 200 once it is ready.
    log
        File of what it says.

    """

    name: str
    process: subprocess.Popen[bytes]
    port: int
    path: str
    log: Path

    def is_ready(self) -> bool:
        """Tell whether it answers that it is ready."""
        connection = http.client.HTTPConnection(HOST, self.port, timeout=2.0)
        try:
            connection.request("GET", self.path)
            return connection.getresponse().status == http.HTTPStatus.OK
        except (OSError, http.client.HTTPException):
            return False
        finally:
            connection.close()

    def end_of_log(self) -> str:
        """Return the last lines of its log, as a person reads them."""
        lines = self.log.read_text("utf-8", errors="replace").splitlines()
        told = [line for entry in lines for line in _readable(entry)][-_LAST_LINES:]
        return "\n".join([f"the end of {self.log}:", *(f"    {line}" for line in told)])


class Children:
    """Some processes; used as a context, they stop at its end, the last one first.

    Parameters
    ----------
    folder
        Where their logs go.

    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._children: list[Child] = []

    def __enter__(self) -> Self:
        self.folder.mkdir(parents=True, exist_ok=True)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def start(
        self, name: str, command: Sequence[str], port: int, path: str = "/health", env: Mapping[str, str] | None = None
    ) -> Child:
        """Start one; its log is called as it is, with dashes for blanks."""
        log = self.folder / f"{name.replace(' ', '-')}.log"
        interrupt = Interrupt()  # in the middle of it a process would be left behind that nobody knows of
        with log.open("wb") as file, interrupt.heard():
            # A session of its own: Ctrl-C reaches the demo, which stops them when it has counted everything.
            process = subprocess.Popen(  # noqa: S603 - our own commands, and what the demo names
                command, env=env, stdin=subprocess.DEVNULL, stdout=file, stderr=file, start_new_session=True
            )
            child = Child(name, process, port, path, log)
            self._children.append(child)
        interrupt.check()
        return child

    def start_ours(self, name: str, arguments: Sequence[str], settings: Settings, port: int, path: str) -> Child:
        """Start one of our own commands with these settings."""
        command = [sys.executable, "-m", "streams.cli", *arguments]
        return self.start(name, command, port, path, environment(settings))

    def wait_until_ready(self, waiting: Callable[[], None]) -> None:
        """Return when all answer that they are ready.

        Parameters
        ----------
        waiting
            Called a few times a second.

        Raises
        ------
        ChildDied
            When one ends, or is not ready in two minutes.

        """
        deadline = time.monotonic() + READY_WITHIN_S
        left = list(self._children)
        while left := [child for child in left if not child.is_ready()]:
            self.check()
            if time.monotonic() > deadline:
                raise ChildDied(f"{left[0].name} was not ready within {READY_WITHIN_S:g} s\n{left[0].end_of_log()}")
            waiting()
            time.sleep(0.2)

    def check(self) -> None:
        """Make sure that all run.

        Raises
        ------
        ChildDied
            With the end of its log.

        """
        for child in self._children:
            if child.process.poll() is not None:
                raise ChildDied(f"{child.name} ended with code {child.process.returncode}\n{child.end_of_log()}")

    def stop(self) -> None:
        """Stop all: with a request first, by force when that takes too long."""
        stopping = [child.process for child in reversed(self._children)]
        for process in stopping:
            with contextlib.suppress(ProcessLookupError):
                process.send_signal(signal.SIGTERM)
        deadline = time.monotonic() + _STOP_S
        for process in stopping:
            try:
                process.wait(max(0.1, deadline - time.monotonic()))
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        self._children.clear()


def environment(settings: Settings) -> dict[str, str]:
    """Return the variables of this process, with these settings in place of its own."""
    others = {name: value for name, value in os.environ.items() if not name.startswith(PREFIX) and name != CLUSTER}
    return others | {variable_of(name): written(getattr(settings, name)) for name in settings.__struct_fields__}


def free_port(wanted: int = 0) -> int:
    """Return a port nobody listens on: the wanted one, if that is free."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, wanted))
        except OSError:
            probe.bind((HOST, 0))
        port: int = probe.getsockname()[1]
        return port


def _readable(entry: str) -> list[str]:
    """Return a line of the log as a person reads it: level and message, and the end of the exception."""
    try:
        fields = json.loads(entry)
        return [f"{fields['level']}: {fields['message']}", *fields.get("exception", "").splitlines()[-_TRACE_LINES:]]
    except (ValueError, KeyError, TypeError):
        return [entry]
