"""ntfy, and what goes through Apprise: what is sent, what failures mean, and what must not get out."""

from __future__ import annotations

import logging
from typing import Any

import pytest

from streams.channels.apprise_urls import AppriseSettings
from streams.channels.base import Channel, Permanent, Retryable
from streams.channels.ntfy import NtfySettings
from tests.builders import a_message, an_alert, send_through, tools_of
from tests.counterparts import HttpCounterpart, Reply, closed_port

LINKS = {"sign": "https://x.example/s/abc", "open": "https://x.example/a/1"}
TOKEN = "tk_AgQdq7mVBoFD37zQVN29RhuMzNIz2"  # noqa: S105 - of no server


def an_ntfy(url: str, *, token: str = "", **settings: Any) -> Channel:
    return NtfySettings(url=url, timeout_s=1.0, **settings).open("phones", tools_of(token=token))


def an_apprise(url: str, **settings: Any) -> Channel:
    return AppriseSettings(**{"timeout_s": 1.0, **settings}).open("sms", tools_of(url=url))


def test_ntfy_gets_title_text_and_an_urgency() -> None:
    with HttpCounterpart() as server:
        send_through(an_ntfy(server.url, token=TOKEN, topic="duty"), a_message(links=LINKS))
    (request,) = server.requests
    assert (request.method, request.target) == ("POST", "/")
    assert request.headers["authorization"] == f"Bearer {TOKEN}"
    content = request.json
    assert content["topic"] == "duty"
    assert content["title"] == "【橙色·新发】燃气泄漏｜河东街道·幸福里小区（网格HD-07）"
    assert content["message"].startswith("00:00，12345 1起；常态 0.1起/日\n")
    assert content["priority"] == 4
    assert content["click"] == "https://x.example/a/1"


def test_the_address_of_a_recipient_is_a_topic_of_ntfy_and_nothing_else() -> None:
    with HttpCounterpart() as server:
        send_through(an_ntfy(server.url), a_message(an_alert(grade="red"), address="street-hd"))
        with pytest.raises(Permanent) as caught:
            send_through(an_ntfy(server.url), a_message(address="../admin"))
    assert [(one.json["topic"], one.json["priority"]) for one in server.requests] == [("street-hd", 5)]
    assert caught.value.reason == "BAD_ADDRESS"


@pytest.mark.parametrize(
    ("reply", "kind", "reason"),
    [
        (Reply(429, body=b'{"code":42901,"http":429}', headers={"Retry-After": "5"}), Retryable, "RATE_LIMITED"),
        (Reply(507), Retryable, "SERVER_ERROR"),
        (Reply(403, body=b'{"code":40301}'), Permanent, "CONFIGURATION"),
        (Reply(413), Permanent, "TOO_LONG"),
        (Reply(silent=True), Retryable, "TIMEOUT"),
    ],
)
def test_answers_of_ntfy_are_told_apart(reply: Reply, kind: type[Permanent | Retryable], reason: str) -> None:
    with HttpCounterpart(reply) as server, pytest.raises(kind) as caught:
        send_through(an_ntfy(server.url, topic="duty"), a_message())
    assert caught.value.reason == reason


def test_a_gateway_that_apprise_speaks_to_gets_a_short_text_with_the_number_of_the_recipient() -> None:
    with HttpCounterpart() as server:
        channel = an_apprise(f"json://127.0.0.1:{server.port}/{{address}}", format="sms")
        (receipt,) = send_through(channel, a_message(address="+8613800000000", links={"sign": "https://t.cn/Ab1"}))
    (request,) = server.requests
    assert request.path == "/+8613800000000"
    message = request.json["message"]
    assert message == "橙色·新发：燃气泄漏｜河东街道·幸福里小区 12345 1起 请00:30前签收 https://t.cn/Ab1"
    assert len(message) <= 70
    assert receipt.detail == "accepted"


@pytest.mark.parametrize(
    ("format_", "begins"),
    [("text", "00:00，12345 1起"), ("markdown", "00:00，12345 1起"), ("html", "<p>00:00，12345 1起")],
)
def test_longer_forms_carry_the_first_line_as_title(format_: str, begins: str) -> None:
    with HttpCounterpart() as server:
        send_through(an_apprise(f"json://127.0.0.1:{server.port}/", format=format_), a_message())
    content = server.requests[0].json
    assert content["title"] == "【橙色·新发】燃气泄漏｜河东街道·幸福里小区（网格HD-07）"
    assert content["message"].startswith(begins)
    assert content["type"] == "warning"


@pytest.mark.parametrize(
    ("reply", "kind", "reason"),
    [
        (Reply(429), Retryable, "RATE_LIMITED"),
        (Reply(500), Retryable, "SERVER_ERROR"),
        (Reply(404), Permanent, "REJECTED"),
        (Reply(302, headers={"Location": "/elsewhere"}), Retryable, "SERVER_ERROR"),
        (Reply(raw=b""), Retryable, "CONNECTION"),
        (Reply(silent=True), Retryable, "TIMEOUT"),
        (Reply(drip=True), Retryable, "TIMEOUT"),
    ],
)
def test_failures_of_apprise_are_told_apart_as_far_as_its_log_lets_them(
    reply: Reply, kind: type[Permanent | Retryable], reason: str
) -> None:
    with HttpCounterpart(reply) as server, pytest.raises(kind) as caught:
        send_through(an_apprise(f"json://127.0.0.1:{server.port}/"), a_message())
    assert caught.value.reason == reason
    assert len(server.requests) == 1, "a redirect is not followed"


def test_a_closed_port_passes_and_a_missing_address_does_not() -> None:
    with pytest.raises(Retryable) as caught:
        send_through(an_apprise(f"json://127.0.0.1:{closed_port()}/"), a_message())
    assert caught.value.reason == "CONNECTION"
    with pytest.raises(Permanent) as refused:
        send_through(an_apprise("json://127.0.0.1/{address}"), a_message())
    assert refused.value.reason == "BAD_ADDRESS"


def test_the_log_of_apprise_which_repeats_urls_and_addresses_goes_nowhere(
    caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    with caplog.at_level(logging.DEBUG), HttpCounterpart(Reply(404)) as server, pytest.raises(Permanent):
        send_through(
            an_apprise(f"json://duty:{TOKEN}@127.0.0.1:{server.port}/{{address}}"), a_message(address="13800000000")
        )
    out, err = capfd.readouterr()
    for hidden in (TOKEN, "13800000000"):
        assert hidden not in caplog.text + out + err
