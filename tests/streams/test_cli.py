"""The command line as a user meets it: real processes, exit codes, what is said on which stream."""

from __future__ import annotations

import json
import os
import pty
import re
import signal
import subprocess
import sys
import time
from importlib.metadata import version as release
from pathlib import Path

import pytest
import typer

from streams.clients import no_broker
from streams.options import times
from streams.settings import Settings

NOWHERE = "127.0.0.1:1"


def fenghuo(*arguments: str, **environ: str) -> subprocess.CompletedProcess[str]:
    """Run the command line in an environment without settings of ours."""
    return subprocess.run(
        [sys.executable, "-m", "streams.cli", *arguments],
        env=clean() | environ,
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )


def clean() -> dict[str, str]:
    """The environment without settings of ours."""
    ours = ("FENGHUO_", "KAFKA_")
    return {name: value for name, value in os.environ.items() if not name.startswith(ours)} | {"COLUMNS": "120"}


def test_help_names_every_command_and_loads_neither_kafka_nor_numpy() -> None:
    code = "import sys, streams.cli as c\ntry: c.main()\nfinally: print(*sys.modules)"
    said = subprocess.run(
        [sys.executable, "-c", code, "--help"], env=clean(), capture_output=True, text=True, check=True
    ).stdout
    for command in ("worker", "topics", "alerts", "feed", "simulate", "dead-letters", "demo", "mappings", "version"):
        assert f" {command} " in said
    loaded = set(said.splitlines()[-1].split())
    assert not loaded & {"kafka", "aiokafka", "numpy", "faust", "aiohttp", "scipy"}


@pytest.mark.parametrize(
    "command",
    ["worker", "feed", "simulate", "demo", "topics create", "topics list", "alerts tail", "dead-letters resend"],
)
def test_every_command_explains_itself(command: str) -> None:
    done = fenghuo(*command.split(), "--help")
    assert done.returncode == 0
    assert "Usage:" in done.stdout


def test_the_release_is_told() -> None:
    told = fenghuo("version").stdout
    assert told == f"fenghuo {release('fenghuo')}\n"
    assert fenghuo("--version").stdout == told


def test_shipped_mappings_are_listed() -> None:
    said = fenghuo("mappings").stdout
    assert "stlouis-requests" in said
    assert "pingshan" in said


def test_every_wrong_setting_is_named_at_once_and_the_code_is_2() -> None:
    done = fenghuo("topics", "list", FENGHUO_PARTITIONS="four", FENGHUO_BOOOK="x")
    assert done.returncode == 2
    assert done.stdout == ""
    assert "fenghuo: FENGHUO_PARTITIONS: 'four' is no whole number" in done.stderr
    assert "fenghuo: FENGHUO_BOOOK: no setting has this name: do you mean FENGHUO_BOOK?" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_worker_names_the_faults_of_its_settings_and_of_its_files_in_one_list(tmp_path: Path) -> None:
    city = tmp_path / "city.yaml"
    city.write_text("city: x\nstreets: []\n", encoding="utf-8")
    rule = tmp_path / "book" / "rule.yaml"
    rule.parent.mkdir()
    rule.write_text("id: [\n", encoding="utf-8")
    files = {"FENGHUO_AREAS": str(city), "FENGHUO_BOOK": str(rule.parent)}
    for port in ("70000", "6066"):
        done = fenghuo("worker", "--bootstrap", NOWHERE, FENGHUO_HTTP_PORT=port, **files)
        assert done.returncode == 2
        wanted = ["FENGHUO_REPORTER_KEY: is not set", f"fenghuo: {city}", "fenghuo: rule.yaml:"]
        wanted += ["FENGHUO_HTTP_PORT: 70000 is not between 0 and 65535"] * (port == "70000")
        assert [what for what in wanted if what not in done.stderr] == []
        assert all(line.startswith("fenghuo: ") for line in done.stderr.splitlines())


def test_a_file_that_is_not_there_is_said_in_plain_words() -> None:
    done = fenghuo("worker", "--areas", "shantuo", FENGHUO_REPORTER_KEY="a key for tests only")
    assert done.returncode == 2
    assert done.stderr.startswith(
        "fenghuo: --areas: there is no file shantuo: give the path of an area file, or one of"
    )
    assert done.stderr.count("\n") == 1


def test_a_worker_that_finds_no_broker_says_what_to_do_and_leaves_nothing_behind(tmp_path: Path) -> None:
    key = {"FENGHUO_REPORTER_KEY": "a key for tests only"}
    done = fenghuo("worker", "--bootstrap", NOWHERE, TMPDIR=str(tmp_path), **key)
    assert list(tmp_path.iterdir()) == []
    assert done.returncode == 3
    assert f"no Kafka broker answers at {NOWHERE}: start one (.venv/bin/python deploy/kafka/broker.py" in done.stderr
    assert "or set KAFKA_BOOTSTRAP_SERVERS" in done.stderr


@pytest.mark.parametrize(
    "command",
    ["feed fenghuo {file}", "alerts tail", "replay --topic"],
)
def test_a_broker_that_does_not_answer_is_said_in_one_line_with_what_to_do_and_the_code_is_3(
    command: str, tmp_path: Path
) -> None:
    file = tmp_path / "a.jsonl"
    file.write_text("{}\n")
    done = fenghuo(*command.format(file=file).split(), "--bootstrap", NOWHERE)
    assert (done.returncode, done.stderr) == (3, f"fenghuo: {no_broker(Settings(bootstrap=NOWHERE))}\n")


def test_a_worker_without_a_secret_does_not_start() -> None:
    done = fenghuo("worker", "--bootstrap", NOWHERE)
    assert done.returncode == 2
    assert "FENGHUO_REPORTER_KEY" in done.stderr


@pytest.mark.parametrize(("said", "speed"), [("600x", 600.0), ("600", 600.0), ("1.5X", 1.5), ("60×", 60.0)])
def test_a_speed_is_a_multiple_of_real_time(said: str, speed: float) -> None:
    assert times(said) == speed


@pytest.mark.parametrize("said", ["", "x", "fast", "0", "-3x", "nan", "inf"])
def test_a_speed_that_is_none_is_refused(said: str) -> None:
    with pytest.raises(typer.BadParameter):
        times(said)


def test_a_simulation_is_written_with_its_truth(tmp_path: Path) -> None:
    out, truth = tmp_path / "reports.jsonl.gz", tmp_path / "truth.jsonl"
    done = fenghuo(
        *("simulate", "--out", str(out), "--truth", str(truth)),
        *("--days", "0.1", "--daily-events", "200", "--scenario", "gas-leak"),
    )
    assert done.returncode == 0
    assert f"reports to {out}" in done.stdout.replace("\n", "")
    assert json.loads(truth.read_text().splitlines()[0])["scenario"] == "gas-leak"


def test_a_simulation_with_nowhere_to_go_is_refused_before_it_is_made(tmp_path: Path) -> None:
    out, truth = tmp_path / "no" / "reports.jsonl", tmp_path / "none" / "truth.jsonl"
    done = fenghuo("simulate", "--out", str(out), "--truth", str(truth))
    assert done.returncode == 2
    for path, option in ((out, "--out"), (truth, "--truth")):
        assert f"{path}: {option}: cannot be written: there is no folder {path.parent}" in done.stderr


@pytest.mark.parametrize(
    ("command", "said"),
    [
        ("simulate --out {folder}/x.jsonl --truth {folder}/x.jsonl", "--truth: is what --out writes"),
        ("simulate --out {folder}/x.jsonl --days inf", "'--days'"),
        ("simulate --out {folder}/x.jsonl --daily-events 1e99", "'--daily-events'"),
        ("simulate --out {folder}/x.jsonl --start 0001-01-01", "0001-01-01 does not lie between 1900 and 2200"),
        ("context set weather/1 --weather rainstorm_red --until 0001-01-01", "--until: '0001-01-01' is no instant"),
        ("rules show 999", "no rule has the id or the number '999': `fenghuo rules list` shows all"),
        ("rules check {long}", "cannot be used: File name too long"),
    ],
)
def test_what_no_command_can_use_is_said_in_one_line_and_nothing_is_written(
    command: str, said: str, tmp_path: Path
) -> None:
    arguments = [part.format(folder=tmp_path, long="a" * 300) for part in command.split()]
    done = fenghuo(*arguments, FENGHUO_BOOTSTRAP=NOWHERE)
    assert (done.returncode, done.stdout, list(tmp_path.iterdir())) == (2, "", [])
    assert said in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("command", ["rules list", "rules schema", "config print", "mappings"])
def test_where_there_is_no_room_for_what_is_printed_that_is_said(command: str) -> None:
    with Path("/dev/full").open("w") as full:
        done = subprocess.run(
            [sys.executable, "-m", "streams.cli", *command.split()],
            env=clean(), stdout=full, stderr=subprocess.PIPE, text=True, check=False, timeout=120,
        )  # fmt: skip
    assert (done.returncode, done.stderr) == (2, "fenghuo: output: cannot be written: No space left on device\n")


def test_what_a_terminal_has_no_character_for_is_left_out_and_the_rest_is_printed() -> None:
    done = fenghuo("rules", "show", "7", PYTHONIOENCODING="ascii")
    assert (done.returncode, done.stderr) == (0, "")
    assert "?" in done.stdout


def test_a_scenario_that_does_not_exist_is_refused(tmp_path: Path) -> None:
    done = fenghuo("simulate", "--out", str(tmp_path / "x.jsonl"), "--scenario", "gas-leek")
    assert done.returncode == 2
    assert "gas-leek: no such scenario" in done.stderr


def test_without_kafka_the_demo_shows_the_same_and_adds_up() -> None:
    done = fenghuo("demo", "--no-kafka", "--seconds", "2", "--speed", "5000x", "--history", "0", "--lang", "en")
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("Without Kafka")
    assert "【red·" in done.stdout
    assert "✓" in done.stdout


def test_ctrl_c_ends_a_replay_with_the_summary_so_far(tmp_path: Path) -> None:
    day, out = tmp_path / "day.jsonl", tmp_path / "alerts.jsonl"
    fenghuo("simulate", "--out", str(day), "--days", "1", "--daily-events", "20000")
    terminal, stderr = pty.openpty()  # the bars, which tell how far it is
    command = [sys.executable, "-m", "streams.cli", "replay", "fenghuo", str(day), "--lang", "en", "--out", str(out)]
    with subprocess.Popen(command, env=clean(), stdout=subprocess.PIPE, stderr=stderr, text=True) as replay:
        os.close(stderr)
        said = b""
        while b"replaying" not in said:
            said += os.read(terminal, 4096)
        replay.send_signal(signal.SIGINT)
        assert replay.stdout is not None
        summary = replay.stdout.read()
    os.close(terminal)
    assert replay.returncode == 130
    assert summary.startswith("Interrupted")
    rows = re.search(r"✓ ([\d,]+) =", summary)
    assert rows
    assert int(rows[1].replace(",", "")) < len(day.read_bytes().splitlines())
    assert not out.exists()


def test_ctrl_c_ends_the_demo_with_its_summary() -> None:
    command = [sys.executable, "-m", "streams.cli", "demo", "--no-kafka", "--history", "0"]
    demo = subprocess.Popen(command, env=clean(), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    assert demo.stdout is not None
    demo.stdout.readline()
    demo.stdout.readline()  # the first alert
    time.sleep(0.2)
    demo.send_signal(signal.SIGINT)
    out, err = demo.communicate(timeout=30)
    assert demo.returncode == 0, err
    assert "小结" in out
    assert err == ""
