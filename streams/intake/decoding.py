"""From bytes to a report of a known source, or to the exact reason why not."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import TypeVar

import msgspec

from detectors.event import Source
from streams.errors import BadInput
from streams.intake.envelope import is_envelope, unwrap
from streams.intake.masking import mask
from streams.intake.packed import MARK, fault_of
from streams.sources import source_types
from streams.sources.report import Report

T = TypeVar("T")

LARGEST = 1_000_000
_LONGEST_PATH = 200
_QUOTED = re.compile(r" '.*'", re.DOTALL)
_UNKNOWN = re.compile(r"Object contains unknown field `(.*)`", re.DOTALL)
_MISSING = re.compile(r"Object missing required field `(\w+)`")


class ReportDecoder:
    """Decodes the JSON contract of every source, bare or in a CloudEvents envelope."""

    def __init__(self) -> None:
        self._decoders = {source: msgspec.json.Decoder(type_) for source, type_ in source_types().items()}

    def decode(self, source: Source, raw: bytes) -> Report:
        """Decode one record.

        Raises
        ------
        BadInput
            ``TOO_LARGE``, ``PACKED``, ``ENCODING``, ``NOT_JSON``, ``TOO_DEEP`` or ``SCHEMA``.

        """
        if len(raw) > LARGEST:
            raise BadInput("TOO_LARGE", "$", f"{len(raw)} bytes; at most {LARGEST} are read")
        if raw.startswith(MARK):
            raise fault_of(raw)
        root = "$"
        try:
            if is_envelope(raw):
                raw = unwrap(raw)
                root = "$.data"
            return self._decoders[source].decode(raw)
        except msgspec.ValidationError as error:
            raise schema_fault(error, root) from error
        except msgspec.DecodeError as error:
            raise _not_json(raw, root, str(error)) from error
        except UnicodeDecodeError as error:
            raise BadInput("ENCODING", root, f"not UTF-8 at byte {error.start}") from error
        except RecursionError as error:
            raise BadInput("TOO_DEEP", root, "nested too deeply") from error


def decode_json(decode: Callable[[bytes], T], raw: bytes) -> T:
    """Decode a message that is no report.

    Raises
    ------
    BadInput
        ``ENCODING``, ``NOT_JSON``, ``TOO_DEEP`` or ``SCHEMA``, with the path of the fault.

    """
    try:
        return decode(raw)
    except msgspec.ValidationError as error:
        raise schema_fault(error) from error
    except msgspec.DecodeError as error:
        raise BadInput("NOT_JSON", "$", str(error)) from error
    except UnicodeDecodeError as error:
        raise BadInput("ENCODING", "$", f"not UTF-8 at byte {error.start}") from error
    except RecursionError as error:
        raise BadInput("TOO_DEEP", "$", "nested too deeply") from error


def schema_fault(error: msgspec.ValidationError, root: str = "$") -> BadInput:
    """Turn a validation error into a `BadInput` with the path of the fault and without the value at fault.

    Parameters
    ----------
    error
        msgspec writes the path at the end of its message: ``… - at `$.x```.
    root
        Where in the record the decoded part stands.

    """
    message, _, path = str(error).rpartition(" - at `")
    path = path.rstrip("`") if message else "$"
    message = message or str(error)
    unknown, missing = _UNKNOWN.fullmatch(message), _MISSING.fullmatch(message)
    if unknown:
        path, message = f"{path}.{mask(unknown[1])}", "unknown field"
    elif missing:
        path, message = f"{path}.{missing[1]}", "missing"
    return BadInput("SCHEMA", (root + path[1:])[:_LONGEST_PATH], _QUOTED.sub("", message))


def _not_json(raw: bytes, root: str, message: str) -> BadInput:
    """Tell bytes that are not UTF-8 from those that are not JSON."""
    try:
        raw.decode()
    except UnicodeDecodeError as error:
        return BadInput("ENCODING", root, f"not UTF-8 at byte {error.start}")
    return BadInput("NOT_JSON", root, message)
