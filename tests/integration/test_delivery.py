"""Delivery on a real Kafka to a real HTTP server on the loopback."""

from __future__ import annotations

import asyncio
import signal
import time
import urllib.request
from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import pytest
from kafka import TopicPartition

from streams import topics
from streams.codec import encode
from streams.delivery.deliverer import Deliverer
from streams.producing import Outbox, new_producer
from streams.settings import Settings
from streams.tail import Tail
from streams.topicadmin import asking, create_topics
from tests.builders import an_alert
from tests.integration.delivering import QUICK, Receiver, a_process, deliveries, kills, notice
from tests.integration.harness import free_port
from tests.plainly import a_deliverer


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    made = Receiver()
    yield made
    made.stop()


@pytest.fixture
def settings(kafka: str, topic_prefix: str) -> Settings:
    made = Settings(bootstrap=kafka, prefix=topic_prefix, group=f"{topic_prefix}group", partitions=1)
    create_topics(made)
    return made


@asynccontextmanager
async def delivering(
    settings: Settings, receiver: Receiver, *names: str, fails: bool = False
) -> AsyncIterator[Deliverer]:
    """A member of the group in this process."""
    deliverer = a_deliverer(
        dict.fromkeys(names, receiver.url),
        QUICK,
        bootstrap=settings.bootstrap,
        prefix=settings.prefix,
        group=settings.group,
        partitions=1,
        environ={},
    )
    stopping = asyncio.Event()
    task = asyncio.create_task(deliverer.run(stopping))
    try:
        yield deliverer
    finally:
        stopping.set()
        await task
        assert (deliverer.failure is not None) is fails


async def until(true: Callable[[], object], seconds: float = 30.0) -> None:
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end, "it did not come to that"
        await asyncio.sleep(0.02)


@pytest.mark.alone
def test_a_notice_becomes_messages_and_every_step_is_on_record(settings: Settings, receiver: Receiver) -> None:
    async def play() -> float:
        async with delivering(settings, receiver, "wecom", "sms") as deliverer:
            await until(lambda: deliverer.health() == "ready")
            await notice(settings, an_alert("warm", "blue"))
            await until(lambda: len(receiver.accepted) == 2)
            begun = time.time()
            await notice(settings, an_alert("a", "red"))
            await until(lambda: len(receiver.accepted) == 4)
            page = deliverer.metrics.text().decode()
            assert 'fenghuo_deliveries_total{channel="sms",outcome="SENT"}' in page
            return receiver.at["a/1/sms/desk"] - begun

    assert asyncio.run(play()) < 1.0
    told = Counter((one.key, one.outcome) for one in deliveries(settings))
    keys = [f"{alert}/1/{channel}/desk" for alert in ("warm", "a") for channel in ("wecom", "sms")]
    assert told == {(key, outcome): 1 for key in keys for outcome in ("ATTEMPT", "SENT")}


def test_the_same_version_again_and_a_restart_send_nothing_twice(settings: Settings, receiver: Receiver) -> None:
    async def play() -> None:
        for run in range(2):
            async with delivering(settings, receiver, "wecom") as deliverer:
                await until(lambda: deliverer.health() == "ready")
                await notice(settings, an_alert("a"), an_alert("a"), an_alert(f"new{run}"))
                await until(lambda: f"new{run}/1/wecom/desk" in receiver.at)  # noqa: B023

    asyncio.run(play())
    assert Counter(str(body["key"]) for body in receiver.accepted) == dict.fromkeys(
        ("a/1/wecom/desk", "new0/1/wecom/desk", "new1/1/wecom/desk"), 1
    )


def test_a_process_whose_clock_is_behind_ends_and_says_so(
    settings: Settings, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def play() -> None:
        async with delivering(settings, receiver, "wecom", fails=True) as deliverer:
            await notice(settings, an_alert("a"))
            await until(lambda: deliverer.failure is not None)
            assert "the clock of this machine is more than five minutes behind the broker's" in str(deliverer.failure)

    real = time.time
    monkeypatch.setattr(time, "time", lambda: real() - 600.0)
    asyncio.run(play())


@pytest.mark.alone
@pytest.mark.parametrize("answer", [(429, "slow down"), (500, "oops"), (200, "<html>"), None, "refused"])
def test_a_receiver_that_is_down_loses_nothing_and_delays_no_other(
    settings: Settings, receiver: Receiver, answer: tuple[int, str] | str | None
) -> None:
    async def play() -> None:
        well = Receiver()
        try:
            url = f"http://127.0.0.1:{free_port()}/" if answer == "refused" else receiver.url
            await bad_times({"wecom": url, "sms": well.url}, well)
        finally:
            well.stop()

    async def bad_times(urls: dict[str, str], well: Receiver) -> None:
        down = True
        receiver.behaves["wecom"] = lambda _: answer if down else (200, "ok")  # type: ignore[return-value]
        deliverer = a_deliverer(
            urls, QUICK, bootstrap=settings.bootstrap, prefix=settings.prefix, group=settings.group, environ={}
        )
        stopping = asyncio.Event()
        task = asyncio.create_task(deliverer.run(stopping))
        await until(lambda: deliverer.health() == "ready")
        sent: dict[str, float] = {}
        for number in range(20):
            sent[f"{number}/1/sms/desk"] = time.time()
            await notice(settings, an_alert(str(number), ["red", "blue"][number % 2]))
            await asyncio.sleep(0.1)
        await until(lambda: len(well.accepted) == 20)
        assert all(well.at[key] - at < 1.5 for key, at in sent.items())
        if answer == "refused":
            mended = deliverer._hands._channels["wecom"]
            mended._url = receiver.url
        down = False
        await until(lambda: len(receiver.accepted) == 20)
        stopping.set()
        await task

    asyncio.run(play())
    assert len({str(body["key"]) for body in receiver.accepted}) == 20 == len(receiver.accepted)
    last = {one.key: one.outcome for one in deliveries(settings)}
    assert set(last.values()) == {"SENT"}
    assert len(last) == 40


def test_what_is_no_alert_goes_to_the_dead_letters_and_holds_nothing_up(settings: Settings, receiver: Receiver) -> None:
    async def play() -> None:
        async with delivering(settings, receiver, "wecom") as deliverer:
            await until(lambda: deliverer.health() == "ready")
            await notice(settings, b"{", an_alert("a"))
            await until(lambda: receiver.accepted)

    asyncio.run(play())
    with Tail(settings, [topics.DEAD], from_beginning=True) as tail:
        (letter,) = tail.to_end()
    assert b'"notices"' in (letter.value or b"")


def test_a_second_process_stands_by_and_takes_over(settings: Settings, receiver: Receiver) -> None:
    async def play() -> None:
        async with delivering(settings, receiver, "wecom") as second:
            async with delivering(settings, receiver, "wecom") as first:
                await until(lambda: sorted([first.health(), second.health()]) == ["ready", "standby"])
                await notice(settings, an_alert("a"))
                await until(lambda: len(receiver.accepted) == 1)
            await until(lambda: second.health() == "ready")
            await notice(settings, an_alert("a"), an_alert("b"))
            await until(lambda: len(receiver.accepted) == 2)

    asyncio.run(play())
    assert [body["key"] for body in receiver.accepted] == ["a/1/wecom/desk", "b/1/wecom/desk"]
    assert not any(body["again"] for body in receiver.accepted)


def test_the_first_process_ever_tells_nobody_of_last_month(settings: Settings, receiver: Receiver) -> None:
    async def old() -> None:
        producer = new_producer(settings.client())
        await producer.start()
        outbox = Outbox(producer, 1)
        month_ago = int((time.time() - 30 * 86_400) * 1000)
        outbox.add(settings.topic(topics.NOTICES), b"k", encode(an_alert("old")), timestamp_ms=month_ago)
        await outbox.send()
        await producer.stop()

    async def play() -> None:
        await old()
        await notice(settings, an_alert("recent"))
        async with delivering(settings, receiver, "wecom"):
            await until(lambda: receiver.accepted)

    asyncio.run(play())
    assert [body["key"] for body in receiver.accepted] == ["recent/1/wecom/desk"]


def make_anew(settings: Settings) -> None:
    """Delete the topic of notices, and make another of its name."""
    name = settings.topic(topics.NOTICES)
    with asking(settings) as admin:
        admin.delete_topics([name])
        while name in admin.list_topics():
            time.sleep(0.05)
    create_topics(settings)


def test_a_topic_of_notices_made_anew_while_nobody_delivered_is_taken_in_from_its_beginning(
    settings: Settings, receiver: Receiver
) -> None:
    async def play() -> None:
        await notice(settings, an_alert("a"))
        async with delivering(settings, receiver, "wecom"):
            await until(lambda: receiver.accepted)
        await asyncio.to_thread(make_anew, settings)
        await notice(settings, an_alert("b"), an_alert("c"))  # more than were there before
        async with delivering(settings, receiver, "wecom"):
            await until(lambda: len(receiver.accepted) == 3)

    asyncio.run(play())
    assert sorted(body["key"] for body in receiver.accepted) == [f"{alert}/1/wecom/desk" for alert in "abc"]


def test_a_topic_of_notices_made_anew_under_a_process_ends_it_and_the_next_one_begins_with_it(
    settings: Settings, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("streams.delivery.deliverer.LOOK_S", 0.2)

    async def play() -> None:
        await notice(settings, an_alert("a"))
        async with delivering(settings, receiver, "wecom", fails=True) as deliverer:
            await until(lambda: receiver.accepted)
            await asyncio.to_thread(make_anew, settings)
            await notice(settings, an_alert("b"), an_alert("c"))
            await until(lambda: deliverer.failure)
        async with delivering(settings, receiver, "wecom"):
            await until(lambda: len(receiver.accepted) == 3)

    asyncio.run(play())
    assert sorted(body["key"] for body in receiver.accepted) == [f"{alert}/1/wecom/desk" for alert in "abc"]


def test_notices_deleted_before_anybody_took_them_in_are_counted_and_said(
    settings: Settings, receiver: Receiver, caplog: pytest.LogCaptureFixture
) -> None:
    async def play() -> str:
        await notice(settings, an_alert("a"))
        async with delivering(settings, receiver, "wecom"):
            await until(lambda: receiver.accepted)
        await notice(settings, *(an_alert(alert) for alert in "bcd"))
        with asking(settings) as admin:
            admin.delete_records({TopicPartition(settings.topic(topics.NOTICES), 0): 3})
        async with delivering(settings, receiver, "wecom") as deliverer:
            await until(lambda: len(receiver.accepted) == 2)
            return deliverer.metrics.text().decode()

    counted = asyncio.run(play())
    assert [body["key"] for body in receiver.accepted] == ["a/1/wecom/desk", "d/1/wecom/desk"]
    assert 'fenghuo_notices_total{outcome="MISSING"} 2.0' in counted
    assert "2 notices were deleted before anybody took them in" in caplog.text


def test_notices_deleted_are_said_once_however_often_a_process_begins_before_the_next_notice(
    settings: Settings, receiver: Receiver, caplog: pytest.LogCaptureFixture
) -> None:
    async def play() -> None:
        await notice(settings, an_alert("a"))
        async with delivering(settings, receiver, "wecom"):
            await until(lambda: receiver.accepted)
        await notice(settings, an_alert("b"))
        with asking(settings) as admin:
            admin.delete_records({TopicPartition(settings.topic(topics.NOTICES), 0): 2})
        for _ in range(2):
            async with delivering(settings, receiver, "wecom") as deliverer:
                await until(lambda: deliverer.health() == "ready")

    asyncio.run(play())
    assert caplog.text.count("1 notices were deleted before anybody took them in") == 1


@pytest.mark.slow
def test_a_kill_between_sending_and_recording_loses_nothing_and_marks_what_comes_twice(
    settings: Settings, receiver: Receiver, tmp_path: Path
) -> None:
    lost, doubles, unmarked = kills(settings, receiver, tmp_path, 5)
    assert (lost, unmarked) == (0, 0)
    assert doubles >= 5, "the test killed nothing that was on its way"


@pytest.mark.slow
def test_a_process_that_was_paused_while_another_took_over_sends_nothing_any_more(
    settings: Settings, receiver: Receiver, tmp_path: Path
) -> None:
    with a_process(settings, {"wecom": receiver.url}, tmp_path) as paused:
        asyncio.run(notice(settings, an_alert("a")))
        asyncio.run(until(lambda: len(receiver.accepted) == 1))
        with a_process(settings, {"wecom": receiver.url}, tmp_path):
            time.sleep(5.0)
            paused.send_signal(signal.SIGSTOP)
            asyncio.run(notice(settings, an_alert("b")))
            asyncio.run(until(lambda: len(receiver.accepted) == 2))
            paused.send_signal(signal.SIGCONT)
            asyncio.run(notice(settings, *(an_alert(str(number)) for number in range(20))))
            asyncio.run(until(lambda: len(receiver.at) == 22))
            time.sleep(1.0)
    assert len(receiver.accepted) == 22
    assert not any(body["again"] for body in receiver.accepted)


def test_the_pages_of_a_process_answer(settings: Settings, receiver: Receiver, tmp_path: Path) -> None:
    with a_process(settings, {"wecom": receiver.url}, tmp_path) as process:
        url = f"http://127.0.0.1:{process.port}"  # type: ignore[attr-defined]
        end, health = time.monotonic() + 30, b""
        while b"ready" not in health and time.monotonic() < end:
            with suppress(OSError), urllib.request.urlopen(f"{url}/health", timeout=2) as page:  # noqa: S310
                health = page.read()
            time.sleep(0.1)
        assert health == b'{"status": "ready"}'
        with urllib.request.urlopen(f"{url}/metrics", timeout=2) as page:  # noqa: S310 - our own
            assert b"fenghuo_delivery_owner 1.0" in page.read()
    assert process.returncode == 0
