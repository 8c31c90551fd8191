"""DingTalk (钉钉) group robots, with a signature where one is set up.

Written here because Apprise (2.2) quotes the signature twice, so that it never fits, calls an answer of 200 a success
whatever its ``errcode`` says (130101, too often; 310000, a guard that does not fit), and knows one address only. Robots
take 20 messages a minute, and then none for ten minutes; a request has 20,000 bytes at most.

The signature is base64 of the HMAC-SHA256, under the secret, of the milliseconds since the epoch, a line feed and the
secret; both go into the query.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Iterator, Mapping
from typing import ClassVar
from urllib.parse import urlencode, urlsplit, urlunsplit

from streams.channels.base import Message, Receipt
from streams.channels.http import Http
from streams.channels.robot import EVERYBODY, Codes, Mention, composed, judge, mentions, robot_faults, to_mention
from streams.channels.settings import ChannelSettings, PerMinute, Secret, Tools
from streams.messages.forms import DINGTALK

BYTES = 18_000
"""Of text: the rest of a request takes up the remainder."""
_CODES = Codes(
    too_often=frozenset({130101, 410100, 90030}),
    later=frozenset({-1}),
    too_long=frozenset({460101}),
    configuration=frozenset({300001, 300005, 310000, 400013, 400101, 400102, 400106}),
    wait_s=600.0,
)


class DingtalkSettings(ChannelSettings, frozen=True, kw_only=True):
    """A group robot of DingTalk.

    Parameters
    ----------
    url_from, url_file
        The robot's whole URL; it holds the token, so it is a secret.
    sign_from, sign_file
        The secret (SEC…) of a robot that asks for signatures.
    mention
        Whom an urgent alert calls when the recipient has no address: phone numbers, user ids, ``@all``.
    mention_from
        The least grade that calls somebody, or ``none``.

    """

    type: ClassVar[str] = "dingtalk"
    secrets: ClassVar[Mapping[str, bool]] = {"url": True, "sign": False}

    url_from: str = ""
    url_file: str = ""
    sign_from: str = ""
    sign_file: str = ""
    mention: tuple[str, ...] = (EVERYBODY,)
    mention_from: Mention = "orange"
    per_minute: PerMinute = 20

    def faults(self, secrets: Mapping[str, Secret]) -> Iterator[tuple[str, str]]:
        """Yield what is wrong with the URL."""
        yield from robot_faults(self, secrets)

    def open(self, name: str, tools: Tools) -> Dingtalk:
        """Return the channel."""
        return Dingtalk(name, self, tools)


def signature(secret: str, milliseconds: int) -> str:
    """Return the signature of a moment."""
    digest = hmac.digest(secret.encode(), f"{milliseconds}\n{secret}".encode(), hashlib.sha256)
    return base64.b64encode(digest).decode()


class Dingtalk:
    """Sends Markdown, which here may mention."""

    def __init__(self, name: str, settings: DingtalkSettings, tools: Tools) -> None:
        self.name = name
        self.per_minute = settings.per_minute
        self._settings = settings
        self._url, self._sign = tools.secrets["url"], tools.secrets["sign"]
        self._composer, self._now = tools.composer, tools.now
        self._http = Http(settings.timeout_s, [self._url.reveal(), self._sign.reveal()])

    async def send(self, message: Message) -> Receipt:
        """Send."""
        users, phones = mentions(message, self._settings.mention) if self._calls(message) else ([], [])
        called = "".join(f"@{DINGTALK.escape(one)} " for one in [*phones, *users] if one != EVERYBODY).strip()
        tail = f"\n\n{called}" if called else ""
        text = composed(self._composer, message, DINGTALK, BYTES - DINGTALK.size(tail))
        at = {
            "atMobiles": phones,
            "atUserIds": [one for one in users if one != EVERYBODY],
            "isAtAll": EVERYBODY in users,
        }
        markdown = {"title": DINGTALK.escape(text.title), "text": f"{text.text}{tail}"}
        answer = await self._http.ask(self._signed(), {"msgtype": "markdown", "markdown": markdown, "at": at})
        judge(answer.get("errcode"), self._http.said(answer.get("errmsg", "")), _CODES)
        return Receipt(detail="errcode 0", shortened=text.shortened)

    def _calls(self, message: Message) -> bool:
        return to_mention(message, self._settings.mention_from)

    def _signed(self) -> str:
        url = self._url.reveal()
        if not self._sign:
            return url
        milliseconds = round(self._now() * 1000)
        parts = urlsplit(url)
        added = urlencode({"timestamp": milliseconds, "sign": signature(self._sign.reveal(), milliseconds)})
        return urlunsplit(parts._replace(query=f"{parts.query}&{added}" if parts.query else added))

    async def close(self) -> None:
        """Let go of connections."""
        await self._http.close()
