"""Sends commands, and waits for what becomes of them."""

from __future__ import annotations

import asyncio
from typing import Any, NamedTuple

from aiokafka import AIOKafkaProducer
from aiokafka.errors import KafkaError

from rules.alert import Alert, Text
from rules.command import Action, Command, CommandAnswer
from streams import topics
from streams.board.answers import Answers
from streams.codec import encode
from streams.commanding import command_about, refusal_of
from streams.producing import new_producer
from streams.settings import Settings

_SENT_WITHIN_S = 5.0
_ANSWERED_WITHIN_S = 15.0

UNREACHABLE = Text(
    "Kafka 未响应，命令没有发出，请稍后再试", "Kafka does not answer: nothing was sent, try again in a moment"
)
UNKNOWN_SENT = Text(
    "Kafka 未确认，命令可能已发出，请查看预警状态", "Kafka did not confirm it: it may have been sent, look at the alert"
)
UNANSWERED = Text(
    "命令已发出，尚无节点确认，请稍后查看预警状态",
    "sent, but no worker has confirmed it yet: look at the alert in a moment",
)


class Outcome(NamedTuple):
    """What came of a command.

    Parameters
    ----------
    done
        A worker has confirmed that it was obeyed.
    says
        Why it was not, or why that is not known; ``None`` when it was.
    answer
        The answer, when there was one.
    sent
        Whether it may have reached the topic.

    """

    done: bool
    says: Text | None = None
    answer: CommandAnswer | None = None
    sent: bool = False


class Sender:
    """Puts commands on their topic.

    Parameters
    ----------
    settings
        Cluster and prefix.
    answers
        Where the answers come in.

    """

    def __init__(self, settings: Settings, answers: Answers) -> None:
        self._settings = settings
        self._answers = answers
        self._producer: AIOKafkaProducer | None = None
        self._starting = asyncio.Lock()

    async def about(self, alert: Alert, action: Action, by: str, why: str = "", **more: Any) -> Outcome:  # noqa: ANN401
        """Send a command about an alert as it is seen, and wait for its answer; see `rules.command.Command`.

        Parameters
        ----------
        alert
            As it was seen: a signature or a verdict does not hold for a higher grade.
        action, by, why
            What, who, and what for.
        more
            What else the command says: ``grade``, ``to``, ``other``, ``finding``.

        """
        command = command_about(alert, action, by=by, why=why, **more)
        says = refusal_of(alert, command)
        return Outcome(done=False, says=says) if says is not None else await self.send(command)

    async def send(self, command: Command) -> Outcome:
        """Send a command as it is, and wait for its answer."""
        answer = self._answers.expect(command.id)
        try:
            producer = await asyncio.wait_for(self._started(), _SENT_WITHIN_S)
        except (KafkaError, TimeoutError):
            self._answers.forget(command.id)
            return Outcome(done=False, says=UNREACHABLE)
        name, key = self._settings.topic(topics.COMMANDS), command.alert.encode()
        try:
            sending = producer.send_and_wait(name, encode(command), key=key)
            await asyncio.wait_for(sending, _SENT_WITHIN_S)
        except (KafkaError, TimeoutError):
            self._answers.forget(command.id)
            return Outcome(done=False, says=UNKNOWN_SENT, sent=True)
        try:
            found = await asyncio.wait_for(answer, _ANSWERED_WITHIN_S)
        except TimeoutError:
            self._answers.forget(command.id)
            return Outcome(done=False, says=UNANSWERED, sent=True)
        return Outcome(done=not found.reason, says=found.says if found.reason else None, answer=found, sent=True)

    async def close(self) -> None:
        """Disconnect."""
        if self._producer is not None:
            await self._producer.stop()

    async def _started(self) -> AIOKafkaProducer:
        async with self._starting:
            if self._producer is None:
                producer = new_producer(self._settings.client())
                try:
                    await producer.start()
                except BaseException:
                    await producer.stop()
                    raise
                self._producer = producer
            return self._producer
