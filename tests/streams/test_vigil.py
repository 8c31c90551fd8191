"""Who is up and does nothing is found, and who was only paused is not."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from aiokafka.errors import NodeNotReadyError
from faust.types import TP

from streams.errors import StateError
from streams.metrics import Metrics
from streams.settings import Settings
from streams.vigil import Vigil

ROOT = Path(__file__).resolve().parents[2]
_LOOP = """
import asyncio, logging, sys, time
from streams.vigil import Heartbeat

logging.basicConfig(stream=sys.stderr)

async def main(stuck):
    beat = Heartbeat(2.0)
    beat.start()
    print("up", flush=True)
    await asyncio.sleep(0.1 if stuck else 6.0)
    if stuck:
        time.sleep(60.0)
    beat.stop()

asyncio.run(main(sys.argv[1] == "stuck"))
"""


class Stage:
    """A stage that owns one partition and stands where it is put."""

    def __init__(self, offset: int = -1) -> None:
        self.offset = offset
        self.progressed_at = time.monotonic()

    def offsets(self) -> list[tuple[TP, int]]:
        return [(TP("events", 0), self.offset)]


def a_vigil(known: int, asked: Callable[[], int] = lambda: 0, **over: Any) -> Vigil:
    """A vigil whose consumer knows of one end of the partition, and whose broker may know of another."""

    async def ask(_tp: TP) -> int:
        return asked()

    return Vigil(Settings(**over), Metrics(), lambda _tp: known, ask)


def look(vigil: Vigil, stage: Stage) -> None:
    asyncio.run(vigil.look({"detect": stage}))


def test_a_stage_that_does_nothing_while_input_waits_is_stalled() -> None:
    vigil = a_vigil(9, stalled_s=0.05)
    look(vigil, Stage(3))
    assert not vigil.stalled
    time.sleep(0.1)
    with pytest.raises(StateError, match="detect: 5 records waiting and no progress"):
        look(vigil, _old(3))
    assert vigil.stalled


def _old(offset: int) -> Stage:
    stage = Stage(offset)
    stage.progressed_at -= 60
    return stage


def test_a_topic_that_ends_before_what_was_taken_in_of_it_is_told() -> None:
    vigil = a_vigil(3, lambda: 3)
    look(vigil, Stage(2))
    with pytest.raises(StateError, match="events/0 ends at offset 3, and 4 records of it were taken in"):
        look(vigil, Stage(3))


def test_a_fetch_that_brought_more_than_the_end_it_told_is_no_reason_to_worry() -> None:
    look(a_vigil(3, lambda: 4), Stage(3))


@pytest.mark.parametrize("error", [TimeoutError, NodeNotReadyError])
def test_a_broker_that_does_not_say_where_a_topic_ends_is_no_reason_to_worry(error: type[Exception]) -> None:
    def refuse() -> int:
        raise error

    look(a_vigil(3, refuse), Stage(3))


def test_a_partition_of_which_nothing_was_fetched_yet_says_nothing() -> None:
    look(a_vigil(0), Stage(7))


def a_loop(how: str) -> subprocess.Popen[str]:
    """Start a process whose event loop gets stuck, or does not."""
    process = subprocess.Popen(
        [sys.executable, "-c", _LOOP, how], cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "up\n"
    return process


def test_a_process_whose_loop_stands_still_ends_and_says_where() -> None:
    with a_loop("stuck") as process:
        _, said = process.communicate(timeout=30)
        assert process.returncode == 1
        assert "has stood still for 2 s" in said
        assert "time.sleep(60.0)" in said or "in main" in said


def test_a_process_that_was_paused_as_a_whole_goes_on() -> None:
    with a_loop("well") as process:
        os.kill(process.pid, signal.SIGSTOP)
        time.sleep(4.0)
        os.kill(process.pid, signal.SIGCONT)
        assert process.wait(30) == 0
        process.communicate()
