"""Puts findings that a replay found again among what was recorded, in the order in which live met them. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from rules.alert import Finding
from streams.codec import Headers, encode
from streams.errors import BadInput
from streams.switching import Record
from streams.worded import ON_FINDINGS, read_record


@dataclass(slots=True)
class Again:
    """A record as it would stand on ``findings``."""

    offset: int
    timestamp: int
    headers: Headers
    value: bytes | None


def in_recorded_order(recorded: Iterable[Record], found: Iterable[tuple[int, Finding]]) -> Iterator[Again]:
    """Yield the clock, the commands and the books that were recorded, and the findings of a replay, numbered anew.

    A finding that was recorded stands where it stood; one that was not, by another book perhaps, where its Kafka
    timestamp puts it. What was recorded and not found again is left out.

    Parameters
    ----------
    recorded
        Records of ``findings``.
    found
        Kafka timestamps in milliseconds of what led to findings, and the findings.

    """
    placed: list[tuple[tuple[int, int, int], int, Headers, bytes]] = []
    where: dict[tuple[str, int], tuple[int, int, int]] = {}
    reached = 0
    for record in recorded:
        try:
            read = read_record(record, ON_FINDINGS)
        except BadInput:  # it is among the dead letters
            continue
        reached = max(reached, record.timestamp)
        at, value = (reached, 0, record.offset), record.value or b""
        if read.name:
            placed.append((at, record.timestamp, record.headers, value))
        else:
            where.setdefault((read.said.id, read.said.revision.version), at)
    for n, (timestamp, finding) in enumerate(found):
        at = where.get((finding.id, finding.revision.version), (timestamp, 1, n))
        placed.append((at, timestamp, (), encode(finding)))
    placed.sort(key=lambda one: one[0])
    for offset, (_, timestamp, headers, value) in enumerate(placed):
        yield Again(offset, timestamp, headers, value)
