"""The board under load: alert changes a second, open pages, and how long a change is on its way.

Run from the root of the repository: ``python tests/bench/board.py [--rate 50] [--clients 50] [--seconds 30]``; it
starts a broker of its own unless ``KAFKA_BOOTSTRAP_SERVERS`` is set. Of the clients, `--pages` are pages in a real
Chromium; the others do what such a page does over its websocket and draw nothing, for two cores do not bear fifty
browsers beside the board. The last line is one JSON object:

``p50_ms``, ``p95_ms``
    From the timestamp of the Kafka record until a page has the change, over all changes and websocket clients; a
    version that a later one overtook counts until that came.
``drawn_p95_ms``
    Until it is drawn, in the pages of the browser.
``clients``, ``changes_per_s``, ``missing``
    Open pages in all, changes a second as they came about, and changes that did not reach a client.
``rss_mb``, ``cpu_share``
    Of the process of the board.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import random
import sys
import tempfile
import time
import uuid
from collections import defaultdict
from contextlib import AsyncExitStack, ExitStack
from pathlib import Path
from statistics import quantiles
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT), str(ROOT / "deploy" / "kafka")]

import aiohttp  # noqa: E402
from broker import Broker  # noqa: E402
from playwright.async_api import Browser, async_playwright  # noqa: E402

from rules.alert import Alert  # noqa: E402
from streams.codec import encode  # noqa: E402
from streams.producing import new_producer  # noqa: E402
from streams.settings import Settings  # noqa: E402
from streams.sides import side_of  # noqa: E402
from streams.topicadmin import create_topics  # noqa: E402
from tests.bench.board_pages import WATCH_TILES, Client, drawn  # noqa: E402
from tests.browser.boards import RunningBoard, a_board, next_version, standing_alert  # noqa: E402
from tests.browser.launching import launch_options  # noqa: E402

GRADES = ("red", "orange", "yellow", "yellow", "blue", "blue")
LAST_S = 3.0


class Delays:
    """How long changes were on their way to each client."""

    def __init__(self) -> None:
        self.sent: dict[str, list[tuple[int, float]]] = defaultdict(list)
        self._reached: dict[tuple[int, str], int] = {}
        self.found: list[float] = []

    def send(self, alert: Alert, at_ms: float) -> None:
        """Note that a version goes out."""
        self.sent[alert.id].append((alert.revision.version, at_ms))

    def hear(self, client: int, id_: str, version: int, at_ms: float) -> None:
        """Note that a client has a version, and with it all before."""
        before = self._reached.get((client, id_), 0)
        if version > before:
            self._reached[client, id_] = version
            self.found += [at_ms - at for number, at in self.sent[id_] if before < number <= version]

    def percentile(self, hundredth: int) -> float:
        """Return a percentile in milliseconds."""
        return round(quantiles(self.found, n=100)[hundredth - 1], 1) if len(self.found) > 1 else float("nan")


class Load:
    """Open alerts that keep changing."""

    def __init__(self, settings: Settings, count: int, delays: list[Delays]) -> None:
        self._settings, self._delays = settings, delays
        self._standing = [standing_alert(f"load{n}", GRADES[n % len(GRADES)]) for n in range(count)]

    async def run(self, rate: float, seconds: float) -> float:
        """Put everything there, then change so many a second; return how many it came to."""
        dice, producer = random.Random(1), new_producer(self._settings.client())
        await producer.start()
        try:
            for alert in self._standing if not seconds else ():
                await self._put(producer, alert)
            began, number, sending = time.monotonic(), 0, []
            while (elapsed := time.monotonic() - began) < seconds:
                while number < elapsed * rate:
                    one = dice.randrange(len(self._standing))
                    self._standing[one] = next_version(self._standing[one])
                    sending.append(await self._put(producer, self._standing[one], counted=True))
                    number += 1
                await asyncio.sleep(0.005)
            await asyncio.gather(*sending)
            return number / seconds if seconds else 0.0
        finally:
            await producer.stop()

    async def _put(self, producer: Any, alert: Alert, *, counted: bool = False) -> asyncio.Future[Any]:
        at_ms = int(time.time() * 1000)
        for delays in self._delays if counted else ():
            delays.send(alert, at_ms)
        name = self._settings.topic(side_of(alert).current)
        key = alert.id.encode()
        sent: asyncio.Future[Any] = await producer.send(name, encode(alert), key=key, timestamp_ms=at_ms)
        return sent


def cpu_seconds(pid: int) -> float:
    """CPU time of a process so far."""
    after_name = Path(f"/proc/{pid}/stat").read_text("utf-8").rpartition(")")[2].split()
    return (int(after_name[11]) + int(after_name[12])) / os.sysconf("SC_CLK_TCK")


def resident_mb(pid: int) -> float:
    """Resident memory of a process."""
    status = Path(f"/proc/{pid}/status").read_text("utf-8")
    return int(status.partition("VmRSS:")[2].split()[0]) / 1024


async def measure(board: RunningBoard, options: argparse.Namespace) -> dict[str, float]:
    """Open everything, let alerts change, and say how it went."""
    told, seen = Delays(), Delays()
    load = Load(board.settings, options.open, [told, seen])
    await load.run(0, 0)
    async with AsyncExitStack() as stack:
        session = await stack.enter_async_context(aiohttp.ClientSession())
        playwright = await stack.enter_async_context(async_playwright())
        browser: Browser = await playwright.chromium.launch(**launch_options())
        stack.push_async_callback(browser.close)
        pages = [await browser.new_page() for _ in range(options.pages)]
        for page in pages:
            await page.goto(board.url)
            await page.wait_for_selector(".tile")
            await page.evaluate(WATCH_TILES)
        clients = [
            Client(session, board.url, lambda id_, version, at, n=n: told.hear(n, id_, version, at))  # type: ignore[misc]
            for n in range(options.clients - options.pages)
        ]
        running = [asyncio.create_task(client.run()) for client in clients]
        await asyncio.wait_for(asyncio.gather(*(client.opened.wait() for client in clients)), 60)
        before, began = cpu_seconds(board.process.pid), time.monotonic()
        rate = await load.run(options.rate, options.seconds)
        share = (cpu_seconds(board.process.pid) - before) / (time.monotonic() - began)
        await asyncio.sleep(LAST_S)
        for number, page in enumerate(pages):
            for id_, version, at in await drawn(page):
                seen.hear(number, id_, version, at)
        ended = [task.exception() for task in running if task.done()]
        for task in running:
            task.cancel()
        await asyncio.gather(*running, return_exceptions=True)
    if ended:
        raise RuntimeError(f"{len(ended)} clients ended early: {ended[0]!r}")
    changes = sum(map(len, told.sent.values()))
    return {
        "p50_ms": told.percentile(50),
        "p95_ms": told.percentile(95),
        "drawn_p95_ms": seen.percentile(95),
        "clients": options.clients,
        "pages": options.pages,
        "changes_per_s": round(rate, 1),
        "missing": changes * len(clients) - len(told.found) + changes * len(pages) - len(seen.found),
        "open": options.open,
        "rss_mb": round(resident_mb(board.process.pid), 1),
        "cpu_share": round(share, 2),
    }


def main() -> None:
    """Start what is needed, measure, and print the figures."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--rate", type=float, default=50.0, help="changes a second")
    parser.add_argument("--clients", type=int, default=50, help="open pages in all")
    parser.add_argument("--pages", type=int, default=2, help="of which in a real browser")
    parser.add_argument("--open", type=int, default=200, help="open alerts")
    parser.add_argument("--seconds", type=float, default=30.0)
    options = parser.parse_args()
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        bootstrap = os.environ.get("KAFKA_BOOTSTRAP_SERVERS")
        if not bootstrap:
            bootstrap = stack.enter_context(Broker(folder / "kafka")).bootstrap
        settings = Settings(bootstrap=bootstrap, prefix=f"bench-{uuid.uuid4().hex[:8]}-", partitions=4)
        create_topics(settings)
        board = stack.enter_context(a_board(settings, folder / "board"))
        print(json.dumps(asyncio.run(measure(board, options))))


if __name__ == "__main__":
    main()
