"""A small application behind a real guard, on a real server, and browsers to ask it."""

from __future__ import annotations

import re
import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import uvicorn
from argon2 import PasswordHasher
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, PlainTextResponse, Response
from starlette.routing import Route, WebSocketRoute
from starlette.websockets import WebSocket, WebSocketDisconnect

from streams.board.access.guard import Guard
from streams.board.access.limits import uvicorn_options
from streams.settings import Settings
from tests.builders import an_area_tree

PEOPLE = """people:
  chief: {roles: [commander], name: 值班长}
  eye: {roles: [viewer], areas: [d1]}
"""
_NO_TLS = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)  # is never used; one that trusts somebody takes long to make
CHIEF, EYE = "correct horse", "watchful eye 7"
_QUICK = PasswordHasher(time_cost=1, memory_cost=19_456, parallelism=1)


def quickly_hashed(password: str) -> str:
    """Return a hash that is as weak as the board takes: tests check many."""
    return _QUICK.hash(password)


HASHES = f"chief: {quickly_hashed(CHIEF)}\neye: {quickly_hashed(EYE)}\n"


class Clock:
    """Seconds a test can let pass."""

    def __init__(self) -> None:
        self.now = 1_000.0

    def __call__(self) -> float:
        return self.now


class Place:
    """The files of a board, its clock, and where it answers."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.clock = Clock()
        self.address = ""

    @property
    def people(self) -> Path:
        return self.folder / "people.yaml"

    @property
    def passwords(self) -> Path:
        return self.folder / "passwords.yaml"

    @property
    def port(self) -> int:
        return int(self.address.rpartition(":")[2])

    def write(self, people: str = PEOPLE, passwords: str = HASHES, access: str = "") -> Settings:
        """Write the files and return the settings that name them."""
        files = {"people": people, "passwords": passwords, "access": access}
        over = {}
        for name, text in files.items():
            path = self.folder / f"{name}.yaml"
            if text:
                path.write_text(text, encoding="utf-8")
                path.chmod(0o600)
                over[name] = str(path)
        return Settings(**over)  # type: ignore[arg-type]

    def guard(self, settings: Settings, **over: Any) -> Guard:
        return Guard.open(settings, areas=an_area_tree(), clock=self.clock, **over)

    def browser(self, **over: Any) -> httpx.Client:
        """Return somebody who asks as a browser does, and holds cookies."""
        headers = {"accept": "text/html,*/*", **over.pop("headers", {})}
        return httpx.Client(base_url=self.address, headers=headers, trust_env=False, verify=_NO_TLS, timeout=20, **over)


def small_board(guard: Guard) -> Starlette:
    """Return an application that says who asks."""

    async def whoever(request: Request) -> Response:
        visitor = guard.visitor(request)
        if visitor is None:
            return PlainTextResponse("nobody")
        return JSONResponse({"account": visitor.account, "name": visitor.name, "lang": visitor.lang})

    async def page(_: Request) -> Response:
        return HTMLResponse("<p>page</p>", headers={"access-control-allow-origin": "*"})

    async def echo(request: Request) -> Response:
        return PlainTextResponse(str(len(await request.body())))

    async def fail(_: Request) -> Response:
        raise RuntimeError("a secret of the inside")

    async def listen(websocket: WebSocket) -> None:
        await websocket.accept()
        try:
            while True:
                await websocket.send_text(f"heard {await websocket.receive_text()}")
        except WebSocketDisconnect:
            return

    return Starlette(
        routes=[
            Route("/", whoever),
            Route("/page", page),
            Route("/health", echo),
            Route("/alive", echo),
            Route("/echo", echo, methods=["POST"]),
            Route("/_nicegui_ws/socket.io/", echo, methods=["GET", "POST"]),
            Route("/fail", fail),
            WebSocketRoute("/_nicegui_ws/socket.io/", listen),
        ]
    )


@contextmanager
def served(app: Any) -> Iterator[str]:
    """Serve an application on a port of its own as the board does; yields the address."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        server = uvicorn.Server(uvicorn.Config(app, log_config=None, lifespan="off", **uvicorn_options()))
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]}, daemon=True)
        thread.start()
        try:
            yield f"http://127.0.0.1:{listening.getsockname()[1]}"
        finally:
            server.should_exit = True
            thread.join(10)


@contextmanager
def opened(place: Place, settings: Settings, **over: Any) -> Iterator[Guard]:
    """Serve the small board behind a guard."""
    guard = place.guard(settings, **over)
    with served(guard.wrap(small_board(guard))) as place.address:
        yield guard


def token_in(text: str) -> str:
    """Return the token of the forms of a page."""
    match = re.search(r'name="token" value="(\w+)"', text)
    assert match is not None
    return match[1]


def sign_in(browser: httpx.Client, account: str = "chief", password: str = CHIEF, **more: str) -> httpx.Response:
    """Fill the page to sign in, and send it."""
    token = token_in(browser.get("/sign-in").text)
    return browser.post("/sign-in", data={"token": token, "account": account, "password": password, **more})
