"""Makes open pages whose visitor is signed in no more load themselves again, and so come to the page to sign in.

A page that is merely refused its websocket, after the board was started again, or while its account was taken away,
would try for ever and say nothing but that the connection is lost. NiceGUI's pages load themselves again when the
server answers as it does for a page it does not know; nothing else is said to whoever asks.
"""

from __future__ import annotations

import asyncio

from starlette.responses import PlainTextResponse
from starlette.types import Receive, Scope, Send

from streams.board.access.sockets import POLICY_VIOLATION

_PATIENCE_S = 5.0
_OPEN = '0{"sid":"turned-away","upgrades":[],"pingInterval":25000,"pingTimeout":20000,"maxPayload":1000}'
_CONNECT = "40"
_LOAD_AGAIN = '44{"message":"Implicit handshake failed"}'


async def turn_away(scope: Scope, receive: Receive, send: Send) -> None:
    """Answer a connection of an open page, by websocket or by polling, so that the page loads itself again."""
    if scope["type"] == "websocket":
        await _by_websocket(receive, send)
        return
    said = "ok" if scope["method"] == "POST" else _LOAD_AGAIN if b"sid=" in scope["query_string"] else _OPEN
    await PlainTextResponse(said)(scope, receive, send)


async def _by_websocket(receive: Receive, send: Send) -> None:
    await receive()  # that somebody connects
    await send({"type": "websocket.accept"})
    await send({"type": "websocket.send", "text": _OPEN})
    try:
        async with asyncio.timeout(_PATIENCE_S):
            message = await receive()
    except TimeoutError:
        message = {"type": "websocket.receive"}
    if message["type"] == "websocket.disconnect":
        return
    if (message.get("text") or "").startswith(_CONNECT):
        await send({"type": "websocket.send", "text": _LOAD_AGAIN})
    await send({"type": "websocket.close", "code": POLICY_VIOLATION, "reason": "signed out"})
