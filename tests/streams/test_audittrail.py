"""What the topics say that people did, as one trail."""

from __future__ import annotations

import io
from datetime import datetime, timedelta

import msgspec
import pytest
from rich.console import Console

from rules.command import Command, CommandAnswer
from streams import topics
from streams.audit import AuditEntry
from streams.audittrail import Wanted, entries_of, trail_table
from streams.language import Voice
from streams.lessons import Correction
from streams.published import PublishedBook
from streams.tail import Heard
from tests.lives import Life, at


def heard(topic: str, key: str, value: object, when: datetime | None = None) -> Heard:
    raw = value if value is None or isinstance(value, bytes) else msgspec.json.encode(value)
    return Heard(topic, 0, 0, int((when or at(0)).timestamp() * 1_000), key.encode(), raw, ())


def told(*records: Heard, **versions: list) -> list[tuple[str, str, str, str]]:  # type: ignore[type-arg]
    return [(one.by, one.action, one.subject, one.outcome) for one in entries_of(records, versions)]


def a_command(by: str, t: float) -> Command:
    return Command(id=f"{by}{t}", action="sign", alert="a1", by=by, at=at(t), why="w")


def test_commands_are_told_with_what_became_of_them() -> None:
    life = Life().issue(0)
    life.command(60, "sign", "li")
    records = [
        heard(topics.COMMANDS, "a1", life.commands[0][2], at(60.5)),
        heard(topics.COMMANDS, "a1", a_command("wang", 90), at(90.5)),
        heard(topics.COMMANDS, "a1", b"{", at(95)),
    ]
    assert told(*records, a1=life.versions) == [
        ("li", "sign", "a1", "obeyed"),
        ("wang", "sign", "a1", "refused: SIGNED"),
        ("", "command", "a1", "refused: NOT_JSON $"),
    ]


def test_what_an_answer_says_goes_before_what_versions_tell() -> None:
    answer = CommandAnswer(command=a_command("li", 60), reason="ROLE", state="raised")
    records = [heard(topics.ANSWERS, "a1", answer), heard(topics.COMMANDS, "a1", a_command("li", 60))]
    assert told(*records, a1=Life().issue(0).versions) == [("li", "sign", "a1", "refused: ROLE")]


def test_corrections_books_declarations_and_reveals_are_on_it() -> None:
    correction = Correction(id="c", action="correct", event="hotline:1", kind="noise", text="t", by="zhao", at=at(1))
    book = PublishedBook(files={}, digest="d1", published_at=at(2), by="root")
    declared = {"id": "weather/1", "issued_at": at(3).isoformat(), "weather": ["rainstorm_red"]}
    seen = AuditEntry(at=at(4), by="ops", action="reveal", subject="hotline.calls/0/1", why="w", outcome="allowed")
    assert told(
        heard(topics.COMMANDS, "hotline:1", correction),
        heard(topics.RULES, "book", book),
        heard(topics.RULES, "book", b"{}"),
        heard(topics.CONTEXT, "weather/1", declared),
        heard(topics.CONTEXT, "weather/1", None),
        heard(topics.AUDIT, "hotline.calls/0/1", seen),
    ) == [
        ("zhao", "correct", "hotline:1", "taken"),
        ("root", "publish", "d1", "taken"),
        ("", "rule", "book", "refused: SCHEMA $"),
        ("", "declare", "weather/1", "taken"),
        ("", "end", "weather/1", "taken"),
        ("ops", "reveal", "hotline.calls/0/1", "allowed"),
    ]


@pytest.mark.parametrize(
    ("wanted", "has"),
    [
        (Wanted(), True),
        (Wanted(by="ops"), True),
        (Wanted(by="op"), False),
        (Wanted(subject="hotline.calls/"), True),
        (Wanted(subject="grid"), False),
        (Wanted(since=at(0)), True),
        (Wanted(since=at(0) + timedelta(seconds=1)), False),
    ],
)
def test_it_can_be_asked_by_whom_about_what_and_since_when(wanted: Wanted, *, has: bool) -> None:
    assert wanted.has(AuditEntry(at=at(0), by="ops", action="reveal", subject="hotline.calls/0/1")) is has


def test_nothing_anybody_wrote_steers_the_terminal() -> None:
    entry = AuditEntry(at=at(0), by="\x1b[31m", action="[red]", subject="\x1b]0;x\x07", why="[/]", outcome="refused: X")
    out = io.StringIO()
    Console(file=out, width=160).print(trail_table([entry], Voice()))
    assert "\x1b" not in out.getvalue()
    assert "[red]" in out.getvalue()
    assert "未受理 X" in out.getvalue()
