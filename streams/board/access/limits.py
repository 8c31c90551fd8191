"""What one client may take of the board: the size of a request, the time it takes to send it, the connections."""

from __future__ import annotations

import asyncio
from typing import Any

import h11
from starlette.types import Message, Receive
from uvicorn.protocols.http.h11_impl import H11Protocol

LARGEST_BODY = 1_048_576
_HEAD_S, _BODY_S = 10.0, 30.0
_LARGEST_HEAD = 32_768
_LARGEST_MESSAGE = 262_144
_CONNECTIONS = 2_000


class TooMuch(Exception):
    """A body that is too large."""


class TooSlow(Exception):
    """A body that does not come."""


def limited(receive: Receive, largest: int = LARGEST_BODY, within_s: float = _BODY_S) -> Receive:
    """Return what receives a request body, but raises `TooMuch` or `TooSlow` when it is too large or does not come."""
    size, done, until = 0, False, asyncio.get_running_loop().time() + within_s

    async def receive_some() -> Message:
        nonlocal size, done
        if done:
            return await receive()  # waits until the client goes: no matter how long
        try:
            async with asyncio.timeout_at(until):
                message = await receive()
        except TimeoutError as error:
            raise TooSlow from error
        size += len(message.get("body", b""))
        done = not message.get("more_body", False)
        if size > largest:
            raise TooMuch
        return message

    return receive_some


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
    this machine. Its access log would hold the ids of open pages.
    """
    return {
        "http": BoardProtocol,
        "proxy_headers": False,
        "server_header": False,
        "access_log": False,
        "h11_max_incomplete_event_size": _LARGEST_HEAD,
        "limit_concurrency": _CONNECTIONS,
        "timeout_keep_alive": 10,
        "timeout_graceful_shutdown": 5,
        "ws_max_size": _LARGEST_MESSAGE,
    }
