"""Records that became dead letters in the last days: how many for which reason, and where the last ones are. Pure."""

from __future__ import annotations

from collections import OrderedDict, deque
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import ClassVar, NamedTuple

import msgspec

from streams import topics
from streams.board.hours import Hours
from streams.codec import where_is
from streams.tail import Heard

_LAST = 20
_KNOWN = 50_000


class Letter(msgspec.Struct, frozen=True):
    """A dead letter without what it holds, and without the message, which may quote it."""

    topic: str
    partition: int
    offset: int
    received_at: datetime
    reason: str
    path: str
    file: str = ""

    @property
    def where(self) -> str:
        """Return where the record is: ``hotline.calls/3/1234``, or ``calls.csv:17``."""
        return where_is(self.topic, self.partition, self.offset, self.file)


class Why(NamedTuple):
    """Topic and reason."""

    topic: str
    reason: str


_decode = msgspec.json.Decoder(Letter).decode


class Letters:
    """Dead letters by topic and reason.

    Attributes
    ----------
    topics, since
        What it reads, and from where on.
    counts
        By hour; a letter that a restarted worker wrote again counts once.

    """

    topics: ClassVar[tuple[str, ...]] = (topics.DEAD,)
    since: ClassVar[timedelta] = timedelta(days=7)

    def __init__(self) -> None:
        self.counts: Hours[Why] = Hours()
        self._last: deque[Letter] = deque(maxlen=_LAST)
        self._known: OrderedDict[tuple[object, ...], None] = OrderedDict()

    def take(self, record: Heard) -> None:
        """Take in a record of ``dead-letters``."""
        if record.value is None:
            return
        letter = _decode(record.value)
        identity = letter.where, letter.received_at if letter.file else None
        if identity in self._known:
            return
        self._known[identity] = None
        if len(self._known) > _KNOWN:
            self._known.popitem(last=False)
        self.counts.add(Why(letter.topic, letter.reason), letter.received_at.timestamp())
        self._last.append(letter)

    def last(self) -> Sequence[Letter]:
        """Return the last ones, the newest first."""
        return sorted(self._last, key=lambda one: one.received_at, reverse=True)

    def refused(self, topic: str, partition: int, offset: int) -> bool:
        """Tell whether the record there became a dead letter."""
        return (f"{topic}/{partition}/{offset}", None) in self._known
