"""Feishu (飞书) group robots, with a signature where one is set up.

Written here because Apprise (2.2) sends them plain text only, cannot sign, calls an answer of 200 a success whatever
its ``code`` says (11232, too often; 19021, a signature that does not fit), and knows one address only. Robots take 100
messages a minute and five a second; a request has 20 KiB at most.

The signature is base64 of the HMAC-SHA256, under the seconds since the epoch, a line feed and the secret, of nothing.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
from collections.abc import Iterator, Mapping
from typing import Any, ClassVar

from rules.alert import Alert
from streams.channels.base import Message, Receipt
from streams.channels.http import Http
from streams.channels.robot import EVERYBODY, Codes, Mention, composed, judge, mentions, robot_faults, to_mention
from streams.channels.settings import ChannelSettings, PerMinute, Secret, Tools
from streams.messages.forms import FEISHU

BYTES = 16_000
"""Of text: the rest of a request takes up the remainder."""
_CODES = Codes(
    too_often=frozenset({11232, 99991400}),
    later=frozenset(),
    too_long=frozenset(),
    configuration=frozenset({19001, 19021, 19022, 19024}),
    wait_s=60.0,
)
_ID = re.compile(r"[A-Za-z0-9_-]{1,64}")
_EMAIL = re.compile(r"[A-Za-z0-9_.+-]{1,64}@[A-Za-z0-9.-]{1,190}")


class FeishuSettings(ChannelSettings, frozen=True, kw_only=True):
    """A group robot of Feishu.

    Parameters
    ----------
    url_from, url_file
        The robot's whole URL; it holds the token, so it is a secret.
    sign_from, sign_file
        The secret of a robot that asks for signatures.
    mention
        Whom an urgent alert calls when the recipient has no address: open ids, user ids, ``@all``.
    mention_from
        The least grade that calls somebody, or ``none``.

    """

    type: ClassVar[str] = "feishu"
    secrets: ClassVar[Mapping[str, bool]] = {"url": True, "sign": False}

    url_from: str = ""
    url_file: str = ""
    sign_from: str = ""
    sign_file: str = ""
    mention: tuple[str, ...] = (EVERYBODY,)
    mention_from: Mention = "orange"
    per_minute: PerMinute = 100

    def faults(self, secrets: Mapping[str, Secret]) -> Iterator[tuple[str, str]]:
        """Yield what is wrong with the URL."""
        yield from robot_faults(self, secrets)

    def open(self, name: str, tools: Tools) -> Feishu:
        """Return the channel."""
        return Feishu(name, self, tools)


def signature(secret: str, seconds: int) -> str:
    """Return the signature of a moment."""
    return base64.b64encode(hmac.digest(f"{seconds}\n{secret}".encode(), b"", hashlib.sha256)).decode()


class Feishu:
    """Sends a card whose head has the colour of the grade."""

    def __init__(self, name: str, settings: FeishuSettings, tools: Tools) -> None:
        self.name = name
        self.per_minute = settings.per_minute
        self._settings = settings
        self._url, self._sign = tools.secrets["url"], tools.secrets["sign"]
        self._composer, self._now = tools.composer, tools.now
        self._http = Http(settings.timeout_s, [self._url.reveal(), self._sign.reveal()])

    async def send(self, message: Message) -> Receipt:
        """Send."""
        called = self._called(message)
        tail = f"\n{called}" if called else ""
        text = composed(self._composer, message, FEISHU, BYTES - FEISHU.size(tail))
        answer = await self._http.ask(
            self._url.reveal(),
            {
                **self._stamp(),
                "msg_type": "interactive",
                "card": _card(FEISHU.escape(text.title), f"{text.rest}{tail}", _colour(message.alerts)),
            },
        )
        judge(answer.get("code", answer.get("StatusCode")), self._http.said(answer.get("msg", "")), _CODES)
        return Receipt(detail="code 0", shortened=text.shortened)

    def _called(self, message: Message) -> str:
        if not to_mention(message, self._settings.mention_from):
            return ""
        users, phones = mentions(message, self._settings.mention)
        return "".join(map(_tag, [*users, *phones]))

    def _stamp(self) -> dict[str, str]:
        if not self._sign:
            return {}
        seconds = int(self._now())
        return {"timestamp": str(seconds), "sign": signature(self._sign.reveal(), seconds)}

    async def close(self) -> None:
        """Let go of connections."""
        await self._http.close()


def _tag(user: str) -> str:
    """Return the mark that calls a user; nothing for what cannot be one."""
    if user == EVERYBODY:
        return "<at id=all></at>"
    if _EMAIL.fullmatch(user):
        return f"<at email={user}></at>"
    return f"<at id={user}></at>" if _ID.fullmatch(user) else ""


def _colour(alerts: tuple[Alert, ...]) -> str:
    """Return the colour of the most serious that is open; grey when none is."""
    still_open = [alert.grade for alert in alerts if alert.status == "open"]
    return max(still_open, key=lambda grade: grade.rank).value if still_open else "grey"


def _card(title: str, text: str, colour: str) -> dict[str, Any]:
    return {
        "config": {"wide_screen_mode": True},
        "header": {"template": colour, "title": {"tag": "plain_text", "content": title}},
        "elements": [{"tag": "markdown", "content": text}],
    }
