"""Intake: raw bytes in, normalised and masked events out. Pure: no clock, no network, no environment."""

from __future__ import annotations

import math
import re
from datetime import UTC, datetime

from detectors.areas import AreaTree
from detectors.event import Event, Source
from detectors.taxonomy import OTHER, Taxonomy
from streams.errors import BadInput
from streams.intake.decoding import ReportDecoder
from streams.intake.hazards import HazardRegister
from streams.intake.lexicon import Lexicon
from streams.intake.locating import Locator
from streams.intake.masking import mask
from streams.intake.reporter import ReporterHash
from streams.intake.taught import TaughtKinds
from streams.sources.report import Report

LONGEST_TEXT = 200
EARLIEST = datetime(2000, 1, 1, tzinfo=UTC)
# Ids that no pattern of masking knows: nine digits or those that begin with a year, behind letters.
_PLAIN_ID = re.compile(r"[A-PR-UX-Za-pr-ux-z_]*(?:\d{0,9}|20\d*)", re.ASCII)
_FIRST, _LAST = datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC)


class Intake:
    """Turns what sources send into events.

    Parameters
    ----------
    areas
        Where places are looked up.
    taxonomy
        Kinds that may be given, and the words that give one away.
    reporter_key
        Secret of at least 16 bytes for the hash of reporters; stays outside Kafka.
    hazards
        Register that adds scenes to places.
    future_tolerance_s
        How far ahead of `now` an event may be, seconds.

    Attributes
    ----------
    taught
        What corrections have taught of kinds: nothing at first.

    Raises
    ------
    ValueError
        When the key is too short.

    """

    def __init__(
        self,
        *,
        areas: AreaTree,
        taxonomy: Taxonomy,
        reporter_key: bytes,
        hazards: HazardRegister | None = None,
        future_tolerance_s: float = 300.0,
    ) -> None:
        self._kinds = frozenset(taxonomy.kinds)
        self._decoder = ReportDecoder()
        self._lexicon = Lexicon(taxonomy)
        self.taught = TaughtKinds(lambda text: self._lexicon.read(text)[0], taxonomy)
        self._locator = Locator(areas, hazards)
        self._reporters = ReporterHash(reporter_key)
        self._future_tolerance_s = future_tolerance_s
        self._now, self._latest = -math.inf, EARLIEST  # the latest instant believed, for the `now` seen last

    def decode(self, source: Source, raw: bytes) -> Report:
        """Decode one record: the source's JSON contract, bare or in a CloudEvents 1.0 envelope.

        Raises
        ------
        BadInput
            ``TOO_LARGE``, ``PACKED``, ``ENCODING``, ``NOT_JSON``, ``TOO_DEEP`` or ``SCHEMA``, with the fault's path.

        """
        return self._decoder.decode(source, raw)

    def normalise(self, report: Report, now: float) -> Event:
        """Mask, place and classify one report.

        Parameters
        ----------
        report
            What `decode` returned, or a mapping made.
        now
            Present time, epoch seconds.

        Raises
        ------
        BadInput
            ``FUTURE``, ``ANCIENT``, ``UNKNOWN_KIND``, ``SCHEMA`` or ``ENCODING``.

        """
        try:
            return self._normalise(report, self._instant(report, now))
        except UnicodeEncodeError as error:
            raise BadInput("ENCODING", "$", "contains a lone surrogate") from error

    def _instant(self, report: Report, now: float) -> datetime:
        """Return when it happened in UTC, within what can be believed."""
        occurred_at = report.occurred_at
        if occurred_at.tzinfo is not UTC:
            if occurred_at.tzinfo is None:
                raise BadInput("SCHEMA", "$.occurred_at", "has no offset from UTC")
            occurred_at = _utc(occurred_at)
        if occurred_at < EARLIEST:
            raise BadInput("ANCIENT", "$.occurred_at", "before the year 2000")
        if now != self._now:
            self._now, self._latest = now, _at(now + self._future_tolerance_s)
        if occurred_at > self._latest:
            raise BadInput("FUTURE", "$.occurred_at", f"more than {self._future_tolerance_s:g} s ahead of the clock")
        return occurred_at

    def _normalise(self, report: Report, occurred_at: datetime) -> Event:
        """Build the event; everything in it is masked here."""
        id_ = report.id
        if not id_.isprintable():
            raise BadInput("SCHEMA", "$.id", "contains control characters")
        if not _PLAIN_ID.fullmatch(id_) and mask(id_) != id_:
            id_ = self._reporters.stand_in(id_)
        given = report.kind
        if given and given not in self._kinds:
            raise BadInput("UNKNOWN_KIND", "$.kind", "no kind of the taxonomy")
        closed = report.status == "closed"
        headline, body = report.headline, report.text
        text = mask(f"{headline} {body}" if headline and body else headline or body)
        found, tags = self._lexicon.read(text, settled=closed)
        learned = None
        if found in self.taught.asked and not given:
            learned = self.taught.kind_of(self._lexicon.standing(text, settled=closed)[:LONGEST_TEXT], found)
            if learned is not None:
                found = learned.kind
        return Event(
            id=f"{report.source}:{id_}:closed" if closed else f"{report.source}:{id_}",
            source=report.source,
            kind=given or found,
            occurred_at=occurred_at,
            place=self._locator.locate(
                report.district,
                report.street,
                report.community,
                report.grid,
                report.spot,
                report.address,
                report.lon,
                report.lat,
            ),
            reporter=self._reporters.token(report.contact, report.contact_sort),
            text=text[:LONGEST_TEXT],
            status=report.status,
            resolution=report.resolution,
            kind_by="source" if given else "learned" if learned else "none" if found == OTHER else "lexicon",
            kind_confidence=round(learned.confidence, 2) if learned else 0.0,
            tags=tags,
            people=report.people,
            injured=report.injured,
            depth_cm=report.depth_cm,
        )


def _utc(instant: datetime) -> datetime:
    """Return an instant in UTC, at the edge of the calendar the last one there is."""
    try:
        return instant.astimezone(UTC)
    except OverflowError:
        return _FIRST if instant.year < EARLIEST.year else _LAST


def _at(t: float) -> datetime:
    """Return the instant of epoch second `t`, the last one there is when it lies beyond the calendar."""
    try:
        return datetime.fromtimestamp(t, UTC)
    except (OverflowError, ValueError):
        return _LAST if t > 0 else _FIRST
