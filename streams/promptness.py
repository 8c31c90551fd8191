"""Servers that wait for nobody: who opens a connection sends the head of his request in time, or is cut off.

aiohttp waits for ever, so that a few hundred connections that say nothing would take all there can be (slow loris).
"""

from __future__ import annotations

import asyncio
import logging
from typing import Any, cast

from aiohttp import web
from aiohttp.http_exceptions import HttpProcessingError

HEAD_S = 10.0
MOST_CONNECTIONS = 500
_END_OF_HEAD = b"\r\n\r\n"


class PromptRunner(web.AppRunner):
    """Runs an application for clients that send their requests in time, `MOST_CONNECTIONS` of them at once."""

    def __init__(self, app: web.Application) -> None:
        super().__init__(app, access_log=None)
        logging.getLogger("aiohttp.server").addFilter(_is_ours)

    @property
    def server(self) -> Any:  # noqa: ANN401 - sites take whatever makes a protocol
        """What makes the protocol of a connection."""
        made = super().server
        if made is None:
            return None
        there: set[_Prompt] = set()
        return lambda: _Prompt(made(), there)


def _is_ours(record: logging.LogRecord) -> bool:
    """Tell whether a record is about more than bytes that are no HTTP: anybody could fill the log with these."""
    return not (record.exc_info and isinstance(record.exc_info[1], HttpProcessingError))


class _Prompt(asyncio.Protocol):
    """Stands before the protocol of one connection, and looks at the clock."""

    def __init__(self, inner: asyncio.Protocol, there: set[_Prompt]) -> None:
        self._inner = inner
        self._there = there
        self._tail = b""
        self._timer: asyncio.TimerHandle | None = None
        self._transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Begin to wait for a request, or close at once when there are too many already."""
        self._transport = cast("asyncio.Transport", transport)
        if len(self._there) >= MOST_CONNECTIONS:
            self._transport.abort()
            return
        self._there.add(self)
        self._inner.connection_made(transport)
        self._wait()

    def data_received(self, data: bytes) -> None:
        """Go on to wait while no head is complete."""
        if self not in self._there:
            return
        self._tail += data
        if _END_OF_HEAD in self._tail:
            self._rest()
        elif self._timer is None:
            self._wait()
        self._tail = self._tail[1 - len(_END_OF_HEAD) :]
        self._inner.data_received(data)

    def eof_received(self) -> bool | None:
        """Hand on."""
        return self._inner.eof_received()

    def pause_writing(self) -> None:
        """Hand on."""
        self._inner.pause_writing()

    def resume_writing(self) -> None:
        """Hand on."""
        self._inner.resume_writing()

    def connection_lost(self, exc: Exception | None) -> None:
        """Hand on, and make room for another."""
        self._rest()
        if self in self._there:
            self._there.remove(self)
            self._inner.connection_lost(exc)

    def _wait(self) -> None:
        self._timer = asyncio.get_running_loop().call_later(HEAD_S, self._cut_off)

    def _rest(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _cut_off(self) -> None:
        self._timer = None
        if self._transport is not None:
            self._transport.abort()
