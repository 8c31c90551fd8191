"""The order of things: nothing is handed over before it is written down."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterable, Mapping
from types import SimpleNamespace
from typing import Any

import pytest

from streams.channels.base import Message, Receipt, Recipient
from streams.codec import encode
from streams.delivery.dispatch import Dispatch
from streams.delivery.handing import Hands
from streams.delivery.reached import Reached
from streams.delivery.sender import Sender
from streams.delivery.tenure import OFFSET, Tenure
from streams.errors import StateError
from streams.metrics import DeliveryMetrics
from streams.settings import Settings
from tests.builders import an_alert
from tests.plainly import Everybody


class Broken(Exception):
    """What a writer raises that cannot write any more."""


class Writer:
    """Keeps what it is told to write, and when."""

    def __init__(self, story: list[str], fails_at: int = 0) -> None:
        self.story = story
        self.fails_at = fails_at
        self.writes = 0
        self.items: dict[str, bytes | None] = {}

    async def write(self, items: Mapping[str, bytes | None], beside: Iterable[tuple[str, str, bytes]] = ()) -> None:
        self.writes += 1
        if self.writes == self.fails_at:
            raise Broken
        await asyncio.sleep(0.01)
        self.items.update(items)
        for _, key, value in beside:
            outcome = "ATTEMPT" if b'"ATTEMPT"' in value else "SENT" if b'"SENT"' in value else "other"
            self.story.append(f"wrote {outcome} {key}")


class Wire:
    """A channel that notes what it was handed."""

    name = "wire"
    per_minute = None

    def __init__(self, story: list[str]) -> None:
        self.story = story

    async def send(self, message: Message) -> Receipt:
        self.story.append(f"handed {message.key}")
        return Receipt()

    async def close(self) -> None:
        pass


def a_tenure(story: list[str], **writer: Any) -> tuple[Tenure, Writer, list[int]]:
    dispatch = Dispatch(Everybody([Recipient(id="desk", channel="wire")]), Sender({"wire": None}))
    keeps, committed = Writer(story, **writer), list[int]()

    async def commit(offset: int) -> None:
        committed.append(offset)

    tenure = Tenure(
        Settings(),
        dispatch,
        Hands({"wire": Wire(story)}),
        keeps,  # type: ignore[arg-type]
        DeliveryMetrics(),
        commit=commit,
        reached=Reached(5, "id"),
        end=5,
        longest_silence_s=3_600.0,
    )
    return tenure, keeps, committed


def records(*alerts: str, first: int = 5) -> list[Any]:
    return [
        SimpleNamespace(offset=first + n, timestamp=0, headers=(), value=encode(an_alert(alert)))
        for n, alert in enumerate(alerts)
    ]


def test_an_attempt_is_written_down_before_and_its_outcome_after_it() -> None:
    story: list[str] = []

    async def play() -> tuple[Writer, list[int]]:
        tenure, writer, committed = a_tenure(story)
        running = asyncio.create_task(tenure.run())
        await tenure.offer(records("a", "b"))
        while len(story) < 6:  # noqa: ASYNC110 - a story is no event
            await asyncio.sleep(0.01)
        tenure.stop()
        await running
        return writer, committed

    writer, committed = asyncio.run(play())
    for alert in "ab":
        key = f"{alert}/1/wire/desk"
        steps = [story.index(f"{what} {key}") for what in ("wrote ATTEMPT", "handed", "wrote SENT")]
        assert steps == sorted(steps)
    assert writer.items[OFFSET] == b"7 id"
    assert committed == [7]


@pytest.mark.parametrize("fails_at", [1, 2])
def test_who_cannot_write_hands_nothing_over_and_lets_nobody_wait(fails_at: int) -> None:
    story: list[str] = []

    async def play() -> list[int]:
        tenure, _, committed = a_tenure(story, fails_at=fails_at)
        running = asyncio.create_task(tenure.run())
        offers = [asyncio.create_task(tenure.offer(records(*"ab", first=first))) for first in (5, 7)]
        await asyncio.wait_for(asyncio.gather(*offers), 5.0)
        with pytest.raises(Broken):
            await running
        return committed

    committed = asyncio.run(play())
    assert len([one for one in story if one.startswith("handed")]) == (0 if fails_at == 1 else 2)
    assert committed == ([] if fails_at == 1 else [7]), "what was written down may be committed"


def test_a_notice_that_was_taken_in_already_is_skipped() -> None:
    story: list[str] = []

    async def play() -> None:
        tenure, _, _ = a_tenure(story)
        running = asyncio.create_task(tenure.run())
        await tenure.offer(records("old", "new", first=4))
        while len(story) < 3:  # noqa: ASYNC110 - a story is no event
            await asyncio.sleep(0.01)
        tenure.stop()
        await running

    asyncio.run(play())
    assert {one.rpartition(" ")[2] for one in story} == {"new/1/wire/desk"}


def test_a_clock_that_is_set_back_ends_the_process_so_that_the_next_one_plans_by_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    tenure, _, _ = a_tenure([])

    async def scene() -> None:
        running = asyncio.ensure_future(tenure.run())
        await asyncio.sleep(0.05)
        now = time.time()
        monkeypatch.setattr("time.time", lambda: now - 3_600.0)
        tenure._wake.set()
        with pytest.raises(StateError, match="was set back by 3600 s"):
            await asyncio.wait_for(running, 5.0)

    asyncio.run(scene())
