"""Topics that are deleted under a worker that runs: it ends and names them, and the next one goes on."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from streams import topics
from streams.feed import feed_reports, parcels
from streams.topicadmin import asking, create_topics
from tests.integration.harness import a_city, current, final_forms, settle, wait_ready
from tests.integration.test_parity import replayed, simulated_day
from tests.integration.test_spoilt import make_anew, remove


@pytest.mark.slow
@pytest.mark.parametrize(
    ("anew", "says"),
    [(False, "lacks topics that this version needs ("), (True, "deleted and made anew while this process ran")],
)
def test_a_worker_whose_raw_topics_are_deleted_under_it_ends_and_the_next_one_takes_up_the_new_ones(
    kafka: str,
    topic_prefix: str,
    tmp_path: Path,
    anew: bool,  # noqa: FBT001
    says: str,
) -> None:
    with a_city(kafka, topic_prefix, tmp_path, partitions=1, idle_s=3.0) as city:
        settings = city.settings
        rows = simulated_day(city.parts(), daily_events=400)
        expected = replayed(rows, city.parts(), settings.lateness_s)
        half = len(rows) // 2
        worker = city.start_worker()
        wait_ready(worker, city)
        feed_reports(parcels(rows[:half]), settings)
        settle(city, rows[half - 1].t - settings.lateness_s)
        if anew:
            make_anew(settings, *topics.raw_topics())
        else:
            with asking(settings) as admin:
                remove(admin, settings, topics.raw_topics())
        began = time.monotonic()
        assert worker.wait(60) != 0
        assert time.monotonic() - began < 45
        log = (city.folder / "worker-0.log").read_text("utf-8")
        assert says in log
        assert settings.topic(topics.raw_topics()[0]) in log
        create_topics(settings)
        wait_ready(city.start_worker(), city)
        feed_reports(parcels(rows[half:]), settings)
        settle(city, rows[-1].t - settings.lateness_s)
        assert final_forms(current(city)) == final_forms(expected.final)
