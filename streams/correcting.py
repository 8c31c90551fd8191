"""`fenghuo events correct`: somebody says what kind an event is, and intake learns it."""

from __future__ import annotations

import time
import uuid
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from typing import NamedTuple

from detectors.event import Event
from detectors.taxonomy import OTHER, Taxonomy
from rules.reading import nearest
from streams import topics
from streams.codec import encode
from streams.errors import BadInput, ConfigurationError, Fault
from streams.finding import find_event
from streams.intake.masking import mask
from streams.lessons import LONGEST_NOTE, Correction, read_correction
from streams.publishing import publish
from streams.settings import Settings
from streams.tail import Tail
from streams.topicadmin import check_topics

CONFIRMED_WITHIN_S = 15.0
BESIDE = 2


class Corrected(NamedTuple):
    """What came of it: the correction, the event as it is, and whether a worker has passed the lesson on yet."""

    correction: Correction
    event: Event | None
    confirmed: bool


def correct(settings: Settings, taxonomy: Taxonomy, event_id: str, kind: str, *, by: str, why: str = "") -> Corrected:
    """Say what kind an event is, and wait until a worker has passed that on to all.

    Parameters
    ----------
    settings
        Cluster and prefix.
    taxonomy
        The kinds there are.
    event_id
        Id of an event that is still on ``events`` or ``events.late``.
    kind
        Its kind; the one it has, to confirm that.
    by
        Who says so.
    why
        A note.

    Raises
    ------
    ConfigurationError
        With every fault of what was given; when there is no such event, or it has no text.
    BrokerUnavailable
        When the broker does not answer, or the topics are not there.

    """
    faults = list(_faults(event_id, by, why))
    if kind not in taxonomy.kinds:
        known = nearest(kind, taxonomy.kinds) or f": there are {', '.join(taxonomy.kinds)}"
        faults.append(Fault("--kind", "", f"the taxonomy has no kind {kind!r}{known}"))
    if faults:
        raise ConfigurationError(faults)
    check_topics(settings)
    found = find_event(settings, event_id)
    if found.event is None:
        raise ConfigurationError([Fault("EVENT", "", _not_found(event_id, found.looked_at))])
    if not found.event.text.strip():
        raise ConfigurationError([Fault("EVENT", "", f"{event_id} has no text: there is nothing to learn from it")])
    beside = tuple(_beside(found.event, kind, found.around))
    correction = _correction(event_id, kind, by, why, text=found.event.text, beside=beside)
    return Corrected(correction, found.event, _send(settings, correction))


def retract(settings: Settings, taxonomy: Taxonomy, event_id: str, *, by: str, why: str = "") -> Corrected:
    """Take back what was said of the kind of an event.

    Parameters
    ----------
    settings, taxonomy, event_id, by, why
        As in `correct`.

    Raises
    ------
    ConfigurationError
        With every fault of what was given, or when nothing holds that was said of this event.
    BrokerUnavailable
        When the broker does not answer, or the topics are not there.

    """
    if faults := list(_faults(event_id, by, why)):
        raise ConfigurationError(faults)
    check_topics(settings)
    if event_id not in {lesson.event for lesson in standing_lessons(settings, taxonomy)}:
        said = f"nothing was said of the kind of {event_id!r}: `fenghuo events lessons` lists what was"
        raise ConfigurationError([Fault("EVENT", "", said)])
    correction = _correction(event_id, "", by, why)
    return Corrected(correction, None, _send(settings, correction))


def standing_lessons(settings: Settings, taxonomy: Taxonomy) -> list[Correction]:
    """Return the lessons that hold, in the order they are learned.

    Raises
    ------
    BrokerUnavailable
        When the broker does not answer, or there is no such topic.

    """
    held: dict[bytes | None, Correction] = {}
    with Tail(settings, [topics.LESSONS], from_beginning=True) as tail:
        for record in tail.to_end():
            held.pop(record.key, None)
            try:
                lesson = None if record.value is None else read_correction(record.key, record.value, taxonomy.kinds)
            except BadInput:
                continue  # workers learn nothing from it either, and log why
            if lesson is not None and lesson.kind:
                held[record.key] = lesson
    return list(held.values())


def _faults(event_id: str, by: str, why: str) -> Iterator[Fault]:
    if not event_id.strip():
        yield Fault("EVENT", "", "give the id of an event")
    if not by.strip() or len(by) > LONGEST_NOTE:
        yield Fault("--by", "", f"say who corrects, in 1 to {LONGEST_NOTE} characters")
    if len(why) > LONGEST_NOTE:
        yield Fault("--why", "", f"has {len(why)} characters, at most {LONGEST_NOTE} are kept")


def _not_found(event_id: str, looked_at: int) -> str:
    return (
        f"{event_id!r} is none of the events still kept ({looked_at:,} records of `events` and `events.late` were "
        "looked at). An id is that of the source with its name before, as in hotline:GD20260115000123; "
        "`fenghuo explain ALERT` lists those of an alert"
    )


def _beside(event: Event, kind: str, around: Iterable[Event]) -> Iterator[str]:
    """Yield texts of a few events that are known to be of other kinds: what the text has to be told from."""
    seen = {event.text}
    for other in around:
        if len(seen) > BESIDE:
            return
        known = other.kind_by in {"source", "lexicon"} and other.kind not in {kind, OTHER}
        if known and other.text.strip() and other.text not in seen:
            seen.add(other.text)
            yield other.text


def _correction(
    event: str, kind: str, by: str, why: str, *, text: str = "", beside: tuple[str, ...] = ()
) -> Correction:
    return Correction(
        id=uuid.uuid4().hex,
        action="correct",
        event=event,
        kind=kind,
        text=text,
        by=by,
        at=datetime.now(UTC),
        why=mask(why),
        beside=beside,
    )


def _send(settings: Settings, correction: Correction) -> bool:
    """Publish a correction; tell whether it has become a lesson within a while."""
    with Tail(settings, [topics.LESSONS]) as tail:
        publish(settings, topics.COMMANDS, correction.event, encode(correction))
        deadline = time.monotonic() + CONFIRMED_WITHIN_S
        while time.monotonic() < deadline:
            for record in tail.poll(0.5):
                if correction.id.encode() in (record.value or b""):
                    return True
    return False
