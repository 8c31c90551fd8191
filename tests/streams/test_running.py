"""What a worker's log leaves out, and what it must not."""

from __future__ import annotations

import logging
import subprocess
import sys

import pytest

from streams.logs import Harmless


@pytest.mark.parametrize(
    ("logger", "message", "kept"),
    [
        ("faust.app.base", "[^App]: Missing sensor state for rebalance #1", False),
        ("faust.app.base", "[^App]: Missing sensor state for rebalance end #2", False),
        ("mode.timers", "Timer commit is overlapping (interval=0.5 runtime=0.7)", False),
        ("mode.timers", "Timer livelock is overlapping (interval=0.5 runtime=0.7)", True),
        ("faust.app.base", "[^App]: Crashed", True),
        ("fenghuo", "Timer commit is overlapping", True),
    ],
)
def test_only_what_is_known_to_be_harmless_is_left_out(logger: str, message: str, kept: bool) -> None:  # noqa: FBT001
    record = logging.LogRecord(logger, logging.WARNING, __file__, 1, message, None, None)
    assert Harmless().filter(record) == kept


FAILED = """
import asyncio, sys
from types import SimpleNamespace
from streams.running import _run_app, serve

async def forever():
    await asyncio.get_running_loop().create_future()

async def nothing():
    pass

app = SimpleNamespace(start=nothing, wait_until_stopped=nothing, stop=forever if sys.argv[1] == "app" else nothing)
worker = SimpleNamespace(
    app=app, settings=SimpleNamespace(group="g", bootstrap="b"), ready=True, failure=OSError(), leave=nothing,
    start=nothing, stop=forever, metrics=SimpleNamespace(text=None),
)

async def scene():
    await _run_app(worker, asyncio.Event())
    worker.start = forever
    stopping = asyncio.Event()
    stopping.set()
    await serve(worker, stopping)

asyncio.run(scene())
"""


@pytest.mark.parametrize("stuck", ["app", "clients"])
def test_a_worker_that_failed_and_cannot_reach_its_broker_does_not_wait_for_it(stuck: str) -> None:
    done = subprocess.run(
        [sys.executable, "-c", FAILED, stuck], capture_output=True, text=True, timeout=20, check=False
    )
    assert done.returncode == 1, done.stderr
