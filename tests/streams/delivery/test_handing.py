"""How long a message waits for an answer of its channel."""

from __future__ import annotations

import asyncio
import time

import pytest

from streams.channels.base import Message, Receipt, Recipient
from streams.delivery.handing import CUT_S, RED_CUT_S, Hands, cut_s
from streams.delivery.sender import Attempt
from tests.builders import an_alert

ANNA = Recipient(id="anna", channel="chat")


def a_message(grade: str, what: str = "alert") -> Message:
    return Message(key=f"a1/1/{grade}", alerts=(an_alert("a1", grade),), what=what, recipient=ANNA)  # type: ignore[arg-type]


class Silent:
    """Takes a message and says nothing."""

    name = "chat"
    per_minute = None

    async def send(self, message: Message) -> Receipt:
        await asyncio.sleep(60)
        raise AssertionError(message)

    async def close(self) -> None:
        """Has nothing open."""


@pytest.mark.parametrize(
    ("message", "seconds"),
    [(a_message("red"), RED_CUT_S), (a_message("orange"), CUT_S), (a_message("red", "digest"), CUT_S)],
)
def test_only_a_red_message_cannot_wait_for_long(message: Message, seconds: float) -> None:
    assert cut_s(message) == seconds


@pytest.mark.alone
def test_a_red_message_nobody_answers_is_tried_again_soon() -> None:
    begun = time.monotonic()
    answer = asyncio.run(Hands({"chat": Silent()}).hand(Attempt("a1/1/chat/anna", 1, a_message("red"))))
    assert (answer.verdict, answer.reason) == ("RETRY", "TIMEOUT")
    assert time.monotonic() - begun < 5.0
