"""Runs a board as a process: reads the topics, tells the pages, answers browsers."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any

import uvicorn
import uvloop
from fastapi import FastAPI, Request
from fastapi.responses import RedirectResponse
from nicegui import ui

from detectors.taxonomy import load_taxonomy
from streams.assembly import read_book
from streams.board import backtests
from streams.board.access.visitor import Visitor
from streams.board.board import Board
from streams.board.mirror import Mirror
from streams.board.page import Page, all_pages, frame
from streams.board.reader import Reader
from streams.board.sending import Sender
from streams.errors import ConfigurationError, Fault
from streams.intake.places import load_areas
from streams.language import Lang
from streams.logs import log_to_stderr
from streams.settings import Settings
from streams.topics import check_topics

log = logging.getLogger("fenghuo")

_WEB = Path(__file__).parent / "web"
_COOKIE = "fenghuo-lang"
_A_YEAR_S = 365 * 86_400


def run(settings: Settings, *, host: str, port: int, lang: Lang) -> int:
    """Run a board until it is told to stop; return the exit code.

    Parameters
    ----------
    settings
        Cluster, prefix and files.
    host, port
        Where it answers.
    lang
        Language of who has not chosen one.

    Raises
    ------
    ConfigurationError
        When files do not hold what is needed, or the port is taken.
    BrokerUnavailable
        When nobody answers at the bootstrap address, or topics are missing.

    """
    log_to_stderr()
    taxonomy = load_taxonomy()
    areas = load_areas(settings.areas)
    own = read_book(settings.book, taxonomy, examples=False)
    check_topics(settings)

    async def serve() -> int:
        mirror = Mirror(taxonomy, own)
        reader, sender = Reader(settings, mirror), Sender(settings, mirror.answers)
        board = Board(settings, areas=areas, taxonomy=taxonomy, mirror=mirror, reader=reader, sender=sender)
        async with _kept_up(board):
            return await _answer(application(board, lang), host, port)

    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        return runner.run(serve())


def application(board: Board, lang: Lang) -> FastAPI:
    """Return the application: every page, and the switch of the language.

    Parameters
    ----------
    board
        What the pages show.
    lang
        Language of who has not chosen one.

    """
    app = FastAPI(docs_url=None, redoc_url=None, openapi_url=None)

    def visitor_of(request: Request) -> Visitor:
        chosen = request.cookies.get(_COOKIE)
        return Visitor(anybody=True, lang="en" if chosen == "en" else "zh" if chosen == "zh" else lang)

    @app.get("/language/{chosen}")
    def switch(chosen: str, next: str = "/") -> RedirectResponse:  # noqa: A002 - the name in the address
        response = RedirectResponse(next if _is_here(next) else "/", status_code=303)
        response.set_cookie(_COOKIE, "en" if chosen == "en" else "zh", max_age=_A_YEAR_S, httponly=True, samesite="lax")
        return response

    app.include_router(backtests.routes(board.settings.reports))
    ui.add_css(_WEB / "board.css", shared=True)
    for page in all_pages():
        ui.page(page.path, dark=True, response_timeout=15)(_shown(board, page, visitor_of))
    ui.run_with(app, title="烽火", dark=True, tailwind=False, show_welcome_message=False, favicon=_WEB / "icon.svg")
    return app


def _is_here(address: str) -> bool:
    """Tell whether an address is a page of this board, and not somebody else's."""
    return address.startswith("/") and not address.startswith(("//", "/\\")) and "\\" not in address


def _shown(board: Board, page: Page, visitor_of: Callable[[Request], Visitor]) -> Callable[..., Awaitable[None]]:
    async def show(request: Request) -> None:
        visitor = visitor_of(request)
        query = f"?{request.url.query}" if request.url.query else ""
        frame(board, visitor, page, request.url.path + query)
        with ui.element("main").classes("page"):
            await page.build(board, visitor, **request.path_params)

    show.__annotations__ = {"request": Request, "return": None}
    return show


@asynccontextmanager
async def _kept_up(board: Board) -> AsyncIterator[None]:
    """Read the topics and tell the pages meanwhile."""
    await board.reader.start()
    tasks = [asyncio.create_task(board.reader.run()), asyncio.create_task(board.hub.run())]
    try:
        yield
    finally:
        for task in tasks:
            task.cancel()
        for task in tasks:
            with suppress(asyncio.CancelledError):
                await task
        await board.sender.close()
        await board.watch.close()


async def _answer(app: Any, host: str, port: int) -> int:  # noqa: ANN401 - an ASGI application
    config = uvicorn.Config(
        app,
        host=host,
        port=port,
        access_log=False,
        log_config=None,
        log_level="warning",
        server_header=False,
        timeout_graceful_shutdown=2,
        h11_max_incomplete_event_size=32 * 1024,
    )
    server = uvicorn.Server(config)
    try:
        socket = config.bind_socket()
    except SystemExit as error:
        message = f"cannot listen on {host}:{port}: give the board a port of its own"
        raise ConfigurationError([Fault("--port", "", message)]) from error
    log.info("board at http://%s:%d", host, socket.getsockname()[1])
    await server.serve([socket])
    return 0
