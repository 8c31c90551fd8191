"""What became of a command: what its answer says; where no answer is on record, what the versions tell. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from rules.alert import Alert, Text
from rules.command import ELSEWHERE, Command, CommandAnswer
from rules.refusals import refusal, sentence_of
from streams.course import Version
from streams.dossier.history import Answer


class Answered(NamedTuple):
    """What became of a command, why it was refused, in a word and in a sentence, and the version that followed."""

    answer: Answer
    reason: str = ""
    says: Text = Text()
    version: int = 0


def answer_to(
    command: Command, heard_at: datetime, versions: Sequence[Version], on_record: CommandAnswer | None = None
) -> Answered:
    """Return what became of a command.

    Parameters
    ----------
    command, heard_at
        The command, and the Kafka timestamp of its record.
    versions
        Of the alert it is about, in the order of their numbers.
    on_record
        The answer to it, if there is one.

    """
    for version in versions:
        handling = version.alert.revision.handling
        if handling is not None and handling.command == command.id:
            return Answered("obeyed", version=version.alert.revision.version)
    if on_record is not None:
        if on_record.reason:
            return Answered("refused", on_record.reason, on_record.says)
        return Answered("obeyed" if command.action in ELSEWHERE else "repeated")
    before = [version.alert for version in versions if version.at <= heard_at]
    return _by_versions(command, before[-1]) if before else Answered("unconfirmed")


def _by_versions(command: Command, alert: Alert) -> Answered:
    """Return why a command changed nothing of an alert as it was, by the questions the desk asks."""
    handling = alert.revision.handling
    same = handling is not None and command.action == handling.verdict
    if handling is not None and command.action in {"true", "false"} and not same:
        judged_at = handling.judged_at
        if judged_at is not None and judged_at >= command.at:
            return Answered("refused", "EARLIER", sentence_of("EARLIER", command, alert))
    reason = refusal(alert, command)
    if reason is not None:
        return Answered("refused", reason, sentence_of(reason, command, alert))
    signed = handling is not None and command.action == "sign" and handling.signed_by == command.by
    return Answered("repeated") if same or signed else Answered("unconfirmed")
