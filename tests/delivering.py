"""Messages, and a world that answers them, for tests of delivery."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from streams.channels.base import Message, Recipient
from streams.delivery.sender import Answer, Attempt, Sender
from tests.builders import an_alert

SENT = Answer("SENT", took_ms=5.0)
TIMEOUT = Answer("RETRY", "TIMEOUT")
REFUSED = Answer("RETRY", "CONNECTION")
BROKEN = Answer("RETRY", "SERVER_ERROR")
REJECTED = Answer("FAILED", "REJECTED")


def a_message(
    alert: str = "a1",
    version: int = 1,
    *,
    grade: str = "orange",
    channel: str = "wecom",
    to: str = "zhang.wei",
    **over: Any,
) -> Message:
    """A version of an alert, to one person on one channel."""
    base: dict[str, Any] = {
        "key": f"{alert}/{version}/{channel}/{to}",
        "alerts": (an_alert(alert, grade, "new" if version == 1 else "update", version),),
        "what": "alert",
        "recipient": Recipient(id=to, channel=channel),
    }
    return Message(**{**base, **over})


def sends(sender: Sender, now: float, answer: Answer = SENT, **by_channel: Answer) -> list[Attempt]:
    """Make the attempts of one moment; all get `answer`, or that of their channel."""
    attempts = sender.intend(now)
    for attempt in attempts:
        sender.settle(attempt.key, by_channel.get(attempt.message.recipient.channel, answer), now)
    return attempts


def runs(
    sender: Sender, start: float, end: float, answers: Mapping[str, Any], step: float = 0.5
) -> list[tuple[float, Attempt]]:
    """Let time pass; what a channel answers may depend on the time."""
    made: list[tuple[float, Attempt]] = []
    now = start
    while now <= end:
        for attempt in sender.intend(now):
            answer = answers.get(attempt.message.recipient.channel, SENT)
            made.append((now, attempt))
            sender.settle(attempt.key, answer(now) if callable(answer) else answer, now)
        now += step
    return made
