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
MOST_DUE = 64
"""So many watermarks may be due one after the other; with more, the last one waits for what the newest waits for."""


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
        The channel was read to its end a moment ago, has nothing to say for now, and holds nobody back.

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
    said, before
        Numbers of its last promise and the one before, counted over all channels; 0 for none.

    """

    offset: int = -1
    watermark: float = NEVER
    idle: bool = False
    said: int = 0
    before: int = 0


class Channels:
    """All channels as one partition of ``events`` hears them.

    Parameters
    ----------
    names
        Every channel there is (``hotline.calls/0``): one not heard from yet holds the watermark back.

    Attributes
    ----------
    said
        Promises heard so far.
    due
        Watermarks, epoch seconds, that wait for idle channels to say that they are idle still, each with the number of
        the promise it is due for.

    """

    def __init__(self, names: Iterable[str]) -> None:
        self.heard: dict[str, Heard] = {name: Heard() for name in names}
        self.watermark = NEVER
        self.said = 0
        self.due: list[tuple[int, float]] = []

    def is_new(self, name: str, offset: int) -> bool:
        """Tell whether the record of channel `name` at raw `offset` is heard for the first time."""
        heard = self.heard.get(name)
        if heard is None:
            heard = self.heard[name] = Heard()
        if offset <= heard.offset:
            return False
        heard.offset = offset
        return True

    def promise(self, name: str, offset: int, record: WatermarkRecord) -> float:
        """Take in a promise and return the watermark of the partition, which never goes back.

        An idle channel holds nobody back, but it may wake up, and hold what is of the same time as what others were
        read of already. So nothing that others promise holds before it has said twice that it is idle still. Once is
        not enough: it may have looked before they spoke. Before the second time it looks again, and it does so only
        after the first one is on the topic. No clock is asked.

        Parameters
        ----------
        name, offset, record
            Channel, raw offset and promise.

        """
        heard = self.heard.setdefault(name, Heard())
        self.said += 1
        heard.before, heard.said = heard.said, self.said
        heard.offset = max(heard.offset, offset)
        if record.watermark is not None:
            heard.watermark = max(heard.watermark, record.watermark)
        heard.idle = record.idle
        least = self._least()
        if least > (self.due[-1][1] if self.due else self.watermark):
            del self.due[MOST_DUE - 1 :]
            self.due.append((self.said, least))
        while self.due and self._holds(*self.due[0]):
            _, due = self.due.pop(0)
            self.watermark = max(self.watermark, min(due, least))
        return self.watermark

    def _least(self) -> float:
        active = [h.watermark for h in self.heard.values() if not h.idle]
        return min(active) if active else max(h.watermark for h in self.heard.values())

    def _holds(self, said: int, watermark: float) -> bool:
        return all(h.before > said for h in self.heard.values() if h.idle and h.watermark < watermark)
