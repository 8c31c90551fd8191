"""`fenghuo alerts silence`, `unsilence`, `silences`: nobody is told of some alerts for a while."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from datetime import UTC, datetime

import msgspec
from rich.console import Console
from rich.table import Table

from detectors.areas import AreaTree
from detectors.taxonomy import load_taxonomy
from rules.command import Command, CommandAnswer
from rules.reading import nearest
from rules.silence import Matcher
from streams import topics
from streams.codec import decode_answer
from streams.commanding import check_said, read_command, send
from streams.errors import BadInput, ConfigurationError, Fault
from streams.intake.masking import mask
from streams.intake.places import load_areas
from streams.oncall.commands import words_of
from streams.oncall.heard import Said, silence_in, silences_of
from streams.passing import legible
from streams.settings import Settings
from streams.tail import Tail


def silence(
    settings: Settings, matcher: Mapping[str, str], *, until: datetime, by: str, why: str, role: str = "", id_: str = ""
) -> tuple[Command, bool]:
    """Ask for a silence from now on, and wait until the desk has answered.

    Parameters
    ----------
    settings
        Cluster, prefix, city.
    matcher
        Field to value, as `streams.oncall.commands.words_of` writes them.
    until
        When it ends, aware.
    by, why, role
        Who wants it so, the reason, in which of the account's roles.
    id_
        Of the silence; one with the same id is replaced. A new one, when not given.

    Returns
    -------
    :
        The command, and whether it is confirmed.

    Raises
    ------
    ConfigurationError
        When it is no silence, or the desk refuses it.
    BrokerUnavailable
        When the broker does not answer, or the topics are not there.

    """
    command = Command(
        id=uuid.uuid4().hex,
        action="silence",
        alert=id_ or f"silence-{uuid.uuid4().hex[:8]}",
        by=by,
        role=role,
        at=datetime.now(UTC),
        why=mask(why),
        until=until.astimezone(UTC),
        matcher=dict(matcher),
    )
    check_said(by, why, {})
    try:
        meant = silence_in(command)
    except ValueError as error:
        raise ConfigurationError([Fault("SILENCE", "", str(error))]) from error
    if strange := _strange(meant.matcher, load_areas(settings.areas)):
        raise ConfigurationError(strange)
    return command, _ask(settings, command)


def _strange(matcher: Matcher, areas: AreaTree) -> list[Fault]:
    """Return what a matcher names that there is not: it would keep nothing quiet, and say nothing of it."""
    unknown = [one for one in matcher.areas if not areas.open and one != areas.city and areas.get(one) is None]
    faults = [Fault("--area", "", f"{areas.name} has no area {one!r}") for one in unknown]
    kinds = load_taxonomy().kinds
    classes = {kind.category for kind in kinds.values()}
    for option, given, known in (("--kind", matcher.kinds, kinds.keys()), ("--class", matcher.classes, classes)):
        said = [f"the taxonomy has no {one!r}{nearest(one, known)}" for one in given if one not in known]
        faults += [Fault(option, "", one) for one in said]
    return faults


def unsilence(settings: Settings, id_: str, *, by: str, why: str = "", role: str = "") -> bool:
    """End a silence early; tell whether that is confirmed.

    Raises
    ------
    ConfigurationError
        When there is no such silence, or the desk refuses.
    BrokerUnavailable
        When the broker does not answer, or the topics are not there.

    """
    check_said(by, why, {})
    known = [one.silence.id for one in silences(settings, datetime.now(UTC))]
    if id_ not in known:
        said = f"no silence {id_!r} holds; `fenghuo alerts silences` lists them"
        raise ConfigurationError([Fault("SILENCE", "", said)])
    command = Command(
        id=uuid.uuid4().hex, action="unsilence", alert=id_, by=by, role=role, at=datetime.now(UTC), why=mask(why)
    )
    return _ask(settings, command)


def silences(settings: Settings, now: datetime) -> list[Said]:
    """Return the silences of commands that hold, in the order in which they end.

    Raises
    ------
    BrokerUnavailable
        When the broker does not answer, or the topics are not there.

    """
    commands: list[Command] = []
    answers: list[CommandAnswer] = []
    with Tail(settings, [topics.COMMANDS, topics.ANSWERS], from_beginning=True) as tail:
        for record in sorted(tail.to_end(), key=lambda one: one.timestamp):
            if record.topic == topics.ANSWERS:
                answers += [answer] if (answer := legible(record, decode_answer)) is not None else []
            elif record.topic == topics.COMMANDS:
                try:
                    commands.append(read_command(record.key, record.value))
                except BadInput:
                    continue  # it is among the dead letters
    return silences_of(commands, answers, now)


def show_silences(console: Console, settings: Settings, now: datetime, *, as_json: bool) -> None:
    """Print the silences that hold."""
    found, zone = silences(settings, now), load_areas(settings.areas).zone
    if as_json:
        for said in found:
            console.print(msgspec.json.encode(said.silence).decode(), soft_wrap=True, markup=False, highlight=False)
        return
    if not found:
        console.print("no silence holds")
        return
    table = Table("id", "what", "until", "by", "why", "", box=None, padding=(0, 2, 0, 0), header_style="bold")
    for one, obeyed in found:
        what = ", ".join(f"{name}={value}" for name, value in words_of(one.matcher, red=one.red).items())
        until = f"{one.until_at.astimezone(zone):%Y-%m-%d %H:%M}"
        table.add_row(one.id, what, until, one.by, one.why, "" if obeyed else "not confirmed yet")
    console.print(table)


def _ask(settings: Settings, command: Command) -> bool:
    """Send a command and wait for its answer; tell whether there was one."""
    answer = send(settings, command)
    if answer is not None and answer.reason:
        raise ConfigurationError([Fault("SILENCE", "", f"{answer.says.zh} / {answer.says.en}")])
    return answer is not None
