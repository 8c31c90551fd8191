"""Silences as the detector tells them: a dead feed, or a quiet place. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import ClassVar, Literal

import msgspec

from detectors.event import Place, Source
from detectors.silence import SilenceDetector
from streams import topics
from streams.tail import Heard

_MARK = f'"detector":"{SilenceDetector.name}"'.encode()


class Silence(msgspec.Struct, frozen=True):
    """A source that tells nothing of a district (``feed``), or of one place while the rest of it speaks (``place``).

    Parameters
    ----------
    starts_at, ends_at
        Its last event, and until when nothing came.
    expected
        Events that were due.
    p_value
        How likely a day holds such a silence by chance.

    """

    id: str
    kind: Literal["feed", "place"]
    place: Place
    level: str
    sources: tuple[Source, ...]
    starts_at: datetime
    ends_at: datetime
    expected: float
    p_value: float
    final: bool = False
    withdrawn: bool = False


_decode = msgspec.json.Decoder(Silence).decode


class Silences:
    """Those that are not over.

    Attributes
    ----------
    topics, since
        What it reads, and from where on: the detector forgets a feed after a fortnight.

    """

    topics: ClassVar[tuple[str, ...]] = (topics.SIGNALS,)
    since: ClassVar[timedelta] = timedelta(days=15)

    def __init__(self) -> None:
        self._standing: dict[str, Silence] = {}
        self.told = 0

    def take(self, record: Heard) -> None:
        """Take in a record of ``signals``."""
        if record.value is None or _MARK not in record.value:
            return
        silence = _decode(record.value)
        self.told += 1
        if silence.final or silence.withdrawn:
            self._standing.pop(silence.id, None)
        else:
            self._standing[silence.id] = silence

    def standing(self, kind: Literal["feed", "place"]) -> Iterator[Silence]:
        """Yield those of feeds, or of places."""
        return (one for one in self._standing.values() if one.kind == kind)
