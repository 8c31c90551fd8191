"""The error tree.

::

    FenghuoError
    ├── ConfigurationError      start-up stops; lists every fault with file and path
    ├── BadInput                one record cannot become an event: it goes to the dead letters
    ├── BrokerUnavailable       Kafka does not answer, or a topic is missing
    └── StateError              stored state cannot be read or does not join the committed offset
"""

from __future__ import annotations

from dataclasses import dataclass

import msgspec

NO_JSON = (msgspec.DecodeError, UnicodeDecodeError, RecursionError)
"""What msgspec raises of bytes that are no JSON of the wanted form: wrong, not UTF-8, or nested too deeply."""


class FenghuoError(Exception):
    """Everything Fenghuo raises on purpose."""


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing wrong in a file an operator wrote: which file, where in it, what, and what to do."""

    file: str
    path: str
    message: str
    line: int | None = None

    def __str__(self) -> str:
        where = f"{self.file}:{self.line}" if self.line else self.file
        return f"{where}: {self.path}: {self.message}" if self.path else f"{where}: {self.message}"


class ConfigurationError(FenghuoError):
    """Configuration that cannot be used; carries every fault found, not only the first."""

    def __init__(self, faults: list[Fault]) -> None:
        self.faults = faults
        super().__init__("\n".join(str(fault) for fault in faults))


class BadInput(FenghuoError):
    """One record that cannot become an event.

    Parameters
    ----------
    reason
        Short, stable, upper case: used as metric label, log key and on the dead letter (``NOT_JSON``,
        ``SCHEMA``, ``FUTURE``, ``ANCIENT``, ``UNKNOWN_KIND`` …).
    path
        JSONPath of the fault, ``$`` for the whole record.
    message
        What is wrong; never repeats personal data.

    """

    def __init__(self, reason: str, path: str, message: str) -> None:
        self.reason = reason
        self.path = path
        self.message = message
        super().__init__(f"{reason} at {path}: {message}")


class BrokerUnavailable(FenghuoError):
    """Kafka does not answer or is not set up as needed; says what to do."""


class StateError(FenghuoError):
    """Stored state that cannot be used."""
