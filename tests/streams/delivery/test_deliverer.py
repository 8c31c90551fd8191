"""What the process that delivers holds against the topic of notices; without a broker."""

from __future__ import annotations

import asyncio
from types import SimpleNamespace
from typing import Any

from streams.delivery.deliverer import Deliverer
from streams.errors import StateError
from streams.settings import Settings


def polled(ends: list[int | None]) -> Deliverer:
    """A process that has taken 100 notices in, after as many polls as there are ends of the topic."""
    unused: Any = None
    deliverer, left = Deliverer(Settings(), unused, unused), iter(ends)

    async def nothing(**_: Any) -> dict[Any, Any]:
        return {}

    async def scene() -> None:
        consumer: Any = SimpleNamespace(
            getmany=nothing, highwater=lambda _where: next(left), assignment=lambda: {deliverer._where}
        )
        tenure: Any = SimpleNamespace(next_offset=100)
        deliverer._consumer, deliverer._tenure = consumer, tenure
        for _ in ends:
            await deliverer._guard(deliverer._poll())

    asyncio.run(scene())
    return deliverer


def test_a_topic_of_notices_that_was_made_anew_ends_the_process_so_that_the_next_one_begins_with_it() -> None:
    deliverer = polled([None, 3, *[3] * 10])
    assert isinstance(deliverer.failure, StateError)
    assert deliverer.health() == "failed"


def test_an_end_that_was_asked_for_before_somebody_else_took_more_in_ends_nobody() -> None:
    assert polled([None, 90, 90, *[100] * 20, 90, 120]).failure is None
