"""`deploy/demo.sh` complains about a slip of the pen before it sets anything up."""

from __future__ import annotations

import shutil
import subprocess
from itertools import chain
from pathlib import Path

import pytest
import typer

from streams.cli import app

ROOT = Path(__file__).resolve().parents[2]
SET_UP = "set up\n"


@pytest.fixture
def clone(tmp_path: Path) -> Path:
    """What the script reads before the set-up, and a set-up that only says that it was called, and fails."""
    shutil.copytree(ROOT / "streams" / "simulate" / "scenarios", tmp_path / "streams" / "simulate" / "scenarios")
    (tmp_path / "deploy").mkdir()
    for name in ("demo.sh", "demo_options.py"):
        shutil.copy(ROOT / "deploy" / name, tmp_path / "deploy" / name)
    setup = tmp_path / "deploy" / "setup.sh"
    setup.write_text(f"#!/bin/sh\nprintf '{SET_UP.strip()}\\n'\nexit 9\n")
    setup.chmod(0o755)
    return tmp_path


def demo(clone: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([clone / "deploy" / "demo.sh", *arguments], capture_output=True, text=True, check=False)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ("--scenario nosuch", "there is no scenario 'nosuch'; give a .yaml file or one of building-danger, "),
        ("--scenario gas-leek", "do you mean gas-leak?"),
        ("--scenario mine.yaml", "there is no file mine.yaml"),
        ("--sped 5", "there is no option --sped: do you mean --speed?"),
        ("--speed fast", "--speed: 'fast' is no multiple of real time such as 600x"),
        ("--speed=0", "--speed: '0' is no multiple"),
        ("--speed nan", "--speed: 'nan' is no multiple"),
        ("--seconds", "--seconds needs a value"),
        ("--workers 17", "--workers: 17 is no whole number from 1 to 16"),
        ("--seed 1.5", "--seed: '1.5' is no whole number"),
        ("--lang=de", "'de' is neither zh nor en"),
        ("gas-leak", "nothing is done with gas-leak"),
        ("--keep=yes", "--keep takes no value"),
    ],
)
def test_a_slip_of_the_pen_is_told_before_anything_is_set_up(arguments: str, said: str, clone: Path) -> None:
    done = demo(clone, *arguments.split())
    assert (done.returncode, done.stdout) == (2, "")
    assert said in done.stderr


def test_all_slips_are_told_together(clone: Path) -> None:
    done = demo(clone, "--sped", "5", "--scenario", "nosuch", "--workers", "many")
    assert [word for word in ("--sped", "nosuch", "'many'") if word not in done.stderr] == []


@pytest.mark.parametrize(
    "arguments", ["", "--speed 60x --seconds 30 --lang en", "--no-kafka --scenario gas-leak --scenario manhole", "-h"]
)
def test_what_the_demo_knows_reaches_the_set_up(arguments: str, clone: Path) -> None:
    done = demo(clone, *arguments.split())
    assert (done.returncode, done.stdout, done.stderr) == (9, SET_UP, "")


def test_the_script_knows_the_options_of_the_demo_and_no_others(clone: Path) -> None:
    command = typer.main.get_command(app).commands["demo"]  # type: ignore[attr-defined]
    options = chain.from_iterable((*one.opts, *one.secondary_opts) for one in command.params)
    source = (clone / "deploy" / "demo_options.py").read_text()
    known: dict[str, object] = {"__file__": str(clone / "deploy" / "demo_options.py"), "__name__": "demo_options"}
    exec(compile(source, "demo_options.py", "exec"), known)  # noqa: S102 - our own script, which is no package
    listed = known["OPTIONS"]
    assert isinstance(listed, dict)
    assert set(listed) - {"-h", "--help"} == set(options)
