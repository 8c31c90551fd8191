"""`fenghuo config` tells every fault of every file at once, what is fine, and never a secret."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from streams.cli import app

Run = Callable[..., Result]
CLUSTER = "KAFKA_BOOTSTRAP_SERVERS"
KEY = "planted-secret-of-31-characters"
ROOT = Path(__file__).resolve().parents[3]
ONCALL = ROOT / "streams" / "oncall" / "demo.yaml"


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch) -> Run:
    """Run `fenghuo config` with nothing set but what is given."""
    for name in ("KAFKA_BOOTSTRAP_SERVERS", "FENGHUO_SKIP_KAFKA", "FENGHUO_LANG"):
        monkeypatch.delenv(name, raising=False)

    def config(*arguments: str, **variables: str) -> Result:
        env = {f"FENGHUO_{name.upper()}": value for name, value in variables.items()}
        return CliRunner().invoke(app, ["config", *arguments], env=env)

    return config


def file(folder: Path, name: str, text: str) -> str:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return str(path)


def test_what_is_fine_is_told_with_what_it_amounts_to(run: Run) -> None:
    done = run("check", reporter_key=KEY, hazards=str(ROOT / "deploy" / "hazards.csv"), oncall=str(ONCALL))
    assert done.exit_code == 0
    assert "✓ areas: shantou: 汕头市, 7 districts, 24 streets" in done.stdout
    assert "✓ book: shipped: 35 rules" in done.stdout
    assert "170 hazards" in done.stdout
    assert "16 people, 5 rosters" in done.stdout
    assert "31 bytes, from FENGHUO_REPORTER_KEY" in done.stdout


def test_every_fault_of_every_file_is_told_at_once_with_file_and_line(run: Run, tmp_path: Path) -> None:
    people = file(tmp_path, "people.yaml", "people:\n  an: {roles: [dutty]}\n  bo: {roles: [duty], areas: ['999']}\n")
    hazards = file(tmp_path, "hazards.csv", "name,scene,risk,community,spot,lon,lat,radius_m\nx,castle,red,,,,,\n")
    oncall = file(tmp_path, "oncall.yaml", "people: {}\nfallback: [nobody]\n")
    channels = file(tmp_path, "channels.yaml", "channels:\n  desk:\n    type: wecomm\n")
    outlines = file(tmp_path, "outlines.geojson", "[]")
    book = tmp_path / "book"
    book.mkdir()
    file(book, "01.yaml", "id: x\n")
    named = {
        "http_port": "99999",
        "token_key": "short",
        "people": people,
        "outlines": outlines,
        "hazards": hazards,
        "oncall": oncall,
        "channels": channels,
        "book": str(book),
    }
    done = run("check", "--for", "worker", "--for", "links", **named)
    assert done.exit_code == 1
    for said in (
        f"{people}:2",
        f"{people}:3",
        f"{hazards}:2",
        "oncall.yaml",
        f"{channels}:3",
        "01.yaml",
        "outlines.geojson",
    ):
        assert said in done.stderr
    for variable in ("FENGHUO_HTTP_PORT", "FENGHUO_TOKEN_KEY", "FENGHUO_REPORTER_KEY"):
        assert f"✗ {variable}: " in done.stderr


def test_of_files_about_places_it_is_said_that_they_wait_for_the_areas(run: Run, tmp_path: Path) -> None:
    areas = file(tmp_path, "areas.yaml", "city: x\n")
    done = run("check", areas=areas, reporter_key=KEY, oncall=str(ONCALL))
    assert done.exit_code == 1
    assert areas in done.stderr
    assert "– oncall: which places there are is not known" in done.stdout


@pytest.mark.parametrize(
    ("command", "given", "said"),
    [
        ("worker", {}, "FENGHUO_REPORTER_KEY: is not set"),
        ("worker", {"reporter_key": "short"}, "is shorter than 16 bytes"),
        ("deliver", {}, "FENGHUO_CHANNELS: is not set"),
        ("deliver", {}, "FENGHUO_ONCALL: is not set"),
        ("links", {}, "FENGHUO_TOKEN_KEY: is not set"),
        ("links", {"token_key_file": "/no/file"}, "FENGHUO_TOKEN_KEY_FILE: /no/file cannot be read"),
        ("board", {"board_host": "0.0.0.0"}, "FENGHUO_BOARD_HOST: 0.0.0.0 can be reached from elsewhere"),  # noqa: S104
    ],
)
def test_what_a_command_would_not_start_without_is_a_fault(
    run: Run, command: str, given: dict[str, str], said: str
) -> None:
    done = run("check", "--for", command, **given)
    assert done.exit_code == 1
    assert said in done.stderr


def test_a_board_on_this_machine_needs_nothing(run: Run) -> None:
    assert run("check", "--for", "board").exit_code == 0


@pytest.mark.usefixtures("run")
def test_the_values_in_force_are_told_with_where_they_come_from() -> None:
    env = {"KAFKA_BOOTSTRAP_SERVERS": "k:1", "FENGHUO_PREFIX": "a-", "FENGHUO_PARTITIONS": "0"}
    done = CliRunner().invoke(app, ["config", "--print", "--json"], env=env)
    rows = {row["variable"]: row for row in json.loads(done.stdout)["settings"]}
    assert (rows["FENGHUO_BOOTSTRAP"]["value"], rows["FENGHUO_BOOTSTRAP"]["source"]) == ("k:1", CLUSTER)
    assert (rows["FENGHUO_PREFIX"]["value"], rows["FENGHUO_PREFIX"]["source"]) == ("a-", "FENGHUO_PREFIX")
    assert (rows["FENGHUO_GROUP"]["value"], rows["FENGHUO_GROUP"]["source"]) == ("fenghuo", "default")
    assert rows["FENGHUO_PARTITIONS"]["value"] == "4"  # what was given cannot be used
    assert rows["FENGHUO_PARTITIONS"]["fault"] == "0 is not between 1 and 1000"
    assert done.exit_code == 1


@pytest.mark.parametrize("arguments", [["print"], ["--print"], ["print", "--json"], ["check"], ["check", "--json"]])
def test_no_secret_is_shown_whatever_is_asked(run: Run, arguments: list[str]) -> None:
    done = run(*arguments, **dict.fromkeys(("reporter_key", "token_key", "token_key_old", "nosuch"), KEY))
    assert "planted" not in done.output
    assert "FENGHUO_NOSUCH" in done.output
    if "print" in arguments[0] and "--json" not in arguments:
        assert done.output.count("(set, not shown)") == 3


def test_the_files_of_signing_in_are_looked_at_too(run: Run, tmp_path: Path) -> None:
    passwords = file(tmp_path, "passwords.yaml", "li: planted-secret\n")
    access = file(tmp_path, "access.yaml", "hosts: ['https://a']\n")
    Path(passwords).chmod(0o644)
    done = run("check", "--for", "board", passwords=passwords, access=access)
    assert done.exit_code != 0
    assert "everybody on this machine may read it" in done.output
    assert "access.yaml:1: $.hosts[0]" in done.output
    Path(passwords).chmod(0o600)
    done = run("check", "--for", "board", passwords=passwords)
    assert "passwords.yaml:1: $.li: is no hash of Argon2id" in done.output
    assert "planted-secret" not in done.output
