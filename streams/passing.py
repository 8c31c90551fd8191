"""Reads what is on topics for people and reports, and passes over what cannot be read: one record must not hide all."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import TypeVar

import msgspec

from streams.tail import Heard

log = logging.getLogger("fenghuo")

T = TypeVar("T")

_told: set[str] = set()


def legible(record: Heard, decode: Callable[[bytes], T]) -> T | None:
    """Return what a record says, ``None`` when it has no value or cannot be read; the first of a topic is logged."""
    if record.value is None:
        return None
    try:
        return decode(record.value)
    except (msgspec.MsgspecError, ValueError, RecursionError) as error:
        if record.topic not in _told:
            _told.add(record.topic)
            where = f"{record.topic}/{record.partition}/{record.offset}"
            log.warning("passed over what cannot be read, first %s: %s; see who else may write there", where, error)
        return None
