"""Reads what a person wrote, one JSON object a line, and reports every fault with its line."""

from __future__ import annotations

import gzip
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, TypeVar

import msgspec

from streams.errors import NO_JSON, ConfigurationError, Fault
from streams.settings import reason
from streams.sources.mapping_yaml import nearest

MOST_FAULTS = 20
T = TypeVar("T")


class Wrong(ValueError):
    """Something wrong with one line, at a path."""

    def __init__(self, path: str, message: str) -> None:
        self.path, self.message = path, message
        super().__init__(message)


def read_lines(path: Path, option: str, one: str, read: Callable[[bytes, int], T]) -> list[T]:
    """Read a file, gzipped when its name ends in ``.gz``.

    Parameters
    ----------
    path
        The file.
    option
        Of the command line, by which it was given.
    one
        What a line holds, in words.
    read
        Reads a line with its number; raises `Wrong`.

    Raises
    ------
    ConfigurationError
        With every faulty line (the first twenty), or when the file cannot be read or is empty.

    """
    found: list[T] = []
    faults: list[Fault] = []
    for number, line in _lines(path, option):
        try:
            found.append(read(line, number))
        except Wrong as wrong:
            faults.append(Fault(str(path), wrong.path, wrong.message, number))
    if not found and not faults:
        faults = [Fault(str(path), "", f"is empty: give one {one} a line, or leave {option} out")]
    if len(faults) > MOST_FAULTS:
        rest = f"{len(faults) - MOST_FAULTS:,} more faulty lines"
        faults = [*faults[:MOST_FAULTS], Fault(str(path), "", rest)]
    if faults:
        raise ConfigurationError(faults)
    return found


def _lines(path: Path, option: str) -> Iterator[tuple[int, bytes]]:
    try:
        with gzip.open(path) if path.suffix == ".gz" else path.open("rb") as file:
            yield from ((number, line) for number, line in enumerate(file, start=1) if line.strip())
    except (OSError, EOFError, zlib.error) as error:
        said = reason(error) if isinstance(error, OSError) and error.strerror else "is not gzip, or was cut off"
        raise ConfigurationError([Fault(str(path), option, f"cannot be read: {said}")]) from error


def decode_line(raw: bytes) -> Any:  # noqa: ANN401 - whatever stands there
    """Return the JSON of a line.

    Raises
    ------
    Wrong
        When it is none.

    """
    try:
        return msgspec.json.decode(raw)
    except NO_JSON as error:
        raise Wrong("$", f"is no JSON object: {error}") from error


def convert_line(content: object, form: type[T]) -> T:
    """Return the content of a line in its form.

    Raises
    ------
    Wrong
        When it does not fit, in words.

    """
    try:
        return msgspec.convert(content, form)
    except msgspec.ValidationError as error:
        message, _, path = str(error).partition(" - at `")
        raise Wrong(path.rstrip("`") or "$", _plainly(message, form)) from error


def _plainly(message: str, form: type[Any]) -> str:
    if "timezone" in message:
        return "has no offset from UTC: write 2026-06-02T15:00:00+08:00"
    if "unknown field" in message:
        field = message.rpartition("field ")[2].strip("`")
        known = [one.encode_name for one in msgspec.structs.fields(form)]
        return f"no field is called `{field}`{nearest(field, known)}"
    return message[:1].lower() + message[1:]
