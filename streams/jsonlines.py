"""Files an operator hands over, one JSON object a line."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from streams.errors import BadInput, ConfigurationError, Fault
from streams.settings import reason

T = TypeVar("T")


def load_lines(path: Path, decode: Callable[[bytes], T]) -> list[T]:
    """Read every line of a file that is not empty, in order.

    Parameters
    ----------
    path
        The file.
    decode
        Reads one line; raises `BadInput`.

    Raises
    ------
    ConfigurationError
        When the file cannot be read, or with every line that cannot.

    """
    try:
        lines = path.read_bytes().splitlines()
    except OSError as error:
        raise ConfigurationError([Fault(str(path), "", f"cannot be read: {reason(error)}")]) from error
    found: list[T] = []
    faults: list[Fault] = []
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        try:
            found.append(decode(line))
        except BadInput as bad:
            faults.append(Fault(str(path), bad.path, bad.message, number))
    if faults:
        raise ConfigurationError(faults)
    return found
