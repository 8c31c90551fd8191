"""What somebody says of the kind of an event: records of ``commands`` and ``lessons``, lines of a file."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import datetime
from pathlib import Path
from typing import Literal

import msgspec

from rules.reading import nearest
from streams.errors import NO_JSON, BadInput
from streams.intake.decoding import decode_json
from streams.intake.intake import LONGEST_TEXT, Intake
from streams.intake.masking import mask
from streams.intake.taught import Example
from streams.jsonlines import load_lines

MOST_BESIDE = 4
LONGEST_NOTE = 200
_LONGEST_ID = 300
_YEARS = range(2000, 2100)


class Correction(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What kind an event is, as somebody has found out: a value of ``commands``, and a lesson on ``lessons``.

    Parameters
    ----------
    id
        Of the correction, unique.
    action
        ``correct``: tells the kind, whether that corrects or confirms what intake made of it.
    event
        Id of the event.
    kind
        An id of the taxonomy; empty to take back what was said of this event before.
    text
        The event's masked text.
    by
        Who: an account of the duty desk or of an office.
    at
        When, aware.
    why
        Anything to be remembered with it.
    beside
        Masked texts of events of other kinds that came about the same time: what its text has to be told from.

    """

    id: str
    action: Literal["correct"]
    event: str
    kind: str
    text: str = ""
    by: str
    at: datetime
    why: str = ""
    beside: tuple[str, ...] = ()


class _Action(msgspec.Struct):
    action: str = ""


_decode = msgspec.json.Decoder(Correction).decode
_decode_action = msgspec.json.Decoder(_Action).decode


def is_correction(value: bytes | None) -> bool:
    """Tell whether a record of ``commands`` is meant to be a correction; it may still be a wrong one."""
    try:
        return _decode_action(value or b"").action == "correct"
    except NO_JSON:
        return False


def read_correction(key: bytes | None, value: bytes | None, kinds: Collection[str]) -> Correction:
    """Read one record of ``commands`` or ``lessons``; its texts are masked, whoever wrote it.

    Parameters
    ----------
    key
        Id of the event.
    value
        JSON of the correction.
    kinds
        Kinds there are.

    Raises
    ------
    BadInput
        With the path of the fault.

    """
    correction = decode_correction(value or b"", kinds)
    if key != correction.event.encode():
        raise BadInput("KEY", "$.event", "is not the key of the record")
    return correction


def decode_correction(raw: bytes, kinds: Collection[str]) -> Correction:
    """Read the JSON of a correction, as `read_correction` does.

    Raises
    ------
    BadInput
        With the path of the fault.

    """
    correction = decode_json(_decode, raw)
    if correction.at.tzinfo is None:
        raise BadInput("SCHEMA", "$.at", "has no offset from UTC")
    if correction.at.year not in _YEARS:
        raise BadInput("SCHEMA", "$.at", f"is not of this century: {correction.at.year}")
    for name in ("id", "event", "by"):
        if not getattr(correction, name).strip():
            raise BadInput("SCHEMA", f"$.{name}", "is empty")
    for name, most in _LONGEST.items():
        if (length := len(getattr(correction, name))) > most:
            raise BadInput("SCHEMA", f"$.{name}", f"has {length} characters, at most {most} are kept")
    if correction.kind and correction.kind not in kinds:
        raise BadInput("UNKNOWN_KIND", "$.kind", f"no kind of the taxonomy{nearest(correction.kind, kinds)}")
    if correction.kind and not correction.text.strip():
        raise BadInput("SCHEMA", "$.text", "is empty: there is nothing to learn")
    if len(correction.beside) > MOST_BESIDE:
        raise BadInput("SCHEMA", "$.beside", f"has {len(correction.beside)} texts, at most {MOST_BESIDE} are kept")
    return _masked(correction)


_LONGEST = {"id": _LONGEST_ID, "event": _LONGEST_ID, "text": LONGEST_TEXT, "by": LONGEST_NOTE, "why": LONGEST_NOTE}


def _masked(correction: Correction) -> Correction:
    """Return it with all texts masked; those of events are already, and stay as they are."""
    return msgspec.structs.replace(
        correction,
        text=mask(correction.text)[:LONGEST_TEXT] if correction.kind else "",
        why=mask(correction.why),
        beside=tuple(mask(text[:LONGEST_TEXT])[:LONGEST_TEXT] for text in correction.beside if correction.kind),
    )


def example_of(correction: Correction) -> Example | None:
    """Return what a correction teaches, ``None`` when it takes back what was taught."""
    if not correction.kind:
        return None
    return Example(correction.kind, correction.text, correction.beside, correction.at.timestamp())


def load_lessons(path: Path, kinds: Collection[str]) -> list[Correction]:
    """Read lessons from a file, one JSON object a line, in the order of the topic.

    Raises
    ------
    ConfigurationError
        When the file cannot be read, or with every line that cannot.

    """
    return load_lines(path, lambda line: decode_correction(line, kinds))


def teach(intake: Intake, corrections: Iterable[Correction]) -> None:
    """Have an intake learn corrections in their order, before it takes anything in."""
    for offset, correction in enumerate(corrections):
        intake.taught.note(offset, correction.event, example_of(correction))
    for _ in intake.taught.learn():
        pass
