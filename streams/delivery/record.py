"""The record of every attempt to tell somebody: the value of ``deliveries``."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Literal

import msgspec

from streams.channels.base import Message

Outcome = Literal["ATTEMPT", "SENT", "RETRY", "FAILED", "GIVEN_UP", "SUPPRESSED"]


class Delivery(msgspec.Struct, frozen=True, kw_only=True):
    """One step in the life of a message; holds no address and no secret.

    Parameters
    ----------
    key
        Idempotency key of the message.
    alert, version
        Version of the alert it tells of; of a digest that of the most urgent one.
    channel, recipient
        The way out and the id of whom it goes to; after a fallback the other way. Empty where nobody was to be told.
    attempt
        1, 2, 3 … over all ways; 0 where nothing was tried.
    outcome
        ``ATTEMPT``: about to be sent, written before it is. Then one of ``SENT``; ``RETRY``: failed and will be tried
        again; ``FAILED``: this way is given up, another is taken; ``GIVEN_UP``: nobody was told and nobody tries any
        more; ``SUPPRESSED``: left out on purpose. An ``ATTEMPT`` that nothing follows was cut off by a crash.
    reason
        Why it failed or was left out: ``TIMEOUT``, ``RATE_LIMITED``, ``BREAKER_OPEN``, ``SUPERSEDED`` …
    at
        When.
    took_ms
        How long the other side took to answer, milliseconds.
    again
        It may have been sent before: the text says so.
    detail
        What the other side said: an id or a status.
    digest
        The versions a digest tells of, each as ``{alert}/{version}``.

    """

    key: str
    alert: str
    version: int
    channel: str
    recipient: str
    attempt: int
    outcome: Outcome
    reason: str = ""
    at: datetime
    took_ms: float | None = None
    again: bool = False
    detail: str = ""
    digest: tuple[str, ...] = ()


def instant(now: float) -> datetime:
    """Return epoch seconds as an aware instant."""
    return datetime.fromtimestamp(now, UTC)


def told_of(message: Message) -> tuple[str, int, tuple[str, ...]]:
    """Return alert and version a message tells of, and all of them if it is a digest."""
    versions = tuple(f"{alert.id}/{alert.revision.version}" for alert in message.alerts)
    first = message.alerts[0]
    return first.id, first.revision.version, versions if message.what == "digest" else ()
