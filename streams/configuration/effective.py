"""The values in force, each with where it comes from; secrets never, only whether they are set."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from streams.configuration.about import About, abouts, written
from streams.errors import Fault
from streams.settings import PREFIX, given_settings, read_settings

DEFAULT = "default"


class Effective(msgspec.Struct, frozen=True):
    """What is in force for one variable.

    Parameters
    ----------
    variable
        Its name.
    value
        What is in force; ``None`` for a secret.
    is_set
        Whether it was given.
    source
        The variable it was taken from, or ``default``.
    secret
        Whether its value is not shown.
    fault
        Why what was given is not in force.

    """

    variable: str
    value: str | None
    is_set: bool
    source: str
    secret: bool = False
    fault: str = ""


def effective(environ: Mapping[str, str]) -> tuple[list[Effective], list[Fault]]:
    """Return what is in force for every variable, and the faults of variables that mean nothing."""
    given, unknown = given_settings(environ)
    settings, wrong = read_settings(environ)
    rows = []
    for about in abouts():
        name = about.variable.removeprefix(PREFIX).lower()
        if name not in settings.__struct_fields__:
            rows.append(_other(about, environ))
            continue
        source = given[name].where if name in given else DEFAULT
        value = None if about.secret else written(getattr(settings, name))
        fault = wrong[name].message if name in wrong and not about.secret else "cannot be used" * (name in wrong)
        rows.append(Effective(about.variable, value, name in given, source, about.secret, fault))
    return rows, list(unknown.values())


def _other(about: About, environ: Mapping[str, str]) -> Effective:
    given = about.variable in environ
    value = None if about.secret else environ.get(about.variable, about.default)
    return Effective(about.variable, value, given, about.variable if given else DEFAULT, about.secret)
