"""Fills a template with values."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from itertools import groupby

from streams.messages.forms import TEXT, Form
from streams.messages.templates import MARKS, Piece, parse

_pieces = lru_cache(maxsize=512)(parse)


def fill(template: str, values: Mapping[str, str], form: Form = TEXT) -> str:
    """Return a template with its values in the way of `form`; empty when a field it cannot do without is empty."""
    pieces = _pieces(template)
    empty = {piece.group for piece in pieces if piece.is_field and not values[piece.value] and piece.value not in MARKS}
    if 0 in empty:
        return ""
    kept = [piece for piece in pieces if piece.group not in empty]
    written = [
        (bold, "".join(_written(piece, values, form) for piece in run)) for bold, run in groupby(kept, lambda p: p.bold)
    ]
    return "".join(form.bold(text) if bold and text.strip() else text for bold, text in written).strip()


def _written(piece: Piece, values: Mapping[str, str], form: Form) -> str:
    """Return one piece, escaped; what a template says itself keeps the spaces at its ends."""
    text = values[piece.value] if piece.is_field else piece.value
    escaped = form.escape(text)
    if piece.is_field and piece.value not in MARKS:
        return escaped
    before = " " if text[:1].isspace() else ""
    after = " " if text[-1:].isspace() and text.strip() else ""
    return f"{before}{escaped}{after}"
