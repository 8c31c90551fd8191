"""What the launcher asks of this machine: its Java, its free ports, its processes, and whether Kafka answers."""

from __future__ import annotations

import os
import random
import re
import shutil
import socket
import struct
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

HOST = "127.0.0.1"
OLDEST_JAVA = 17
# Below the ports that Linux hands to outgoing connections: a client that keeps trying a dead broker's port could
# otherwise be given that very port, connect to itself and keep the broker from coming back.
PORTS = range(20_000, 32_000)


class NoJava(Exception):
    """No Java that can run Kafka; the message says what was found and what to install."""


def find_java(java: str | None = None) -> str:
    """Path of a Java that can run Kafka.

    Raises
    ------
    NoJava
        There is none, or it is older than 17.
    """
    home = os.environ.get("JAVA_HOME")
    at_home = shutil.which("java", path=f"{home}/bin") if home else None
    found = shutil.which(java) if java else at_home or shutil.which("java")
    remedy = "install default-jre-headless (Debian, Ubuntu) or another JRE, or point JAVA_HOME at one."
    if found is None:
        raise NoJava(f"No {java or 'java'} found, and Kafka needs Java {OLDEST_JAVA} or later: {remedy}")
    shown = subprocess.run([found, "-version"], capture_output=True, text=True, check=False)
    version = re.search(r'version "(?:1\.)?(\d+)', shown.stderr)
    if version is None:
        raise NoJava(f"{found} does not tell its version ({shown.stderr.strip()}): {remedy}")
    if int(version[1]) < OLDEST_JAVA:
        raise NoJava(f"{found} is Java {version[1]}, and Kafka needs {OLDEST_JAVA} or later: {remedy}")
    return found


def answers(port: int, timeout_s: float = 1.0) -> bool:
    """Whether a Kafka broker answers there, asked with the protocol's ApiVersions request, version 0."""
    api_key, api_version, correlation, client = 18, 0, 7, b"fenghuo"
    request = struct.pack(f">hhih{len(client)}s", api_key, api_version, correlation, len(client), client)
    try:
        with socket.create_connection((HOST, port), timeout_s) as connection, connection.makefile("rb") as reply:
            connection.sendall(struct.pack(">i", len(request)) + request)
            head = reply.read(10)
    except OSError:
        return False
    return len(head) == 10 and struct.unpack(">iih", head)[1:] == (correlation, 0)  # noqa: PLR2004


def is_free(port: int) -> bool:
    """Whether nothing listens on the port of 127.0.0.1."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # as Java does: closed connections do not count
        try:
            probe.bind((HOST, port))
        except OSError:
            return False
    return True


def free_ports() -> Iterator[int]:
    """Free ports in random order."""
    yield from (port for port in random.sample(PORTS, len(PORTS)) if is_free(port))


def began_at(pid: int) -> int:
    """When a process began, in clock ticks since boot; 0 when there is none (a dead, unreaped one counts as none)."""
    process = Path(f"/proc/{pid}")
    try:
        after_name = (process / "stat").read_text("utf-8", errors="replace").rpartition(")")[2].split()
        threads = len(list((process / "task").iterdir()))
    except (FileNotFoundError, ProcessLookupError):
        return 0
    # The first thread may be gone while others still hold files and ports: dead is when it is the only one left.
    return 0 if after_name[0] in "ZX" and threads <= 1 else int(after_name[19])


def stands_still(pid: int) -> bool:
    """Tell whether every thread of a process is stopped, or none is left: a signal takes a moment to reach them all."""
    states = []
    for task in Path(f"/proc/{pid}/task").glob("*/stat"):
        try:
            states.append(task.read_text("utf-8", errors="replace").rpartition(")")[2].split()[0])
        except (FileNotFoundError, ProcessLookupError):
            continue
    return all(state in "TtZX" for state in states)


if __name__ == "__main__":  # what deploy/setup.sh asks
    try:
        print(find_java())
    except NoJava as error:
        sys.exit(str(error))
