"""What the board asks a real cluster: who works, how far they are, where a book stands, what rules said, a shift."""

from __future__ import annotations

import asyncio
import signal
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from io import StringIO
from pathlib import Path

import pytest
from rich.console import Console

from rules.alert import RuleRef
from rules.loader import BOOK
from streams import topics
from streams.board.adoption import find_book
from streams.board.books import Books
from streams.board.catching import CatchUp
from streams.board.cluster import Cluster
from streams.board.ledger import TOPICS, Ledger
from streams.board.probe import Probe
from streams.board.shifts import ShiftReader
from streams.board.watch import Watch
from streams.bookshop import publish_book
from streams.codec import encode
from streams.errors import BrokerUnavailable
from streams.feed import feed_reports, parcels
from streams.publishing import publish
from streams.report.period import shift_at
from streams.settings import Settings
from streams.sources.hotline import HotlineCall
from streams.sources.mapping_row import RowOk
from streams.tail import Tail
from streams.topicadmin import create_topics
from tests.builders import a_taxonomy, an_alert, the_book
from tests.integration.harness import City, a_city, current, wait_ready


def until(look: Callable[[], Cluster], fits: Callable[[Cluster], bool], city: City, timeout_s: float = 60.0) -> Cluster:
    end = time.monotonic() + timeout_s
    while not fits(found := look()):
        assert time.monotonic() < end, f"{found}\n{city.logs()}"
        time.sleep(0.3)
    return found


@pytest.fixture
def city(kafka: str, topic_prefix: str, tmp_path: Path) -> Iterator[City]:
    with a_city(kafka, topic_prefix, tmp_path, partitions=2) as made:
        yield made


@pytest.fixture
def probe(city: City) -> Iterator[Probe]:
    made = Probe(city.settings)
    yield made
    made.close()


def report_gas(settings: Settings, number: int) -> None:
    now = datetime.now(UTC)
    call = HotlineCall(
        id=f"{number}", occurred_at=now, kind="gas_leak", district="440507", spot="幸福里小区", caller="a"
    )
    feed_reports(parcels([RowOk(call, now.timestamp(), 0)]), settings)


def test_members_own_partitions_and_lag_grows_while_there_are_none(city: City, probe: Probe) -> None:
    empty = probe.look()
    assert empty.workers.members == ()
    assert ("events", 1) in empty.unowned()
    assert not empty.missing
    worker = city.start_worker()
    wait_ready(worker, city)
    report_gas(city.settings, 1)
    owned = until(probe.look, lambda look: not look.unowned() and look.lag_by_topic()["hotline.calls"] == 0, city)
    (member,) = owned.workers.members
    assert (owned.workers.state, owned.brokers) == ("Stable", 1)
    assert member.partitions["events"] == (0, 1)
    assert owned.raw_ends()["hotline"] == 1
    assert {size.topic for size in owned.sizes} == {spec.name for spec in topics.specs()}
    assert next(size.bytes for size in owned.sizes if size.topic == topics.DETECT_STATE)
    worker.send_signal(signal.SIGTERM)
    worker.wait(30)
    for number in range(2, 7):
        report_gas(city.settings, number)
    left = until(probe.look, lambda look: not look.workers.members, city)
    assert left.lag_by_topic()["hotline.calls"] == 5
    assert left.workers.state == "Empty"


def test_a_partition_goes_by_a_book_once_it_is_past_its_record(city: City, probe: Probe, tmp_path: Path) -> None:
    folder = tmp_path / "book"
    folder.mkdir()
    for file in BOOK.glob("*.yaml"):
        (folder / file.name).write_bytes(file.read_bytes() + b"# another\n")
    publish_book(city.settings, folder, Console(file=StringIO()))
    books = Books(a_taxonomy(), the_book())
    with Tail(city.settings, [topics.RULES], from_beginning=True) as tail:
        for record in tail.to_end():
            books.take(record)
    assert books.origin is not None
    assert find_book(city.settings, books.origin).by_partition(probe.look()) == dict.fromkeys(
        [("events", 0), ("events", 1), ("events.city", 0), ("findings", 0)]
    )
    worker = city.start_worker()
    wait_ready(worker, city)
    origin = books.origin
    look = until(probe.look, lambda look: all(find_book(city.settings, origin).by_partition(look).values()), city)
    assert len(find_book(city.settings, origin).offsets) == 4
    assert set(find_book(city.settings, origin).by_partition(look).values()) == {True}


def test_an_alert_of_a_worker_is_in_the_ledger_and_in_its_shift(city: City) -> None:
    worker = city.start_worker()
    wait_ready(worker, city)
    report_gas(city.settings, 1)
    end = time.monotonic() + 60
    while not current(city):
        assert time.monotonic() < end, city.logs()
        time.sleep(0.3)
    ledger = Ledger()
    reading = CatchUp(city.settings, TOPICS, timedelta(days=31), ledger.take)
    now = time.time()
    try:
        record = reading.ask(lambda: ledger.records(now - 3_600, now + 60, restricted=False)["gas-leak"])
    finally:
        reading.close()
    assert (sum(record.alerts.values()), record.findings) == (1, 1)
    told: list[tuple[int, int]] = []
    zone = city.parts().areas.zone
    period = shift_at(datetime.now(UTC), (0, 8, 16), zone)
    reader = ShiftReader(city.settings)
    read = asyncio.run(reader.read(period, restricted=False, told=lambda *done: told.append(done)))
    assert {version.alert.rule.id for version in read.material.versions} == {"gas-leak"}
    assert told[-1][0] == told[-1][1]


def test_reading_goes_on_where_it_was(kafka: str, topic_prefix: str) -> None:
    settings = Settings(bootstrap=kafka, prefix=topic_prefix, partitions=1)
    create_topics(settings)
    ledger = Ledger()
    reading = CatchUp(settings, TOPICS, timedelta(days=31), ledger.take)
    trial = RuleRef(id="spread", number=28, version=1, book="b", status="shadow")

    def findings() -> int:
        return sum(one.findings for one in ledger.records(0.0, time.time(), restricted=False).values())

    try:
        assert reading.ask(findings) == 0
        publish(settings, topics.SHADOW, "s", encode(an_alert("s", rule=trial)))
        reading._read_at = 0.0
        assert reading.ask(findings) == 1
        publish(settings, topics.SHADOW, "t", encode(an_alert("t", rule=trial)))
        reading._read_at = 0.0
        assert reading.ask(findings) == 2
        assert (reading.read, reading.total) == (1, 1)
    finally:
        reading.close()


def test_a_cluster_that_went_away_is_told_and_found_again(
    make_broker: Callable[..., object], topic_prefix: str
) -> None:
    broker = make_broker()
    broker.start()  # type: ignore[attr-defined]
    settings = Settings(bootstrap=broker.bootstrap, prefix=topic_prefix, partitions=1)  # type: ignore[attr-defined]
    create_topics(settings)

    async def look() -> tuple[bool, bool, bool]:
        watch = Watch(settings)
        try:
            before = await watch.sighting()
            broker.kill()  # type: ignore[attr-defined]
            watch._looked_at = 0.0
            during = await watch.sighting()
            broker.start()  # type: ignore[attr-defined]
            for _ in range(20):  # a client that was refused waits before it tries again
                watch._looked_at = 0.0
                after = await watch.sighting()
                if after.failing_since is None:
                    break
                await asyncio.sleep(0.5)
        finally:
            await watch.close()
        assert before.now is not None
        assert during.now == before.now  # what was known stays to be seen
        return before.failing_since is None, during.failing_since is not None, after.failing_since is None

    assert asyncio.run(look()) == (True, True, True)


def test_nobody_answers_at_a_wrong_address() -> None:
    probe = Probe(Settings(bootstrap="127.0.0.1:1"))
    with pytest.raises(BrokerUnavailable):
        probe.look()
    probe.close()
