"""Silences out of the commands people gave and the answers the desk gave to them."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import NamedTuple

from rules.command import Command, CommandAnswer
from rules.silence import LONGEST_S, Silence
from streams.oncall.commands import silence_of


class Said(NamedTuple):
    """One silence that holds or will be answered, and whether the desk has obeyed yet."""

    silence: Silence
    obeyed: bool


def silence_in(command: Command, longest_s: float = LONGEST_S) -> Silence:
    """Return the silence a command of action ``silence`` asks for.

    Raises
    ------
    ValueError
        With the JSONPath of every fault.

    """
    return silence_of(
        command.alert,
        by=command.by,
        why=command.why,
        at=command.at,
        until=command.until or command.at,
        matcher=command.matcher,
        longest_s=longest_s,
    )


def silences_of(commands: Iterable[Command], answers: Iterable[CommandAnswer], now: datetime) -> list[Said]:
    """Return the silences that hold at `now`, in the order in which they end.

    Parameters
    ----------
    commands
        All that were given, in the order in which they were.
    answers
        All answers to them.
    now
        Aware.

    """
    refused = {answer.command.id for answer in answers if answer.reason}
    obeyed = {answer.command.id for answer in answers if not answer.reason}
    said: dict[str, Said] = {}
    for command in commands:
        if command.id in refused:
            continue
        if command.action == "unsilence" and command.id in obeyed:
            said.pop(command.alert, None)
        elif command.action == "silence":
            try:
                said[command.alert] = Said(silence_in(command), command.id in obeyed)
            except ValueError:
                continue  # whoever plans messages passed it over as well
    found = [one for one in said.values() if one.silence.until_at > now]
    return sorted(found, key=lambda one: (one.silence.until_at, one.silence.id))
