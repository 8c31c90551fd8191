"""Open pages of the wall for `board.py`: websocket clients that do what NiceGUI's page does, and pages in a browser."""

from __future__ import annotations

import asyncio
import json
import re
import time
import uuid
from collections.abc import Callable
from typing import Any

import aiohttp
from playwright.async_api import Page

Heard = Callable[[str, int, float], None]
"""Called with id and version of an alert that reached a page, and when, epoch milliseconds."""

_CLIENT = re.compile(r"'client_id': '([^']+)'")
_READY = re.compile(r'"(\d+)":\{"tag":"[^"]*alert_wall[^"]*".*?"listener_id":"([^"]+)","type":"ready"', re.DOTALL)
_TILE = re.compile(r'\\"id\\":\\"(\w+)\\",\\"version\\":(\d+)')
_ACK_S = 3.0

WATCH_TILES = """() => {
  window.drawn = [];
  const before = window.runMethod;
  window.runMethod = (target, name, args) => {
    const result = before(target, name, args);
    if (name === "apply") {
      const told = args[0].map((tile) => [tile.id, tile.version]);
      requestAnimationFrame(() => window.drawn.push(...told.map(([id, version]) => [id, version, Date.now()])));
    }
    return result;
  };
}"""


class Client:
    """A page of the wall without a browser: opens it, says that it is ready, and acknowledges what it is told."""

    def __init__(self, session: aiohttp.ClientSession, url: str, heard: Heard) -> None:
        self._session, self._url, self._heard = session, url, heard
        self._next = 0
        self.opened = asyncio.Event()

    async def run(self) -> None:
        """Stay open until cancelled."""
        async with self._session.get(self._url) as answer:
            html = await answer.text()
        client, ready = _CLIENT.search(html), _READY.search(html)
        if client is None or ready is None:
            raise RuntimeError("the page is not that of the wall, or NiceGUI writes it otherwise now")
        document, tab = uuid.uuid4(), uuid.uuid4()
        query = f"client_id={client[1]}&next_message_id=0&implicit_handshake=true&document_id={document}&tab_id={tab}"
        address = f"{self._url}/_nicegui_ws/socket.io/?{query}&old_tab_id=null&EIO=4&transport=websocket"
        headers = {"Origin": self._url}
        async with self._session.ws_connect(address, headers=headers, max_msg_size=0) as socket:
            acknowledging = asyncio.create_task(self._acknowledge(socket, client[1]))
            try:
                async for message in socket:
                    await self._take(socket, str(message.data), client[1], ready)
            finally:
                acknowledging.cancel()
        raise RuntimeError("the board has closed the connection")

    async def _take(self, socket: Any, text: str, client: str, ready: re.Match[str]) -> None:
        now = time.time() * 1000
        if text.startswith("0"):
            await socket.send_str("40")
        elif text == "2":
            await socket.send_str("3")
        elif text.startswith("40"):
            event: dict[str, Any] = {"id": int(ready[1]), "client_id": client, "listener_id": ready[2], "args": []}
            await socket.send_str(f"42{json.dumps(['event', event])}")
        elif text.startswith("42"):
            self._next += 1
            for id_, version in _TILE.findall(text):
                self._heard(id_, int(version), now)
                self.opened.set()

    async def _acknowledge(self, socket: Any, client: str) -> None:
        while True:
            await asyncio.sleep(_ACK_S)
            said = {"client_id": client, "next_message_id": self._next}
            await socket.send_str(f"42{json.dumps(['ack', said])}")


async def drawn(page: Page) -> list[tuple[str, int, float]]:
    """Return id and version of what was drawn since `WATCH_TILES` ran, and when."""
    found: list[tuple[str, int, float]] = await page.evaluate("window.drawn")
    return found
