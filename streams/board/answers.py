"""What became of the commands that were sent from here: the answers people wait for. Pure but for the waiting."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import ClassVar

from rules.command import CommandAnswer
from streams import topics
from streams.codec import decode_answer
from streams.tail import Heard


class Answers:
    """Hands every answer to whoever waits for it.

    Attributes
    ----------
    topics, since
        What it reads, and from where on.

    """

    topics: ClassVar[tuple[str, ...]] = (topics.ANSWERS,)
    since: ClassVar[timedelta] = timedelta(0)

    def __init__(self) -> None:
        self._waiting: dict[str, asyncio.Future[CommandAnswer]] = {}

    def take(self, record: Heard) -> None:
        """Take in a record of ``commands.answers``."""
        if record.value is None or not self._waiting:
            return
        answer = decode_answer(record.value)
        waiting = self._waiting.pop(answer.command.id, None)
        if waiting is not None and not waiting.done():
            waiting.set_result(answer)

    def expect(self, command_id: str) -> asyncio.Future[CommandAnswer]:
        """Return what will hold the answer to a command; to be asked for before it is sent."""
        future: asyncio.Future[CommandAnswer] = asyncio.get_running_loop().create_future()
        self._waiting[command_id] = future
        return future

    def forget(self, command_id: str) -> None:
        """Wait no longer."""
        self._waiting.pop(command_id, None)
