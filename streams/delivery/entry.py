"""A message on its way through delivery, and how it is kept."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from rules.alert import Grade
from streams.channels.base import Message, Recipient
from streams.delivery.lane import Item


class Entry(msgspec.Struct, kw_only=True):
    """A message that is not done.

    Parameters
    ----------
    message
        As it came.
    ways
        To whom it may go, the first as it was meant to, the others if that fails.
    seq
        Its place in the order of arrival.
    taken_at
        When it came, epoch seconds.
    way
        Which of `ways` it is on.
    on_way_since, due_at
        Since when, and from when on it may be sent, epoch seconds.
    attempts, failures
        How often it was sent, and how often that failed on this way.
    flying
        An attempt was written down and nothing yet of what became of it.
    doubtful
        It may have been sent already.
    superseded
        A later version with a higher grade was sent meanwhile: once it is not on its way it has nothing to add.
    dead
        Ways that will never do.

    """

    message: Message
    ways: tuple[Recipient, ...]
    seq: int
    taken_at: float
    way: int = 0
    on_way_since: float = 0.0
    due_at: float = 0.0
    attempts: int = 0
    failures: int = 0
    flying: bool = False
    doubtful: bool = False
    superseded: bool = False
    dead: tuple[int, ...] = ()

    @property
    def key(self) -> str:
        """Idempotency key of the message as it came."""
        return self.message.key

    @property
    def grade(self) -> Grade:
        """Grade of the most urgent alert."""
        return self.message.alerts[0].grade

    @property
    def recipient(self) -> Recipient:
        """To whom it goes on the way it is on."""
        return self.ways[self.way]

    def set_back(self, now: float, longest_s: float) -> None:
        """Have nothing begun after `now`, nor wait for longer: it was kept by a clock that may have been ahead."""
        self.taken_at, self.on_way_since = min(self.taken_at, now), min(self.on_way_since, now)
        self.due_at = min(self.due_at, now + longest_s)

    def item(self, cost: int) -> Item:
        """Return how it waits, if sending it takes so many requests."""
        return Item(self.seq, self.key, self.grade.rank, self.taken_at, cost)

    def others(self) -> Sequence[int]:
        """Return the other ways that may still do, in the order they are tried."""
        count = len(self.ways)
        found = [(self.way + step) % count for step in range(1, count)]
        return [way for way in found if way not in self.dead]

    def key_on(self, way: int) -> str:
        """Return the key of what a recipient gets on a way: of the same form as if it had been meant to go there."""
        meant, taken = self.message.recipient, self.ways[way]
        if taken == meant:
            return self.key
        end = f"/{meant.channel}/{meant.id}"
        return f"{self.key.removesuffix(end)}/{taken.channel}/{taken.id}"

    @property
    def way_key(self) -> str:
        """Key of what the recipient gets on the way it is on."""
        return self.key_on(self.way)

    def addressed(self) -> Message:
        """Return the message for the way it is on."""
        return msgspec.structs.replace(self.message, key=self.way_key, recipient=self.recipient, again=self.doubtful)


class Done(msgspec.Struct, frozen=True, kw_only=True):
    """A message that is done: whether it was sent, or may have been, and when it was over, epoch seconds."""

    sent: bool
    at: float
    doubtful: bool = False


class Kept(msgspec.Struct, frozen=True, kw_only=True):
    """What is kept under the key of a message: both while it waits and another message went the way it was meant to."""

    entry: Entry | None = None
    done: Done | None = None


encode_kept = msgspec.json.Encoder().encode
decode_kept = msgspec.json.Decoder(Kept).decode
