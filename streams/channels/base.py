"""What every channel is given, what it answers, and how it says that it could not."""

from __future__ import annotations

from typing import Literal, Protocol

import msgspec

from rules.alert import Alert

TIMEOUT_S = 10.0


class Recipient(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A person, group or system a message goes to, on one channel.

    Parameters
    ----------
    id
        Stable: ``zhang.wei``, ``gas-company``, ``district-desk``.
    channel
        Name of a configured channel.
    address
        What the channel needs beyond its configuration: an e-mail address, a phone number, whom to mention. Never
        logged.
    language
        In which the message is written.

    """

    id: str
    channel: str
    address: str = ""
    language: Literal["zh", "en"] = "zh"

    def __repr__(self) -> str:
        address = "…" if self.address else ""
        return f"Recipient(id={self.id!r}, channel={self.channel!r}, address={address!r}, language={self.language!r})"


class Message(msgspec.Struct, frozen=True, kw_only=True):
    """What is to be told, before a channel shortens it.

    Parameters
    ----------
    key
        Idempotency key: ``{alert}/{version}/{channel}/{recipient}``, and ``digest/…`` for a digest.
    alerts
        One, or those of a digest, the most urgent first.
    what
        Why it is sent now.
    recipient
        To whom.
    links
        ``sign``, ``false`` and ``open``, each with its URL.
    again
        It may have been sent before (after a crash): the text says so.
    exercise
        It belongs to an exercise (演练).

    """

    key: str
    alerts: tuple[Alert, ...]
    what: Literal["alert", "reminder", "escalation", "digest", "resolved"]
    recipient: Recipient
    links: dict[str, str] = {}
    again: bool = False
    exercise: bool = False


class Receipt(msgspec.Struct, frozen=True, kw_only=True):
    """What the other side said: an id or a status, never a secret; and whether the text had to be shortened."""

    detail: str = ""
    shortened: bool = False


RetryReason = Literal["TIMEOUT", "CONNECTION", "RATE_LIMITED", "SERVER_ERROR", "GARBAGE"]
PermanentReason = Literal["REJECTED", "BAD_ADDRESS", "TOO_LONG", "CONFIGURATION"]


class Retryable(Exception):
    """It may go through later.

    Parameters
    ----------
    reason
        Short, stable, upper case.
    after_s
        Not before so many seconds, where the other side said so.

    """

    def __init__(self, reason: RetryReason, after_s: float | None = None) -> None:
        self.reason = reason
        self.after_s = after_s
        super().__init__(reason)


class Permanent(Exception):
    """It will never go through as it is.

    Parameters
    ----------
    reason
        Short, stable, upper case.
    message
        What the other side said; holds no secret and no address.

    """

    def __init__(self, reason: PermanentReason, message: str) -> None:
        self.reason = reason
        self.message = message
        super().__init__(f"{reason}: {message}")


class Channel(Protocol):
    """A way out, configured under a name of its own."""

    name: str
    per_minute: int | None

    async def send(self, message: Message) -> Receipt:
        """Send, within a time limit of its own and without following redirects.

        Raises
        ------
        Retryable
            When it may go through later.
        Permanent
            When it never will.

        """

    async def close(self) -> None:
        """Let go of connections."""
