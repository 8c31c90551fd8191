"""`fenghuo context cap` without a cluster: files in, declarations for a replay out, every fault told."""

from __future__ import annotations

from pathlib import Path

import pytest
from typer.testing import CliRunner

from streams.cli import app
from streams.context import load_declarations
from streams.errors import ConfigurationError
from tests.streams.cap.messages import a_message, an_info, refers

RUN = CliRunner()
CANCEL = a_message(identifier="c", sent="2026-08-03T09:00:00+08:00", msgType="Cancel", references=refers("first"))


def files(folder: Path, *messages: bytes) -> list[str]:
    paths = [folder / f"{n}.xml" for n in range(len(messages))]
    for path, raw in zip(paths, messages, strict=True):
        path.write_bytes(raw)
    return [str(path) for path in paths]


def test_messages_become_declarations_for_a_replay_in_the_order_they_were_sent(tmp_path: Path) -> None:
    out = tmp_path / "context.jsonl"
    said = RUN.invoke(
        app, ["context", "cap", *files(tmp_path, CANCEL, a_message(identifier="first")), "--write", str(out)]
    )
    assert said.exit_code == 0, said.output
    assert [(one.id, one.weather) for one in load_declarations(out)] == [
        ("cap/weather@city.example/first/440507", ("rainstorm_red",)),
        ("cap/weather@city.example/first", ()),
        ("cap/weather@city.example/first/440507", ()),
    ]
    assert "rainstorm_red in 龙湖区 (440507) from 2026-08-03 06:20 until 2026-08-03 18:00" in said.output


def test_a_message_on_standard_input_is_taken(tmp_path: Path) -> None:
    out = tmp_path / "context.jsonl"
    said = RUN.invoke(app, ["context", "cap", "-", "--write", str(out)], input=a_message())
    assert said.exit_code == 0, said.output
    assert len(load_declarations(out)) == 1


def test_a_test_is_told_and_writes_nothing(tmp_path: Path) -> None:
    out = tmp_path / "context.jsonl"
    said = RUN.invoke(app, ["context", "cap", *files(tmp_path, a_message(status="Test")), "--write", str(out)])
    assert said.exit_code == 0
    assert "not taken: its status is Test" in said.output
    assert out.read_bytes() == b""


@pytest.mark.parametrize(
    ("raws", "words"),
    [
        ((a_message(sent="now"), b"nothing"), ("0.xml: alert/sent", "1.xml: alert: is no XML")),
        ((a_message(an_info(event="疫情", code="", headline="")), a_message()), ("0.xml: alert/info[1]/event",)),
    ],
)
def test_every_fault_of_every_file_is_told_and_none_is_taken(
    tmp_path: Path, raws: tuple[bytes, ...], words: tuple[str, ...]
) -> None:
    out = tmp_path / "context.jsonl"
    said = RUN.invoke(app, ["context", "cap", *files(tmp_path, *raws), "--write", str(out)])
    assert isinstance(said.exception, ConfigurationError)
    assert all(word in str(said.exception) for word in words)
    assert not out.exists()


def test_a_file_that_is_not_there_is_told(tmp_path: Path) -> None:
    said = RUN.invoke(app, ["context", "cap", str(tmp_path / "none.xml"), "--write", str(tmp_path / "out")])
    assert "no such file" in str(said.exception)
