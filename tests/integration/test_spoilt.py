"""Damaged state and topics: a worker goes on right, or says what is wrong and loses nothing once that is mended."""

from __future__ import annotations

import asyncio
import signal
import subprocess
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import pytest
from kafka import KafkaAdminClient, TopicPartition
from kafka.admin import ConfigResource, ConfigResourceType
from kafka.errors import PolicyViolationError

from streams import topics
from streams.codec import encode
from streams.errors import StateError
from streams.feed import feed_reports, parcels
from streams.published import KEY
from streams.publishing import publish
from streams.recorded import replay_topic
from streams.settings import Settings
from streams.state import StateWriter
from streams.tail import Tail
from streams.topicadmin import asking, create_topics
from tests.integration.harness import City, a_city, current, final_forms, settle, wait_ready
from tests.integration.poison import Dose, give
from tests.integration.test_parity import replayed, simulated_day
from tests.integration.test_reload import another_book, wait_for_book


def cut_off(settings: Settings, topic: str, partition: int) -> None:
    """Delete the first half of a compacted topic, as a cleanup.policy of `delete` does in time."""
    name = settings.topic(topic)
    with Tail(settings, [topic], from_beginning=True) as tail:
        before = max(record.offset for record in tail.to_end() if record.partition == partition) // 2
    with asking(settings) as admin:
        for policy in ("delete", "compact"):
            configs = {"cleanup.policy": policy}
            admin.alter_configs([ConfigResource(ConfigResourceType.TOPIC, name, configs=configs)])
            if policy == "delete":
                delete_up_to(admin, TopicPartition(name, partition), before)


def delete_up_to(admin: KafkaAdminClient, where: TopicPartition, offset: int) -> None:
    """Delete what stands before an offset; a policy that was just told holds only a moment later."""
    deadline = time.monotonic() + 30
    while True:
        try:
            admin.delete_records({where: offset})
        except PolicyViolationError:
            assert time.monotonic() < deadline
            time.sleep(0.05)
        else:
            return


def make_anew(settings: Settings, *names: str) -> None:
    """Delete topics and create them again: empty, under the old names."""
    with asking(settings) as admin:
        remove(admin, settings, names)
    assert set(create_topics(settings)) >= {settings.topic(name) for name in names}


def remove(admin: KafkaAdminClient, settings: Settings, names: Sequence[str]) -> None:
    """Delete topics, and wait until they are gone."""
    gone = {settings.topic(name) for name in names}
    admin.delete_topics(list(gone))
    while gone & set(admin.list_topics()):
        time.sleep(0.05)


def read_again(city: City, *names: str) -> None:
    """Reset the group's offsets of topics to the earliest, as `kafka-consumer-groups --reset-offsets` does."""
    with asking(city.settings) as admin:
        found = admin.list_group_offsets([city.settings.group])[city.settings.group]
        wanted = {city.settings.topic(name) for name in names}
        admin.delete_group_offsets(city.settings.group, [tp for tp in found if tp.topic in wanted])


@pytest.fixture
def state(kafka: str, topic_prefix: str) -> Settings:
    """A city's topics, with some state of one partition written in five snapshots."""
    settings = Settings(bootstrap=kafka, prefix=topic_prefix, partitions=1, group=f"{topic_prefix}group")
    create_topics(settings)

    async def write() -> None:
        async with _writing(settings) as writer:
            for n in range(5):
                await writer.write({f"key {n}": b"%d" % n, "meta": b"%d" % n, f"gone {n}": b"x", f"gone {n - 1}": None})

    asyncio.run(write())
    return settings


class _writing:  # noqa: N801 - used as a context
    def __init__(self, settings: Settings, source: str = "one") -> None:
        topic = settings.topic(topics.DETECT_STATE)
        self._writer = StateWriter(settings.client(), topic, 0, settings.group, source)

    async def __aenter__(self) -> StateWriter:
        await self._writer.start()
        return self._writer

    async def __aexit__(self, *_: object) -> None:
        await self._writer.stop()


def read(settings: Settings, source: str = "one") -> dict[str, bytes]:
    async def go() -> dict[str, bytes]:
        async with _writing(settings, source) as writer:
            return await writer.read()

    return asyncio.run(go())


def test_state_comes_back_as_it_was_written(state: Settings) -> None:
    assert read(state) == {f"key {n}": b"%d" % n for n in range(5)} | {"meta": b"4", "gone 4": b"x"}


def test_state_whose_first_records_are_gone_is_not_taken_for_whole(state: Settings) -> None:
    cut_off(state, topics.DETECT_STATE, 0)
    with pytest.raises(StateError, match=r"state\.detect/0: \d entries are there, 7 were.*When state is lost"):
        read(state)


@pytest.mark.parametrize(
    ("key", "value", "says"),
    [
        (b"foreign", b"x", "8 entries are there, 7 were written"),
        (b"key 1", b"x", "an entry is not what was written"),
        (b"key 1", None, "6 entries are there, 7 were written"),
        (b"inventory", b"\xff", "inventory was not written by Fenghuo"),
        (b"\xff", b"x", "the record at offset .* was not written by Fenghuo"),
    ],
)
def test_state_that_somebody_else_has_written_to_is_refused(
    state: Settings, key: bytes, value: bytes | None, says: str
) -> None:
    give(state, [Dose(topics.DETECT_STATE, value, key)])
    with pytest.raises(StateError, match=says):
        read(state)


def test_state_of_a_topic_that_was_made_anew_is_refused(state: Settings) -> None:
    with pytest.raises(StateError, match="a topic that was deleted since, and made anew"):
        read(state, source="another")


@contextmanager
def a_worker(city: City) -> Iterator[subprocess.Popen[bytes]]:
    """Start a worker, and stop it."""
    worker = city.start_worker()
    wait_ready(worker, city)
    yield worker
    worker.send_signal(signal.SIGTERM)
    assert worker.wait(30) == 0, city.logs()


def refusal(city: City) -> str:
    """Start a worker that has to refuse; return the last thing it said."""
    worker = city.start_worker()
    assert worker.wait(60) != 0
    said = (city.folder / f"worker-{len(city.workers) - 1}.log").read_text()
    return next(line for line in reversed(said.splitlines()) if "acknowledging" in line or "fenghuo:" in line)


@pytest.mark.slow
def test_what_is_lost_is_told_and_nothing_is_missing_once_it_is_mended(
    kafka: str, topic_prefix: str, tmp_path: Path
) -> None:
    with a_city(kafka, topic_prefix, tmp_path, partitions=1, idle_s=3.0) as city:
        rows = simulated_day(city.parts(), daily_events=400)
        expected = replayed(rows, city.parts(), city.settings.lateness_s)
        parts = [rows[n * len(rows) // 4 : (n + 1) * len(rows) // 4] for n in range(4)]
        name = city.settings.topic

        def feed(part: int) -> None:
            with a_worker(city):
                feed_reports(parcels(parts[part]), city.settings)
                settle(city, max(row.t for one in parts[: part + 1] for row in one) - city.settings.lateness_s)  # type: ignore[union-attr]

        feed(0)
        cut_off(city.settings, topics.DETECT_STATE, 0)
        assert "entries are there" in (said := refusal(city)), said
        assert name(f"{topics.DETECT_STATE}/0") in said
        make_anew(city.settings, topics.DETECT_STATE)
        read_again(city, topics.EVENTS)
        feed(1)

        with asking(city.settings) as admin:
            remove(admin, city.settings, [topics.EVENTS])
        assert f"lacks topics that this version needs ({name(topics.EVENTS)})" in (said := refusal(city)), said
        create_topics(city.settings)
        assert "deleted since, and made anew" in (said := refusal(city)), said
        make_anew(city.settings, topics.DETECT_STATE, topics.INTAKE_STATE)
        read_again(city, *topics.raw_topics())
        feed(2)

        make_anew(city.settings, *topics.raw_topics())
        feed(3)
        assert "was deleted and made anew after" in city.logs()
        assert final_forms(current(city)) == final_forms(expected.final)


@pytest.mark.slow
def test_when_findings_were_lost_alerts_are_told_anew_to_whoever_begins_anew_and_by_the_published_book(
    kafka: str, topic_prefix: str, tmp_path: Path
) -> None:
    with a_city(kafka, topic_prefix, tmp_path, partitions=1, idle_s=3.0) as city:
        rows, book, settings = simulated_day(city.parts(), daily_events=400), another_book(), city.settings
        half = len(rows) // 2
        publish(settings, topics.RULES, KEY, encode(book))
        with a_worker(city):
            wait_for_book(city, book.digest)
            feed_reports(parcels(rows[:half]), settings)
            settle(city, rows[half - 1].t - settings.lateness_s)
        with asking(settings) as admin:
            remove(admin, settings, [topics.FINDINGS])
        create_topics(settings)
        assert "deleted since, and made anew" in (said := refusal(city)), said
        known = (topics.ALERTS_STATE, topics.DETECT_STATE, topics.CITY_STATE, topics.DELIVERY_STATE)
        make_anew(settings, *known, topics.CURRENT, topics.RESTRICTED_CURRENT)
        read_again(city, topics.EVENTS, topics.CITY, topics.CONTEXT, topics.RULES)
        with a_worker(city):
            feed_reports(parcels(rows[half:]), settings)
            settle(city, rows[-1].t - settings.lateness_s)
            wait_for_book(city, book.digest)
        told = replay_topic(settings, city.parts(), published=True)
        latest = {alert.id: alert for outcome in told for alert in outcome.alerts}
        expected = {id_: alert for id_, alert in latest.items() if alert.status != "withdrawn"}
        assert final_forms(current(city)) == final_forms(expected)
