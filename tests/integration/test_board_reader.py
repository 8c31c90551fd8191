"""The board reads what is on Kafka, says when it cannot, and goes on by itself."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from typing import Any

import pytest

from rules.alert import Alert
from streams import topics
from streams.board.access.visitor import Visitor
from streams.board.board import Board
from streams.board.mirror import Mirror
from streams.board.reader import Reader
from streams.board.sending import UNREACHABLE, Sender
from streams.codec import encode
from streams.errors import BrokerUnavailable
from streams.producing import new_producer
from streams.settings import Settings
from streams.topicadmin import create_topics
from tests.builders import a_taxonomy, an_alert, an_area_tree, the_book

ANYBODY = Visitor(anybody=True)


def a_board(settings: Settings) -> Board:
    mirror = Mirror(a_taxonomy(), the_book())
    reader, sender = Reader(settings, mirror), Sender(settings, mirror.answers)
    return Board(settings, areas=an_area_tree(), taxonomy=a_taxonomy(), mirror=mirror, reader=reader, sender=sender)


async def issue(settings: Settings, *alerts: Alert) -> None:
    producer = new_producer(settings.client())
    await producer.start()
    try:
        for alert in alerts:
            await producer.send_and_wait(settings.topic(topics.CURRENT), encode(alert), key=alert.id.encode())
    finally:
        await producer.stop()


async def until(true: Callable[[], Any], within_s: float = 30.0) -> float:
    began = time.monotonic()
    while not true():
        assert time.monotonic() - began < within_s, "it did not come about"
        await asyncio.sleep(0.02)
    return time.monotonic() - began


@pytest.fixture
def settings(kafka: str, topic_prefix: str) -> Settings:
    own = Settings(bootstrap=kafka, prefix=topic_prefix, partitions=2)
    create_topics(own)
    return own


async def reading(board: Board, scene: Callable[[], Any]) -> None:
    await board.reader.start()
    task = asyncio.create_task(board.reader.run())
    try:
        await scene()
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        await board.sender.close()


def test_what_stood_before_is_read_first_and_what_comes_follows_within_a_second(settings: Settings) -> None:
    board = a_board(settings)

    async def scene() -> None:
        await asyncio.wait_for(board.reader.ready.wait(), 30)
        assert board.mirror.alerts.get("a1") is not None
        assert board.stale_since() is None
        await issue(settings, an_alert("a2"))
        await until(lambda: board.mirror.alerts.get("a2"), 5)

    async def test() -> None:
        await issue(settings, an_alert("a1"))
        await reading(board, scene)

    asyncio.run(test())


def test_a_broker_that_goes_away_is_told_of_and_reading_goes_on_when_it_is_back(
    make_broker: Callable[..., Any],
) -> None:
    broker = make_broker()
    broker.start()
    settings = Settings(bootstrap=broker.bootstrap, partitions=1)
    create_topics(settings)
    board = a_board(settings)

    async def scene() -> None:
        await issue(settings, an_alert("a1"))
        await until(lambda: board.mirror.alerts.get("a1"))
        await asyncio.to_thread(broker.kill)
        await until(board.stale_since)
        assert board.mirror.alerts.get("a1") is not None
        outcome = await board.send(ANYBODY, "a1", "sign", by="duty")
        assert (outcome.done, outcome.says) == (False, UNREACHABLE)
        await asyncio.to_thread(broker.start)
        await issue(settings, an_alert("a2"))
        await until(lambda: board.mirror.alerts.get("a2"))
        await until(lambda: board.stale_since() is None)

    asyncio.run(reading(board, scene))


def test_a_command_that_no_worker_answers_is_said_to_be_sent_and_not_confirmed(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("streams.board.sending._ANSWERED_WITHIN_S", 0.5)
    board = a_board(settings)

    async def scene() -> None:
        await issue(settings, an_alert("a1"))
        await until(lambda: board.mirror.alerts.get("a1"))
        outcome = await board.send(ANYBODY, "a1", "sign", by="duty")
        assert (outcome.done, outcome.sent) == (False, True)

    asyncio.run(reading(board, scene))


def test_without_a_broker_it_is_said_where_none_answers() -> None:
    board = a_board(Settings(bootstrap="127.0.0.1:1"))
    with pytest.raises(BrokerUnavailable, match=r"no Kafka broker answers at 127\.0\.0\.1:1"):
        asyncio.run(board.reader.start())
