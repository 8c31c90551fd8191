"""CAP 1.2 messages into a folder, by HTTP POST, onto a Kafka topic: what is in them tells streams/cap/README.md."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import ClassVar

from rules.alert import Alert
from streams.cap.compose import Sender, Wording, compose, identifier
from streams.channels.addresses import PrivateAddress, check_literal
from streams.channels.base import Message, Permanent, Receipt
from streams.channels.cap_targets import Folder, Post, Target, Topic
from streams.channels.cluster import ClusterSettings
from streams.channels.settings import Secret, Tools, url_fault

_SENDER = re.compile(r"[^\s,<&]+")


class CapSettings(ClusterSettings, frozen=True, kw_only=True):
    """Receivers of CAP messages: a folder, a URL, a topic, or several of them.

    Parameters
    ----------
    sender
        Who sends, as every message says.
    folder
        Messages are put here, one file each, named after its identifier.
    url_from, url_file
        Messages are posted to this URL.
    token_from, token_file
        Bearer token for it.
    allow_private
        Hosts of one's own network are allowed, and ``http`` with them.
    bootstrap, topic, security, mechanism, user, password_from, password_file, ca, certificate, key_file
        Messages are put on this topic of this cluster, keyed by alert; see `ClusterSettings`.
    restricted
        Alerts that only the duty desk may see are sent, too.

    """

    type: ClassVar[str] = "cap"
    secrets: ClassVar[Mapping[str, bool]] = {"url": False, "token": False, "password": False}

    sender: Sender
    folder: str = ""
    url_from: str = ""
    url_file: str = ""
    token_from: str = ""
    token_file: str = ""
    allow_private: bool = False
    restricted: bool = False

    def faults(self, secrets: Mapping[str, Secret]) -> Iterator[tuple[str, str]]:
        """Yield what is wrong with the sender and with where messages go."""
        if not _SENDER.fullmatch(self.sender.id):
            said = "id is what receivers know you by: without spaces, commas, < and &, such as desk@city.example"
            yield "sender", said
        if not (self.folder or secrets["url"] or self.topic):
            yield "folder", "goes nowhere: give folder, url_from (or url_file), or topic"
        if self.folder and not Path(self.folder).is_dir():
            yield "folder", f"there is no folder {self.folder}"
        if secrets["url"]:
            yield from self._url_faults(secrets["url"].reveal())
        if bool(self.topic) != bool(self.bootstrap):
            yield "topic", "topic and bootstrap go together"
        elif self.topic or self.security != "plaintext":
            yield from self.faults_of_cluster(secrets)

    def _url_faults(self, url: str) -> Iterator[tuple[str, str]]:
        where = "url_from" if self.url_from else "url_file"
        if fault := url_fault(url, plain=self.allow_private):
            yield where, f"what it names {fault}"
        elif not self.allow_private:
            try:
                check_literal(url)
            except PrivateAddress as error:
                yield where, str(error)

    def open(self, name: str, tools: Tools) -> CapChannel:
        """Return the channel."""
        return CapChannel(name, self, tools)


class CapChannel:
    """Sends every version of an alert as one CAP 1.2 message; all targets have to take it before it counts as sent.

    A message has the same identifier and the same bytes however often it is sent: targets tell repetitions by that.
    A message with several alerts (a digest) is sent as one CAP message for each.
    """

    def __init__(self, name: str, settings: CapSettings, tools: Tools) -> None:
        self.name = name
        self.per_minute = settings.per_minute
        self._sender = settings.sender
        self._wording = Wording.of(tools.composer.areas)
        self._restricted = settings.restricted
        self._targets: Sequence[Target] = tuple(_targets(settings, tools))

    async def send(self, message: Message) -> Receipt:
        """Send one CAP message for every alert; those that a target took already it knows by their identifiers."""
        if not self._restricted and any(alert.restricted for alert in message.alerts):
            said = f"{self.name} is not for alerts of the duty desk: set restricted: true if its receivers may see them"
            raise Permanent("CONFIGURATION", said)
        sent = [await self._send(alert, exercise=message.exercise) for alert in message.alerts]
        return Receipt(detail=" ".join(sent))

    async def _send(self, alert: Alert, *, exercise: bool) -> str:
        id_ = identifier(self._sender, alert.id, alert.revision.version)
        text = compose(alert, self._sender, self._wording, exercise=exercise)
        for target in self._targets:
            await target.put(id_, alert.id, text)
        return id_

    async def close(self) -> None:
        """Let go of connections."""
        for target in self._targets:
            await target.close()


def _targets(settings: CapSettings, tools: Tools) -> Iterator[Target]:
    if settings.folder:
        yield Folder(Path(settings.folder))
    if tools.secrets["url"]:
        secrets = tools.secrets
        yield Post(secrets["url"], secrets["token"], settings.timeout_s, public_only=not settings.allow_private)
    if settings.topic:
        yield Topic(settings.client(tools.secrets), settings.topic, settings.timeout_s)
