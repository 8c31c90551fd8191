"""A network of its own for workers, whose link to the broker's can be cut: a pair of virtual Ethernet devices."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path
from types import TracebackType
from typing import Self

from broker import Broker

from tests.integration.harness import free_port

_FIRST = 200


def _ip(*words: str) -> None:
    subprocess.run(["ip", *words], check=True, capture_output=True)


class Fence:
    """A network namespace; needs root and iproute2.

    Parameters
    ----------
    number
        Which one, up to 250: several can be there at a time, each with addresses of its own.

    """

    def __init__(self, number: int) -> None:
        self.port = free_port()
        self._name = f"fenghuo-faults-{os.getpid()}-{number}"
        self._out, self._in = f"ff{number}o{os.getpid()}"[:15], f"ff{number}i{os.getpid()}"[:15]
        self.outside = f"10.{_FIRST}.{number}.1"
        self.inside = f"10.{_FIRST}.{number}.2"
        self.within = ("ip", "netns", "exec", self._name)

    def __enter__(self) -> Self:
        _ip("netns", "add", self._name)
        try:
            _ip("link", "add", self._out, "type", "veth", "peer", "name", self._in)
            _ip("link", "set", self._in, "netns", self._name)
            _ip("addr", "add", f"{self.outside}/30", "dev", self._out)
            _ip("link", "set", self._out, "up")
            _ip("-n", self._name, "addr", "add", f"{self.inside}/30", "dev", self._in)
            _ip("-n", self._name, "link", "set", self._in, "up")
            _ip("-n", self._name, "link", "set", "lo", "up")
        except BaseException:
            self.__exit__(None, None, None)
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        subprocess.run(["ip", "link", "del", self._out], check=False, capture_output=True)
        _ip("netns", "del", self._name)

    def cut(self) -> None:
        """Take the link down: packets are lost, no connection is closed."""
        _ip("link", "set", self._out, "down")

    def mend(self) -> None:
        """Put it up again."""
        _ip("link", "set", self._out, "up")


class FencedBroker(Broker):
    """A broker that answers on the outside of a fence too."""

    fence: Fence | None = None

    def start(self, timeout_s: float = 300.0) -> str:
        """Start, with patience: campaigns run beside other work."""
        return super().start(timeout_s)

    def _configure(self, port: int, controller_port: int) -> None:
        super()._configure(port, controller_port)
        if self.fence is None:
            return
        path = Path(self.folder) / "server.properties"
        listeners = f"PLAINTEXT://127.0.0.1:{port},FENCE://{self.fence.outside}:{self.fence.port}"
        mapped = ",".join(f"{name}:PLAINTEXT" for name in ("PLAINTEXT", "CONTROLLER", "FENCE"))
        text = path.read_text("utf-8")
        text += f"\nlisteners={listeners},CONTROLLER://127.0.0.1:{controller_port}\n"
        text += f"advertised.listeners={listeners}\nlistener.security.protocol.map={mapped}\n"
        path.write_text(text, "utf-8")
