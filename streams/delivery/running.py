"""Runs delivery as a process: event loop, signals, log, pages."""

from __future__ import annotations

import asyncio
import logging
import signal

import uvloop
from aiokafka.errors import KafkaConnectionError

from streams.admission import admit
from streams.clients import no_broker
from streams.delivery.deliverer import WELL, Deliverer
from streams.logs import log_to_stderr
from streams.pages import open_pages

log = logging.getLogger("fenghuo")


def run(deliverer: Deliverer) -> int:
    """Deliver until told to stop or something fails; return the exit code.

    Raises
    ------
    ConfigurationError
        When the port of the pages is taken.
    BrokerUnavailable
        When nobody answers at the bootstrap address, or the topics are not there as they should be.

    """
    log_to_stderr()
    admit(deliverer.settings, "deliver")
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        return runner.run(serve(deliverer))


async def serve(deliverer: Deliverer, stopping: asyncio.Event | None = None) -> int:
    """Deliver in this event loop until `stopping` is set or a signal comes."""
    stopping = stopping or asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stopping.set)

    def health() -> tuple[bool, dict[str, object]]:
        status = deliverer.health()
        return status in WELL, {"status": status}

    pages = await open_pages(deliverer.settings, deliverer.metrics.text, health)
    try:
        await deliverer.run(stopping)
    except KafkaConnectionError as error:
        raise no_broker(deliverer.settings) from error
    finally:
        await pages.cleanup()
    log.info("delivery stopped")
    return 1 if deliverer.failure is not None else 0
