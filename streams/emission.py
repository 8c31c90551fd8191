"""What one record of a stage led to."""

from __future__ import annotations

from typing import Any, NamedTuple

import msgspec

from detectors.event import Event
from detectors.signal import Signal
from rules.alert import Alert, Finding
from rules.command import Command, CommandAnswer
from rules.feedback import Judgement
from streams.errors import BadInput
from streams.index import IndexRecord
from streams.tallying import TallyRecord


class Refused(NamedTuple):
    """A record that cannot be used, and what is wrong with it."""

    record: Any
    fault: BadInput


class Emission(msgspec.Struct, frozen=True):
    """What one record led to.

    Parameters
    ----------
    timestamp
        That record's Kafka timestamp in milliseconds.
    signals, findings, shadow
        Of detectors, of rules, and of rules that are tried out.
    late
        The event itself, when it came too late.
    alerts
        Versions of alerts, made of findings.
    crossed
        Ids of alerts that only the duty desk may see from now on, or no longer.
    tally
        Of the stage that sees all events: what it counted for the area index.
    index
        Scores of areas.
    silences
        Commands about messages, which are obeyed where messages are planned.
    judgements
        What people found out, for the pipelines whose rules they are about.
    answers
        To commands.
    refused
        That the record itself cannot be used, and why.

    """

    timestamp: int
    signals: list[Signal] = []
    findings: list[Finding] = []
    late: Event | None = None
    shadow: list[Finding] = []
    alerts: list[Alert] = []
    crossed: frozenset[str] = frozenset()
    judgements: list[Judgement] = []
    silences: list[Command] = []
    tally: TallyRecord | None = None
    index: list[IndexRecord] = []
    answers: list[CommandAnswer] = []
    refused: Refused | None = None
