"""Open websockets: who is no longer signed in is heard no more, is told, and is cut off."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import suppress

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from streams.board.access.packets import Packet, read_packet

_LOOK_S = 2.0
_TO_LEAVE_S = 6.0
"""So long an open page has to hear that its session has ended (`streams.board.access.following`)."""
POLICY_VIOLATION = 1008

Heard = Callable[[Packet], bool]
"""Tells whether a packet may pass; is told of each."""


class WatchedSocket:
    """One websocket between a browser and the application.

    Parameters
    ----------
    receive, send
        Of the websocket.
    alive
        Tells whether its session lasts.
    heard
        Tells whether a packet may pass.

    """

    def __init__(self, receive: Receive, send: Send, alive: Callable[[], bool], heard: Heard) -> None:
        self._receive = receive
        self._send = send
        self._alive = alive
        self._heard = heard
        self._closed = False

    async def run(self, app: ASGIApp, scope: Scope) -> None:
        """Serve the websocket until it is closed."""
        watch = asyncio.create_task(self._watch())
        try:
            await app(scope, self._receive_allowed, self._send_open)
        finally:
            watch.cancel()
            with suppress(asyncio.CancelledError):
                await watch

    async def _receive_allowed(self) -> Message:
        while True:
            message = await self._receive()
            if message["type"] != "websocket.receive" or self._passes(message):
                return message

    def _passes(self, message: Message) -> bool:
        text = message.get("text")
        if text is None:
            return self._alive()  # an attachment of the event before
        packet = read_packet(text)
        if packet is None:
            return False
        return not packet.name or (self._alive() and self._heard(packet))

    async def _send_open(self, message: Message) -> None:
        if self._closed:
            return
        self._closed = message["type"] == "websocket.close"
        await self._send(message)

    async def _watch(self) -> None:
        """Close the websocket some seconds after the session has ended."""
        while self._alive():
            await asyncio.sleep(_LOOK_S)
        await asyncio.sleep(_TO_LEAVE_S)
        with suppress(RuntimeError):  # closed by the other side meanwhile
            await self._send_open({"type": "websocket.close", "code": POLICY_VIOLATION, "reason": "signed out"})
