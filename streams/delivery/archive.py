"""What delivery keeps over a restart: messages that are not done, keys of those that are, and how channels stand."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Mapping

import msgspec

from streams.delivery.entry import Done, Entry, Kept, decode_kept, encode_kept
from streams.delivery.lane import Lane, LaneState

MESSAGE = "message/"
CHANNEL = "channel/"

_encode = msgspec.json.Encoder().encode
_decode_lane = msgspec.json.Decoder(LaneState).decode


class Archive:
    """Keys of messages that are done, and what changed since it was last written down.

    Parameters
    ----------
    remembered
        How many keys of messages that are done it keeps; the oldest go first.

    """

    def __init__(self, remembered: int) -> None:
        self._remembered = remembered
        self._done: OrderedDict[str, Done] = OrderedDict()
        self._messages: set[str] = set()
        self._channels: set[str] = set()

    def __contains__(self, key: str) -> bool:
        return key in self._done

    def was_sent(self, key: str) -> bool:
        """Tell whether a message is done and was sent."""
        done = self._done.get(key)
        return done is not None and done.sent

    def is_doubtful(self, key: str) -> bool:
        """Tell whether a message is done and may have been sent."""
        done = self._done.get(key)
        return done is not None and done.doubtful

    def put(self, key: str, done: Done) -> None:
        """Note that a message is done; what is known to be sent stays so."""
        if not self.was_sent(key):
            self._done[key] = done
            self.touch(key)
        while len(self._done) > self._remembered:
            self.touch(self._done.popitem(last=False)[0])

    def touch(self, key: str) -> None:
        """Note that what is kept of a message changed."""
        self._messages.add(key)

    def touch_lane(self, name: str) -> None:
        """Note that a channel stands otherwise than before."""
        self._channels.add(name)

    def dirty(self, entries: Mapping[str, Entry], lanes: Mapping[str, Lane]) -> dict[str, bytes | None]:
        """Return what changed since the last call; ``None`` for what is to be forgotten."""
        found: dict[str, bytes | None] = {}
        for key in self._messages:
            kept = Kept(entry=entries.get(key), done=self._done.get(key))
            found[MESSAGE + key] = encode_kept(kept) if kept.entry or kept.done else None
        for name in self._channels:
            found[CHANNEL + name] = _encode(lanes[name].state())
        self._messages, self._channels = set(), set()
        return found

    def restore(self, items: Mapping[str, bytes], lanes: Mapping[str, Lane], now: float) -> list[Entry]:
        """Take in what was written down; return the messages that are not done, in the order they came."""
        entries: list[Entry] = []
        done: list[tuple[float, str, Done]] = []
        for name, value in items.items():
            if name.startswith(MESSAGE):
                kept = decode_kept(value)
                if kept.entry is not None:
                    entries.append(kept.entry)
                if kept.done is not None:
                    done.append((kept.done.at, name.removeprefix(MESSAGE), kept.done))
            elif name.startswith(CHANNEL) and name.removeprefix(CHANNEL) in lanes:
                lanes[name.removeprefix(CHANNEL)].restore(_decode_lane(value), now)
        self._done.update((key, one) for _, key, one in sorted(done, key=lambda one: one[:2]))
        return sorted(entries, key=lambda entry: entry.seq)
