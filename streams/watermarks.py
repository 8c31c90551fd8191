"""Event time across partitions: what each raw partition promises, and what follows for everybody after it.

A channel is one partition of one raw topic. Its watermark promises that nothing earlier will be accepted from it
any more. Intake says so on every partition of ``events``; there the watermark is the least of all channels', so that
one partition being read faster than another never makes anything late (as in Akidau et al., The Dataflow Model,
VLDB 2015).
"""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

NEVER = float("-inf")
AWAKENING_S = 5.0
"""So long the others have to wake up when one of all idle channels does; their watermarks come every 10 s at least."""


class ChannelClock(msgspec.Struct):
    """What intake knows of one channel.

    Parameters
    ----------
    offset
        Offset of the last raw record taken in, -1 before the first.
    newest
        Latest event time accepted, epoch seconds.
    heard
        Kafka timestamp of the newest record, epoch seconds: nobody can tell a silent feed by event time, which goes on
        without it; 0 for never.
    topic_id
        Id of the topic these offsets are of; empty when an earlier version wrote this.
    base
        What is added to offsets for everybody after intake, so that they go on rising on a topic that was made anew.

    """

    offset: int = -1
    newest: float = NEVER
    heard: float = 0.0
    topic_id: str = ""
    base: int = 0

    def begin_on(self, topic_id: str) -> int:
        """Go on with the topic there is now; return how many records were taken in of one that it replaced, if any."""
        known, self.topic_id = self.topic_id, topic_id or self.topic_id
        if known in {"", self.topic_id}:
            return 0
        taken = self.offset + 1
        self.base, self.offset = self.base + taken, -1
        return taken

    def accepts(self, t: float, lateness_s: float) -> bool:
        """Tell whether an event at `t` is in time, and move on to it."""
        if t < self.newest - lateness_s:
            return False
        self.newest = max(self.newest, t)
        return True

    def watermark(self, lateness_s: float) -> float:
        """Return the time before which nothing will be accepted from this channel."""
        return self.newest - lateness_s


def read_clock(data: bytes | None) -> ChannelClock:
    """Return what intake kept of a channel; JSON has no word for the time before any event, and says null."""
    kept = msgspec.json.decode(data) if data else {}
    return msgspec.convert({name: value for name, value in kept.items() if value is not None}, ChannelClock)


class WatermarkRecord(msgspec.Struct, frozen=True, kw_only=True):
    """One channel's promise, sent to every partition of ``events``.

    Parameters
    ----------
    watermark
        Epoch seconds; ``None`` before the channel's first event.
    idle
        The channel has nothing to say for now and holds nobody back.

    """

    watermark: float | None
    idle: bool = False


class Heard(msgspec.Struct):
    """What a partition of ``events`` has heard from one channel.

    Parameters
    ----------
    offset
        Highest raw offset seen: anything at or below it is a repetition after a restart.
    watermark
        Its latest promise, epoch seconds.
    idle
        Whether it holds the watermark back.

    """

    offset: int = -1
    watermark: float = NEVER
    idle: bool = False


class Channels:
    """All channels as one partition of ``events`` hears them.

    Parameters
    ----------
    names
        Every channel there is (``hotline.calls/0``): one not heard from yet holds the watermark back.

    """

    def __init__(self, names: Iterable[str]) -> None:
        self.heard: dict[str, Heard] = {name: Heard() for name in names}
        self.watermark = NEVER
        self.held_until = NEVER

    def is_new(self, name: str, offset: int) -> bool:
        """Tell whether the record of channel `name` at raw `offset` is heard for the first time."""
        heard = self.heard.get(name)
        if heard is None:
            heard = self.heard[name] = Heard()
        if offset <= heard.offset:
            return False
        heard.offset = offset
        return True

    def promise(self, name: str, offset: int, record: WatermarkRecord, now: float = NEVER) -> float:
        """Take in a promise and return the watermark of the partition, which never goes back.

        When all channels were idle and one wakes up, the watermark waits for the others: whoever feeds old events feeds
        them to many partitions, and the first to be read must not make late what the next ones hold.

        Parameters
        ----------
        name, offset, record
            Channel, raw offset and promise.
        now
            Kafka timestamp of the record, epoch seconds.

        """
        heard = self.heard.setdefault(name, Heard())
        if not record.idle and all(h.idle for h in self.heard.values()):
            self.held_until = now + AWAKENING_S
        heard.offset = max(heard.offset, offset)
        if record.watermark is not None:
            heard.watermark = max(heard.watermark, record.watermark)
        heard.idle = record.idle
        if now < self.held_until:
            return self.watermark
        active = [h.watermark for h in self.heard.values() if not h.idle]
        least = min(active) if active else max(h.watermark for h in self.heard.values())
        self.watermark = max(self.watermark, least)
        return self.watermark
