"""Clocks of machines that are wrong: a worker ends and says so, and what was fed makes the same alerts in the end."""

from __future__ import annotations

import itertools
import subprocess
import time
from pathlib import Path

from streams import topics
from streams.feed import feed_reports, parcels
from tests.integration.harness import City, a_city, current, final_forms, read_all, settle, wait_ready
from tests.integration.test_parity import replayed, simulated_day

_SHIFTED = """import pathlib, time
def shifted(now=time.time, ahead=pathlib.Path(__file__).with_name("ahead")):
    return now() + float(ahead.read_text())
time.time = shifted
"""


class Clock:
    """The clock of one machine as Python reads it, to be set; how long something takes is measured as ever."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder / "clock"
        self._folder.mkdir()
        self.set(0)
        (self._folder / "sitecustomize.py").write_text(_SHIFTED)

    def set(self, ahead_s: float) -> None:
        """Set it so many seconds ahead."""
        there = self._folder / "set"
        there.write_text(str(ahead_s))
        there.replace(self._folder / "ahead")

    @property
    def within(self) -> list[str]:
        """A command that runs another one by this clock."""
        return ["env", f"PYTHONPATH={self._folder}"]


def ends_over_its_clock(worker: subprocess.Popen[bytes], city: City, what: str) -> None:
    assert worker.wait(60) == 1, city.logs()
    assert f"the clock of this machine is more than five minutes {what} the broker's" in city.logs()


def test_a_worker_whose_clock_is_ahead_ends_and_says_so(kafka: str, topic_prefix: str, tmp_path: Path) -> None:
    with a_city(kafka, topic_prefix, tmp_path, partitions=1, idle_s=0.5) as city:
        clock = Clock(tmp_path)
        clock.set(20 * 60)
        worker = city.start_worker(within=clock.within)
        feed_reports(parcels(simulated_day(city.parts(), daily_events=50)[:20]), city.settings)
        ends_over_its_clock(worker, city, "ahead of")


def test_a_worker_whose_clock_is_set_back_ends_and_what_was_fed_makes_the_same_alerts(
    kafka: str, topic_prefix: str, tmp_path: Path
) -> None:
    with a_city(kafka, topic_prefix, tmp_path) as city:
        rows, clock = simulated_day(city.parts(), daily_events=400), Clock(tmp_path)
        eighth = len(rows) // 8
        some = (rows[n * eighth : (n + 1) * eighth] for n in itertools.count())
        for ahead_s in (-10 * 60, 86_400 - time.time()):
            clock.set(0)
            worker = city.start_worker(within=clock.within)
            wait_ready(worker, city)
            feed_reports(parcels(next(some)), city.settings)
            clock.set(ahead_s)
            feed_reports(parcels(next(some)), city.settings)
            ends_over_its_clock(worker, city, "behind")
        city.start_worker()
        feed_reports(parcels(rows[4 * eighth :]), city.settings)
        settle(city, rows[-1].t - city.settings.lateness_s)
        expected = replayed(rows, city.parts(), city.settings.lateness_s)
        assert final_forms(current(city)) == final_forms(expected.final)
        assert not read_all(city, topics.DEAD)
