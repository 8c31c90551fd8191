"""What intake holds a batch against before it takes it in."""

from __future__ import annotations

import asyncio
import json
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from faust.types import TP

from streams import gaps, history, topics
from streams.errors import StateError
from streams.intaking import IntakeStage
from streams.metrics import Metrics
from streams.rawpartition import RawPartition
from streams.settings import Settings
from streams.watermarks import NEVER, ChannelClock
from tests.teaching import new_intake

CALLS = TP("hotline.calls", 0)


@pytest.mark.parametrize(
    ("taken", "start", "first", "gap"),
    [
        (-1, 0, 0, False),
        (-1, 0, 653, True),  # the first fetch was thrown away
        (-1, 40, 40, False),  # what came before is not kept any more
        (99, 0, 100, False),
        (99, 0, 60, False),  # read again after a restart
        (99, 0, 101, True),
        (99, 500, 500, False),
        (99, 500, 501, True),
    ],
)
def test_a_batch_follows_on_what_was_taken_in(taken: int, start: int, first: int, gap: bool) -> None:  # noqa: FBT001
    raw = RawPartition("hotline.calls", "hotline", 0, ChannelClock(offset=taken), start)
    if gap:
        with pytest.raises(StateError, match=r"hotline.calls/0: offsets \d+ to \d+ were never taken in"):
            raw.check_contiguous(first)
    else:
        raw.check_contiguous(first)


def test_a_message_may_be_confirmed_once_its_last_record_was_put_out() -> None:
    raw = RawPartition("hotline.calls", "hotline", 0, ChannelClock(), 0)
    raw.owe("first", 1)
    raw.owe("second", 3)
    assert (raw.owes, raw.done()) == (True, [])
    for offset in range(3):
        raw.take_in(offset)
    assert (raw.done(), raw.owes) == (["first"], True)
    raw.take_in(3)
    assert (raw.done(), raw.owes) == (["second"], False)


class Outbox:
    """Sends nothing, and keeps what is said of watermarks on one partition."""

    def __init__(self) -> None:
        self.said: list[bytes] = []

    def add(self, topic: str, key: bytes, value: bytes, *, partition: int | None = None, **_: Any) -> None:
        if (topic, key, partition) == (topics.EVENTS, b"watermark", 0):
            self.said.append(value)

    async def send(self) -> None: ...


def an_intake() -> tuple[IntakeStage, RawPartition]:
    """A stage that has taken over one partition of which nothing is known."""
    outbox: Any = Outbox()
    stage = IntakeStage(
        Settings(), new_intake(), outbox, Metrics(), lambda _message: None, lambda _message: True, lambda _tp: 0, {}
    )
    raw = stage._owned[CALLS] = RawPartition("hotline.calls", "hotline", 0, ChannelClock(), 0)
    return stage, raw


def a_batch(*offsets: int, value: bytes = b"no report", at_ms: int = 0, timestamp_type: int = 0) -> Any:
    records = [SimpleNamespace(offset=n, timestamp=at_ms, timestamp_type=timestamp_type, value=value) for n in offsets]
    return SimpleNamespace(message=SimpleNamespace(tp=CALLS, partition=0), value=records)


@pytest.fixture
def there(monkeypatch: pytest.MonkeyPatch) -> set[int]:
    """Offsets at which records stand."""
    offsets = set[int]()

    async def nothing(_client: Any, _topic: str, _partition: int, first: int, end: int) -> bool:
        return not offsets.intersection(range(first, end))

    monkeypatch.setattr(gaps, "holds_nothing", nothing)
    return offsets


def test_what_ends_a_transaction_is_no_record_that_was_never_seen(there: set[int]) -> None:
    async def scene() -> None:
        stage, raw = an_intake()
        there.update((0, 1, 3))
        await stage.take(a_batch(0, 1))
        await stage.take(a_batch(3))
        assert (raw.clock.offset, stage._counts) == (3, {})
        there.add(5)
        with pytest.raises(StateError, match="offsets 4 to 6 were never taken in"):
            await stage.take(a_batch(7))

    asyncio.run(scene())


def test_a_partition_that_ends_with_the_end_of_a_transaction_is_read_to_its_end(there: set[int]) -> None:
    async def scene() -> None:
        stage, raw = an_intake()
        there.update((0, 1))
        await stage.take(a_batch(0))
        await stage.announce({CALLS: (0, 3)})
        assert stage.offsets() == [(CALLS, 0)]  # a record waits
        await stage.take(a_batch(1))
        raw.active_at -= 60.0
        await stage.announce({CALLS: (0, 3)})
        assert (stage.offsets(), raw.idle) == ([(CALLS, 2)], True)
        await stage.take(a_batch(3))
        assert stage.offsets() == [(CALLS, 3)]

    asyncio.run(scene())


def test_that_a_partition_is_idle_is_only_said_after_another_look_found_it_read_to_its_end(there: set[int]) -> None:
    async def scene() -> None:
        stage, raw = an_intake()
        there.add(0)
        said = stage._outbox.said  # type: ignore[attr-defined]
        raw.active_at -= 60.0

        async def a_moment_later(*extents: tuple[int, int]) -> int:
            raw.announced_at -= 60.0
            await stage.announce(dict.fromkeys([CALLS], extents[0]) if extents else {})
            return len(said)

        assert await a_moment_later((0, 0)) == 1
        assert await a_moment_later((0, 0)) == 2
        assert await a_moment_later() == 2  # nobody has looked
        assert await a_moment_later((0, 1)) == 2  # something has come
        assert said == [b'{"watermark":null,"idle":true}'] * 2
        await stage.announce({CALLS: (0, 0)})
        await stage.announce({CALLS: (0, 0)})
        assert len(said) == 3  # and not at once again

    asyncio.run(scene())


@pytest.mark.parametrize(("timestamp_type", "refused"), [(1, True), (0, False)])
def test_what_was_ahead_when_it_came_is_refused_however_late_it_is_read(
    timestamp_type: int,
    refused: bool,  # noqa: FBT001
) -> None:
    came = datetime.now(UTC) - timedelta(days=2)
    report = {"id": "1", "text": "停水", "occurred_at": (came + timedelta(days=1)).isoformat()}
    batch = a_batch(
        0, value=json.dumps(report).encode(), at_ms=int(came.timestamp() * 1_000), timestamp_type=timestamp_type
    )

    async def scene() -> None:
        stage, raw = an_intake()
        await stage.take(batch)
        await stage.announce({CALLS: (0, 1)})
        raw.active_at -= 60.0
        await stage.announce({CALLS: (0, 1)})
        assert (raw.clock.offset, raw.clock.newest == NEVER) == (0, refused)

    asyncio.run(scene())


class Consumer:
    """Reads a partition of which some offsets are records; the others only move the position."""

    records = (0, 1, 4)
    end = 6

    def __init__(self, **_: Any) -> None:
        self.at = 0

    async def start(self) -> None: ...

    async def stop(self) -> None: ...

    def assign(self, _partitions: Any) -> None: ...

    async def beginning_offsets(self, partitions: Any) -> dict[Any, int]:
        return dict.fromkeys(partitions, 0)

    def seek(self, _partition: Any, offset: int) -> None:
        self.at = offset

    async def getmany(self, where: Any, **_: Any) -> dict[Any, list[Any]]:
        found = [SimpleNamespace(offset=n) for n in self.records if n >= self.at]
        self.at = self.end
        return {where: found} if found else {}

    async def position(self, _partition: Any) -> int:
        return self.at


@pytest.mark.parametrize(
    ("first", "end", "empty"), [(0, 2, False), (2, 4, True), (2, 5, False), (5, 6, True), (4, 6, False)]
)
def test_between_two_offsets_there_may_be_no_record(
    first: int,
    end: int,
    empty: bool,  # noqa: FBT001
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(history, "AIOKafkaConsumer", Consumer)
    assert asyncio.run(history.holds_nothing({}, "hotline.calls", 0, first, end)) == empty
