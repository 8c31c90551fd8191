"""YAML into Structs, with every fault and its path, not only the first."""

from __future__ import annotations

import difflib
from collections.abc import Iterator
from importlib import resources
from pathlib import Path
from typing import Annotated, Any, TypeVar, get_args, get_origin

import msgspec

from rules.reading import path_of
from rules.rulefile import NotYaml, read_document
from streams.errors import ConfigurationError, Fault

S = TypeVar("S", bound=msgspec.Struct)


def parse_yaml(text: str, file: str) -> object:
    """Return the content of a YAML text.

    Raises
    ------
    ConfigurationError
        When it is not YAML, or a name stands twice, with the line.

    """
    try:
        _, content, doubles = read_document(text)
    except NotYaml as error:
        raise ConfigurationError([Fault(file, "", str(error), error.line)]) from error
    if doubles:
        raise ConfigurationError([Fault(file, path_of(at), said, line) for line, at, said in doubles])
    return content


def read_text(path: Path) -> str:
    """Return the text of a file.

    Raises
    ------
    ConfigurationError
        When it cannot be read.

    """
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, ValueError) as error:
        raise ConfigurationError([Fault(str(path), "", _unreadable(path, error))]) from error


def _unreadable(path: Path, error: OSError | ValueError) -> str:
    """Say in plain words why a file cannot be read."""
    if isinstance(error, FileNotFoundError | NotADirectoryError):
        there = sorted(one.name for one in path.parent.glob("*.y*ml"))
        close = difflib.get_close_matches(path.name, there, n=1)
        return "no such file" + (f"; did you mean `{path.with_name(close[0])}`?" if close else "")
    if isinstance(error, IsADirectoryError):
        return "is a folder: give a .yaml file in it"
    if isinstance(error, UnicodeDecodeError):
        return "is not UTF-8: save it as UTF-8"
    return f"cannot be read ({error.strerror.lower() if isinstance(error, OSError) and error.strerror else error})"


def shipped(folder: str) -> dict[str, str]:
    """Return the texts of the YAML files of one folder of this package, by name without ending."""
    files = (resources.files(__package__) / folder).iterdir()
    texts = {one.name.removesuffix(".yaml"): one for one in files if one.name.endswith(".yaml")}
    return {name: texts[name].read_text(encoding="utf-8") for name in sorted(texts)}


def convert(content: object, kind: type[S], file: str, path: str = "$") -> S:
    """Make a Struct of plain data.

    Raises
    ------
    ConfigurationError
        With every fault, its file and its path.

    """
    faults = [Fault(file, where, message) for where, message in faults_of(content, kind, path)]
    if faults:
        raise ConfigurationError(faults)
    return msgspec.convert(content, kind)


def faults_of(content: object, kind: Any, path: str) -> Iterator[tuple[str, str]]:  # noqa: ANN401 - any type there is
    """Yield path and message of everything in `content` that does not fit `kind`: its parts, else the whole."""
    bare = get_args(kind)[0] if get_origin(kind) is Annotated else kind
    faults = list(_part_faults(content, bare, path))
    yield from faults
    if not faults:
        try:
            msgspec.convert(content, kind)
        except msgspec.ValidationError as error:
            yield path, str(error)


def _part_faults(content: object, kind: Any, path: str) -> Iterator[tuple[str, str]]:  # noqa: ANN401 - any type
    """Yield the faults of the fields of a Struct, or of the Structs in a list or mapping."""
    inner = get_args(kind)
    if _is_struct(kind) and isinstance(content, dict):
        yield from _field_faults(content, kind, path)
    elif get_origin(kind) is list and _is_struct(inner[0]) and isinstance(content, list):
        for n, item in enumerate(content):
            yield from faults_of(item, inner[0], f"{path}[{n}]")
    elif get_origin(kind) is dict and _is_struct(inner[1]) and isinstance(content, dict):
        for key, value in content.items():
            yield from faults_of(value, inner[1], f"{path}.{key}")


def _is_struct(kind: object) -> bool:
    return isinstance(kind, type) and issubclass(kind, msgspec.Struct)


def _field_faults(content: dict[object, object], kind: type[msgspec.Struct], path: str) -> Iterator[tuple[str, str]]:
    """Yield the faults of a mapping field by field."""
    fields = {field.encode_name: field for field in msgspec.structs.fields(kind)}
    for name, field in fields.items():
        if name in content:
            yield from faults_of(content[name], field.type, f"{path}.{name}")
        elif field.required:
            yield f"{path}.{name}", "is missing"
    for unknown in sorted(str(name) for name in content if name not in fields):
        yield f"{path}.{unknown}", f"unknown field; known are {', '.join(fields)}"
