"""Runs a worker as a process: event loop, signals, logs, and the two pages ``/metrics`` and ``/health``."""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
import signal
import sys
from datetime import UTC, datetime

import uvloop
from aiohttp import web
from aiokafka.errors import KafkaConnectionError

from streams.assembly import spare_the_collector
from streams.errors import BrokerUnavailable, ConfigurationError, Fault
from streams.live import Worker
from streams.settings import Settings
from streams.topics import check_topics

log = logging.getLogger("fenghuo")

STOP_S = 30.0


class JsonLines(logging.Formatter):
    """One JSON object a line: time, level, logger, message, and the exception when there is one."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the line."""
        line = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
        }
        if record.exc_info:
            line["exception"] = self.formatException(record.exc_info)
        return json.dumps(line, ensure_ascii=False)


def log_to_stderr(level: int = logging.INFO) -> None:
    """Send our log to standard error as JSON lines, and of others only what is amiss."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(JsonLines())
    logging.basicConfig(level=logging.WARNING, handlers=[handler], force=True)
    log.setLevel(level)


def run(settings: Settings) -> int:
    """Run a worker until it is told to stop or fails; return the exit code.

    Raises
    ------
    ConfigurationError
        When files or secrets do not hold what is needed, or the port of the pages is taken.
    BrokerUnavailable
        When nobody answers at the bootstrap address, or the topics are not there as they should be.

    """
    log_to_stderr()
    worker = Worker(settings)
    check_topics(settings)
    spare_the_collector()
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        return runner.run(serve(worker))


async def serve(worker: Worker, stopping: asyncio.Event | None = None) -> int:
    """Run `worker` in this event loop until `stopping` is set or a signal comes."""
    stopping = stopping or asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stopping.set)
    try:
        await worker.start()
    except KafkaConnectionError as error:
        raise BrokerUnavailable(f"no Kafka broker answers at {worker.settings.bootstrap}") from error
    try:
        pages = await _open_pages(worker)
    except ConfigurationError:
        await worker.stop()
        raise
    try:
        await worker.app.start()
        log.info("worker started; group %s on %s", worker.settings.group, worker.settings.bootstrap)
        await _until_stopped(worker, stopping)
        log.info("worker stopping")
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(worker.app.stop(), STOP_S)
    finally:
        await worker.stop()
        await pages.cleanup()
    return 1 if worker.failure is not None or worker.app.crashed else 0


async def _until_stopped(worker: Worker, stopping: asyncio.Event) -> None:
    told = asyncio.ensure_future(stopping.wait())
    ended = asyncio.ensure_future(worker.app.wait_until_stopped())
    await asyncio.wait({told, ended}, return_when=asyncio.FIRST_COMPLETED)
    for task in (told, ended):
        task.cancel()


async def _open_pages(worker: Worker) -> web.AppRunner:
    async def metrics(_: web.Request) -> web.Response:
        return web.Response(body=worker.metrics.text(), headers={"Content-Type": "text/plain; version=0.0.4"})

    async def health(_: web.Request) -> web.Response:
        status = worker.health()
        return web.json_response({"status": status}, status=200 if status == "ready" else 503)

    app = web.Application()
    app.add_routes([web.get("/metrics", metrics), web.get("/health", health)])
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    host, port = worker.settings.http_host, worker.settings.http_port
    try:
        await web.TCPSite(runner, host, port).start()
    except (OSError, OverflowError) as error:
        await runner.cleanup()
        message = f"cannot listen on {host}:{port} ({error}): give every worker of this machine a port of its own"
        raise ConfigurationError([Fault("FENGHUO_HTTP_PORT", "", message)]) from error
    return runner
