"""The silence detector's state as explicit bytes, a district each."""

from __future__ import annotations

from collections.abc import Collection, Mapping

import msgspec

from detectors.feeds import Feed, Habits

OPEN, FEEDS, HABITS = "silence/open/", "silence/feeds/", "silence/habits/"

_encoder = msgspec.msgpack.Encoder(order="deterministic")
_feeds = msgspec.msgpack.Decoder(dict[str, Feed])
_habits = msgspec.msgpack.Decoder(dict[str, Habits])


def dump(
    feeds: Mapping[tuple[str, str], Feed],
    habits: Mapping[tuple[str, str], Habits],
    *,
    moved: Collection[str],
    learned: Collection[str],
) -> dict[str, bytes | None]:
    """Return feeds of the districts that moved and habits of those that learned; ``None`` for one without."""
    entries: dict[str, bytes | None] = {}
    for district in sorted(moved):
        entries[FEEDS + district] = _encode({name[1]: feed for name, feed in feeds.items() if name[0] == district})
    for district in sorted(learned):
        entries[HABITS + district] = _encode({name[1]: one for name, one in habits.items() if name[0] == district})
    return entries


def load(feeds: dict[tuple[str, str], Feed], habits: dict[tuple[str, str], Habits], items: Mapping[str, bytes]) -> None:
    """Take over what `dump` returned.

    Raises
    ------
    ValueError
        When a key is none of `dump`'s.

    """
    for key, entry in items.items():
        if key.startswith(FEEDS):
            district = key.removeprefix(FEEDS)
            feeds.update({(district, source): feed for source, feed in _feeds.decode(entry).items()})
        elif key.startswith(HABITS):
            district = key.removeprefix(HABITS)
            habits.update({(district, source): one for source, one in _habits.decode(entry).items()})
        else:
            raise ValueError(f"not state of the silence detector: {key}")


def _encode(entry: Mapping[str, Feed | Habits]) -> bytes | None:
    return _encoder.encode(entry) if entry else None
