"""A worker between what Faust asks of it and what it does; without a broker."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from typing import Any

import pytest
from faust.types import TP

from streams.live import Worker
from streams.settings import Settings

PARTITIONS = {TP("grid.reports", 0), TP("hotline.calls", 0), TP("hotline.calls", 1)}


class Stage:
    """Takes a partition over only when it is let."""

    def __init__(self) -> None:
        self.let = asyncio.Event()
        self.owned: set[TP] = set()

    async def assign(self, tp: TP, *_: Any) -> None:
        await self.let.wait()
        self.owned.add(tp)

    async def revoke(self, tps: Iterable[TP]) -> None:
        self.owned -= set(tps)


def worker() -> Worker:
    made = Worker(Settings(reporter_key="a key for tests only"))
    made.intake = made.detect = made.city = made.alerts = Stage()  # type: ignore[assignment]
    return made


async def turns() -> None:
    for _ in range(20):
        await asyncio.sleep(0)


def test_taking_over_goes_on_beside_so_that_heartbeats_begin() -> None:
    async def scene() -> None:
        one = worker()
        stage: Any = one.intake
        await asyncio.wait_for(
            one.app.on_partitions_assigned.send(PARTITIONS), 1.0
        )  # the callback that aiokafka waits for
        assert one.health() == "recovering"
        stage.let.set()
        await turns()
        assert (stage.owned, one.health()) == (PARTITIONS, "ready")

    asyncio.run(scene())


@pytest.mark.parametrize("then", ["revoked", "leaving"])
def test_a_worker_that_is_interrupted_while_taking_over_takes_nothing_more(then: str) -> None:
    async def scene() -> None:
        one = worker()
        stage: Any = one.intake
        await one.app.on_partitions_assigned.send(PARTITIONS)
        await turns()
        ending = asyncio.ensure_future(one.app.on_partitions_revoked.send(set()) if then == "revoked" else one.leave())
        await turns()
        assert not ending.done()  # waits for the partition that is under way
        stage.let.set()
        await asyncio.wait_for(ending, 1.0)
        assert len(stage.owned) == 1
        assert one.health() == "recovering"

    asyncio.run(scene())


def test_partitions_that_are_revoked_are_let_go_and_taken_over_anew_when_they_come_back() -> None:
    """What another worker did to them meanwhile is in their state, which has to be read again."""

    async def scene() -> None:
        one = worker()
        stage: Any = one.intake
        stage.let.set()
        await one.app.on_partitions_assigned.send(PARTITIONS)
        await turns()
        assert stage.owned == PARTITIONS
        await one.app.on_partitions_revoked.send(PARTITIONS)
        assert (stage.owned, one.health()) == (set(), "recovering")
        await one.app.on_partitions_assigned.send({TP("hotline.calls", 1)})
        await turns()
        assert (stage.owned, one.health()) == ({TP("hotline.calls", 1)}, "ready")

    asyncio.run(scene())


def test_a_worker_that_leaves_does_not_wait_for_a_broker_that_does_not_answer() -> None:
    async def scene() -> None:
        one = worker()
        await one.app.on_partitions_assigned.send(PARTITIONS)
        await asyncio.wait_for(one.leave(), 3.0)
        await turns()
        assert one._takeover is not None
        assert one._takeover.cancelled()

    asyncio.run(scene())
