"""What a source sent before it was masked: shown to one person, for a reason, and on record before it is looked for.

Blocking: for a thread.
"""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any, NamedTuple

import msgspec

from detectors.event import Source
from streams.audit import AuditEntry, record
from streams.clients import connect
from streams.consumers import KafkaConsumer
from streams.errors import BadInput
from streams.finding import blocks
from streams.intake.decoding import ReportDecoder
from streams.intake.masking import mask
from streams.intake.reporter import ReporterHash, is_stand_in
from streams.settings import Settings
from streams.sources import source_types
from streams.sources.report import Report
from streams.tail import answering

SEARCHED_FOR_S = 30.0
_BLOCK = 10_000
_CLOSED = ":closed"
_FIRST = ("contact", "title", "text", "address")
_LEFT_OUT = frozenset({"id", "kind", "status", "resolution", "people", "injured", "depth_cm"})


class Wanted(NamedTuple):
    """Whose original is asked for, by whom and what for.

    Parameters
    ----------
    event
        Id of the event.
    occurred_at
        When it happened, where that is known: a source may use an id again.
    alert
        Id of the alert it is evidence of.
    by, why
        Who asks, and what for.

    """

    event: str
    occurred_at: datetime | None
    alert: str
    by: str
    why: str


class Original(NamedTuple):
    """What came of it.

    Parameters
    ----------
    fields
        Name of each field and what the source said; empty when it was not found.
    looked_at
        Records looked at.
    to_the_end
        All there is was looked at: what was not found is past retention.

    """

    fields: tuple[tuple[str, str], ...]
    looked_at: int
    to_the_end: bool


def reveal(settings: Settings, wanted: Wanted, *, within_s: float = SEARCHED_FOR_S) -> Original:
    """Put on record who is shown what, then find it; nothing is looked for before the record is confirmed.

    Raises
    ------
    ConfigurationError
        When it is not said who asks, or what for.
    BrokerUnavailable
        When the broker does not answer, or did not confirm the record.

    """
    entry = AuditEntry(
        at=datetime.now(UTC),
        by=wanted.by,
        action="reveal",
        subject=wanted.event,
        about=wanted.alert,
        why=mask(wanted.why),
        outcome="allowed",
    )
    record(settings, [entry])
    return find_original(settings, wanted.event, wanted.occurred_at, within_s=within_s)


def find_original(
    settings: Settings, event_id: str, occurred_at: datetime | None, *, within_s: float = SEARCHED_FOR_S
) -> Original:
    """Look for the record an event was made of, the newest records first.

    Raises
    ------
    BrokerUnavailable
        When the broker does not answer.

    """
    source, _, id_ = event_id.partition(":")
    types = source_types()
    if source not in types:
        return Original((), 0, to_the_end=True)
    known = settings.reporter_key or settings.reporter_key_file
    hashes = ReporterHash(settings.secret()) if known and is_stand_in(id_.removesuffix(_CLOSED)) else None
    match = _Match(source, id_, occurred_at, hashes)
    looked_at, until = 0, time.monotonic() + within_s
    consumer = connect(KafkaConsumer, settings, enable_auto_commit=False)
    try:
        for records in blocks(consumer, settings, (types[source].topic,), _BLOCK):
            looked_at += len(records)
            report = next(match.among(records), None)
            if report is not None:
                return Original(tuple(_fields(report)), looked_at, to_the_end=False)
            if time.monotonic() > until:
                return Original((), looked_at, to_the_end=False)
    finally:
        with answering(settings):
            consumer.close()
    return Original((), looked_at, to_the_end=True)


class _Match:
    """Which record is meant: the id of an event that closes a matter has a mark behind that of its source.

    With `hashes` the id is what stands for one that would have told somebody's number or name.
    """

    def __init__(
        self, source: Source, id_: str, occurred_at: datetime | None, hashes: ReporterHash | None = None
    ) -> None:
        self._hashes = hashes
        self._source = source
        self._occurred_at = occurred_at
        self._closed = id_.endswith(_CLOSED)
        self._id = id_.removesuffix(_CLOSED)
        written = (json.dumps(self._id, ensure_ascii=ascii_only)[1:-1].encode() for ascii_only in (False, True))
        self._needles = (*written, b"data_base64") if hashes is None else (b"",)
        self._decoder = ReportDecoder()

    def among(self, records: list[Any]) -> Iterator[Report]:
        """Yield the reports that are meant, the newest first."""
        for one in reversed(records):
            if one.value is None or not any(needle in one.value for needle in self._needles):
                continue
            try:
                report = self._decoder.decode(self._source, one.value)
            except BadInput:
                continue
            if self._is(report):
                yield report

    def _is(self, report: Report) -> bool:
        stands = self._hashes is not None and self._hashes.stand_in(report.id) == self._id
        if not (stands or report.id == self._id) or (report.status == "closed") is not self._closed:
            return False
        return self._occurred_at is None or report.occurred_at == self._occurred_at


def _fields(report: Report) -> Iterator[tuple[str, str]]:
    """Yield what a source said of who and where, and its words: what was masked or left out of the event."""
    said = msgspec.structs.asdict(report)
    said["contact"] = report.contact
    for name in (*_FIRST, *(name for name in said if name not in _FIRST)):
        value = said[name]
        if value in {None, ""} or name in _LEFT_OUT or (name != "contact" and value == report.contact):
            continue
        yield name, value.isoformat() if isinstance(value, datetime) else str(value)
