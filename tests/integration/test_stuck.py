"""A worker that is up and stuck is found out, ends, and what it had not finished is done by the next one."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from streams.feed import feed_reports, parcels
from tests.integration.harness import a_city, current, final_forms, settle, wait_ready
from tests.integration.test_parity import replayed, simulated_day

pytestmark = [pytest.mark.slow]

STALLED_S = 4.0
_STUCK = """
import asyncio, sys
from streams import detecting
from streams.cli import main

held = detecting.DetectStage.take

async def take(self, event):
    if self._line is detecting.DISTRICTS:
        async with self._lock:
            await asyncio.Event().wait()
    await held(self, event)

detecting.DetectStage.take = take
sys.argv = ["fenghuo", "worker"]
main()
"""


def test_a_worker_whose_detectors_wait_for_ever_ends_by_itself_and_the_next_one_does_its_work(
    kafka: str, topic_prefix: str, tmp_path: Path
) -> None:
    with a_city(kafka, topic_prefix, tmp_path, partitions=1, stalled_s=STALLED_S, idle_s=3.0) as city:
        rows = simulated_day(city.parts(), daily_events=200)
        expected = replayed(rows, city.parts(), city.settings.lateness_s)
        stuck = city.start_worker(within=[sys.executable, "-c", _STUCK])
        wait_ready(stuck, city)
        feed_reports(parcels(rows), city.settings)
        assert stuck.wait(60) == 1, city.logs()
        assert "detect: " in (said := city.logs()), said
        assert "no progress for" in said
        wait_ready(city.start_worker(), city)
        settle(city, expected.newest - city.settings.lateness_s)
        assert final_forms(current(city)) == final_forms(expected.final)
