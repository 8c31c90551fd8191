"""What comes in on ``notices``: versions of alerts, and silences that somebody asked for or ended."""

from __future__ import annotations

from typing import Any, NamedTuple, TypeVar

import msgspec

from rules.alert import Alert
from rules.silence import LONGEST_S, Silence
from streams.codec import COMMAND, decode_command, read_origin
from streams.errors import BadInput
from streams.intake.decoding import decode_json
from streams.oncall.heard import silence_in


class Ended(NamedTuple):
    """A silence that was ended early, by its id."""

    silence: str


Notice = Alert | Silence | Ended | None
_N = TypeVar("_N", Alert, Silence)

_decode_alert = msgspec.json.Decoder(Alert).decode


def read_notice(record: Any, longest_s: float = LONGEST_S) -> Notice:  # noqa: ANN401 - a Kafka record
    """Return what a record says; ``None`` for commands that are none of delivery's.

    Parameters
    ----------
    record
        Of ``notices``; a command carries the header of commands.
    longest_s
        How long a silence may last, seconds.

    Raises
    ------
    BadInput
        When it is neither.

    """
    came_from, value = read_origin(record.headers), record.value or b""
    try:
        if came_from is None or came_from[0] != COMMAND:
            return _kept(decode_json(_decode_alert, value))
        asked = decode_json(decode_command, value)
        if asked.action == "unsilence":
            return Ended(asked.alert)
        if asked.action != "silence":
            return None
        return _kept(silence_in(asked, longest_s))
    except (msgspec.MsgspecError, OverflowError, RecursionError, ValueError) as error:
        raise BadInput("SCHEMA", "$", str(error)) from error


def _kept(notice: _N) -> _N:
    """Return what can be kept as the state of plans: a time at the end of the calendar cannot, with some offsets."""
    msgspec.msgpack.encode(notice)
    return notice
