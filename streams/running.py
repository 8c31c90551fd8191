"""Runs a worker as a process: event loop, signals, logs, and the two pages ``/metrics`` and ``/health``."""

from __future__ import annotations

import asyncio
import logging
import os
import signal
from collections.abc import Coroutine
from typing import Any

import uvloop
from aiohttp import web
from aiokafka.errors import KafkaConnectionError

from streams.admission import admit
from streams.assembly import tune_the_process
from streams.clients import no_broker
from streams.live import Worker
from streams.logs import log_to_stderr
from streams.pages import open_pages
from streams.settings import Settings

log = logging.getLogger("fenghuo")

STOP_S = 30.0
FAILED_S = 3.0
"""For a worker that failed: to tell its group, if it can. Nothing it knows may be written any more."""
DROP_S = 1.0
_FAILED = 1


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
    admit(settings, "worker")
    tune_the_process()
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        code = runner.run(serve(worker))
        if not worker.ready or worker.failure is not None:
            _leave_at_once(code)  # a thread of the app may still be starting, and would find the loop closed
        return code


def _leave_at_once(code: int) -> None:
    """End the process without waiting for threads."""
    logging.shutdown()
    os._exit(code)


async def serve(worker: Worker, stopping: asyncio.Event | None = None) -> int:
    """Run `worker` in this event loop until `stopping` is set or a signal comes."""
    stopping = stopping or asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stopping.set)
    pages: web.AppRunner | None = None
    try:
        if await _unless(stopping, worker.start()):
            pages = await _open_pages(worker)
            await _run_app(worker, stopping)
        else:
            log.info("worker stopped before it was connected")
    except KafkaConnectionError as error:
        raise no_broker(worker.settings) from error
    finally:
        await _stop(worker)
        if pages is not None:
            await pages.cleanup()
    return _FAILED if worker.failure is not None or worker.app.crashed else 0


async def _run_app(worker: Worker, stopping: asyncio.Event) -> None:
    """Run the app until it ends or `stopping` is set, then see to it that it ends."""
    if await _unless(stopping, worker.app.start()):
        log.info("worker started; group %s on %s", worker.settings.group, worker.settings.bootstrap)
        await _unless(stopping, worker.app.wait_until_stopped())
    log.info("worker stopping%s", "" if worker.ready or worker.failure else " before it was ready: nothing is lost")
    patience_s = FAILED_S if worker.failure is not None else STOP_S if worker.ready else DROP_S
    await worker.leave()
    ending = asyncio.ensure_future(worker.app.stop())
    await asyncio.wait({ending}, timeout=patience_s)
    if not ending.done():
        # It waits for other members of its group, in a thread that Python would wait for in turn. All that counts has
        # been written or will be read again, so there is nothing left to wait for.
        _leave_at_once(_FAILED if worker.failure is not None else 0)
    await ending


async def _stop(worker: Worker) -> None:
    """Disconnect; one that failed has nothing to send any more, and its broker may be out of reach."""
    ending = asyncio.ensure_future(worker.stop())
    await asyncio.wait({ending}, timeout=FAILED_S if worker.failure is not None else None)
    if not ending.done():
        _leave_at_once(_FAILED)
    await ending


async def _unless(stopping: asyncio.Event, step: Coroutine[Any, Any, object]) -> bool:
    """Await `step`, or cut it off once `stopping` is set; tell whether it came to its end."""
    work, told = asyncio.ensure_future(step), asyncio.ensure_future(stopping.wait())
    try:
        await asyncio.wait({work, told}, return_when=asyncio.FIRST_COMPLETED)
        ended = work.done()
    finally:
        for task in (work, told):
            task.cancel()
        await asyncio.wait({work, told})
    if ended:
        await work
    return ended


async def _open_pages(worker: Worker) -> web.AppRunner:
    def health() -> tuple[bool, dict[str, object]]:
        status = worker.health()
        return status == "ready", {"status": status, "books": worker.books()}

    return await open_pages(worker.settings, worker.metrics.text, health)
