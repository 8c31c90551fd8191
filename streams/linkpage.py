"""`fenghuo links`: the page behind the links of messages, where their readers sign, or say that an alert is false.

Opening a link does nothing: chat programs open links to show what is behind them. The page asks, and the button acts.
"""

from __future__ import annotations

import asyncio
import html
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import NamedTuple
from zoneinfo import ZoneInfo

from aiohttp import web

from rules.alert import Text
from rules.command import Command, CommandAnswer
from rules.wording import GRADE_NAMES
from streams.errors import BadInput, BrokerUnavailable
from streams.tokens import Token, TokenKeys, command_of, read_token

Act = Callable[[Command], CommandAnswer | None]
"""Sends a command and returns its answer, ``None`` when there was none in time; may block."""

_AT_ONCE = 8
_LARGEST = 1_024
_HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; frame-ancestors 'none'"
    ),
    "Referrer-Policy": "no-referrer",  # the address is the key
    "Cache-Control": "no-store",
    "X-Content-Type-Options": "nosniff",
    "X-Robots-Tag": "noindex",
}
_DOES = {
    "sign": Text("签收", "sign for it"),
    "false": Text("判为误报", "say that it is a false alarm"),
    "confirm": Text("核实属实并发出", "confirm it"),
}
_BAD = {
    "EXPIRED": Text("链接已过期，请在值班系统中处理", "this link has expired"),
    "FORGED": Text("链接无效", "this link is not valid"),
    "MALFORMED": Text("链接不完整，请从消息中重新打开", "this is not a whole link: open it from the message"),
}
_PAGE = """<!doctype html><html lang="zh"><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>烽火</title><style>body{{font:1.2rem/1.6 system-ui,sans-serif;max-width:32rem;margin:3rem auto;padding:0 1rem}}
button{{font:inherit;padding:.8rem 2rem;background:#b3261e;color:#fff;border:0;border-radius:.5rem;width:100%}}
p.en{{color:#555;font-size:1rem}}</style><h1>{zh}</h1><p class="en">{en}</p>{form}</html>"""
_FORM = '<form method="post"><button>{zh} / {en}</button></form>'


class LinkPage:
    """Takes the links of messages.

    Parameters
    ----------
    keys
        What tokens are read with.
    act
        Sends commands.
    clock
        The time, epoch seconds.
    zone
        In which times are told.

    """

    def __init__(self, keys: TokenKeys, act: Act, clock: Callable[[], float], zone: ZoneInfo) -> None:
        self._keys = keys
        self._act = act
        self._clock = clock
        self._zone = zone
        self._turns = asyncio.Semaphore(_AT_ONCE)

    def app(self) -> web.Application:
        """Return the application: the token is the last part of any path."""
        app = web.Application(client_max_size=_LARGEST)
        app.add_routes(
            [web.get("/{path:.*}", self._answering(self._ask)), web.post("/{path:.*}", self._answering(self._do))]
        )
        return app

    def _answering(
        self, step: Callable[[_Link], Awaitable[web.Response]]
    ) -> Callable[[web.Request], Awaitable[web.Response]]:
        async def answer(request: web.Request) -> web.Response:
            text = request.match_info["path"].rpartition("/")[2]
            try:
                token = read_token(text, self._keys, self._clock())
            except BadInput as bad:
                return _page(_BAD.get(bad.reason, _BAD["MALFORMED"]), status=410 if bad.reason == "EXPIRED" else 404)
            return await step(_Link(token, text))

        return answer

    async def _ask(self, link: _Link) -> web.Response:
        """Say what the button does."""
        token, does = link.token, _does(link.token)
        grade, until = GRADE_NAMES[token.grade], datetime.fromtimestamp(token.expires, self._zone)
        said = Text(
            f"{token.recipient}：{does.zh}这条{grade.zh}预警？（编号 {token.alert}，链接 {until:%m-%d %H:%M} 前有效）",
            f"{token.recipient}: {does.en}, the {grade.en} alert {token.alert}? It holds until {until:%m-%d %H:%M}",
        )
        return _page(said, form=_FORM.format(zh=does.zh, en=does.en))

    async def _do(self, link: _Link) -> web.Response:
        """Do it, and say what came of it."""
        command = command_of(link.token, link.text, datetime.fromtimestamp(self._clock(), UTC))
        async with self._turns:
            try:
                answer = await asyncio.to_thread(self._act, command)
            except BrokerUnavailable:
                return _page(Text("系统暂时不可用，请稍后再试", "not available now, try again in a moment"), status=503)
        if answer is None:
            said = Text(
                "已提交，尚未确认，请稍后在值班系统中查看", "sent, and not confirmed yet: look at it in a moment"
            )
            return _page(said, status=202)
        does = _does(link.token)
        if answer.reason:
            return _page(Text(f"未能{does.zh}：{answer.says.zh}", f"not done: {answer.says.en}"), status=409)
        return _page(Text(f"已{does.zh}", f"done: {does.en}"))


class _Link(NamedTuple):
    token: Token
    text: str


def _does(token: Token) -> Text:
    return _DOES.get(token.action, Text(token.action, token.action))


def _page(said: Text, *, form: str = "", status: int = 200) -> web.Response:
    text = _PAGE.format(zh=html.escape(said.zh), en=html.escape(said.en), form=form)
    return web.Response(text=text, content_type="text/html", headers=_HEADERS, status=status)
