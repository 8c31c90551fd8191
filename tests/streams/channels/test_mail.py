"""E-mail through a real SMTP server: what arrives, how it belongs together, and what the server's answers mean."""

from __future__ import annotations

import asyncio
import email
import email.policy
import smtplib
import socket
import ssl
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

from rules.alert import Text
from streams.channels.base import Channel, Permanent, Retryable
from streams.channels.mail import MailSettings, _fail
from tests.builders import a_message, an_alert, an_alert_place, send_through, tools_of
from tests.counterparts import closed_port, dripping_port, silent_port

LINKS = {"sign": "https://x.example/s/abc"}
PASSWORD = "correct horse"  # noqa: S105 - of this test's own server


class Mailbox:
    """Keeps mail, or refuses it at one step as told."""

    def __init__(self, **refusals: str) -> None:
        self.refusals = refusals
        self.kept: list[Envelope] = []

    async def handle_MAIL(  # noqa: N802 - as aiosmtpd calls it
        self, _server: SMTP, _session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        envelope.mail_from = address
        envelope.mail_options.extend(options)
        return self.refusals.get("sender", "250 OK")

    async def handle_RCPT(  # noqa: N802
        self, _server: SMTP, _session: Session, envelope: Envelope, address: str, _options: list[str]
    ) -> str:
        envelope.rcpt_tos.append(address)
        return self.refusals.get("recipient", "250 OK")

    async def handle_DATA(self, _server: SMTP, _session: Session, envelope: Envelope) -> str:  # noqa: N802
        self.kept.append(envelope)
        return self.refusals.get("data", "250 queued")

    @property
    def mails(self) -> list[EmailMessage]:
        return [email.message_from_bytes(one.content or b"", policy=email.policy.default) for one in self.kept]  # type: ignore[arg-type, misc]


@contextmanager
def a_server(mailbox: Mailbox, **options: Any) -> Iterator[int]:
    controller = Controller(mailbox, hostname="127.0.0.1", port=closed_port(), **options)
    controller.start()
    try:
        yield controller.port
    finally:
        controller.stop()


def a_channel(port: int, *, password: str = "", **settings: Any) -> Channel:
    given = {"host": "127.0.0.1", "port": port, "sender": "duty@city.example", "security": "none", "timeout_s": 5.0}
    return MailSettings(**{**given, **settings}).open("mail", tools_of(password=password))


def test_a_mail_has_text_and_html_in_chinese_and_names_what_it_belongs_to() -> None:
    mailbox = Mailbox()
    first = a_message(address="zhang@city.example", links=LINKS)
    second = a_message(an_alert(version=2, change="closed"), what="resolved", address="zhang@city.example")
    with a_server(mailbox) as port:
        receipts = send_through(a_channel(port), first, first, second)
    assert [one.rcpt_tos for one in mailbox.kept] == [["zhang@city.example"]] * 3
    assert mailbox.kept[0].mail_from == "duty@city.example"
    mail, again, closed = mailbox.mails
    assert mail["Subject"] == "【橙色·新发】燃气泄漏｜河东街道·幸福里小区（网格HD-07）"
    assert mail["Date"] == "Thu, 01 Jan 2026 00:00:00 +0000"
    assert mail["From"] == "Fenghuo <duty@city.example>"
    assert mail["Message-ID"] == again["Message-ID"] == receipts[0].detail
    assert closed["Message-ID"] != mail["Message-ID"]
    assert closed["References"] == mail["References"] != mail["Message-ID"]
    plain, page = mail.get_body(("plain",)), mail.get_body(("html",))
    assert plain is not None
    assert page is not None
    assert "主责：区城管局｜请 00:30前签收" in plain.get_content()
    assert "<b>00:30前签收</b>" in page.get_content()
    assert '<a href="https://x.example/s/abc">签收</a>' in page.get_content()


def test_a_line_break_in_a_name_makes_no_header() -> None:
    mailbox = Mailbox()
    alert = an_alert(
        place=an_alert_place(name="小区\r\nBcc: all@city.example\r\n\r\nhello"), title=Text("燃气\nX-A: b", "")
    )
    with a_server(mailbox) as port:
        send_through(a_channel(port), a_message(alert, address="zhang@city.example"))
    (mail,) = mailbox.mails
    assert mail["Bcc"] is None
    assert mail["X-A"] is None
    assert (
        "小区 Bcc: all＠city.example hello" in mail["Subject"] or "小区 Bcc: all@city.example hello" in mail["Subject"]
    )


@pytest.mark.parametrize(
    "address", ["", "zhang", "a@b@c", "a b@c.example", "a@c.example\nRCPT TO:<x@y.example>", "张@c.cn"]
)
def test_what_is_no_address_is_not_tried(address: str) -> None:
    with pytest.raises(Permanent) as caught:
        send_through(a_channel(closed_port()), a_message(address=address))
    assert caught.value.reason == "BAD_ADDRESS"
    assert not address or address not in str(caught.value)


@pytest.mark.parametrize(
    ("step", "reply", "kind", "reason"),
    [
        ("recipient", "550 5.1.1 zhang@city.example: no such user", Permanent, "BAD_ADDRESS"),
        ("recipient", "450 4.2.0 greylisted", Retryable, "SERVER_ERROR"),
        ("sender", "550 5.7.1 not allowed", Permanent, "CONFIGURATION"),
        ("sender", "451 4.3.0 try later", Retryable, "SERVER_ERROR"),
        ("data", "552 5.3.4 too big", Permanent, "TOO_LONG"),
        ("data", "554 5.7.1 looks like spam", Permanent, "REJECTED"),
        ("data", "451 4.7.1 too many messages", Retryable, "RATE_LIMITED"),
        ("data", "452 4.2.2 full", Retryable, "SERVER_ERROR"),
    ],
)
def test_every_reply_is_told_apart(step: str, reply: str, kind: type[Permanent | Retryable], reason: str) -> None:
    with a_server(Mailbox(**{step: reply})) as port, pytest.raises(kind) as caught:
        send_through(a_channel(port), a_message(address="zhang@city.example"))
    assert caught.value.reason == reason
    assert "zhang@city.example" not in str(caught.value)


def test_nobody_there_and_nobody_answering_pass() -> None:
    with pytest.raises(Retryable) as caught:
        send_through(a_channel(closed_port()), a_message(address="zhang@city.example"))
    assert caught.value.reason == "CONNECTION"
    with silent_port() as port, pytest.raises(Retryable) as caught:
        send_through(a_channel(port, timeout_s=0.3), a_message(address="zhang@city.example"))
    assert caught.value.reason == "TIMEOUT"


def test_silence_in_the_middle_of_a_talk_is_a_timeout_too() -> None:
    gone = smtplib.SMTPServerDisconnected("Connection unexpectedly closed: timed out")
    gone.__context__ = TimeoutError()  # as smtplib raises it
    with pytest.raises(Retryable) as caught:
        _fail(gone)
    assert caught.value.reason == "TIMEOUT"


def test_a_server_that_never_comes_to_the_end_of_a_line_keeps_neither_the_caller_nor_the_process() -> None:
    async def five_at_once(channel: Channel) -> list[str]:
        message = a_message(address="zhang@city.example")
        tried = await asyncio.gather(*(channel.send(message) for _ in range(5)), return_exceptions=True)
        await channel.close()
        return [str(one) for one in tried]

    with dripping_port() as port:
        began = time.monotonic()
        assert asyncio.run(five_at_once(a_channel(port, timeout_s=0.5))) == ["TIMEOUT"] * 5
        assert time.monotonic() - began < 5
        stuck = [thread for thread in threading.enumerate() if thread.name == "channel-mail"]
        assert len(stuck) <= 4
        assert all(thread.daemon for thread in stuck)


@pytest.mark.parametrize(("said", "reason"), [(b"HTTP/1.1 400 Bad Request\r\n\r\n", "GARBAGE"), (b"", "CONNECTION")])
def test_what_is_no_mail_server_passes(said: bytes, reason: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:

        def once() -> None:
            connection, _ = server.accept()
            with connection:
                connection.sendall(said)

        thread = threading.Thread(target=once)
        thread.start()
        with pytest.raises(Retryable) as caught:
            send_through(a_channel(server.getsockname()[1]), a_message(address="zhang@city.example"))
        thread.join()
    assert caught.value.reason == reason


def test_a_server_that_cannot_encrypt_gets_nothing() -> None:
    mailbox = Mailbox()
    with a_server(mailbox) as port, pytest.raises(Permanent) as caught:
        send_through(a_channel(port, security="starttls"), a_message(address="zhang@city.example"))
    assert caught.value.reason == "CONFIGURATION"
    assert not mailbox.kept


def logs_in(_server: object, _session: object, _envelope: object, _mechanism: str, data: object) -> AuthResult:
    known = isinstance(data, LoginPassword) and (data.login, data.password) == (b"duty", PASSWORD.encode())
    return AuthResult(success=known, handled=False)


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A certificate of the host localhost, with its key in the same file."""
    folder = tmp_path_factory.mktemp("tls")
    key, chain = folder / "key.pem", folder / "cert.pem"
    subject = ["-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost"]
    command = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-keyout", key, "-out", chain]
    subprocess.run([*command, *subject], check=True, capture_output=True)
    chain.write_text(chain.read_text() + key.read_text())
    return chain


@pytest.mark.parametrize(("password", "reason"), [(PASSWORD, None), ("wrong", "CONFIGURATION")])
def test_a_password_goes_over_an_encrypted_line_and_a_wrong_one_is_said_to_be(
    certificate: Path, monkeypatch: pytest.MonkeyPatch, password: str, reason: str | None
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    mailbox = Mailbox()
    options = {"tls_context": context, "require_starttls": True, "authenticator": logs_in}
    with a_server(mailbox, **options) as port:
        channel = a_channel(port, host="localhost", security="starttls", user="duty", password=password)
        if reason is None:
            send_through(channel, a_message(address="zhang@city.example"))
            assert len(mailbox.kept) == 1
            return
        with pytest.raises(Permanent) as caught:
            send_through(channel, a_message(address="zhang@city.example"))
    assert caught.value.reason == reason
    assert password not in str(caught.value)
    assert not mailbox.kept


def test_a_certificate_nobody_vouches_for_gets_no_password(certificate: Path) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    mailbox = Mailbox()
    with a_server(mailbox, tls_context=context) as port, pytest.raises(Retryable) as caught:
        send_through(
            a_channel(port, host="localhost", security="starttls", user="duty", password=PASSWORD),
            a_message(address="zhang@city.example"),
        )
    assert caught.value.reason == "CONNECTION"
    assert not mailbox.kept
