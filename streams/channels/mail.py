"""E-mail over SMTP, as text and HTML.

Written here because Apprise (2.2) says only that sending failed, not whether the address is wrong (550) or the server
busy (451), and gives no message the identity by which mail programs know a repetition and what belongs together.
"""

from __future__ import annotations

import contextlib
import hashlib
import re
import smtplib
import ssl
import time
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime, formataddr
from typing import Annotated, ClassVar, Literal, NoReturn

import msgspec

from rules.alert import Grade
from streams.channels.base import Message, Permanent, Receipt, Retryable
from streams.channels.robot import composed
from streams.channels.settings import ChannelSettings, Port, Secret, Tools
from streams.channels.threads import Threads
from streams.intake.masking import mask
from streams.messages.forms import HTML, TEXT

_BYTES = 200_000
_ADDRESS = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@[A-Za-z0-9](?:[A-Za-z0-9.-]{0,252}[A-Za-z0-9])?")
_COLOURS = {Grade.RED: "#d7191c", Grade.ORANGE: "#f58518", Grade.YELLOW: "#e6b800", Grade.BLUE: "#2c7bb6"}
_PAGE = (
    '<!DOCTYPE html><html><head><meta charset="utf-8"></head><body>'
    '<div style="border-left:6px solid {colour};padding:2px 14px;font-family:sans-serif;line-height:1.5">{text}</div>'
    "</body></html>"
)
_FULL = {552, 523}
_PERMANENT = 500
_SAID = 200

MailAddress = Annotated[str, msgspec.Meta(min_length=3, max_length=320)]


class MailSettings(ChannelSettings, frozen=True, kw_only=True):
    """A mail server.

    Parameters
    ----------
    host, port
        Where it is; by default the port that goes with `security`: 587, 465 or 25.
    security
        ``starttls``, ``tls`` from the first byte, or ``none``.
    sender, sender_name
        Address and name messages come from.
    user
        Name to log in with, empty for none.
    password_from, password_file
        Its password.

    """

    type: ClassVar[str] = "email"
    secrets: ClassVar[Mapping[str, bool]] = {"password": False}

    host: str
    sender: MailAddress
    sender_name: str = "Fenghuo"
    port: Port | None = None
    security: Literal["starttls", "tls", "none"] = "starttls"
    user: str = ""
    password_from: str = ""
    password_file: str = ""

    def faults(self, secrets: Mapping[str, Secret]) -> Iterator[tuple[str, str]]:
        """Yield addresses that are none, and a login by halves or in the open."""
        if not _ADDRESS.fullmatch(self.sender):
            yield "sender", "is no e-mail address"
        if not self.host or any(one.isspace() for one in self.host):
            yield "host", "is no host name"
        if bool(self.user) != bool(secrets["password"]):
            yield "user", "a login needs both user and password_from (or password_file)"
        if self.user and self.security == "none":
            yield "security", "a password must not go out in the open: use starttls or tls"

    def open(self, name: str, tools: Tools) -> Mail:
        """Return the channel."""
        return Mail(name, self, tools)


class Mail:
    """Sends to the address of the recipient; versions of an alert stand together in a mail program."""

    def __init__(self, name: str, settings: MailSettings, tools: Tools) -> None:
        self.name = name
        self.per_minute = settings.per_minute
        self._settings = settings
        self._password = tools.secrets["password"]
        self._composer, self._now = tools.composer, tools.now
        self._threads = Threads(name, settings.timeout_s)

    async def send(self, message: Message) -> Receipt:
        """Send."""
        address = message.recipient.address
        if not _ADDRESS.fullmatch(address):
            raise Permanent("BAD_ADDRESS", f"recipient {message.recipient.id} has no e-mail address")
        mail, shortened = self._written(message)
        await self._threads.run(lambda: self._deliver(mail, address))
        return Receipt(detail=str(mail["Message-ID"]), shortened=shortened)

    def _written(self, message: Message) -> tuple[EmailMessage, bool]:
        text = composed(self._composer, message, TEXT, _BYTES)
        page = composed(self._composer, message, HTML, _BYTES)
        grade = max((alert.grade for alert in message.alerts), key=lambda one: one.rank, default=Grade.BLUE)
        mail = EmailMessage(policy=SMTP)
        mail["Subject"] = text.title
        mail["From"] = formataddr((self._settings.sender_name, self._settings.sender))
        mail["To"] = message.recipient.address
        mail["Date"] = format_datetime(datetime.fromtimestamp(self._now(), UTC))
        mail["Message-ID"] = self._id(message.key)
        if len(message.alerts) == 1:
            mail["References"] = self._id(f"{message.alerts[0].id}/{message.recipient.id}")
        mail["Auto-Submitted"] = "auto-generated"
        mail.set_content(text.text, cte="base64")
        mail.add_alternative(_PAGE.format(colour=_COLOURS[grade], text=page.text), subtype="html", cte="base64")
        return mail, text.shortened or page.shortened

    def _id(self, key: str) -> str:
        digest = hashlib.sha256(key.encode()).hexdigest()[:32]
        return f"<{digest}@{self._settings.sender.rpartition('@')[2]}>"

    def _deliver(self, mail: EmailMessage, address: str) -> None:
        deadline = time.monotonic() + self._settings.timeout_s
        try:
            server = self._connected(deadline)
        except (OSError, smtplib.SMTPException) as error:
            _fail(error)
        try:
            self._hand_over(server, mail, address, deadline)
        except (OSError, smtplib.SMTPException) as error:
            server.close()
            _fail(error)
        with contextlib.suppress(OSError, smtplib.SMTPException):  # it was taken: how it says goodbye is all the same
            server.quit()
        server.close()

    def _connected(self, deadline: float) -> smtplib.SMTP:
        kind, host, security = smtplib.SMTP, self._settings.host, self._settings.security
        port = self._settings.port or {"starttls": 587, "tls": 465, "none": 25}[security]
        if security == "tls":
            return smtplib.SMTP_SSL(host, port, timeout=_left(deadline), context=ssl.create_default_context())
        return kind(host, port, timeout=_left(deadline))

    def _hand_over(self, server: smtplib.SMTP, mail: EmailMessage, address: str, deadline: float) -> None:
        def within() -> smtplib.SMTP:
            if server.sock is not None:
                server.sock.settimeout(_left(deadline))
            return server

        if self._settings.security == "starttls":
            within().starttls(context=ssl.create_default_context())
        if self._settings.user:
            within().login(self._settings.user, self._password.reveal())
        within().sendmail(self._settings.sender, [address], mail.as_bytes())

    async def close(self) -> None:
        """Nothing is kept between messages."""


def _left(deadline: float) -> float:
    """Return the seconds left."""
    left = deadline - time.monotonic()
    if left <= 0:
        raise TimeoutError
    return left


def _fail(error: OSError | smtplib.SMTPException) -> NoReturn:
    """Raise what an error of a mail server means."""
    match error:
        case smtplib.SMTPRecipientsRefused():
            code, said = next(iter(error.recipients.values()))
            _refuse(code, said, "BAD_ADDRESS")
        case smtplib.SMTPAuthenticationError() | smtplib.SMTPSenderRefused() | smtplib.SMTPHeloError():
            _refuse(error.smtp_code, error.smtp_error, "CONFIGURATION")
        case smtplib.SMTPResponseException():
            _refuse(error.smtp_code, error.smtp_error, "REJECTED")
        case smtplib.SMTPNotSupportedError():
            raise Permanent("CONFIGURATION", "the mail server cannot do what the settings ask for") from None
        case TimeoutError() | smtplib.SMTPServerDisconnected(__context__=TimeoutError()):
            raise Retryable("TIMEOUT") from None
        case _:
            raise Retryable("CONNECTION") from None


def _refuse(code: int, said: bytes | str, reason: Literal["BAD_ADDRESS", "CONFIGURATION", "REJECTED"]) -> NoReturn:
    """Raise what a mail server's code means: 4xx passes, 5xx does not."""
    text = said.decode(errors="replace") if isinstance(said, bytes) else said
    if code < 400:  # noqa: PLR2004 - smtplib says -1 for what is no reply
        raise Retryable("GARBAGE") from None
    if code < _PERMANENT:
        raise Retryable("RATE_LIMITED" if re.match(r"4\.7\.", text) else "SERVER_ERROR") from None
    raise Permanent("TOO_LONG" if code in _FULL else reason, f"{code} {mask(' '.join(text.split()))[:_SAID]}") from None
