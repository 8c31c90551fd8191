"""Silences as commands carry them: field to value, both plain text."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import msgspec

from rules.silence import LONGEST_S, Matcher, Silence, silence_faults

_SINGLE = frozenset({"at_least"})
_TRUTHS = {"true": True, "false": False}


def words_of(matcher: Matcher, *, red: bool = False) -> dict[str, str]:
    """Return a matcher as plain text, several values with commas between them."""
    words: dict[str, str] = {}
    for name, value in msgspec.to_builtins(matcher).items():
        several = isinstance(value, list | tuple)
        words[name] = ",".join(value) if several else str(value).lower()
    return {**words, "red": "true"} if red else words


def matcher_of(words: Mapping[str, str]) -> tuple[Matcher, bool]:
    """Return the matcher that plain text means, and whether red alerts are meant too.

    Raises
    ------
    ValueError
        When a field is unknown or a value does not fit; with its JSONPath.

    """
    given: dict[str, Any] = {}
    red = False
    for name, text in words.items():
        if name in {"red", "exercise"}:
            if text not in _TRUTHS:
                raise ValueError(f"$.matcher.{name}: {text!r} is neither true nor false")
            red = _TRUTHS[text] if name == "red" else red
            given |= {} if name == "red" else {name: _TRUTHS[text]}
        else:
            given[name] = text if name in _SINGLE else [one.strip() for one in text.split(",") if one.strip()]
    try:
        return msgspec.convert(given, Matcher), red
    except msgspec.ValidationError as error:
        raise ValueError(f"$.matcher: {error}") from error


def silence_of(
    id_: str,
    *,
    by: str,
    why: str,
    at: datetime,
    until: datetime,
    matcher: Mapping[str, str],
    longest_s: float = LONGEST_S,
) -> Silence:
    """Return the silence a command asks for.

    Parameters
    ----------
    id_
        Of the silence: what the command is about.
    by, why, at, until, matcher
        As the command has them.
    longest_s
        How long a silence may last, seconds.

    Raises
    ------
    ValueError
        With the JSONPath of every fault.

    """
    meant, red = matcher_of(matcher)
    silence = Silence(id=id_, matcher=meant, from_at=at, until_at=until, by=by, why=why, red=red)
    faults = [f"{path}: {message}" for path, message in silence_faults(silence, longest_s)]
    if faults:
        raise ValueError("; ".join(faults))
    return silence
