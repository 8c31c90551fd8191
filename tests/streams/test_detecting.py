"""What stages that keep state on Kafka write down when something fails; without a broker."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest
from aiokafka.errors import KafkaTimeoutError
from aiokafka.producer.message_accumulator import BatchBuilder
from faust.types import TP

from streams.codec import encode, origin
from streams.detecting import DetectStage, Owned
from streams.emission import Emission
from streams.lines import DISTRICTS
from streams.metrics import Metrics
from streams.partition import EventsPartition
from streams.producing import Outbox
from streams.settings import Settings
from tests.builders import T0, a_pipeline, an_event


class Producer:
    """Takes batches once it is let; says of each what it is told to."""

    def __init__(self, *answers: Exception | None) -> None:
        self.let = asyncio.Event()
        self.sent: list[str] = []
        self._answers = list(answers)

    def create_batch(self) -> BatchBuilder:
        return BatchBuilder(100_000, 0)

    async def send_batch(self, _batch: BatchBuilder, topic: str, *, partition: int) -> asyncio.Future[int]:
        await self.let.wait()
        answer = self._answers.pop(0) if self._answers else None
        if answer is not None:
            raise answer
        self.sent.append(topic)
        confirmed = asyncio.get_running_loop().create_future()
        confirmed.set_result(partition)
        return confirmed


class Writer:
    """Keeps what is written."""

    def __init__(self) -> None:
        self.written: list[dict[str, bytes | None]] = []
        self.inventory = SimpleNamespace(bytes=0)

    async def write(self, items: dict[str, bytes | None]) -> None:
        self.written.append(items)


def a_stage(producer: Any, writer: Any, confirm: Callable[[Any], None]) -> DetectStage:
    state = EventsPartition(a_pipeline(), ["hotline.calls/0"])
    stage = DetectStage(
        DISTRICTS, Settings(), Outbox(producer, 1), Metrics(), lambda: state, confirm, lambda _message: True
    )
    stage._owned[0] = Owned(state, writer, 0)
    return stage


def a_batch(*offsets: int) -> Any:
    value = [
        SimpleNamespace(
            offset=n,
            timestamp=int(T0 * 1_000),
            partition=0,
            headers=origin("hotline.calls/0", n),
            value=encode(an_event(str(n), 60.0 * n, "gas_leak")),
        )
        for n in offsets
    ]
    return SimpleNamespace(value=value, message=SimpleNamespace(topic="events", partition=0, tp=TP("events", 0)))


def test_a_snapshot_that_waits_for_a_batch_whose_outputs_fail_writes_and_acknowledges_nothing() -> None:
    async def scene() -> None:
        producer, writer, confirmed = Producer(KafkaTimeoutError()), Writer(), list[Any]()
        stage = a_stage(producer, writer, confirmed.append)
        taking = asyncio.ensure_future(stage.take(a_batch(0)))
        await asyncio.sleep(0)
        snapshot = asyncio.ensure_future(stage.snapshot())
        await asyncio.sleep(0)
        producer.let.set()
        with pytest.raises(KafkaTimeoutError):
            await taking
        await snapshot
        assert (writer.written, confirmed) == ([], [])

    asyncio.run(scene())


def test_of_a_batch_that_fails_half_way_nothing_is_written(monkeypatch: pytest.MonkeyPatch) -> None:
    async def scene() -> None:
        producer, writer, confirmed = Producer(), Writer(), list[Any]()
        producer.let.set()
        stage = a_stage(producer, writer, confirmed.append)
        first = a_batch(0)
        await stage.take(first)
        monkeypatch.setattr(EventsPartition, "_event", lambda *_: 1 // 0)
        with pytest.raises(ZeroDivisionError):
            await stage.take(a_batch(1))
        await stage.snapshot()
        assert (writer.written, confirmed) == ([], [])

    asyncio.run(scene())


def test_a_batch_all_of_which_is_confirmed_is_written_and_acknowledged() -> None:
    async def scene() -> None:
        producer, writer, confirmed = Producer(), Writer(), list[Any]()
        producer.let.set()
        stage, batch = a_stage(producer, writer, confirmed.append), a_batch(0)
        await stage.take(batch)
        await stage.snapshot()
        assert (len(writer.written), confirmed, producer.sent) == (1, [batch.message], ["findings"])

    asyncio.run(scene())


def test_what_could_not_be_handed_to_the_producer_is_not_taken_for_sent() -> None:
    async def scene() -> None:
        producer = Producer(None, KafkaTimeoutError(), KafkaTimeoutError())
        producer.let.set()
        outbox = Outbox(producer, 1)
        for topic in ("a", "b", "c"):
            outbox.add(topic, b"key", b"value", partition=0)
        for _ in range(2):  # of two stages that send
            with pytest.raises(KafkaTimeoutError):
                await outbox.send()
        await outbox.send()
        assert producer.sent == ["a", "b", "c"]

    asyncio.run(scene())


def found(state: EventsPartition, *offsets: int, later: int = 0) -> set[str]:
    """Who tells the findings that records lead to."""
    said: list[Emission] = []
    records = a_batch(*offsets).value
    for record in records:
        record.timestamp += later
    state.take(records, said.append)
    return {one.telling for emission in said for one in emission.findings}


def test_findings_say_which_topic_and_record_those_who_tell_them_began_with() -> None:
    begun = int(T0 * 1_000)
    first, after, anew, elsewhere = (EventsPartition(a_pipeline(), [], source=s) for s in ("a", "a", "a", "b"))
    assert found(first, 7, 8) == {f"a@{begun}"}
    after.restore({key: data for key, data in first.dirty().items() if data is not None})
    assert found(after, 9, 30_000, later=60) == {f"a@{begun}"}
    assert found(anew, 7, 8, 9, 30_000, later=60) == {f"a@{begun + 60}"}
    assert found(elsewhere, 7, 8) == {f"b@{begun}"}
