"""Hostile requests at all that answers HTTP: refused or answered, soon, with no fault or file of the inside."""

from __future__ import annotations

import asyncio
import random
import re
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from zoneinfo import ZoneInfo

import pytest

from streams import promptness
from streams.board.page import all_pages
from streams.linkpage import LinkPage
from streams.pages import open_pages, serve
from streams.settings import Settings
from streams.tokens import TokenKeys
from streams.topicadmin import create_topics
from tests.browser.boards import a_board
from tests.integration.harness import free_port

METHODS = (
    "GET",
    "HEAD",
    "POST",
    "PUT",
    "DELETE",
    "OPTIONS",
    "PATCH",
    "TRACE",
    "CONNECT",
    "PROPFIND",
    "BREW",
    "get",
    "",
)
PATHS = (
    *(re.sub(r"\{[^}]*\}", "a1", page.path) for page in all_pages()),
    *(
        "/static/board.css",
        "/static/",
        "/backtests/",
        "/health",
        "/alive",
        "/metrics",
        "/act/",
        "/language",
        "/sign-in",
    ),
    *(
        "/sign-out",
        "/sign-in/oidc/return",
        "/_nicegui_ws/socket.io/",
        "/_nicegui/",
        "/_nicegui/client/",
        "/openapi.json",
    ),
)
TAILS = (
    *(
        "",
        "../../../etc/passwd",
        "..%2f..%2f..%2fetc%2fpasswd",
        "%2e%2e/%2e%2e/running.py",
        "%252e%252e%252frunning.py",
    ),
    *("..;/..;/running.py", "..\\..\\running.py", "..%5c..%5crunning.py", "%c0%ae%c0%ae/running.py", "/etc/passwd"),
    *(
        "%00",
        "%00.css",
        "\x00",
        "%0d%0aX-Injected: 1",
        "\x0b",
        "%ff%fe",
        "%",
        "%zz",
        "/" * 900,
        "....//....//etc/passwd",
    ),
    *("a" * 5_000, "%e4%b8%80" * 300, "<script>alert(1)</script>", "?a=b" + "&a=b" * 3_000, "?next=//evil.com", " x"),
    *("?EIO=4&transport=polling", "?EIO=4&transport=websocket&sid=x", "?EIO=9&transport=\xff", "../board/running.py"),
)
HEADERS = (
    *("Transfer-Encoding: chunked\r\n", "Transfer-Encoding: gzip, chunked\r\n", "Content-Length: 5\r\n"),
    *(
        "Content-Length: 99999999999\r\n",
        "Content-Length: -1\r\n",
        "Content-Length: 1, 2\r\n",
        "Expect: 100-continue\r\n",
    ),
    *(
        "Range: bytes=0-,0-,0-\r\n",
        "Range: x\r\n",
        "If-Modified-Since: \xff\r\n",
        "If-None-Match: " + "x" * 3_000 + "\r\n",
    ),
    *("Accept-Language: " + "zh," * 1_000 + "\r\n", "Accept: text/html\r\n", "Cookie: a=\xff; =; ;;; b\r\n"),
    "Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: eA==\r\n",
    "Upgrade: h2c\r\nConnection: Upgrade, HTTP2-Settings\r\nHTTP2-Settings: AAMAAABkAARAAAAAAAIAAAAA\r\n",
    *("X-Forwarded-For: 1.2.3.4\r\nX-Forwarded-Proto: https\r\n", "Host: evil.com\r\n", "Content-Type: \xff/\xff\r\n"),
    *("Content-Type: multipart/form-data; boundary=\r\n", " folded: x\r\n", "X" * 40_000 + ": y\r\n", "X: y\r\n" * 400),
)
BODIES = (
    b"",
    b"5\r\nhello\r\n0\r\n\r\n",
    b"hello",
    b"ffffffffffffffff\r\n",
    b"{" * 3_000,
    b"\x00\xff" * 100,
    b"--\r\n\r\n",
)
INSIDE = (b"Traceback", b"root:x:", b"def application", b"site-packages", b"Server got itself in trouble")
SOON_S = 5.0
Address = tuple[str, Callable[[], bool]]


def hostile(dice: random.Random, port: int) -> bytes:
    path = dice.choice(PATHS) + dice.choice(TAILS)
    version = dice.choice(["HTTP/1.1"] * 8 + ["HTTP/1.0", "HTTP/2.0", "HTTP/9", ""])
    head = f"{dice.choice(METHODS)} {path} {version}\r\n" + dice.choice([f"Host: 127.0.0.1:{port}\r\n"] * 12 + [""])
    head += "".join(dice.choice(HEADERS) for _ in range(dice.randint(0, 2)))
    return head.encode("latin-1") + b"\r\n" + dice.choice(BODIES)


def answer(port: int, raw: bytes, patience_s: float = 0.2) -> bytes:
    """What comes back; who is silent is told that no more comes, and may still answer."""
    found, over = b"", False
    with socket.create_connection(("127.0.0.1", port), timeout=patience_s) as connection:
        try:
            connection.sendall(raw)
            while True:
                try:
                    chunk = connection.recv(65_536)
                except TimeoutError:
                    if found or over:
                        return found
                    over = True
                    connection.settimeout(2 * SOON_S)
                    connection.shutdown(socket.SHUT_WR)
                    continue
                found += chunk
                if not chunk:
                    return found
        except (ConnectionError, TimeoutError):
            return found


def ask(port: int) -> bytes:
    return answer(port, b"GET /health HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n", 2 * SOON_S)


@pytest.fixture(scope="module", params=["board", "links", "metrics"])
def port(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    """Where a board without accounts, the page of links, or metrics and health of a process answer."""
    with ExitStack() as stack:
        if request.param == "board":
            prefix = f"h{free_port()}-"
            settings = Settings(bootstrap=request.getfixturevalue("kafka"), prefix=prefix, partitions=1)
            create_topics(settings)
            yield stack.enter_context(a_board(settings, tmp_path_factory.mktemp("board"))).port
        else:
            yield stack.enter_context(answering(request.param))


@contextmanager
def answering(what: str) -> Iterator[int]:
    """Serve in a loop of its own, as the commands do."""
    settings, loop = Settings(http_port=free_port()), asyncio.new_event_loop()
    page = LinkPage(TokenKeys(b"a key of tests: sixteen bytes"), lambda _: None, time.time, ZoneInfo("Asia/Shanghai"))

    async def start() -> object:
        if what == "links":
            return await serve(page.app(), settings)
        return await open_pages(settings, lambda: b"fenghuo_x 1\n", lambda: (True, {"status": "ready"}))

    runner = loop.run_until_complete(start())
    thread = threading.Thread(target=loop.run_forever)
    thread.start()
    try:
        yield settings.http_port
    finally:
        asyncio.run_coroutine_threadsafe(runner.cleanup(), loop).result(30)  # type: ignore[attr-defined]
        loop.call_soon_threadsafe(loop.stop)
        thread.join(10)
        loop.close()


def test_no_request_makes_it_fail_or_tell_of_the_inside(port: int) -> None:
    dice, statuses = random.Random(port), set()
    for _ in range(300):
        raw, began = hostile(dice, port), time.monotonic()
        said = answer(port, raw)
        head, _, _ = said.partition(b"\r\n\r\n")
        statuses.add(said[9:12])
        assert time.monotonic() - began < SOON_S, raw[:300]
        assert said[9:10] in {b"", b"1", b"2", b"3", b"4"}, (raw[:300], said[:300])
        assert not any(one in said for one in INSIDE), (raw[:300], said[:300])
        assert b"X-Injected" not in head, raw[:300]
    assert {b"400", b"404"} <= statuses
    assert ask(port).startswith((b"HTTP/1.1 200", b"HTTP/1.1 404"))


def test_hundreds_who_say_nothing_keep_nobody_else_waiting(port: int) -> None:
    halves = (
        b"",
        b"GET / HT",
        b"GET / HTTP/1.1\r\nHost: localhost\r\nX: ",
        b"POST / HTTP/1.1\r\nContent-Length: 100\r\n\r\nx",
    )
    with ExitStack() as stack:
        for number in range(300):
            connection = stack.enter_context(socket.create_connection(("127.0.0.1", port), timeout=5))
            connection.sendall(halves[number % len(halves)])
        began = time.monotonic()
        for _ in range(5):
            assert ask(port)
        assert time.monotonic() - began < SOON_S


def test_who_sends_no_request_is_cut_off_and_there_is_room_for_so_many(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(promptness, "HEAD_S", 0.5)
    monkeypatch.setattr(promptness, "MOST_CONNECTIONS", 20)
    with answering("metrics") as port, ExitStack() as stack:
        connections = [
            stack.enter_context(socket.create_connection(("127.0.0.1", port), timeout=10)) for _ in range(40)
        ]
        connections[0].sendall(b"GET /metrics HT")
        began = time.monotonic()
        assert [one.recv(100) if not _reset(one) else b"" for one in connections] == [b""] * 40
        assert 0.2 < time.monotonic() - began < SOON_S
        assert ask(port).startswith(b"HTTP/1.1 200")


def _reset(connection: socket.socket) -> bool:
    """Whether the other side has closed, by force or not."""
    try:
        return connection.recv(1) == b""
    except ConnectionError:
        return True


def test_a_scraper_that_keeps_its_connection_is_answered_each_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(promptness, "HEAD_S", 0.3)
    with answering("metrics") as port, socket.create_connection(("127.0.0.1", port), timeout=10) as connection:
        for _ in range(3):
            connection.sendall(b"GET /metrics HTTP/1.1\r\nHost: localhost\r\n\r\n")
            assert b"fenghuo_x 1" in connection.recv(65_536)
            time.sleep(0.5)  # longer than a head may take
