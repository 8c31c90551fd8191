"""What open pages say: who is signed in no more is heard no more, and cut off; nobody speaks for somebody else."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import suppress
from urllib.parse import parse_qs

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from streams.board.access.packets import read_packet, read_packets
from streams.board.access.sessions import Session
from streams.board.access.visit import find_visit
from streams.logs import log

_PARAMETERS = 50
_LOOK_S = 2.0
_TO_LEAVE_S = 6.0
"""So long an open page has to hear that its session has ended (`streams.board.access.following`)."""
POLICY_VIOLATION = 1008


def account_of_page(id_: str) -> str | None:
    """Return whose page this is, empty when nobody's, ``None`` when there is no such page."""
    from nicegui import Client  # noqa: PLC0415 - who only hashes a password does without NiceGUI

    client = Client.instances.get(id_)
    if client is None:
        return None
    visit = find_visit(client.request)
    return visit.session.account if visit is not None and visit.session is not None else ""


class Channel:
    """What somebody's browser sends from open pages.

    Parameters
    ----------
    session
        As whom he is signed in.
    alive
        Tells whether the session lasts.
    touch
        Is told when he does something.

    """

    def __init__(self, session: Session, alive: Callable[[], bool], touch: Callable[[], None]) -> None:
        self._session = session
        self._alive = alive
        self._touch = touch

    def may_open(self, scope: Scope) -> bool:
        """Tell whether the page a connection is opened for is his own; if there is none NiceGUI says so."""
        try:
            query = parse_qs(scope["query_string"].decode("latin-1"), max_num_fields=_PARAMETERS)
        except ValueError:
            return False
        return all(self._owns(page) for page in query.get("client_id", []))

    async def serve(self, app: ASGIApp, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve a websocket until it is closed."""
        sending = _Sending(send)

        async def receive_allowed() -> Message:
            while True:
                message = await receive()
                if message["type"] != "websocket.receive" or self._passes(message.get("text")):
                    return message

        watch = asyncio.create_task(self._watch(sending))
        try:
            await app(scope, receive_allowed, sending)
        finally:
            watch.cancel()
            with suppress(asyncio.CancelledError):
                await watch

    def polled(self, app: ASGIApp) -> ASGIApp:
        """Return the application behind a check of what one request sends, for browsers without a websocket."""

        async def serve(scope: Scope, receive: Receive, send: Send) -> None:
            async def receive_allowed() -> Message:
                message = await receive()
                if message["type"] != "http.request" or not message.get("body"):
                    return message
                body, more = message["body"], message.get("more_body", False)
                while more:
                    message = await receive()
                    body += message.get("body", b"")
                    more = message.get("more_body", False)
                texts = [text for text in read_packets(body) if self._passes(text)]
                return {"type": "http.request", "body": "\x1e".join(texts).encode(), "more_body": False}

            await app(scope, receive_allowed, send)

        return serve

    def _passes(self, text: str | None) -> bool:
        if text is None or text.startswith("b"):
            return self._alive()  # an attachment of the event before
        packet = read_packet(text)
        if packet is None:
            return False
        if not packet.name:
            return True
        if not self._alive() or not self._owns(packet.page):
            return False
        if packet.done_by_hand:
            self._touch()
        return True

    def _owns(self, page: str) -> bool:
        owner = account_of_page(page) if page else None
        if owner is None or owner == self._session.account:
            return True
        log.warning("%s was refused to speak for a page of somebody else", self._session.account)
        return False

    async def _watch(self, sending: _Sending) -> None:
        """Close the websocket some seconds after the session has ended."""
        while self._alive():  # noqa: ASYNC110 - files and clocks are looked at, nobody tells
            await asyncio.sleep(_LOOK_S)
        await asyncio.sleep(_TO_LEAVE_S)
        with suppress(RuntimeError):  # closed by the other side meanwhile
            await sending({"type": "websocket.close", "code": POLICY_VIOLATION, "reason": "signed out"})


class _Sending:
    """Sends until the websocket is closed, and nothing after."""

    def __init__(self, send: Send) -> None:
        self._send = send
        self._closed = False

    async def __call__(self, message: Message) -> None:
        if self._closed:
            return
        self._closed = message["type"] == "websocket.close"
        await self._send(message)
