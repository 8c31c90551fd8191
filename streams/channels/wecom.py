"""WeCom (企业微信) group robots.

Written here because Apprise (2.2) sends them plain text only, calls an answer of 200 a success whatever its
``errcode`` says (45009, too often, among them: the message is lost), and knows one address only. Robots take 20
messages a minute, 4,096 bytes of Markdown and 2,048 bytes of text. Markdown cannot mention anybody, so an urgent alert
is followed by a short text that does.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterator, Mapping
from typing import ClassVar

from streams.channels.base import Message, Receipt
from streams.channels.http import Http, within
from streams.channels.robot import Codes, Mention, composed, judge, mentions, robot_faults, to_mention
from streams.channels.settings import ChannelSettings, PerMinute, Secret, Tools
from streams.messages.forms import BRIEF, WECOM

MARKDOWN_BYTES = 4_096
TEXT_BYTES = 2_048
_CODES = Codes(
    too_often=frozenset({45009, 45033}),
    later=frozenset({-1}),
    too_long=frozenset({45002}),
    configuration=frozenset({93000, 93004, 93008}),
    wait_s=60.0,
)


_REMEMBERED = 1_000


class WecomSettings(ChannelSettings, frozen=True, kw_only=True):
    """A group robot of WeCom.

    Parameters
    ----------
    url_from, url_file
        The robot's whole URL; it holds the key, so it is a secret.
    mention
        Whom an urgent alert calls when the recipient has no address: user ids, phone numbers, ``@all``.
    mention_from
        The least grade that calls somebody, or ``none``.

    """

    type: ClassVar[str] = "wecom"
    secrets: ClassVar[Mapping[str, bool]] = {"url": True}

    url_from: str = ""
    url_file: str = ""
    mention: tuple[str, ...] = ("@all",)
    mention_from: Mention = "orange"
    per_minute: PerMinute = 20

    def faults(self, secrets: Mapping[str, Secret]) -> Iterator[tuple[str, str]]:
        """Yield what is wrong with the URL."""
        yield from robot_faults(self, secrets)

    def open(self, name: str, tools: Tools) -> Wecom:
        """Return the channel."""
        return Wecom(name, self, tools)


class Wecom:
    """Sends Markdown and, for an urgent alert, a text that mentions: the two count as one message and go out once."""

    def __init__(self, name: str, settings: WecomSettings, tools: Tools) -> None:
        self.name = name
        self.per_minute = settings.per_minute
        self._settings = settings
        self._url = tools.secrets["url"]
        self._composer = tools.composer
        self._http = Http(settings.timeout_s, [self._url.reveal()])
        self._half_sent: OrderedDict[str, bool] = OrderedDict()
        """Keys of messages whose mention did not get through, and whether their text was shortened."""

    def requests(self, message: Message) -> int:
        """Return how many of the robot's messages a minute one of ours takes."""
        return 1 + to_mention(message, self._settings.mention_from)

    async def send(self, message: Message) -> Receipt:
        """Send; an attempt after the mention alone failed sends the mention alone."""
        async with within(self._settings.timeout_s):
            return await self._both(message)

    async def _both(self, message: Message) -> Receipt:
        shortened = self._half_sent.get(message.key)
        if shortened is None:
            text = composed(self._composer, message, WECOM, MARKDOWN_BYTES)
            await self._ask({"msgtype": "markdown", "markdown": {"content": text.text}})
            shortened = text.shortened
        if to_mention(message, self._settings.mention_from):
            self._half_sent[message.key] = shortened
            while len(self._half_sent) > _REMEMBERED:
                self._half_sent.popitem(last=False)
            await self._mention(message)
            del self._half_sent[message.key]
        return Receipt(detail="errcode 0", shortened=shortened)

    async def _mention(self, message: Message) -> None:
        users, phones = mentions(message, self._settings.mention)
        content = composed(self._composer, message, BRIEF, TEXT_BYTES).text
        called = {"mentioned_list": users, "mentioned_mobile_list": phones}
        await self._ask({"msgtype": "text", "text": {"content": content, **called}})

    async def _ask(self, payload: object) -> None:
        answer = await self._http.ask(self._url.reveal(), payload)
        judge(answer.get("errcode"), self._http.said(answer.get("errmsg", "")), _CODES)

    async def close(self) -> None:
        """Let go of connections."""
        await self._http.close()
