"""What was found on the topics about one alert, as it was found."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime

from rules.alert import Alert, Text
from rules.command import CommandAnswer
from streams.audit import AuditEntry
from streams.course import Version
from streams.dossier.history import Told


@dataclass
class Material:
    """Records about one alert, in any order.

    Parameters
    ----------
    id
        The alert.
    versions
        Versions of it with their Kafka timestamps.
    current
        The version that stands, or stood last, from the compacted topic; ``None`` when it is on none.
    commands
        Kafka timestamp, key and value of commands that are about it or name it.
    answers
        What became of commands, by their ids.
    deliveries, seen
        Attempts to tell somebody of it, and what the audit trail says.
    others
        Other alerts that name it as one of their findings, or that it names; their last versions.
    notes
        What could not be looked at or read.

    """

    id: str
    versions: list[Version] = field(default_factory=list)
    current: Version | None = None
    commands: list[tuple[datetime, bytes | None, bytes | None]] = field(default_factory=list)
    answers: dict[str, CommandAnswer] = field(default_factory=dict)
    deliveries: list[Told] = field(default_factory=list)
    seen: list[AuditEntry] = field(default_factory=list)
    others: dict[str, Alert] = field(default_factory=dict)
    notes: list[Text] = field(default_factory=list)


def instant(timestamp_ms: int) -> datetime:
    """Return a Kafka timestamp as an aware instant."""
    return datetime.fromtimestamp(timestamp_ms / 1_000, UTC)
