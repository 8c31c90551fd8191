"""Taking over a partition of `events` on a real Kafka, when that does not come to its end."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from streams.detecting import DetectStage
from streams.lines import DISTRICTS
from streams.metrics import Metrics
from streams.partition import EventsPartition
from streams.settings import Settings
from streams.topicadmin import create_topics
from tests.builders import a_pipeline


def a_stage(settings: Settings) -> DetectStage:
    """A stage that has taken over nothing yet and sends nothing."""
    nothing: Any = None
    return DetectStage(
        DISTRICTS, settings, nothing, Metrics(), lambda: EventsPartition(a_pipeline(), []), nothing, nothing
    )


@pytest.mark.parametrize("how", ["fails", "is cut off"])
def test_a_takeover_that_does_not_come_to_its_end_leaves_no_producer_behind(
    how: str, kafka: str, topic_prefix: str
) -> None:
    settings = Settings(bootstrap=kafka, prefix=topic_prefix, group=f"{topic_prefix}group", partitions=1)
    create_topics(settings)

    async def scene() -> None:
        stage = a_stage(settings)
        asked = asyncio.Event()

        async def first_offset() -> int:
            asked.set()
            if how == "fails":
                raise OSError("no answer")
            return await asyncio.get_running_loop().create_future()

        async def zero() -> int:
            return 0

        takeover = asyncio.ensure_future(stage.assign(0, first_offset))
        await asked.wait()
        if how == "is cut off":
            takeover.cancel()
        with pytest.raises((OSError, asyncio.CancelledError)):
            await takeover
        assert stage.offsets() == []
        assert asyncio.all_tasks() == {asyncio.current_task()}  # a producer that is not closed goes on sending
        await stage.assign(0, zero)
        assert len(stage.offsets()) == 1
        await stage.revoke([0])

    asyncio.run(scene())
