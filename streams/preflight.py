"""What an operator's files have against a start: all of it at once, with what the settings have against it."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from streams.assembly import assembled
from streams.errors import ConfigurationError, Fault
from streams.settings import LEAST_KEY_BYTES, Settings


def all_faults(settings: Settings, wrong: Mapping[str, Fault]) -> ConfigurationError:
    """Return the faults that `read_settings` found together with those of the files."""
    if "areas" in wrong:
        settings = msgspec.structs.replace(settings, hazards="", people="")  # which places there are is not known
    secret = not wrong.keys() & {"reporter_key", "reporter_key_file"}
    return ConfigurationError([*wrong.values(), *_faults_of_files(settings, secret=secret)])


def check_files(settings: Settings) -> None:
    """Read all that a worker reads.

    Raises
    ------
    ConfigurationError
        With every fault of every file, and of the secret.

    """
    if faults := _faults_of_files(settings, secret=True):
        raise ConfigurationError(faults)


def _faults_of_files(settings: Settings, *, secret: bool) -> list[Fault]:
    key = settings.secret if secret else bytes(LEAST_KEY_BYTES)
    try:
        assembled(settings, key)
    except ConfigurationError as error:
        return error.faults
    return []
