"""`fenghuo audit`: the audit trail, and with it what people did by way of other topics."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator
from datetime import datetime
from typing import NamedTuple

import msgspec
from rich.table import Table
from rich.text import Text as Styled

from detectors.taxonomy import load_taxonomy
from rules.alert import Alert, Text
from rules.command import Command, CommandAnswer
from streams import topics
from streams.alerttail import names_of
from streams.audit import AuditEntry
from streams.codec import decode_answer
from streams.commanding import read_command
from streams.context import read_declaration
from streams.course import Version, ordered
from streams.dossier.answering import answer_to
from streams.dossier.material import instant
from streams.dossier.words import ACTIONS, plain, word
from streams.errors import BadInput
from streams.language import Voice
from streams.lessons import Correction, is_correction, read_correction
from streams.passing import legible
from streams.published import PublishedBook
from streams.settings import Settings
from streams.tail import Heard, Tail, sizes

_decode_alert = msgspec.json.Decoder(Alert).decode
_decode_entry = msgspec.json.Decoder(AuditEntry).decode
_decode_book = msgspec.json.Decoder(PublishedBook).decode
_LINES = re.compile(r"\s+")
_OUTCOMES = {
    "allowed": Text("已准许", "allowed"),
    "obeyed": Text("已执行", "obeyed"),
    "repeated": Text("已是如此", "it was so already"),
    "refused": Text("未受理", "refused"),
    "unconfirmed": Text("无记录可证实", "no version confirms it"),
    "taken": Text("已采纳", "taken"),
}
_STYLES = {"refused": "red", "unconfirmed": "yellow"}


class Past(NamedTuple):
    """What is known of what commands led to: versions by alert, by their numbers, and answers by command."""

    versions: dict[str, list[Version]]
    answers: dict[str, CommandAnswer]


class Wanted(NamedTuple):
    """Which entries are asked for: by whom, about what (how its name begins), since when; empty for any."""

    by: str = ""
    subject: str = ""
    since: datetime | None = None

    def has(self, entry: AuditEntry) -> bool:
        """Tell whether an entry is asked for."""
        if self.since is not None and entry.at < self.since:
            return False
        about = (entry.subject, entry.about)
        return self.by in {"", entry.by} and any(one.startswith(self.subject) for one in about)


def read_trail(settings: Settings, wanted: Wanted) -> list[AuditEntry]:
    """Return what people did, the oldest first.

    Raises
    ------
    BrokerUnavailable
        When the broker does not answer, or the topics are not there.

    """
    names = [topics.COMMANDS, topics.RULES, topics.CONTEXT]
    names += [name for name, size in sizes(settings, [topics.AUDIT, topics.ANSWERS]).items() if size is not None]
    with Tail(settings, names, from_beginning=wanted.since is None, since=wanted.since) as tail:
        records = list(tail.to_end())
    asked = {(record.key or b"").decode(errors="replace") for record in records if record.topic == topics.COMMANDS}
    versions = _versions(settings, {one for one in asked if one.startswith(wanted.subject)})
    found = [entry for entry in entries_of(records, versions) if wanted.has(entry)]
    return sorted(found, key=lambda one: (one.at, one.action, one.subject))


def _versions(settings: Settings, alerts: Collection[str]) -> dict[str, list[Version]]:
    """Return the versions of some alerts, of restricted ones too: only what became of a command is told of them."""
    found: dict[str, list[Version]] = {}
    keys = {alert.encode() for alert in alerts}
    if not keys:
        return found
    with Tail(settings, names_of(current=False, restricted=True), from_beginning=True) as tail:
        for record in tail.to_end():
            if record.key in keys and (alert := legible(record, _decode_alert)) is not None:
                version = Version(alert, instant(record.timestamp))
                found.setdefault(version.alert.id, []).append(version)
    return {id_: ordered(versions) for id_, versions in found.items()}


def entries_of(records: Iterable[Heard], versions: dict[str, list[Version]]) -> Iterator[AuditEntry]:
    """Yield what records of `audit`, `commands`, their answers, `rules` and `context` say that somebody did. Pure.

    Parameters
    ----------
    records
        In any order.
    versions
        Of the alerts that commands are about, in the order of their numbers.

    """
    kinds = frozenset(load_taxonomy().kinds)
    heard = list(records)
    answers = (legible(record, decode_answer) for record in heard if record.topic == topics.ANSWERS)
    past = Past(versions, {answer.command.id: answer for answer in answers if answer is not None})
    for record in heard:
        if record.topic == topics.ANSWERS:
            continue
        if record.topic == topics.AUDIT:
            if (entry := legible(record, _decode_entry)) is not None:
                yield entry
            continue
        try:
            yield _entry(record, past, kinds)
        except BadInput as fault:
            subject = (record.key or b"").decode(errors="replace")
            outcome = f"refused: {fault.reason} {fault.path}"
            action = record.topic.removesuffix("s")
            yield AuditEntry(at=instant(record.timestamp), by="", action=action, subject=subject, outcome=outcome)


def _entry(record: Heard, past: Past, kinds: Collection[str]) -> AuditEntry:
    """Return what one record of another topic says.

    Raises
    ------
    BadInput
        When the record is not what its topic holds.

    """
    key, heard_at = (record.key or b"").decode(errors="replace"), instant(record.timestamp)
    if record.topic == topics.RULES:
        return _published(record)
    if record.topic == topics.CONTEXT:
        read_declaration(record.key, record.value, record.timestamp)
        action = "declare" if record.value is not None else "end"
        return AuditEntry(at=heard_at, by="", action=action, subject=key, outcome="taken")
    if is_correction(record.value):
        return _corrected(read_correction(record.key, record.value, kinds))
    return _commanded(read_command(record.key, record.value), heard_at, past)


def _published(record: Heard) -> AuditEntry:
    try:
        book = _decode_book(record.value or b"")
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise BadInput("SCHEMA", "$", _LINES.sub(" ", str(error))) from error
    return AuditEntry(at=book.published_at, by=book.by, action="publish", subject=book.digest, outcome="taken")


def _corrected(one: Correction) -> AuditEntry:
    return AuditEntry(at=one.at, by=one.by, action="correct", subject=one.event, why=one.why, outcome="taken")


def _commanded(command: Command, heard_at: datetime, past: Past) -> AuditEntry:
    versions = past.versions.get(command.alert, [])
    answered = answer_to(command, heard_at, versions, past.answers.get(command.id))
    outcome = f"{answered.answer}: {answered.reason}" if answered.reason else answered.answer
    return AuditEntry(
        at=command.at, by=command.by, action=command.action, subject=command.alert, why=command.why, outcome=outcome
    )


def trail_table(entries: Iterable[AuditEntry], voice: Voice) -> Table:
    """Return it as a person reads it."""
    table = Table(box=None, padding=(0, 2, 0, 0), header_style="dim")
    pick = voice.pick
    heads = (pick("时间", "when"), pick("何人", "who"), pick("所为", "did"), pick("对象", "to what"))
    for head in (*heads, pick("结果", "outcome"), pick("事由", "what for")):
        table.add_column(head, overflow="fold")
    for entry in entries:
        answer, _, reason = entry.outcome.partition(": ")
        outcome = f"{voice.say(word(_OUTCOMES, answer))}{f' {reason}' if reason else ''}"
        when = f"{entry.at.astimezone(voice.zone):%Y-%m-%d %H:%M:%S}"
        did = voice.say(word(ACTIONS, entry.action))
        table.add_row(
            Styled(when, "cyan"),
            Styled(plain(entry.by) or "–", "bold"),
            Styled(plain(did)),
            Styled(plain(entry.subject)),
            Styled(plain(outcome), _STYLES.get(answer, "")),
            Styled(plain(entry.why), "italic"),
        )
    return table
