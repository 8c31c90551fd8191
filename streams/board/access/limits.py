"""What one client may take of the board: the size of a request, the time it takes to send it, the connections."""

from __future__ import annotations

import asyncio
from typing import Any

import h11
from starlette.types import Message, Receive, Scope
from uvicorn.protocols.http.h11_impl import H11Protocol

LARGEST_BODY = 1_048_576
_HEAD_S, _BODY_S = 10.0, 30.0
_LARGEST_HEAD = 32_768
_LARGEST_MESSAGE = 262_144
_CONNECTIONS = 2_000


class BodyRefused(Exception):
    """A request body is too large, or does not come; the status says which."""

    def __init__(self, status: int) -> None:
        super().__init__(status)
        self.status = status


class Body:
    """The body of one request, within a size and a time.

    Parameters
    ----------
    receive
        Of the request.
    largest, within_s
        Bytes and seconds it may take.

    Attributes
    ----------
    fault
        The status it is refused with, 0 while it is good. An application may make something else of the exception.
    gone
        The client went before all of it had come.

    """

    def __init__(self, receive: Receive, largest: int = LARGEST_BODY, within_s: float = _BODY_S) -> None:
        self._receive = receive
        self._left = largest
        self._largest = largest
        self._until = asyncio.get_running_loop().time() + within_s
        self._complete = False
        self.fault = 0
        self.gone = False

    def announced(self, scope: Scope) -> int:
        """Return the status a request is refused with for what it announces, 0 when that is little enough."""
        lengths = [value for name, value in scope["headers"] if name == b"content-length"]
        return 413 if any(not value.isdigit() or int(value[:20]) > self._largest for value in lengths) else 0

    async def receive(self) -> Message:
        """Receive the next part."""
        if self._complete:
            return await self._receive()  # waits until the client goes, however long
        try:
            async with asyncio.timeout_at(self._until):
                message = await self._receive()
        except TimeoutError as error:
            self.fault = 408
            raise BodyRefused(self.fault) from error
        self.gone = message["type"] == "http.disconnect"
        self._left -= len(message.get("body", b""))
        self._complete = not message.get("more_body", False)
        if self._left < 0:
            self.fault = 413
            raise BodyRefused(self.fault)
        return message


class BoardProtocol(H11Protocol):
    """HTTP as uvicorn speaks it, but a client that does not send its request in time is cut off (slow loris)."""

    def __init__(self, *args: Any, **more: Any) -> None:  # noqa: ANN401 - as uvicorn makes it
        super().__init__(*args, **more)
        self._head_timer: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Start to wait for a request."""
        super().connection_made(transport)
        self._mind_the_head()

    def data_received(self, data: bytes) -> None:
        """Go on to wait, or stop: the head of a request is complete."""
        super().data_received(data)
        self._mind_the_head()

    def connection_lost(self, exc: Exception | None) -> None:
        """Stop to wait."""
        self._stop_waiting()
        super().connection_lost(exc)

    def send_400_response(self, msg: str) -> None:
        """Say that these bytes are no HTTP; whoever works on the request they belong to says nothing more."""
        cycle = self.cycle
        if cycle is not None and not cycle.response_complete:
            cycle.disconnected = True
            cycle.message_event.set()
            if cycle.response_started:
                self.transport.close()
                return
        try:
            super().send_400_response(msg)
        except h11.LocalProtocolError:  # to a HEAD a body, after a whole answer another one: neither may be sent
            self.transport.close()

    def _mind_the_head(self) -> None:
        if self.conn.their_state is not h11.IDLE or self.transport.is_closing():
            self._stop_waiting()
        elif self._head_timer is None:
            self._head_timer = self.loop.call_later(_HEAD_S, self._cut_off)

    def _stop_waiting(self) -> None:
        if self._head_timer is not None:
            self._head_timer.cancel()
            self._head_timer = None

    def _cut_off(self) -> None:
        self._head_timer = None
        if self.conn.their_state is h11.IDLE:
            self.transport.close()


def uvicorn_options() -> dict[str, Any]:
    """Return how uvicorn is to serve the board.

    Proxies are believed by `streams.board.access.proxies` only, which knows whom: uvicorn would believe everybody on
    this machine. What it logs of connections would hold the ids of open pages.
    """
    return {
        "http": BoardProtocol,
        "proxy_headers": False,
        "server_header": False,
        "access_log": False,
        "log_level": "warning",
        "h11_max_incomplete_event_size": _LARGEST_HEAD,
        "limit_concurrency": _CONNECTIONS,
        "timeout_keep_alive": 10,
        "timeout_graceful_shutdown": 2,
        "ws_max_size": _LARGEST_MESSAGE,
    }
