"""What a record looks like without what it says: every letter and digit gives way to a sign of its kind. Pure."""

from __future__ import annotations

import re
from functools import cache

from streams.sources import source_types

LONGEST = 400
DIGIT, LETTER, CHARACTER = "9", "a", "文"
_CHARACTERS = re.compile(r"[^\x00-\u2e7f]")


def outline(raw: bytes) -> str:
    """Return the outline of a record: its signs and the names of the contract's fields, and nothing else that it says.

    Parameters
    ----------
    raw
        Original bytes; of more than `LONGEST` characters only these.

    Examples
    --------
    >>> outline('{"id":"7","text":"王三 13800138000"'.encode())
    '{"id":"9","text":"文文 99999999999"'

    """
    text = raw[: 4 * LONGEST].decode("utf-8", errors="replace")
    shown = text[:LONGEST]
    out, at = "", 0
    for name in _names().finditer(shown):
        out += _hidden(shown[at : name.start()]) + name[0]
        at = name.end()
    more = "…" if len(text) > LONGEST or len(raw) > 4 * LONGEST else ""
    return out + _hidden(shown[at:]) + more


def _hidden(text: str) -> str:
    return "".join(map(_sign, text))


def _sign(char: str) -> str:
    if char.isdigit() or char.isnumeric():
        return CHARACTER if _CHARACTERS.match(char) else DIGIT
    if char.isalpha():
        return CHARACTER if _CHARACTERS.match(char) else LETTER
    return char if char.isascii() and char.isprintable() else " "


@cache
def _names() -> re.Pattern[str]:
    """Return what finds the name of a field of the contracts where a name stands in JSON."""
    names = {name for report in source_types().values() for name in report.__struct_fields__}
    return re.compile(rf'"(?:{"|".join(sorted(names, key=lambda name: (-len(name), name)))})"(?=\s*:)')
