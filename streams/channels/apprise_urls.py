"""Whatever else Apprise knows, by its own URLs: SMS gateways, Telegram, Matrix, Teams and a hundred more.

Apprise says of a failure only what its log says; an HTTP status in there tells what passes from what does not, and
without one it is taken to pass.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Iterator, Mapping
from typing import Annotated, ClassVar, Literal
from urllib.parse import quote

import msgspec
from apprise import Apprise, AppriseAsset, NotifyFormat, NotifyType
from apprise.result import AppriseResult, AppriseResultStatus

from rules.alert import Grade
from streams.channels.base import Message, Permanent, Receipt, Retryable
from streams.channels.robot import composed
from streams.channels.settings import ChannelSettings, Secret, Tools
from streams.channels.threads import Threads
from streams.messages.forms import FORMS

_ADDRESS = "{address}"
_TALKATIVE = ("apprise", "urllib3", "requests")
"""Their logs repeat URLs and addresses."""
_STATUS = re.compile(r"error=(\d{3})\b")
_FORMATS = {
    "text": NotifyFormat.TEXT,
    "sms": NotifyFormat.TEXT,
    "markdown": NotifyFormat.MARKDOWN,
    "html": NotifyFormat.HTML,
}
_TYPES = {
    Grade.RED: NotifyType.FAILURE,
    Grade.ORANGE: NotifyType.WARNING,
    Grade.YELLOW: NotifyType.WARNING,
    Grade.BLUE: NotifyType.INFO,
}
_LIMITS = {"sms": 70, "text": 2_000, "markdown": 4_000, "html": 30_000}


class AppriseSettings(ChannelSettings, frozen=True, kw_only=True):
    """A URL of Apprise.

    Parameters
    ----------
    url_from, url_file
        The URL; it holds tokens, so it is a secret. ``{address}`` in it stands for the recipient's address.
    format
        ``text``, ``sms`` (only what is essential), ``markdown`` or ``html``.
    limit
        How long a text may be: characters of a text message for ``sms``, else bytes; by default 70, 2,000 for text,
        4,000 for Markdown and 30,000 for HTML.

    """

    type: ClassVar[str] = "apprise"
    secrets: ClassVar[Mapping[str, bool]] = {"url": True}

    url_from: str = ""
    url_file: str = ""
    format: Literal["text", "sms", "markdown", "html"] = "text"
    limit: Annotated[int, msgspec.Meta(ge=40, le=1_000_000)] | None = None

    def faults(self, secrets: Mapping[str, Secret]) -> Iterator[tuple[str, str]]:
        """Yield that Apprise does not know the URL."""
        url = secrets["url"].reveal()
        if url and _service(url, "13800000000") is None:
            yield "url_from" if self.url_from else "url_file", "what it names is no URL that Apprise knows"

    def open(self, name: str, tools: Tools) -> AppriseUrl:
        """Return the channel."""
        return AppriseUrl(name, self, tools)


class AppriseUrl:
    """Sends through Apprise, in a thread; its log, which repeats addresses, goes nowhere."""

    def __init__(self, name: str, settings: AppriseSettings, tools: Tools) -> None:
        self.name = name
        self.per_minute = settings.per_minute
        self._settings = settings
        self._url = tools.secrets["url"]
        self._composer = tools.composer
        self._form = FORMS[settings.format]
        self._threads = Threads(name, settings.timeout_s)

    async def send(self, message: Message) -> Receipt:
        """Send."""
        address = message.recipient.address
        if _ADDRESS in self._url.reveal() and not address:
            raise Permanent("BAD_ADDRESS", f"recipient {message.recipient.id} has no address")
        text = composed(self._composer, message, self._form, self._settings.limit or _LIMITS[self._settings.format])
        grade = max((alert.grade for alert in message.alerts), key=lambda one: one.rank, default=Grade.BLUE)
        service = _service(self._url.reveal(), address)
        if service is None:
            raise Permanent("BAD_ADDRESS", f"the address of recipient {message.recipient.id} does not fit")
        result = await self._threads.run(
            lambda: service.notify(
                body=text.rest,
                title="" if self._form.brief else text.title,
                notify_type=_TYPES[grade],
                body_format=_FORMATS[self._settings.format],
                timeout=self._settings.timeout_s,
            )
        )
        _judge(result)
        return Receipt(detail="accepted", shortened=text.shortened)

    async def close(self) -> None:
        """Nothing is kept between messages."""


def _service(url: str, address: str) -> Apprise | None:
    """Return what sends to a URL, ``None`` when Apprise does not know it."""
    for logger in map(logging.getLogger, _TALKATIVE):
        logger.setLevel(logging.WARNING)
        logger.propagate = False
        if not logger.handlers:
            logger.addHandler(logging.NullHandler())  # without any, Python prints warnings itself
    service = Apprise(asset=AppriseAsset(http_redirects=False, async_mode=False))
    return service if service.add(url.replace(_ADDRESS, quote(address, safe="+"))) else None


def _judge(result: AppriseResult) -> None:
    """Raise what Apprise says of a failure."""
    if result.status == AppriseResultStatus.SUCCESS:
        return
    if result.status == AppriseResultStatus.TIMEOUT:
        raise Retryable("TIMEOUT")
    log = "\n".join(str(entry.message) for entry in result.logs())
    if "onnection error" in log or "onnection Error" in log:
        raise Retryable("CONNECTION")
    found = _STATUS.search(log)
    status = int(found[1]) if found else 0
    if status == 429:  # noqa: PLR2004 - as HTTP has it
        raise Retryable("RATE_LIMITED")
    if not 400 <= status < 500:  # noqa: PLR2004 - likewise
        raise Retryable("SERVER_ERROR")
    raise Permanent("REJECTED", f"the service answers {status}")
