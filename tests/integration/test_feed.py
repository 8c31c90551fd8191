"""Feeding a real Kafka."""

from __future__ import annotations

import itertools
import time
from pathlib import Path

import pytest

from streams import topics
from streams.accounting import Account
from streams.commands import feed_files, simulate_to
from streams.deadletters import read_dead_letters
from streams.errors import BrokerUnavailable
from streams.feed import Fed, Parcel, feed_reports, read_inputs
from streams.settings import Settings
from streams.tail import Heard, Tail, sizes
from streams.topicadmin import create_topics


@pytest.fixture
def settings(kafka: str, topic_prefix: str) -> Settings:
    """Topics of this test's own, with three partitions each."""
    settings = Settings(bootstrap=kafka, prefix=topic_prefix, partitions=3)
    create_topics(settings)
    return settings


def everything(settings: Settings, *names: str) -> list[Heard]:
    """All records of some topics."""
    with Tail(settings, names, from_beginning=True) as tail:
        return list(tail.to_end())


def test_every_record_arrives_and_every_partition_keeps_the_order(settings: Settings) -> None:
    records = [Parcel(float(n), ("hotline.calls", "sos.calls")[n % 5 == 0], b"%06d" % n) for n in range(20_000)]
    fed = feed_reports(records, settings)
    assert (fed.rows, fed.bad, fed.reached) == (20_000, 0, 19_999.0)
    assert fed.by_topic == {"hotline.calls": 16_000, "sos.calls": 4_000}
    came = everything(settings, "hotline.calls", "sos.calls")
    assert sorted(record.value or b"" for record in came) == [record.value for record in records]
    for _, lane in itertools.groupby(sorted(came), key=lambda one: (one.topic, one.partition)):
        values = [record.value or b"" for record in lane]
        assert values == sorted(values)


def test_records_are_spread_evenly_over_the_partitions(settings: Settings) -> None:
    feed_reports((Parcel(None, "grid.reports", b"x") for _ in range(300)), settings)
    assert sizes(settings, ["grid.reports"]) == {"grid.reports": [100, 100, 100]}


def test_any_bytes_arrive_as_they_are(settings: Settings) -> None:
    raw = bytes(range(256))
    feed_reports([Parcel(None, "police.events", raw)], settings)
    assert [record.value for record in everything(settings, "police.events")] == [raw]


MAPPING = """
name: calls
areas: shantou
source: hotline
file: {format: csv}
time: {column: time, format: "%Y-%m-%d %H:%M", zone: Asia/Shanghai}
fields: {id: no, text: text}
"""


def test_rows_a_mapping_cannot_read_are_dead_letters_with_its_reason_and_every_row_is_accounted_for(
    settings: Settings, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "calls.yaml").write_text(MAPPING, encoding="utf-8")
    file = tmp_path / "calls.csv"
    file.write_text("no,time,text\n1,2026-01-15 08:00,甲\n2,15.1.2026,乙\n3,2026-01-15 09:00\n", encoding="utf-8")
    fed = feed_files(read_inputs([str(tmp_path / "calls.yaml"), str(file)]), settings, None)
    assert (fed.rows, fed.bad, fed.by_topic) == (3, 2, {"hotline.calls": 1, topics.DEAD: 2})
    assert f"`fenghuo dead-letters list --prefix {settings.prefix}` tells which, and why\n" in capsys.readouterr().out
    assert len(everything(settings, "hotline.calls")) == 1
    letters = list(read_dead_letters(settings))
    assert [(letter.where, letter.reason, letter.path) for letter in letters] == [
        (f"{file}:3", "TIME", "$.time"),
        (f"{file}:4", "NOT_CSV", "$"),
    ]
    assert [letter.original().decode() for letter in letters] == ["2,15.1.2026,乙\n", "3,2026-01-15 09:00\n"]
    account = Account()
    for record in everything(settings, topics.DEAD):
        account.take(record)
    assert account.tally.verdicts == {"DEAD": 2}
    feed_files(read_inputs([str(tmp_path / "calls.yaml"), str(file)]), settings, None)
    assert len(list(read_dead_letters(settings))) == 4  # fed twice, dead twice


def test_a_large_record_arrives_whole(settings: Settings) -> None:
    raw = b"x" * 900_000
    feed_reports([Parcel(None, "hotline.calls", b"a"), Parcel(None, "hotline.calls", raw)], settings)
    assert {len(record.value or b"") for record in everything(settings, "hotline.calls")} == {1, 900_000}


def test_a_record_the_broker_refuses_is_an_error(settings: Settings) -> None:
    with pytest.raises(BrokerUnavailable, match="did not confirm a record"):
        feed_reports([Parcel(None, "hotline.calls", b"x" * 3_000_000)], settings)


@pytest.mark.alone
def test_a_speed_holds_event_time_back_and_what_is_due_goes_out_at_once(settings: Settings) -> None:
    feed_reports([Parcel(None, "hotline.calls", b"before")] * settings.partitions, settings)  # all leaders are known
    records = [Parcel(n * 60.0, "hotline.calls", b"%d" % n) for n in range(6)]
    began = time.monotonic()
    feed_reports(records, settings, speed=300.0)  # five minutes in a second
    assert 1.0 <= time.monotonic() - began < 5.0
    stamps = sorted(record.timestamp for record in everything(settings, "hotline.calls") if record.value != b"before")
    assert min(after - before for before, after in itertools.pairwise(stamps)) > 50


def test_it_can_be_stopped_early_and_what_was_sent_is_confirmed(settings: Settings) -> None:
    seen: list[int] = []

    def told(fed: Fed) -> None:
        seen.append(fed.rows)

    endless = (Parcel(float(n), "hotline.calls", b"x") for n in itertools.count())
    fed = feed_reports(endless, settings, told=told, stopped=lambda: bool(seen))
    assert fed.rows == seen[-1] == len(everything(settings, "hotline.calls"))


def test_without_topics_it_says_what_to_do(kafka: str, topic_prefix: str) -> None:
    with pytest.raises(BrokerUnavailable, match="run `fenghuo topics create --prefix"):
        feed_reports([Parcel(None, "hotline.calls", b"x")], Settings(bootstrap=kafka, prefix=topic_prefix))


def test_a_tail_begins_at_the_end_or_at_the_beginning(settings: Settings) -> None:
    feed_reports([Parcel(None, "hotline.calls", b"before")], settings)
    with Tail(settings, ["hotline.calls"]) as now, Tail(settings, ["hotline.calls"], from_beginning=True) as ever:
        feed_reports([Parcel(None, "hotline.calls", b"after")], settings)
        assert [record.value for record in now.to_end()] == [b"after"]
        assert {record.value for record in ever.to_end()} == {b"before", b"after"}


def test_sizes_tell_empty_topics_from_missing_ones(settings: Settings) -> None:
    assert sizes(settings, [topics.ALERTS, "no-such"]) == {topics.ALERTS: [0, 0, 0], "no-such": None}


def test_a_simulation_written_to_a_file_can_be_fed(settings: Settings, tmp_path: Path) -> None:
    file = tmp_path / "day.jsonl.gz"
    count = simulate_to(file, None, settings, start=None, days=0.2, seed=1, daily_events=1_000, scenarios=["gas-leak"])
    fed = feed_files(read_inputs(["fenghuo", str(file)]), settings, None)
    assert (fed.rows, fed.bad) == (count, 0)
    assert fed.by_topic.total() == count > 10
