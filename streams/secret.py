"""Secrets that show themselves to nobody, and stand in variables or files of their own, never beside settings."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, NoReturn

from rules.reading import At
from streams.settings import reason

_VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_LARGEST_SECRET = 8_192
Said = Callable[[At, str], None]


class Secret:
    """A text that no log, error or print shows; empty when there is none."""

    __slots__ = ("_text",)

    def __init__(self, text: str = "") -> None:
        self._text = text

    def __bool__(self) -> bool:
        return bool(self._text)

    def __repr__(self) -> str:
        return "Secret(…)" if self._text else "Secret()"

    def __reduce__(self) -> NoReturn:
        raise TypeError("a secret is neither copied nor stored")

    def reveal(self) -> str:
        """Return the text."""
        return self._text


def find_secret(
    name: str, given: Mapping[str, Any], folder: Path, env: Mapping[str, str], fault: Said, *, needed: bool
) -> Secret:
    """Return a secret ``x`` from where a file says it is: ``x_from`` a variable, or ``x_file``; never repeats it.

    Parameters
    ----------
    name
        ``x``.
    given
        What the file says.
    folder
        Which paths are relative to.
    env
        The variables.
    fault
        Is told what is wrong, and where.
    needed
        It is a fault that there is none.

    """
    variable, file = f"{name}_from", f"{name}_file"
    if name in given:
        fault((name,), f"a secret does not stand here: name a variable in {variable}, or a file in {file}")
    elif variable in given and file in given:
        fault((file,), f"give {variable} or {file}, not both")
    elif variable in given:
        return _from_variable(given[variable], env, lambda message: fault((variable,), message))
    elif file in given:
        return _from_file(given[file], folder, lambda message: fault((file,), message))
    elif needed:
        fault((), f"needs {variable}, the name of a variable, or {file}, the path of a file")
    return Secret()


def _from_variable(variable: Any, env: Mapping[str, str], fault: Callable[[str], None]) -> Secret:  # noqa: ANN401
    if not isinstance(variable, str) or not _VARIABLE.fullmatch(variable):
        fault("is no name of a variable: the secret itself does not stand here")
    elif variable not in env:
        fault(f"there is no variable {variable}")
    elif not env[variable].strip():
        fault(f"the variable {variable} is empty")
    else:
        return Secret(env[variable].strip())
    return Secret()


def _from_file(path: Any, folder: Path, fault: Callable[[str], None]) -> Secret:  # noqa: ANN401 - YAML
    if not isinstance(path, str) or "\n" in path:
        fault("is no path of a file")
        return Secret()
    try:
        text = (folder / path).read_text(encoding="utf-8").strip()
    except (OSError, ValueError) as error:
        said = reason(error) if isinstance(error, OSError | UnicodeDecodeError) else "it is no path"
        fault(f"cannot be read: {said}")
        return Secret()
    if not text or len(text) > _LARGEST_SECRET:
        fault("the file is empty" if not text else f"the file has more than {_LARGEST_SECRET} characters")
        return Secret()
    return Secret(text)
