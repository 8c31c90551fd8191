"""What detect stages and the alert stage read, where they keep their state, and in which portions they work it off."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from detectors.detector import Scope
from streams import topics
from streams.errors import StateError
from streams.partition import Record
from streams.transport import BATCH_RECORDS


class Line(NamedTuple):
    """What the metrics call a stage, the topics it reads and keeps its state on, and what its pipelines look at.

    And how many records are worked off at once, before a rebalance that wants the partition back is heard.
    """

    name: str
    events: str
    state: str
    scope: Scope | None
    at_once: int


DISTRICTS = Line("detect", topics.EVENTS, topics.DETECT_STATE, "district", BATCH_RECORDS)
CITY = Line("city", topics.CITY, topics.CITY_STATE, "city", 50)
ALERTS = Line("alerts", topics.FINDINGS, topics.ALERTS_STATE, None, BATCH_RECORDS)


def batched(records: Sequence[Record], at_once: int) -> Iterator[Sequence[Record]]:
    """Yield records in parts of so many."""
    for start in range(0, len(records), at_once):
        yield records[start : start + at_once]


def check_contiguous(first: int, expected: int, where: str) -> None:
    """Hold a batch against the state it meets.

    Raises
    ------
    StateError
        When records between the two were never seen.

    """
    if first > expected:
        raise StateError(
            f"{where}: offsets {expected} to {first - 1} were never seen: the state is older than the committed offset "
            "or lost; restore the state topic, or reset the group's offsets to the earliest to build it anew"
        )
