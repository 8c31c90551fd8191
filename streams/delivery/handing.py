"""Hands messages to channels and turns what they say, or do not say, into answers."""

from __future__ import annotations

import asyncio
import logging
import time
import traceback
from collections.abc import Callable, Mapping

import msgspec

from rules.alert import Grade
from streams.channels.base import Channel, Message, Permanent, Retryable
from streams.delivery.sender import Answer, Attempt

log = logging.getLogger("fenghuo")

CUT_S = 30.0
"""A channel has a time limit of its own; one that forgets it is cut off after this."""

RED_CUT_S = 3.0
"""So long a red message waits for an answer: then it is tried again, marked, and meanwhile nobody has lost time."""

Links = Callable[[Message], dict[str, str]]


def no_links(_: Message) -> dict[str, str]:
    """Offer nothing to tap on."""
    return {}


def cut_s(message: Message) -> float:
    """Return how long to wait for a channel's answer, seconds."""
    red = message.what != "digest" and any(alert.grade is Grade.RED for alert in message.alerts)
    return RED_CUT_S if red else CUT_S


class Hands:
    """The channels there are.

    Parameters
    ----------
    channels
        By name.
    links
        Makes the links of a message just before it is sent, for they expire.

    """

    def __init__(self, channels: Mapping[str, Channel], links: Links = no_links) -> None:
        self._channels = dict(channels)
        self._links = links

    async def hand(self, attempt: Attempt) -> Answer:
        """Hand a message to its channel; return what became of it."""
        begun = time.monotonic()
        answer = await self._answer(attempt.message)
        return answer._replace(took_ms=round((time.monotonic() - begun) * 1000, 1))

    async def _answer(self, message: Message) -> Answer:
        name = message.recipient.channel
        try:
            full = msgspec.structs.replace(message, links={**self._links(message), **message.links})
            receipt = await asyncio.wait_for(self._channels[name].send(full), cut_s(message))
        except Retryable as error:
            return Answer("RETRY", error.reason, after_s=error.after_s)
        except Permanent as error:
            return Answer("FAILED", error.reason, detail=error.message)
        except TimeoutError:
            return Answer("RETRY", "TIMEOUT")
        except Exception as error:  # noqa: BLE001 - as said below
            # A fault in one channel must not end delivery on the others. Its text may hold an address: only its type.
            where = "".join(traceback.format_tb(error.__traceback__))
            log.error("channel %s failed as it should not: %s\n%s", name, type(error).__name__, where)  # noqa: TRY400
            return Answer("RETRY", "FAULT")
        return Answer("SENT", detail=receipt.detail)

    async def close(self) -> None:
        """Let go of all connections."""
        for channel in self._channels.values():
            await channel.close()
