"""What an operator's files have against a start: all of it at once, with what the settings have against it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

import msgspec

from detectors.taxonomy import load_taxonomy
from streams.assembly import read_book
from streams.errors import ConfigurationError, Fault
from streams.intake.hazards import load_hazards
from streams.intake.places import load_areas
from streams.settings import Settings


def all_faults(settings: Settings, wrong: Mapping[str, Fault]) -> ConfigurationError:
    """Return the faults that `read_settings` found together with those of the files."""
    if "areas" in wrong:
        settings = msgspec.structs.replace(settings, hazards="")  # which places there are is not known
    secret = not wrong.keys() & {"reporter_key", "reporter_key_file"}
    return ConfigurationError([*wrong.values(), *faults_of_files(settings, secret=secret)])


def check_files(settings: Settings, *, secret: bool = True) -> None:
    """Read all that a worker reads; a replay needs no `secret`.

    Raises
    ------
    ConfigurationError
        With every fault of every file.

    """
    if faults := faults_of_files(settings, secret=secret):
        raise ConfigurationError(faults)


def faults_of_files(settings: Settings, *, secret: bool = True) -> list[Fault]:
    """Return every fault of the area tree, the hazard register, the rule book and, if asked for, the secret."""
    faults: list[Fault] = []

    def note(read: Callable[[], object]) -> None:
        try:
            read()
        except ConfigurationError as error:
            faults.extend(error.faults)

    def places() -> None:
        tree = load_areas(settings.areas)
        if settings.hazards:
            load_hazards(Path(settings.hazards), tree)

    if secret:
        note(settings.secret)
    note(places)
    note(lambda: read_book(settings.book, load_taxonomy()))
    return faults
