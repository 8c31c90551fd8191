"""What channels onto a Kafka topic have in common: where the cluster is, and how to get in."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any, ClassVar

import msgspec

from streams.channels.settings import ChannelSettings, Secret
from streams.login import Login, Mechanism, Security

_HOST_PORT = re.compile(r"[^\s,:/]+:\d{1,5}(,[^\s,:/]+:\d{1,5})*")
_TOPIC = re.compile(r"[A-Za-z0-9._-]{1,249}")


class ClusterSettings(ChannelSettings, frozen=True, kw_only=True):
    """A topic of a cluster, this one or another.

    Parameters
    ----------
    bootstrap
        Address of the cluster.
    topic
        Its whole name; it is not created here.
    security, mechanism, user, ca, certificate, key_file
        How to get in: `streams.login.Login`. Nothing is taken over from how we get into our own cluster.
    password_from, password_file
        Password of the user.

    """

    secrets: ClassVar[Mapping[str, bool]] = {"password": False}

    bootstrap: str = ""
    topic: str = ""
    security: Security = "plaintext"
    mechanism: Mechanism = "SCRAM-SHA-512"
    user: str = ""
    password_from: str = ""
    password_file: str = ""
    ca: str = ""
    certificate: str = ""
    key_file: str = ""

    def faults_of_cluster(self, secrets: Mapping[str, Secret]) -> Iterator[tuple[str, str]]:
        """Yield what is wrong with address, topic and login."""
        if not _HOST_PORT.fullmatch(self.bootstrap):
            yield "bootstrap", "is no HOST:PORT (several: commas between, no spaces)"
        if not _TOPIC.fullmatch(self.topic) or self.topic in {".", ".."}:
            yield "topic", "must be made of letters, digits, dots, dashes and underscores, 249 at most"
        for name, message in self._login(secrets).faults():
            yield ("password_file" if self.password_file else "password_from") if name == "password" else name, message

    def client(self, secrets: Mapping[str, Secret]) -> dict[str, Any]:
        """Return what every client of the cluster is told."""
        return {"bootstrap_servers": self.bootstrap, **self._login(secrets).options()}

    def _login(self, secrets: Mapping[str, Secret]) -> Login:
        own = {name: getattr(self, name) for name in Login.__struct_fields__ if name != "password"}
        return msgspec.convert({**own, "password": secrets["password"].reveal()}, Login)
