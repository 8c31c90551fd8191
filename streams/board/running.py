"""Runs a board as a process: reads the topics, tells the pages, answers browsers."""

from __future__ import annotations

import asyncio
import logging
import signal
from asyncio import Task
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager, contextmanager
from copy import copy
from functools import partial
from pathlib import Path

import uvicorn
import uvloop
from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse, Response
from nicegui import app as nicegui
from nicegui import ui
from starlette.staticfiles import StaticFiles
from starlette.types import ASGIApp

from detectors.taxonomy import load_taxonomy
from streams.admission import admit
from streams.assembly import read_book
from streams.board import backtests
from streams.board.access.following import follow
from streams.board.access.gate import refusal
from streams.board.access.guard import Guard, check_bind
from streams.board.access.limits import uvicorn_options
from streams.board.board import Board
from streams.board.mirror import Mirror
from streams.board.outlines import load_outlines
from streams.board.page import Around, Page, all_pages, frame
from streams.board.reader import Reader
from streams.board.sending import Sender
from streams.errors import ConfigurationError, Fault
from streams.intake.places import load_areas
from streams.language import Lang
from streams.logs import log_to_stderr
from streams.metrics.board import BoardMetrics
from streams.pages import open_pages
from streams.settings import Settings

log = logging.getLogger("fenghuo")

# A browser that is busy or cut off for so long goes on where it was; later its page is loaded again.
_AWAY_S = 10.0
_THREADS = 16
_WEB = Path(__file__).parent / "web"
_STATIC = "/static"


def run(settings: Settings, lang: Lang) -> int:
    """Run a board until it is told to stop; return the exit code.

    Parameters
    ----------
    settings
        Cluster, prefix, files, and where it answers.
    lang
        Language of whoever has not chosen one.

    Raises
    ------
    ConfigurationError
        When files do not hold what is needed, or the port is taken, or everybody could do everything from elsewhere.
    BrokerUnavailable
        When nobody answers at the bootstrap address, or topics are missing.

    """
    log_to_stderr()
    taxonomy = load_taxonomy()
    areas = load_areas(settings.areas)
    guard = Guard.open(settings, areas=areas, lang=lang)
    check_bind(settings, guard)
    outlines = load_outlines(settings, areas)
    own = read_book(settings.book, taxonomy, examples=False)
    admit(settings, "board")

    async def serve() -> int:
        # As many as can be busy at once and some: as few as there are by default one slow question holds up the others.
        asyncio.get_running_loop().set_default_executor(ThreadPoolExecutor(_THREADS, "board"))
        mirror, metrics = Mirror(taxonomy, own), BoardMetrics()
        guard.told = partial(_count_sign_in, metrics)
        reader, sender = Reader(settings, mirror, metrics), Sender(settings, mirror.answers)
        board = Board(
            settings,
            areas=areas,
            taxonomy=taxonomy,
            mirror=mirror,
            reader=reader,
            sender=sender,
            outlines=outlines,
            still=guard.visitor_now,
            metrics=metrics,
        )
        async with _kept_up(board) as working:
            return await _answer(application(board, guard), settings, working)

    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        return runner.run(serve())


def application(board: Board, guard: Guard) -> ASGIApp:
    """Return the application: every page behind the guard, and ``/health`` and ``/alive``.

    Parameters
    ----------
    board
        What the pages show.
    guard
        Lets in who may look.

    """
    app = FastAPI(docs_url=None, redoc_url=None, openapi_url=None)

    @app.get("/health")
    def health() -> JSONResponse:
        well, said = _health(board)
        return JSONResponse(said, status_code=200 if well else 503)

    @app.get("/alive")
    def alive() -> dict[str, str]:
        """Answer whether the process is there; while the broker is away a board is to be seen, not ended."""
        return {"status": "alive"}

    app.mount(_STATIC, StaticFiles(directory=_WEB))
    for sheet in sorted(_WEB.glob("*.css"), key=lambda one: (one.name != "board.css", one.name)):
        # Not add_css(): that writes a script into the page, which the policy of the guard does not let run.
        ui.add_head_html(f'<link rel="stylesheet" href="{_STATIC}/{sheet.name}?{_changed(sheet)}">', shared=True)
    app.include_router(backtests.routes(board.settings.reports))
    for page in all_pages():
        ui.page(page.path, dark=True, response_timeout=15)(_shown(board, page, guard))
    ui.run_with(
        app,
        title="烽火",
        dark=True,
        tailwind=False,
        show_welcome_message=False,
        favicon=_WEB / "icon.svg",
        reconnect_timeout=_AWAY_S,
    )
    nicegui.exception_handler(404)(_missing)  # NiceGUI's own page is in English only
    return guard.wrap(app)


async def _missing(request: Request, _: Exception) -> Response:
    """Say that there is no such page."""
    return refusal(request.scope, 404)


def _changed(file: Path) -> str:
    """Return what differs when a file has changed, so that no browser goes on with the one of before."""
    return f"{file.stat().st_mtime_ns:x}"


def _shown(board: Board, page: Page, guard: Guard) -> Callable[..., Awaitable[None]]:
    async def show(request: Request) -> None:
        visitor = follow(guard)
        if visitor is None:
            return  # who is not signed in is not let through to here
        client = ui.context.client
        client.page = copy(client.page)  # of this visitor alone: the page says in which language it is
        client.page.language = "en-US" if visitor.lang == "en" else "zh-CN"
        query = f"?{request.url.query}" if request.url.query else ""
        frame(board, visitor, page, Around(request.url.path + query, guard.form_token(request)))
        with ui.element("div").classes("page"):
            await page.build(board, visitor, **request.path_params)

    show.__annotations__ = {"request": Request, "return": None}
    return show


def _count_sign_in(metrics: BoardMetrics, failed: str) -> None:
    if failed:
        metrics.refused_sign_in(failed)
    else:
        metrics.sign_ins.inc()


@asynccontextmanager
async def _kept_up(board: Board) -> AsyncIterator[Sequence[Task[None]]]:
    """Read the topics and tell the pages meanwhile; tell whoever measures how that goes."""
    pages = await open_pages(board.settings, partial(_measured, board), partial(_health, board))
    try:
        async with _reading(board) as working:
            yield working
    finally:
        await pages.cleanup()


def _measured(board: Board) -> bytes:
    stale = board.stale_since() is not None
    board.metrics.stale.set(stale)
    board.metrics.ready.set(board.reader.ready.is_set() and not stale)
    return board.metrics.text()


def _health(board: Board) -> tuple[bool, dict[str, object]]:
    status = "stale" if board.stale_since() is not None else "ready" if board.reader.ready.is_set() else "reading"
    return status == "ready", {"status": status}


@asynccontextmanager
async def _reading(board: Board) -> AsyncIterator[Sequence[Task[None]]]:
    await board.reader.start()
    tasks = [asyncio.create_task(board.reader.run()), asyncio.create_task(board.hub.run())]
    try:
        yield tasks
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await board.sender.close()
        await board.watch.close()


class _Server(uvicorn.Server):
    """Takes being told to stop for a clean end; uvicorn's own server ends the process by the signal that told it."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Stop when told to."""
        for number in (signal.SIGINT, signal.SIGTERM):
            asyncio.get_running_loop().add_signal_handler(number, self.handle_exit, number, None)
        yield


async def _answer(app: ASGIApp, settings: Settings, working: Sequence[Task[None]]) -> int:
    """Answer browsers until told to stop; or until what keeps the board up to date has ended, which is a failure.

    A board that only answers shows what was once, and looks as if that were so now: whoever runs it starts it again.
    """
    host, port = settings.board_host, settings.board_port
    config = uvicorn.Config(
        app,
        host=host,
        port=port,
        log_config=None,
        **uvicorn_options(),
    )
    server = _Server(config)
    try:
        socket = config.bind_socket()
    except SystemExit as error:
        message = f"cannot listen on {host}:{port}: give the board a port of its own"
        raise ConfigurationError([Fault("FENGHUO_BOARD_PORT", "", message)]) from error
    log.info("board at http://%s:%d", host, socket.getsockname()[1])
    for task in working:
        task.add_done_callback(lambda _: setattr(server, "should_exit", True))
    await server.serve([socket])
    failed = [task for task in working if task.done() and not task.cancelled()]
    for task in failed:
        log.critical("the board cannot be kept up to date any more, and ends", exc_info=task.exception())
    return 1 if failed else 0
