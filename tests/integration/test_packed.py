"""Records that come packed, and topics that brokers pack: read whatever packs them, and never more than fits."""

from __future__ import annotations

import itertools
import time
from pathlib import Path

import msgspec
import pytest
from kafka import KafkaAdminClient
from kafka.admin import ConfigResource, ConfigResourceType

from rules.alert import Alert
from streams import topics
from streams.clients import connect
from streams.feed import feed_reports, parcels
from tests.integration.harness import City, a_city, final_forms, metrics, read_all, settle, wait_ready
from tests.integration.poison import drop
from tests.integration.test_parity import replayed, simulated_day
from tests.integration.test_poison import READERS, ask, peak_mb

pytestmark = [pytest.mark.slow]

MOST_MB = 900
GB = 1 << 30
CODECS = ("zstd", "lz4", "snappy", "gzip")
# Each with what its topic is packed with: what has to be packed anew a broker holds against the topic's limit.
BOMBS = [("grid.reports", GB, "zstd"), ("hotline.calls", GB // 8, "lz4"), ("sos.calls", GB // 2, "gzip")]


def pack_all(city: City) -> None:
    """Let the broker pack every topic, each with the next codec."""
    codecs = itertools.cycle(CODECS)
    names = [city.settings.topic(spec.name) for spec in topics.specs()]
    wanted = [ConfigResource(ConfigResourceType.TOPIC, n, {"compression.type": next(codecs)}) for n in names]
    admin = connect(KafkaAdminClient, city.settings)
    try:
        admin.alter_configs(wanted)
    finally:
        admin.close()


def test_whatever_packs_the_topics_the_alerts_are_the_same_and_a_packed_gigabyte_stops_nobody(
    kafka: str, topic_prefix: str, tmp_path: Path
) -> None:
    with a_city(kafka, topic_prefix, tmp_path, partitions=2) as city:
        pack_all(city)
        rows = simulated_day(city.parts(), daily_events=250)
        expected = replayed(rows, city.parts(), city.settings.lateness_s)  # type: ignore[arg-type]
        fed = list(parcels(rows))  # type: ignore[arg-type]
        first = city.start_worker()
        wait_ready(first, city)
        feed_reports(fed[: len(fed) // 2], city.settings)
        dropped = drop(city.settings, BOMBS)
        first.terminate()  # the next one reads the state, which is packed too
        first.wait(30)
        worker = city.start_worker()
        wait_ready(worker, city)
        feed_reports(fed[len(fed) // 2 :], city.settings)
        settle(city, expected.newest - city.settings.lateness_s)
        assert worker.poll() is None, city.logs()
        standing = ask(city, "alerts", "tail", "--current", "--no-follow", "--restricted", "--json")
        found = [msgspec.json.decode(line, type=Alert) for line in standing.stdout.splitlines()]
        open_ones = {id_: alert for id_, alert in expected.final.items() if alert.status == "open"}
        assert final_forms({alert.id: alert for alert in found}) == final_forms(open_ones)
        dead = read_all(city, topics.DEAD)
        # The time that bombs bear is of long ago: by it, Kafka would delete them, and what is made of them, unread.
        assert min(record.timestamp for record in dead) > time.time() * 1_000 - 600_000  # type: ignore[attr-defined]
        letters = [msgspec.json.decode(record.value) for record in dead]  # type: ignore[attr-defined]
        assert {letter["reason"] for letter in letters} == {"PACKED"}
        assert len({(one["topic"], one["partition"], one["offset"]) for one in letters}) == dropped
        assert {letter["raw"] for letter in letters} == {""}
        again = ask(city, "dead-letters", "resend")
        assert again.stdout.count("is not sent again: it had ") == dropped, again.stdout + again.stderr
        assert metrics(city)['fenghuo_records_total{outcome="ACCEPTED",topic="hotline.calls"}'] > 0
        assert peak_mb(worker) < MOST_MB
        said = {command: ask(city, *command) for command in READERS}
    assert {" ".join(c): done.stderr[-2000:] for c, done in said.items() if done.returncode} == {}
