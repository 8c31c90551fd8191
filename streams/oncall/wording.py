"""What is to be told as the messages channels are given."""

from __future__ import annotations

from hashlib import blake2b
from typing import NamedTuple

from streams.channels.base import Message, Recipient
from streams.oncall.case import Case
from streams.oncall.news import What
from streams.oncall.quiet import is_over


class Item(NamedTuple):
    """One alert one recipient is to be told of.

    Parameters
    ----------
    case
        The alert.
    to
        ``channel/person``.
    recipient
        The same, with how they are reached.
    what
        Why now.
    again
        How many messages they got if the last was about this very version, else 0.

    """

    case: Case
    to: str
    recipient: Recipient
    what: What
    again: int

    @property
    def person(self) -> str:
        """Id of the person."""
        return self.recipient.id


def message_of(recipient: Recipient, items: list[Item]) -> Message:
    """Return the message that tells a recipient of one alert, or of several in a digest, the most urgent first."""
    mine = {item.case.alert.id: item for item in items}
    mine.update({item.case.alert.id: item for item in items if item.recipient == recipient})
    told = sorted(mine.values(), key=_urgency)
    alerts = tuple(item.case.alert for item in told)
    first = told[0]
    single = len(told) == 1
    return Message(
        key=_key(first, recipient) if single else _digest_key(told, recipient),
        alerts=alerts,
        what=first.what if single else "digest",
        recipient=recipient,
        exercise=first.case.alert.exercise,
    )


def _urgency(item: Item) -> tuple[bool, int, float, str]:
    alert = item.case.alert
    return is_over(alert), -alert.grade.rank, alert.raised_at.timestamp(), alert.id


def _key(item: Item, recipient: Recipient) -> str:
    alert = item.case.alert
    key = f"{alert.id}/{alert.revision.version}/{recipient.channel}/{recipient.id}"
    return f"{key}/{item.again + 1}" if item.again else key


def _digest_key(items: list[Item], recipient: Recipient) -> str:
    said = "\n".join(f"{item.case.alert.id}/{item.case.alert.revision.version}/{item.again}" for item in items)
    return f"digest/{recipient.channel}/{recipient.id}/{blake2b(said.encode(), digest_size=8).hexdigest()}"
