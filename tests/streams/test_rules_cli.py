"""`fenghuo rules`: what an operator sees of a rule book."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from rules.loader import BOOK
from rules.schema import PUBLISHED
from streams.cli import app
from streams.errors import ConfigurationError

GOOD = """
id: noise-again
number: 1
name: {zh: 噪声, en: Noise again}
kinds: [noise]
per: street
fires:
  - count: {at_least: 2, within: 1d}
grade: yellow
owner: {zh: 街道, en: street office}
examples:
  fires: [{name: two people, grade: yellow, events: [{}, {at: 1h}]}]
  silent: [{name: one person, events: [{}]}]
"""


def ask(*words: str) -> Result:
    result = CliRunner().invoke(app, ["rules", *words], env={"COLUMNS": "200", "FENGHUO_LANG": "en"})
    if isinstance(result.exception, ConfigurationError):
        raise result.exception
    return result


@pytest.fixture
def book(tmp_path: Path) -> Path:
    (tmp_path / "01-noise.yaml").write_text(GOOD, encoding="utf-8")
    return tmp_path


def test_check_says_that_the_shipped_book_is_sound() -> None:
    result = ask("check")
    assert result.exit_code == 0
    assert result.output.startswith(f"{len(list(BOOK.glob('*.yaml')))} rules, ")
    assert "no fault" in result.output


def test_check_lists_every_fault_of_every_file_and_fails(book: Path) -> None:
    (book / "02-b.yaml").write_text(GOOD.replace("grade: yellow\nowner", "grade: purple\nowner"), encoding="utf-8")
    (book / "01-noise.yaml").write_text(GOOD.replace("at: 1h", "at: 25h"), encoding="utf-8")
    with pytest.raises(ConfigurationError) as caught:
        ask("check", str(book))
    assert [str(fault).partition(": ")[0] for fault in caught.value.faults] == [
        "01-noise.yaml:12",
        "02-b.yaml:2",
        "02-b.yaml:9",
    ]


def test_test_marks_each_example_and_fails_when_one_does(book: Path) -> None:
    result = ask("test", str(book))
    assert result.exit_code == 0
    assert "✓ fires   two people" in result.output
    assert "2 as they say, 0 not" in result.output
    (book / "01-noise.yaml").write_text(GOOD.replace("at: 1h", "at: 25h"), encoding="utf-8")
    result = ask("test", str(book))
    assert result.exit_code == 1
    assert "✗ fires   two people: does not fire" in result.output
    assert "✓ silent  one person" in result.output
    assert "1 as they say, 1 not" in result.output


def test_test_tells_of_examples_that_are_missing(book: Path) -> None:
    (book / "01-noise.yaml").write_text(GOOD.partition("  silent")[0], encoding="utf-8")
    result = ask("test", str(book))
    assert result.exit_code == 1
    assert "missing example: give at least one in `silent`" in result.output


def test_test_can_be_asked_for_one_rule() -> None:
    result = ask("test", "--rule", "gas-leak")
    assert result.exit_code == 0
    assert "7 gas-leak Gas leak" in result.output
    assert "same-spot" not in result.output


def test_list_has_a_line_a_rule_in_either_language() -> None:
    rows = ask("list").output.splitlines()
    assert len(rows) == 1 + len(list(BOOK.glob("*.yaml")))
    assert any("gas-leak" in row and "Gas leak" in row and "orange" in row for row in rows)
    assert "燃气泄漏" in ask("list", "--lang", "zh").output


def test_show_says_the_rule_in_both_languages_with_file_version_status_and_examples() -> None:
    output = ask("show", "gas-leak").output
    for said in (
        "单起即报",
        "one report is enough",
        "07-gas-leak.yaml",
        "version",
        "active",
        "district urban management",
    ):
        assert said in output
    assert "the second person comes after half an hour" in output


def test_show_finds_rules_by_number_and_suggests_the_nearest_id(book: Path) -> None:
    output = ask("show", "13").output
    assert "13 lift-trap" in output
    assert "13 lift-again" in output
    with pytest.raises(ConfigurationError, match="did you mean 'noise-again'"):
        ask("show", "nois-again", "--book", str(book))


def test_show_reads_another_folder(book: Path) -> None:
    output = ask("show", "noise-again", "--book", str(book)).output
    assert "Noise again" in output
    assert "01-noise.yaml" in output
    assert "street office" in output


def test_schema_prints_what_is_published() -> None:
    output = ask("schema").output
    assert output == PUBLISHED.read_text(encoding="utf-8")
    assert json.loads(output)["title"] == "Rule"


def test_a_folder_that_is_not_there_is_a_fault() -> None:
    with pytest.raises(ConfigurationError, match="no such folder"):
        ask("check", "nowhere")
