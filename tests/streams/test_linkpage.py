"""The page behind the links of messages: what it asks, what it does, and what it refuses."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from aiohttp.test_utils import TestClient, TestServer

from rules.alert import Grade, Text
from rules.command import Command, CommandAnswer
from streams.errors import BrokerUnavailable
from streams.linkpage import LinkPage
from streams.tokens import Token, TokenKeys, issue_token
from tests.builders import T0

KEYS = TokenKeys(b"a key of tests: sixteen bytes")


def a_link(keys: TokenKeys = KEYS, **over: Any) -> str:
    base = {
        "alert": "a1",
        "version": 2,
        "grade": Grade.ORANGE,
        "action": "sign",
        "recipient": "li",
        "expires": int(T0) + 60,
    }
    return issue_token(Token(**{**base, **over}), keys)


def asked(method: str, path: str, answer: Any = None) -> tuple[int, str, dict[str, str], list[Command]]:
    """Status, text and headers of one request, and the commands it led to."""
    given: list[Command] = []

    def act(command: Command) -> CommandAnswer | None:
        given.append(command)
        if isinstance(answer, Exception):
            raise answer
        return answer(command) if answer is not None else None

    async def ask() -> tuple[int, str, dict[str, str]]:
        page = LinkPage(KEYS, act, lambda: T0, ZoneInfo("Asia/Shanghai"))
        async with TestClient(TestServer(page.app())) as client, client.request(method, path) as response:
            return response.status, await response.text(), dict(response.headers)

    return *asyncio.run(ask()), given


def obeyed(command: Command) -> CommandAnswer:
    return CommandAnswer(command=command)


def test_opening_a_link_asks_and_does_nothing() -> None:
    status, text, headers, given = asked("GET", f"/act/{a_link()}", obeyed)
    assert (status, given) == (200, [])
    assert "li：签收这条橙色预警？（编号 a1，链接 01-01 08:01 前有效）" in text
    assert '<form method="post"><button>签收 / sign for it</button></form>' in text
    assert headers["Referrer-Policy"] == "no-referrer"
    assert headers["Cache-Control"] == "no-store"
    assert "default-src 'none'" in headers["Content-Security-Policy"]


def test_the_button_signs_as_the_recipient_and_twice_is_one_command() -> None:
    status, text, _, (command,) = asked("POST", f"/{a_link()}", obeyed)
    assert (status, command.action, command.alert, command.by, command.grade) == (200, "sign", "a1", "li", Grade.ORANGE)
    assert command.at == datetime.fromtimestamp(T0, UTC)
    assert "已签收" in text
    (again,) = asked("POST", f"/{a_link()}", obeyed)[3]
    assert again == command


def test_a_refusal_is_told_with_its_sentence() -> None:
    says = Text("王已于14:02签收", "Wang signed at 14:02")
    refused = asked("POST", f"/{a_link()}", lambda command: CommandAnswer(command=command, reason="SIGNED", says=says))
    assert refused[0] == 409
    assert "未能签收：王已于14:02签收" in refused[1]
    assert "Wang signed at 14:02" in refused[1]


def test_no_answer_and_no_broker_are_not_taken_for_done() -> None:
    assert asked("POST", f"/{a_link()}")[0] == 202
    status, text, _, _ = asked("POST", f"/{a_link()}", BrokerUnavailable("x"))
    assert (status, "系统暂时不可用" in text) == (503, True)


@pytest.mark.parametrize(
    ("path", "status", "says"),
    [
        (a_link(expires=int(T0)), 410, "链接已过期"),
        (a_link(TokenKeys(b"another key, not of this city")), 404, "链接无效"),
        (a_link()[:-1], 404, "链接"),
        ("", 404, "链接不完整"),
        ("<script>alert(1)</script>", 404, "链接不完整"),
        ("x" * 5_000, 404, "链接不完整"),
    ],
)
def test_what_is_no_link_of_ours_does_nothing(path: str, status: int, says: str) -> None:
    for method in ("GET", "POST"):
        got, text, _, given = asked(method, f"/{path}", obeyed)
        assert (got, given) == (status, [])
        assert says in text
        assert "<script>" not in text


def test_names_of_recipients_are_text_and_no_markup() -> None:
    text = asked("GET", f"/{a_link(recipient='<img src=x>')}")[1]
    assert "&lt;img src=x&gt;" in text
    assert "<img" not in text
