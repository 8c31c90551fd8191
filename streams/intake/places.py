"""Area files: shipped ones by name, others by path."""

from __future__ import annotations

import difflib
from importlib import resources
from pathlib import Path

from detectors.areas import AreaFaults, AreaTree
from rules.reading import path_of
from rules.rulefile import NotYaml, line_of, path_steps, read_document
from streams.errors import ConfigurationError, Fault

# A city of a thousand communities with their neighbours has some 20,000.
_MOST_VALUES = 1_000_000


def shipped_areas() -> list[str]:
    """Return the names of the area trees that come with the package."""
    folder = resources.files("streams") / "areas"
    return sorted(one.name.removesuffix(".yaml") for one in folder.iterdir() if one.name.endswith(".yaml"))


def load_areas(name_or_path: str | Path) -> AreaTree:
    """Load an area tree.

    Parameters
    ----------
    name_or_path
        A shipped name (``shantou``), or the path of a YAML file.

    Raises
    ------
    ConfigurationError
        When there is no such file, or it is no area tree: with every fault, its path in the file and its line.

    """
    name = str(name_or_path)
    file, text = _read(name)
    try:
        node, content, doubles = read_document(text, _MOST_VALUES)
    except NotYaml as error:
        raise ConfigurationError([Fault(file, "$", str(error), error.line)]) from error
    faults = [Fault(file, path_of(at), said, line) for line, at, said in doubles]
    try:
        tree = AreaTree.from_mapping(content)
    except AreaFaults as error:
        faults += [Fault(file, path, said, line_of(node, path_steps(path))) for path, said in error.faults]
        raise ConfigurationError(faults) from error
    if faults:
        raise ConfigurationError(faults)
    return tree


def _read(name: str) -> tuple[str, str]:
    """Return the name of the file for messages, and its text."""
    shipped = resources.files("streams") / "areas" / f"{name}.yaml"
    if name.isidentifier() and shipped.is_file():
        return f"{name}.yaml", shipped.read_text(encoding="utf-8")
    try:
        return name, Path(name).read_text(encoding="utf-8")
    except (OSError, ValueError) as error:
        raise ConfigurationError([Fault(name, "", _unreadable(name, error))]) from error


def _unreadable(name: str, error: OSError | ValueError) -> str:
    """Say in plain words why a file cannot be read, and what to give instead."""
    known = shipped_areas()
    ask = f"give the path of an area file, or one of the shipped {', '.join(known)}"
    if isinstance(error, FileNotFoundError | NotADirectoryError):
        close = difflib.get_close_matches(name, known, n=1)
        return f"there is no such area file: {ask}" + (f"; did you mean `{close[0]}`?" if close else "")
    if isinstance(error, IsADirectoryError):
        return f"is a folder: {ask}"
    if isinstance(error, UnicodeDecodeError):
        return "is not UTF-8: save it as UTF-8"
    return f"cannot be read ({error.strerror.lower() if isinstance(error, OSError) and error.strerror else error})"
