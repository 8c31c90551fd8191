"""ntfy: notifications on telephones through a server of one's own.

Written here because Apprise (2.2) says only that sending failed: 429, too often, looks like 403, a wrong token. A
server takes 4,096 bytes and makes an attachment of what is longer.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import ClassVar

import msgspec

from rules.alert import Grade
from streams.channels.base import Message, Permanent, Receipt
from streams.channels.http import JSON, Http
from streams.channels.robot import composed
from streams.channels.settings import ChannelSettings, Secret, Tools, url_fault
from streams.messages.forms import TEXT, safe_url

BYTES = 4_096
_TOPIC = re.compile(r"[A-Za-z0-9_-]{1,64}")
_PRIORITIES = {Grade.RED: 5, Grade.ORANGE: 4, Grade.YELLOW: 3, Grade.BLUE: 2}


class NtfySettings(ChannelSettings, frozen=True, kw_only=True):
    """A server of ntfy.

    Parameters
    ----------
    url
        The server, without a topic.
    topic
        For recipients whose address names none.
    token_from, token_file
        Access token.

    """

    type: ClassVar[str] = "ntfy"
    secrets: ClassVar[Mapping[str, bool]] = {"token": False}

    url: str
    topic: str = ""
    token_from: str = ""
    token_file: str = ""

    def faults(self, secrets: Mapping[str, Secret]) -> Iterator[tuple[str, str]]:
        """Yield what is wrong with the URL and the topic."""
        if fault := url_fault(self.url, plain=not secrets["token"]):
            yield "url", fault
        if self.topic and not _TOPIC.fullmatch(self.topic):
            yield "topic", "has other characters than letters, digits, dashes and underscores, or more than 64"

    def open(self, name: str, tools: Tools) -> Ntfy:
        """Return the channel."""
        return Ntfy(name, self, tools)


class Ntfy:
    """Publishes to the topic that is the recipient's address."""

    def __init__(self, name: str, settings: NtfySettings, tools: Tools) -> None:
        self.name = name
        self.per_minute = settings.per_minute
        self._settings = settings
        self._composer = tools.composer
        token = tools.secrets["token"].reveal()
        self._headers = {**JSON, "Authorization": f"Bearer {token}"} if token else JSON
        self._http = Http(settings.timeout_s, [token])

    async def send(self, message: Message) -> Receipt:
        """Send."""
        topic = message.recipient.address or self._settings.topic
        if not _TOPIC.fullmatch(topic):
            raise Permanent("BAD_ADDRESS", f"recipient {message.recipient.id} has no topic of ntfy")
        text = composed(self._composer, message, TEXT, BYTES)
        grade = max((alert.grade for alert in message.alerts), key=lambda one: one.rank, default=Grade.BLUE)
        payload = {"topic": topic, "title": text.title, "message": text.rest, "priority": _PRIORITIES[grade]}
        if click := safe_url(message.links.get("open", "")):
            payload["click"] = click
        answer = await self._http.post(self._settings.url, msgspec.json.encode(payload), self._headers)
        return Receipt(detail=f"HTTP {answer.status}", shortened=text.shortened)

    async def close(self) -> None:
        """Let go of connections."""
        await self._http.close()
