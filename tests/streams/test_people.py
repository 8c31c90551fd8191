"""The accounts file: read with every fault at once, and what a worker makes of it."""

from __future__ import annotations

from pathlib import Path

import pytest

from rules.roles import Account
from streams.assembly import assemble
from streams.errors import ConfigurationError
from streams.intake.places import load_areas
from streams.people import load_people

GOOD = """
people:
  chief: {roles: [commander, duty], name: 值班长}
  desk: {roles: [duty], areas: ["440507", "440500"]}
"""


def written(folder: Path, text: str) -> Path:
    path = folder / "people.yaml"
    path.write_text(text, encoding="utf-8")
    return path


def faults(folder: Path, text: str) -> list[tuple[str, str]]:
    with pytest.raises(ConfigurationError) as caught:
        load_people(written(folder, text), load_areas("shantou"))
    return [(fault.path, fault.message) for fault in caught.value.faults]


def test_accounts_have_roles_and_areas(tmp_path: Path) -> None:
    people = load_people(written(tmp_path, GOOD), load_areas("shantou")).people
    assert people["chief"] == Account(roles=("commander", "duty"), name="值班长")
    assert people["desk"].areas == ("440507", "440500")


def test_every_fault_is_told_with_its_place(tmp_path: Path) -> None:
    said = faults(tmp_path, "people:\n a: {roles: [duti]}\n b: {roles: [duty], areas: ['44050']}\n c: {roles: []}\n")
    assert said == [
        ("$.people.a.roles[0]", "'duti' is none of viewer, duty, commander, analyst, admin: did you mean 'duty'?"),
        ("$.people.b.areas[0]", "no area of 汕头市 has the id '44050': did you mean '440507'?"),
        ("$.people.c.roles", "without a role it may do nothing: give `viewer`, or leave it out"),
    ]


@pytest.mark.parametrize(
    ("text", "path"),
    [
        ("[]", "$"),
        ("", "$"),
        ("people: 3", "$.people"),
        ("people: {a: {}}", "$.people.a.roles"),
        ("people: {a: {roles: [duty]}}\npeople: {}\n", "$.people"),
        ("people: {a: {roles: [duty]}, a: {roles: [admin]}}", "$.people.a"),
        ("a: [", "$"),
    ],
)
def test_what_is_no_accounts_file_is_refused(tmp_path: Path, text: str, path: str) -> None:
    assert path in [at for at, _ in faults(tmp_path, text)]


def test_a_file_that_is_not_there_is_a_fault_of_the_start_like_all_others(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError) as caught:
        assemble(areas="shantou", book="", hazards="none.csv", reporter_key=b"k" * 16, people=str(tmp_path / "none"))
    assert [fault.file for fault in caught.value.faults] == ["none.csv", str(tmp_path / "none")]


def test_a_desk_goes_by_the_accounts(tmp_path: Path) -> None:
    parts = assemble(areas="shantou", book="", hazards="", reporter_key=b"k" * 16, people=str(written(tmp_path, GOOD)))
    assert parts.people is not None
    assert set(parts.people.people) == {"chief", "desk"}
