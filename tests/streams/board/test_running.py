"""A board whose reading or telling has ended ends itself, so that whoever runs it starts it again."""

from __future__ import annotations

import asyncio

import pytest
from starlette.responses import PlainTextResponse

from streams.board.running import _answer
from streams.settings import Settings

SETTINGS = Settings(board_host="127.0.0.1", board_port=0)


def test_a_board_that_is_kept_up_to_date_no_more_ends_with_a_failure(caplog: pytest.LogCaptureFixture) -> None:
    async def ended() -> None:
        await asyncio.sleep(0.1)
        raise RuntimeError("no more")

    async def scene() -> int:
        return await _answer(PlainTextResponse(""), SETTINGS, [asyncio.create_task(ended())])

    assert asyncio.run(asyncio.wait_for(scene(), 20)) == 1
    assert any("ends" in said for said in caplog.messages)
