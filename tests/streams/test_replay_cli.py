"""`fenghuo replay` of files: where the dead rows and the alerts go, and what is said of them."""

from __future__ import annotations

import json
from pathlib import Path

import msgspec
import pytest

from streams.errors import ConfigurationError
from streams.feed import read_inputs
from streams.interrupt import Interrupt
from streams.language import Lang, Voice
from streams.replay_cli import print_summary, replay_files, where_dead
from streams.settings import Settings

GOOD = {
    "source": "hotline",
    "id": "1",
    "occurred_at": "2026-01-15T14:31:05+08:00",
    "district": "440507",
    "text": "噪音",
}
BAD = {**GOOD, "id": "2", "occurred_at": "2026-01-15T14:31:05"}
FUTURE = {**GOOD, "id": "3", "occurred_at": "2126-01-15T14:31:05+08:00"}


@pytest.fixture
def calls(tmp_path: Path) -> Path:
    """A call, one without an offset, an empty line, one of the next century."""
    file = tmp_path / "calls.jsonl"
    lines = ["", json.dumps(GOOD), json.dumps(BAD), "", json.dumps(FUTURE)]
    file.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return file


def test_dead_rows_are_written_with_file_line_and_reason_whichever_stage_refused_them(
    calls: Path, tmp_path: Path
) -> None:
    dead = tmp_path / "dead.jsonl"
    summary, _ = replay_files(read_inputs(["fenghuo", str(calls)]), Settings(), dead=dead)
    assert summary.adds_up()
    found = [json.loads(line) for line in dead.read_text(encoding="utf-8").splitlines()]
    assert [(one["file"], one["line"], one["reason"], one["path"]) for one in found] == [
        (str(calls), 3, "SCHEMA", "$.occurred_at"),
        (str(calls), 5, "FUTURE", "$.occurred_at"),
    ]
    assert json.loads(found[0]["raw"]) == BAD


@pytest.mark.parametrize(
    ("lang", "kept", "said"),
    [
        ("en", "dead.jsonl", "2 dead: see {dead} for file, line and reason"),
        ("en", "", "2 dead: write them with --dead FILE to see file, line and reason"),
        ("zh", "dead.jsonl", "2 条死信，所在文件、行号和原因见 {dead}"),
        ("zh", "", "2 条死信未写出：加 --dead 文件名，可查看所在文件、行号和原因"),
    ],
)
def test_the_summary_says_where_the_dead_rows_are(
    calls: Path, tmp_path: Path, lang: Lang, kept: str, said: str
) -> None:
    dead = tmp_path / "dead.jsonl"
    summary, _ = replay_files(read_inputs(["fenghuo", str(calls)]), Settings(), dead=dead if kept else None)
    assert where_dead(summary, Voice(lang)) == said.format(dead=dead)
    assert summary.as_dict()["dead_file"] == (str(dead) if kept else None)


@pytest.mark.parametrize(
    ("lang", "said"),
    [("en", "2 dead: not written, because it was interrupted"), ("zh", "2 条死信：因中断而未写出")],
)
def test_dead_rows_of_an_interrupted_run_are_not_written_and_it_is_said_why(
    calls: Path, tmp_path: Path, lang: Lang, said: str
) -> None:
    stop, dead = Interrupt(), tmp_path / "dead.jsonl"
    summary, _ = replay_files(read_inputs(["fenghuo", str(calls)]), Settings(), dead=dead)
    assert dead.exists()
    assert where_dead(msgspec.structs.replace(summary, dead_file=None), Voice(lang), interrupted=True) == said
    dead.unlink()
    stop.came = True
    summary, _ = replay_files(read_inputs(["fenghuo", str(calls)]), Settings(), dead=dead, interrupt=stop)
    assert (summary.dead_file, dead.exists()) == (None, False)


def test_files_without_rows_are_named(calls: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    empty = tmp_path / "empty.jsonl"
    empty.write_text("\n", encoding="utf-8")
    summary, _ = replay_files(read_inputs(["fenghuo", str(empty), str(calls)]), Settings())
    assert summary.without_rows == (str(empty),)
    print_summary(summary, Voice("en"), as_json=False)
    assert f"no rows in {empty}" in capsys.readouterr().out.replace("\n", " ")
    print_summary(summary, Voice("zh"), as_json=True)
    assert json.loads(capsys.readouterr().out)["without_rows"] == [str(empty)]


def test_a_run_without_dead_rows_says_nothing_of_them(tmp_path: Path) -> None:
    file = tmp_path / "calls.jsonl"
    file.write_text(json.dumps(GOOD) + "\n", encoding="utf-8")
    summary, _ = replay_files(read_inputs(["fenghuo", str(file)]), Settings())
    assert where_dead(summary, Voice()) == ""


def test_a_file_of_which_no_row_is_an_event_adds_up(tmp_path: Path) -> None:
    file = tmp_path / "calls.jsonl"
    file.write_text(json.dumps(BAD) + "\n", encoding="utf-8")
    summary, tally = replay_files(read_inputs(["fenghuo", str(file)]), Settings())
    assert (summary.rows, summary.dead_letters, tally.final) == (1, 1, {})


def test_what_cannot_be_written_is_told_before_the_run_all_at_once(calls: Path, tmp_path: Path) -> None:
    inputs = read_inputs(["fenghuo", str(calls)])
    with pytest.raises(ConfigurationError) as caught:
        replay_files(inputs, Settings(), out=tmp_path / "no" / "alerts.jsonl", dead=tmp_path)
    assert [(fault.path, fault.message.partition(":")[0]) for fault in caught.value.faults] == [
        ("--out", "cannot be written"),
        ("--dead", "is a folder"),
    ]
    with pytest.raises(ConfigurationError, match="is one of the files to be read"):
        replay_files(inputs, Settings(), out=calls)
    with pytest.raises(ConfigurationError, match="is what --out writes"):
        replay_files(inputs, Settings(), out=tmp_path / "x", dead=tmp_path / "x")
    assert calls.read_text(encoding="utf-8").count("occurred_at") == 3


@pytest.mark.parametrize("every_version", [False, True])
def test_alerts_for_the_duty_desk_only_go_to_a_file_of_their_own_or_to_none(
    every_version: bool,  # noqa: FBT001
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    calls, out, desk = (tmp_path / name for name in ("calls.jsonl", "alerts.jsonl", "desk.jsonl"))
    told = [GOOD | {"id": kind, "kind": kind} for kind in ("gas_leak", "threat")]
    calls.write_text("\n".join(map(json.dumps, told)), encoding="utf-8")
    inputs = read_inputs(["fenghuo", str(calls)])

    def kinds(file: Path) -> set[str]:
        return {json.loads(line)["kind"] for line in file.read_text(encoding="utf-8").splitlines()}

    summary, tally = replay_files(inputs, Settings(), out=out, every_version=every_version)
    assert (kinds(out), summary.kept_back, len(tally.final)) == ({"gas_leak"}, 1, 2)
    print_summary(summary, Voice("en"), as_json=False)
    assert "1 for the duty desk only not written: give them a file with --out-restricted" in " ".join(
        capsys.readouterr().out.split()
    )
    summary, _ = replay_files(inputs, Settings(), out=out, out_restricted=desk, every_version=every_version)
    assert (kinds(out), kinds(desk), summary.kept_back) == ({"gas_leak"}, {"threat"}, 0)
    out.unlink()
    summary, _ = replay_files(inputs, Settings(), out_restricted=desk, every_version=every_version)
    assert (out.exists(), kinds(desk), summary.kept_back) == (False, {"threat"}, 0)


@pytest.mark.parametrize(("issued_at", "grade"), [("14:40", "orange"), ("16:00", "yellow")])
def test_what_is_declared_in_a_file_holds_from_its_own_time_on(issued_at: str, grade: str, tmp_path: Path) -> None:
    calls, context = tmp_path / "calls.jsonl", tmp_path / "context.jsonl"
    flood = {**GOOD, "kind": "waterlogging", "street": "440507-01"}
    lines = [
        flood | {"id": str(n), "caller": str(n), "occurred_at": f"2026-01-15T14:{n}0:00+08:00"} for n in range(3, 6)
    ]
    calls.write_text("\n".join(map(json.dumps, lines)), encoding="utf-8")
    storm = {"id": "weather", "issued_at": f"2026-01-15T{issued_at}:00+08:00", "weather": ["rainstorm_red"]}
    context.write_text(json.dumps(storm), encoding="utf-8")
    _, tally = replay_files(read_inputs(["fenghuo", str(calls)]), Settings(), context=context)
    assert [alert.grade.value for alert in tally.final.values()] == [grade]
