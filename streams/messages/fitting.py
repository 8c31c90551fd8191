"""Makes texts shorter: whole characters only, and never without a sign that something is gone."""

from __future__ import annotations

from collections.abc import Callable

_GONE = "…"


def elide(text: str, length: int) -> str:
    """Return the beginning of a text, `length` characters at most."""
    return text if len(text) <= length else f"{text[: max(0, length - 1)].rstrip()}{_GONE}"


def elide_within(text: str, length: int) -> str:
    """Return both ends of a text, `length` characters at most: of a place's name, the end says most."""
    if len(text) <= length:
        return text
    head = (length - 1) // 3
    return f"{text[:head]}{_GONE}{text[len(text) - (length - 1 - head) :]}"


def longest(least: int, most: int, fits: Callable[[int], bool]) -> int | None:
    """Return the largest length from `least` to `most` that fits, ``None`` when not even the least does.

    Parameters
    ----------
    least, most
        Where to look, both included.
    fits
        Tells whether a length fits; what is shorter than one that fits does too.

    """
    if least > most or not fits(least):
        return None
    while least < most:
        middle = (least + most + 1) // 2
        if fits(middle):
            least = middle
        else:
            most = middle - 1
    return least
