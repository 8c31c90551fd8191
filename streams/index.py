"""The area index as a worker drives it: records for the topic ``index``, and the scores metrics show."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import NamedTuple

from detectors.areas import AreaTree
from detectors.event import Event
from detectors.taxonomy import Taxonomy
from rules.alert import Alert
from rules.index import AreaIndexer
from rules.index_config import IndexConfig, IndexFault, load_index_config
from rules.index_counting import Tally
from rules.index_record import AreaIndex
from streams.codec import encode
from streams.errors import ConfigurationError, Fault

SHOWN = ("city", "district")
"""Levels that have a metric: streets and communities would be too many labels."""


class IndexRecord(NamedTuple):
    """A record for ``index``."""

    key: bytes
    value: bytes


def read_index_config(path: Path | None = None) -> IndexConfig:
    """Read weights and formula, the shipped ones without a path.

    Raises
    ------
    ConfigurationError
        When they cannot be used.

    """
    try:
        return load_index_config(path)
    except IndexFault as fault:
        raise ConfigurationError([Fault(str(path or "index.yaml"), "", str(fault))]) from fault


class IndexStage:
    """An `AreaIndexer` between two streams: events or tallies of them, and versions of alerts.

    Whoever drives it hands over either every accepted event once (`count`) and the watermark reached (`advance`), or
    the tallies of an `EventCounter` that sees the events (`absorb`); and every version of an alert as it is issued
    (`note`). State goes where the driver keeps its own, in the same transaction as the records.

    Parameters
    ----------
    areas, taxonomy
        The city, and its kinds.
    config
        Weights and formula; the shipped ones by default.

    """

    def __init__(self, areas: AreaTree, taxonomy: Taxonomy, config: IndexConfig | None = None) -> None:
        self._indexer = AreaIndexer(config or read_index_config(), areas, taxonomy)
        self.scores: dict[tuple[str, str], float] = {}

    def count(self, event: Event) -> None:
        """Take in an accepted event."""
        self._indexer.count(event)

    def absorb(self, tally: Tally) -> list[IndexRecord]:
        """Take in what the stage that sees the events counted; return what is to be put on ``index``."""
        self._indexer.absorb(tally)
        return self.advance(tally.watermark)

    def note(self, alerts: Iterable[Alert]) -> None:
        """Take in versions of alerts in the order they were issued, at the watermark reached so far."""
        self._indexer.note(alerts, self._indexer.watermark)

    def advance(self, watermark: float) -> list[IndexRecord]:
        """Move event time on; return what is to be put on ``index``."""
        found = self._indexer.advance(watermark)
        self._show(found)
        return [IndexRecord(one.key.encode(), encode(one)) for one in found]

    def _show(self, found: Iterable[AreaIndex]) -> None:
        for one in found:
            if one.level in SHOWN:
                self.scores[one.level, one.area] = one.score

    def dirty(self) -> dict[str, bytes | None]:
        """Return the state that changed since the last call."""
        return self._indexer.dirty()

    def restore(self, items: Mapping[str, bytes]) -> None:
        """Take over what `dirty` returned."""
        self._indexer.restore(items)
        self._show(self._indexer.current())
