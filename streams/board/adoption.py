"""Finds where the published rule book stands among what workers work off: whoever is past it goes by it."""

from __future__ import annotations

import time
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import NamedTuple

from streams import topics
from streams.board.books import Origin
from streams.board.cluster import Cluster
from streams.codec import BOOK, read_origin
from streams.settings import Settings
from streams.tail import Tail

_WITHIN_S = 20.0
_NAMES = (topics.EVENTS, topics.CITY, topics.FINDINGS)
Place = tuple[str, int]
"""Topic without prefix, and partition."""


class Adoption(NamedTuple):
    """Where a book stands.

    Parameters
    ----------
    origin
        The record of ``rules`` it was published with.
    offsets
        Of its records among what workers work off; a partition is left out where none was found, because it is older
        than what the topic keeps, or was not put there yet.

    """

    origin: Origin
    offsets: Mapping[Place, int]

    def by_partition(self, look: Cluster) -> dict[Place, bool | None]:
        """Return whether each partition is past it; ``None`` where that is not known."""
        return {
            (one.topic, one.partition): self._is_past((one.topic, one.partition), one.committed)
            for one in look.positions
            if one.topic in _NAMES
        }

    def _is_past(self, place: Place, committed: int | None) -> bool | None:
        offset = self.offsets.get(place)
        return None if offset is None else (committed or 0) > offset


def find_book(settings: Settings, origin: Origin) -> Adoption:
    """Look for the records of a book, from when it was published on, for some seconds at most.

    Raises
    ------
    BrokerUnavailable
        When the broker does not answer, or the topics are not there.

    """
    wanted = {*topics.everywhere(settings), topics.findings(settings)}
    found: dict[Place, int] = {}
    deadline = time.monotonic() + _WITHIN_S
    channel = f"{topics.RULES}/{origin.partition}"
    with Tail(settings, _NAMES, since=datetime.fromtimestamp(origin.timestamp / 1000, UTC)) as tail:
        for record in tail.to_end():
            if read_origin(record.headers) == (BOOK, channel, origin.offset):
                found.setdefault((record.topic, record.partition), record.offset)
                if len(found) == len(wanted):
                    break
            if time.monotonic() > deadline:
                break
    return Adoption(origin, found)
