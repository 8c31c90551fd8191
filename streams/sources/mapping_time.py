"""Local and absolute times of files, quickly."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import UTC, datetime, timedelta, tzinfo
from functools import lru_cache, partial
from operator import itemgetter

Instant = tuple[float, datetime]
"""Epoch seconds and the same instant as aware UTC datetime."""

NAMED = ("rfc3339", "epoch_s", "epoch_ms")

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_DIRECTIVES = {
    "Y": "[0-9]{4}",
    "m": "[0-9]{1,2}",
    "b": "[A-Za-z]{3}",
    "d": "[0-9]{1,2}",
    "H": "[0-9]{1,2}",
    "I": "[0-9]{1,2}",
    "M": "[0-9]{1,2}",
    "S": "[0-9]{1,2}",
    "f": "[0-9]{1,6}",
    "p": "[AaPp][Mm]",
    "z": "Z|[+-][0-9]{2}:?[0-9]{2}",
}
_PARTS = "YmdHMS"
_NOON = 12


def directives_of(pattern: str) -> list[str]:
    """Return the letters of the directives in a time format.

    Raises
    ------
    ValueError
        When a directive is unknown or doubled, or year, month and day are not all there.

    """
    letters = re.findall(r"%(.?)", pattern)
    unknown = [f"%{letter}" for letter in letters if letter not in _DIRECTIVES]
    if unknown:
        known = " ".join(f"%{letter}" for letter in _DIRECTIVES)
        raise ValueError(
            f"unknown in a time format: {', '.join(unknown)}; known: {known}, or one of {', '.join(NAMED)}"
        )
    if len(set(letters)) < len(letters):
        raise ValueError("a directive stands twice")
    if "Y" not in letters or "d" not in letters or ("m" in letters) == ("b" in letters):
        raise ValueError("a time format needs %Y, %d and either %m or %b")
    if ("I" in letters) != ("p" in letters) or ("I" in letters and "H" in letters):
        raise ValueError("%I goes with %p, and %H with neither")
    return letters


def is_absolute(pattern: str) -> bool:
    """Tell whether times in this format need no zone."""
    return pattern in {"epoch_s", "epoch_ms"} or "%z" in pattern


def time_reader(patterns: Sequence[str], zone: tzinfo) -> Callable[[str], Instant]:
    """Return the function from a cell to an instant; it raises ValueError for what fits no format.

    Parameters
    ----------
    patterns
        Formats in the language of ``strptime`` (the directives in `directives_of`) or names in `NAMED`, tried in order.
    zone
        Zone of times that carry none. A time that the end of summer time brings twice is taken as the first of the two.

    """
    readers = [_reader(pattern, zone) for pattern in patterns]
    if len(readers) == 1:
        # Times to the minute hardly ever come again; remembering them would cost more than it saves.
        fine = patterns[0] in NAMED or "%M" in patterns[0]
        return readers[0] if fine else lru_cache(maxsize=4096)(readers[0])

    def any_of(cell: str) -> Instant:
        for read in readers[:-1]:
            with suppress(ValueError):
                return read(cell)
        return readers[-1](cell)

    return any_of


def _reader(pattern: str, zone: tzinfo) -> Callable[[str], Instant]:
    if pattern == "rfc3339":
        return lambda cell: _instant(_zoned(datetime.fromisoformat(cell), zone))
    if pattern in NAMED:
        divisor = 1000.0 if pattern == "epoch_ms" else 1.0
        return lambda cell: _from_epoch(float(cell) / divisor)
    return _strptime(pattern, zone)


def _zoned(at: datetime, zone: tzinfo) -> datetime:
    return at if at.tzinfo else at.replace(tzinfo=zone)


def _instant(at: datetime) -> Instant:
    try:
        utc = at.astimezone(UTC)
    except OverflowError as error:
        raise ValueError("out of the calendar") from error
    return (utc - _EPOCH).total_seconds(), utc


def _from_epoch(t: float) -> Instant:
    try:
        return _instant(_EPOCH + timedelta(seconds=t))
    except OverflowError as error:
        raise ValueError("out of the calendar") from error


def _strptime(pattern: str, zone: tzinfo) -> Callable[[str], Instant]:
    letters = directives_of(pattern)
    parts = re.split(r"%.", pattern)
    pieces = [re.escape(parts[0])]
    for letter, after in zip(letters, parts[1:], strict=True):
        pieces += [f"({_DIRECTIVES[letter]})", re.escape(after)]
    match = re.compile("".join(pieces)).fullmatch
    present = [letter for letter in _PARTS if letter in letters]
    in_order = itemgetter(*map(letters.index, present))
    local: Callable[..., datetime] = partial(datetime, tzinfo=zone)
    plain = len(present) == len(letters) and _PARTS.startswith("".join(present))

    def read(cell: str) -> Instant:
        found = match(cell)
        if found is None:
            raise ValueError("does not fit the format")
        if plain:
            return _instant(local(*map(int, in_order(found.groups()))))
        return _instant(_local(dict(zip(letters, found.groups(), strict=True)), zone))

    return read


def _local(part: dict[str, str], zone: tzinfo) -> datetime:
    """Put a time together that has more to it than numbers in a row."""
    hour = _hour24(int(part["I"]), part["p"]) if "I" in part else int(part.get("H", 0))
    if "z" in part:
        zone = datetime.fromisoformat(f"2000-01-01T00:00:00{part['z']}").tzinfo or zone
    return datetime(
        int(part["Y"]),
        int(part["m"]) if "m" in part else _MONTHS.index(part["b"].lower()) + 1,
        int(part["d"]),
        hour,
        int(part.get("M", 0)),
        int(part.get("S", 0)),
        int(part.get("f", "").ljust(6, "0")),
        zone,
    )


def _hour24(hour: int, half: str) -> int:
    if not 1 <= hour <= _NOON:
        raise ValueError("no hour of a twelve-hour clock")
    return hour % _NOON + (_NOON if half in {"PM", "pm", "Pm", "pM"} else 0)
