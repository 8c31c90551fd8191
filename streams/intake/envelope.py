"""CloudEvents 1.0, structured mode: takes the contract out of the envelope."""

from __future__ import annotations

import base64
import binascii
from datetime import datetime
from typing import Annotated

import msgspec

from streams.errors import BadInput

MARK = b'"specversion"'
TYPE_PREFIX = "org.fenghuo."

_Needed = Annotated[str, msgspec.Meta(min_length=1, max_length=200)]
_Instant = Annotated[datetime, msgspec.Meta(tz=True)]


class Envelope(msgspec.Struct, frozen=True, kw_only=True):
    """Context attributes of CloudEvents 1.0; extensions are allowed and ignored."""

    specversion: str
    id: _Needed
    source: _Needed
    type: _Needed
    time: _Instant | None = None
    data: msgspec.Raw | msgspec.UnsetType = msgspec.UNSET
    data_base64: str | msgspec.UnsetType = msgspec.UNSET


class _Attributes(msgspec.Struct):
    """What of an envelope the data may have to borrow, and whether there is one at all."""

    specversion: msgspec.Raw | msgspec.UnsetType = msgspec.UNSET


class _Borrowed(msgspec.Struct):
    id: msgspec.Raw | msgspec.UnsetType = msgspec.UNSET
    occurred_at: msgspec.Raw | msgspec.UnsetType = msgspec.UNSET


_ATTRIBUTES = msgspec.json.Decoder(_Attributes)
_ENVELOPE = msgspec.json.Decoder(Envelope)
_BORROWED = msgspec.json.Decoder(_Borrowed)


def is_envelope(raw: bytes) -> bool:
    """Tell whether `raw` is a JSON object with the attribute ``specversion``."""
    return MARK in raw and _ATTRIBUTES.decode(raw).specversion is not msgspec.UNSET


def unwrap(raw: bytes) -> bytes:
    """Return the data of an envelope as JSON of its own.

    When the data has no ``id`` the envelope's is used, when it has no ``occurred_at`` the envelope's ``time``.

    Raises
    ------
    BadInput
        When a context attribute is wrong or there is no data.
    msgspec.DecodeError
        When the envelope or its data is not JSON, or misses an attribute.

    """
    envelope = _ENVELOPE.decode(raw)
    if envelope.specversion != "1.0":
        raise BadInput("SCHEMA", "$.specversion", "only CloudEvents 1.0 is read")
    data = _data(envelope).strip()
    if not data.startswith(b"{"):
        raise BadInput("SCHEMA", "$.data", "expected an object")
    try:
        given = _BORROWED.decode(data)
    except msgspec.DecodeError as error:
        raise BadInput("NOT_JSON", "$.data", str(error)) from error
    borrowed: dict[str, object] = {}
    if given.id is msgspec.UNSET:
        borrowed["id"] = envelope.id
    if given.occurred_at is msgspec.UNSET and envelope.time is not None:
        borrowed["occurred_at"] = envelope.time
    if not borrowed:
        return data
    rest = data[1:].lstrip()
    return msgspec.json.encode(borrowed)[:-1] + (b"}" if rest.startswith(b"}") else b"," + rest)


def _data(envelope: Envelope) -> bytes:
    """Return the bytes of the data, whichever way they are given."""
    if isinstance(envelope.data_base64, str):
        if envelope.data is not msgspec.UNSET:
            raise BadInput("SCHEMA", "$.data_base64", "data and data_base64 exclude each other")
        try:
            return base64.b64decode(envelope.data_base64, validate=True)
        except (binascii.Error, ValueError) as error:
            raise BadInput("SCHEMA", "$.data_base64", "not base64") from error
    if isinstance(envelope.data, msgspec.Raw):
        return bytes(envelope.data)
    raise BadInput("SCHEMA", "$.data", "an event without data")
