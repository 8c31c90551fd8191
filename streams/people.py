"""The accounts file: who may do what about which alerts (`--people`, ``FENGHUO_PEOPLE``)."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from detectors.areas import AreaTree
from rules.reading import Reading, nearest, path_of
from rules.roles import People
from rules.rulefile import line_of
from streams.errors import ConfigurationError, Fault
from streams.messages.templates import open_document


def load_people(path: Path, areas: AreaTree | None) -> People:
    """Read the accounts.

    Parameters
    ----------
    path
        A YAML file: ``people:`` and under it every account with its ``roles``, its ``areas`` and its ``name``.
    areas
        The city: an area that is not in it is a fault, unless it takes unknown places, or is not known itself.

    Raises
    ------
    ConfigurationError
        With every fault, its path in the file and its line.

    """
    node, content, doubles = open_document(path)
    reading = Reading()
    people = reading.value(People, content)
    found = [*reading.faults, *_faults(people, areas, content)]
    faults = [Fault(str(path), path_of(at), said, line) for line, at, said in doubles]
    faults += [Fault(str(path), path_of(at), said, line_of(node, at)) for at, said in found]
    if faults:
        raise ConfigurationError(faults)
    return people  # type: ignore[no-any-return] # of the hint


def _faults(people: People, areas: AreaTree | None, content: Any) -> Iterator[tuple[tuple[str | int, ...], str]]:  # noqa: ANN401
    """Yield what types cannot say: accounts without a role, and areas that are not there."""
    given = content.get("people") if isinstance(content, dict) else None
    if not isinstance(given, dict) or not isinstance(people, People):
        return
    for name, account in people.people.items():
        if not account.roles and isinstance(given.get(name), dict) and given[name].get("roles") == []:
            yield ("people", name, "roles"), "without a role it may do nothing: give `viewer`, or leave it out"
        for n, area in enumerate(account.areas):
            if areas is not None and not areas.open and area != areas.city and areas.get(area) is None:
                known = [one.id for one in areas.districts()]
                yield ("people", name, "areas", n), f"no area of {areas.name} has the id {area!r}{nearest(area, known)}"
