"""One table tells of every variable, and is the one that is checked in."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import typer

from streams.cli import app
from streams.configuration.about import ALL, OTHERS, abouts
from streams.configuration.table import PATH, render
from streams.settings import CLUSTER, PREFIX, Settings
from streams.settings_checks import NOT_SETTINGS

ROOT = Path(__file__).resolve().parents[3]
COMMANDS = typer.main.get_command(app).commands  # type: ignore[attr-defined]


def test_the_table_that_is_checked_in_is_what_the_code_says() -> None:
    assert PATH.read_text(encoding="utf-8") == render(), "run: python -m streams.configuration.table"


def test_every_setting_is_in_the_table_once() -> None:
    listed = [one.variable for one in abouts()]
    assert listed[: len(Settings.__struct_fields__)] == [
        f"{PREFIX}{name.upper()}" for name in Settings.__struct_fields__
    ]
    assert {one.variable for one in OTHERS} == NOT_SETTINGS
    assert len(set(listed)) == len(listed)


@pytest.mark.parametrize("about", abouts(), ids=lambda one: one.variable)
def test_a_variable_says_what_it_means_and_which_command_uses_it(about: object) -> None:
    assert about.meaning.endswith(".")  # type: ignore[attr-defined]
    used = set(about.commands)  # type: ignore[attr-defined]
    assert used, "name its commands in streams/configuration/about.py"
    assert used <= {*COMMANDS, ALL, "tests/run.sh"}


def test_what_is_called_a_key_a_token_or_a_password_is_secret() -> None:
    telling = re.compile(r"KEY|SECRET|PASSWORD|TOKEN")
    hidden = {one.variable for one in abouts() if one.secret}
    files = {"FENGHUO_PASSWORDS"}  # that of the hashes
    named = {one.variable for one in abouts() if telling.search(one.variable) and not one.variable.endswith("_FILE")}
    assert named - files == hidden


def test_every_variable_the_code_names_is_in_the_table() -> None:
    known = {one.variable for one in abouts()} | {CLUSTER}
    named: set[str] = set()
    for path in (ROOT / "streams").rglob("*.py"):
        named |= set(re.findall(r"FENGHUO_[A-Z][A-Z_]*[A-Z]", path.read_text(encoding="utf-8")))
    assert named - known == set()


def test_ports_that_commands_have_of_their_own_are_told() -> None:
    (told,) = {one.meaning for one in abouts() if one.variable == "FENGHUO_HTTP_PORT"}
    for name in ("deliver", "links", "board"):
        (port,) = [one.default for one in COMMANDS[name].params if one.name == "http_port"]
        assert re.search(rf"{name} has port {port}|{name} {port}", told)
