"""A disk that is full, the workers' or the broker's: nothing that was fed is lost, and the alerts are the same."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from streams.feed import feed_reports, parcels
from tests.faults.disk import SmallDisk
from tests.faults.registry import faults
from tests.faults.running import Plan, a_day_of_faults
from tests.integration.harness import a_city, current, final_forms, settle, wait_ready
from tests.integration.test_parity import replayed, simulated_day

pytestmark = [pytest.mark.slow, pytest.mark.kafka]

_NO_BYTE = """
import resource, sys
from streams.cli import main

resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
sys.argv = ["fenghuo", "worker"]
main()
"""


def test_a_worker_that_can_write_no_byte_to_any_file_makes_the_same_alerts(
    kafka: str, topic_prefix: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NUMBA_CACHE_DIR", str(tmp_path / "compiled"))
    with a_city(kafka, topic_prefix, tmp_path / "city") as city:
        rows = simulated_day(city.parts(), daily_events=300)
        expected = replayed(rows, city.parts(), city.settings.lateness_s)
        wait_ready(city.start_worker(within=[sys.executable, "-c", _NO_BYTE]), city)
        feed_reports(parcels(rows), city.settings)
        settle(city, expected.newest - city.settings.lateness_s)
        assert final_forms(current(city)) == final_forms(expected.final)
        assert city.logs() == "worker-0.log:\n"  # the limit holds: its log could not be written either


def test_a_day_on_whose_noon_the_brokers_disk_is_full_ends_as_one_without(tmp_path: Path) -> None:
    try:
        with SmallDisk(tmp_path / "probe"):
            pass
    except (subprocess.CalledProcessError, FileNotFoundError):
        pytest.skip("only root may mount a small disk, and not in every container")
    with a_day_of_faults(Plan([faults()["broker-full"]], seed=7, rate=60.0, events=1_500.0), tmp_path / "day") as ended:
        assert [run.fault for run in ended.runs] == ["broker-full"]
        assert ended.judge().told == []
