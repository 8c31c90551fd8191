"""Files that are fed one after the other, with a rest in between: the first partition to be read makes nothing late."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

from streams import topics
from streams.feed import feed_reports, parcels
from streams.replay import Replay, drain
from streams.sources.hotline import HotlineCall
from streams.sources.mapping_row import Row, RowOk
from tests.integration.harness import a_city, current, final_forms, read_all, settle, wait_ready

BEGINS = datetime(2026, 3, 11, 6, tzinfo=UTC)
KINDS = ("gas_leak", "road_collapse", "elevator_trap", "ebike_fire")


def calls(day: int) -> list[Row]:
    """Eight calls in seventy minutes, each an alert of its own: more than the allowed lateness."""
    rows: list[Row] = []
    for n in range(8):
        at = BEGINS + timedelta(days=day, minutes=10 * n)
        call = HotlineCall(
            id=f"{day}-{n}",
            occurred_at=at,
            kind=KINDS[n % 4],
            text="出事了",
            caller=f"1380013{n:04}",
            district="440507",
            street="440507-01",
            spot=f"小区{n}",
        )
        rows.append(RowOk(call, at.timestamp(), 0))
    return rows


def test_a_second_file_after_a_rest_gives_live_what_replay_gives(kafka: str, topic_prefix: str, tmp_path: Path) -> None:
    first, second = calls(0), calls(3)
    with a_city(kafka, topic_prefix, tmp_path / "logs", partitions=4, idle_s=1.0) as city:
        lateness_s = city.settings.lateness_s
        replay = Replay(city.parts(), lateness_s=lateness_s, now=time.time())
        drain(replay.run([*first, *second]))
        wait_ready(city.start_worker(), city)
        for rows in (first, second):
            assert feed_reports(parcels(rows), city.settings).rows == len(rows)
            settle(city, rows[-1].t - lateness_s)  # by then every partition rests
            time.sleep(3.0)
        assert read_all(city, topics.LATE) == []
        assert final_forms(current(city)) == final_forms(replay.tally.final)
