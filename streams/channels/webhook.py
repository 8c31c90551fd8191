"""Webhooks: the alert as JSON, signed, to a server of the receiver's.

The signature is that of Standard Webhooks (standardwebhooks.com): ``webhook-signature`` is ``v1,`` and base64 of the
HMAC-SHA256, under the secret, of ``webhook-id``, ``webhook-timestamp`` and the body with dots between. ``webhook-id``,
also sent as ``Idempotency-Key``, is the same for every attempt at the same message.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
from collections.abc import Iterator, Mapping
from typing import ClassVar
from urllib.parse import urlsplit

from streams.channels.addresses import PrivateAddress, Resolver, check_literal
from streams.channels.base import Message, Receipt
from streams.channels.http import JSON, Http
from streams.channels.payload import told
from streams.channels.settings import ChannelSettings, Secret, Tools, url_fault

_PREFIX = "whsec_"
_LEAST_KEY_BYTES = 16


class WebhookSettings(ChannelSettings, frozen=True, kw_only=True):
    """A receiver of webhooks.

    Parameters
    ----------
    url_from, url_file
        Where to; a secret, for many URLs hold a token.
    key_from, key_file
        The secret to sign with, 16 bytes at least; one that begins with ``whsec_`` is base64 after that.
    allow_private
        Hosts of one's own network are allowed, and ``http`` with them.

    """

    type: ClassVar[str] = "webhook"
    secrets: ClassVar[Mapping[str, bool]] = {"url": True, "key": True}

    url_from: str = ""
    url_file: str = ""
    key_from: str = ""
    key_file: str = ""
    allow_private: bool = False

    def faults(self, secrets: Mapping[str, Secret]) -> Iterator[tuple[str, str]]:
        """Yield what is wrong with the URL and the key."""
        where = "url_from" if self.url_from else "url_file"
        url = secrets["url"].reveal()
        if fault := url_fault(url, plain=self.allow_private):
            yield where, f"what it names {fault}"
        elif urlsplit(url).username is not None:
            yield where, "what it names has a user in it: the signature says who sends"
        elif not self.allow_private:
            try:
                check_literal(url)
            except PrivateAddress as error:
                yield where, str(error)
        if len(_key(secrets["key"])) < _LEAST_KEY_BYTES:
            yield "key_from" if self.key_from else "key_file", f"the key has fewer than {_LEAST_KEY_BYTES} bytes"

    def open(self, name: str, tools: Tools) -> Webhook:
        """Return the channel."""
        return Webhook(name, self, tools)


def signature(key: bytes, identity: str, seconds: int, body: bytes) -> str:
    """Return the signature of a body."""
    digest = hmac.digest(key, b".".join((identity.encode(), str(seconds).encode(), body)), hashlib.sha256)
    return f"v1,{base64.b64encode(digest).decode()}"


class Webhook:
    """Posts to public addresses only, unless told otherwise; what was checked is what is connected to."""

    def __init__(self, name: str, settings: WebhookSettings, tools: Tools) -> None:
        self.name = name
        self.per_minute = settings.per_minute
        self._url, self._now = tools.secrets["url"], tools.now
        self._key = tools.secrets["key"]
        hidden = [self._url.reveal(), self._key.reveal()]
        self._http = Http(settings.timeout_s, hidden, Resolver(public_only=not settings.allow_private))

    async def send(self, message: Message) -> Receipt:
        """Send."""
        body = told(message, sign_links=True)
        seconds, identity = int(self._now()), hashlib.sha256(message.key.encode()).hexdigest()[:32]
        headers = {
            **JSON,
            "Idempotency-Key": identity,
            "webhook-id": identity,
            "webhook-timestamp": str(seconds),
            "webhook-signature": signature(_key(self._key), identity, seconds, body),
        }
        answer = await self._http.post(self._url.reveal(), body, headers)
        return Receipt(detail=f"HTTP {answer.status}")

    async def close(self) -> None:
        """Let go of connections."""
        await self._http.close()


def _key(secret: Secret) -> bytes:
    text = secret.reveal()
    if not text.startswith(_PREFIX):
        return text.encode()
    try:
        return base64.b64decode(text.removeprefix(_PREFIX), validate=True)
    except binascii.Error:
        return b""
