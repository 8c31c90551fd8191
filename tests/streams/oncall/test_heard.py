"""Silences out of commands and their answers."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from rules.command import Command, CommandAnswer
from streams.oncall.heard import silences_of
from tests.builders import T0

AT = datetime.fromtimestamp(T0, UTC)


def a_command(id: str = "1", action: str = "silence", alert: str = "s1", **over: Any) -> Command:  # noqa: A002
    base: dict[str, Any] = {"by": "desk", "why": "works", "at": AT, "until": AT + timedelta(hours=1)}
    matcher = {"matcher": {"kinds": "gas_leak"}} if action == "silence" else {}
    return Command(id=id, action=action, alert=alert, **{**base, **matcher, **over})  # type: ignore[arg-type]


def an_answer(command: str = "1", reason: str = "") -> CommandAnswer:
    return CommandAnswer(command=a_command(command), reason=reason)  # type: ignore[arg-type]


def held(commands: list[Command], answers: list[CommandAnswer], minutes: float = 1) -> list[tuple[str, bool]]:
    found = silences_of(commands, answers, AT + timedelta(minutes=minutes))
    return [(one.silence.id, one.obeyed) for one in found]


def test_a_silence_that_was_obeyed_holds_until_its_end() -> None:
    assert held([a_command()], [an_answer()]) == [("s1", True)]
    assert held([a_command()], []) == [("s1", False)]
    assert held([a_command()], [an_answer()], 60) == []


def test_a_refused_or_faulty_one_never_does() -> None:
    assert held([a_command()], [an_answer(reason="ROLE")]) == []
    assert held([a_command(matcher={})], [an_answer()]) == []
    assert held([a_command(until=None)], [an_answer()]) == []


def test_one_that_was_ended_early_does_not_hold_unless_that_was_refused() -> None:
    both = [a_command(), a_command("2", "unsilence")]
    assert held(both, [an_answer(), an_answer("2")]) == []
    assert held(both, [an_answer(), an_answer("2", "ROLE")]) == [("s1", True)]
