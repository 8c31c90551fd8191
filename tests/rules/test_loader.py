"""A rule book is loaded whole or not at all, and every fault is named with file, line and path."""

from __future__ import annotations

from pathlib import Path

import pytest

from rules.loader import BOOK, BookFaults, load_book
from tests.builders import a_taxonomy, the_book

KINDS = frozenset(a_taxonomy().kinds)
GOOD = """
id: gas
number: 7
name: {zh: 燃气, en: Gas}
kinds: [gas_leak]
fires:
  - count: {at_least: 1}
grade: orange
"""


def faults(tmp_path: Path, **files: str) -> list[tuple[str, int | None, str, str]]:
    for name, text in files.items():
        (tmp_path / f"{name}.yaml").write_text(text, encoding="utf-8")
    with pytest.raises(BookFaults) as caught:
        load_book(tmp_path, kinds=KINDS)
    return [(fault.file, fault.line, fault.path, fault.message) for fault in caught.value.faults]


def test_the_shipped_book_holds_the_first_rules_of_the_table() -> None:
    assert [rule.number for rule in the_book().rules] == [1, 2, 5, 6, 7, 9, 10, 15, 16, 24]


def test_the_digest_changes_with_any_rule(tmp_path: Path) -> None:
    for file in BOOK.glob("*.yaml"):
        (tmp_path / file.name).write_bytes(file.read_bytes())
    assert load_book(tmp_path, kinds=KINDS).digest == the_book().digest
    changed = tmp_path / "07-gas-leak.yaml"
    changed.write_text(changed.read_text(encoding="utf-8").replace("radius_m: 500", "radius_m: 501"), encoding="utf-8")
    assert load_book(tmp_path, kinds=KINDS).digest != the_book().digest


def test_every_fault_of_every_file_is_reported_at_once(tmp_path: Path) -> None:
    found = faults(
        tmp_path,
        a=GOOD.replace("number:", "numbr:").replace("gas_leak", "gas_leek"),
        b=GOOD.replace("id: gas", "id: other-gas").replace("at_least: 1", "at_least: 3"),
        c="id: [unclosed",
    )
    assert ("a.yaml", 3, "$.numbr", "unknown field 'numbr': did you mean 'number'?") in found
    assert any(file == "b.yaml" and path == "$.fires[0].count.within" for file, _, path, _ in found)
    assert any(file == "c.yaml" and "not YAML" in message for file, _, _, message in found)


def test_a_misspelt_kind_is_named_with_its_line_and_the_nearest_kind(tmp_path: Path) -> None:
    (found,) = faults(tmp_path, a=GOOD.replace("gas_leak", "gas_leek"))
    assert found == ("a.yaml", 5, "$.kinds[0]", "the taxonomy has no kind 'gas_leek': did you mean 'gas_leak'?")


@pytest.mark.parametrize(
    ("change", "path", "says"),
    [
        (("grade: orange", "grade: purple"), "$.grade", "purple"),
        (("at_least: 1", "at_least: 2, within: 5 minutes"), "$.fires[0].count.within", "such as 30min"),
        (("at_least: 1", "at_least: 2, within: 500d"), "$.fires[0].count.within", "at most 400d"),
        (("grade: orange\n", ""), "$.grade", "needs a grade"),
        (("fires:\n  - count: {at_least: 1}\n", ""), "$", "exactly one of"),
        (("grade: orange", "grade: orange\nquiet: 0s"), "$.quiet", "more than 0"),
        (("grade: orange", "grade: orange\nwhy: {zh: '{m}人', en: x}"), "$.why.zh", "no value is called 'm'"),
        (("grade: orange", "grade: orange\nwhy: {zh: '{n人', en: x}"), "$.why.zh", "not a template"),
        (
            ("grade: orange", "grade: orange\nraises:\n  - {to: blue, when: {sources: 2}, because: {zh: a, en: b}}"),
            "$.raises[0].to",
            "not above",
        ),
        (
            ("grade: orange", "grade: orange\nraises:\n  - {to: red, when: {}, because: {zh: a, en: b}}"),
            "$.raises[0].when",
            "empty",
        ),
        (("grade: orange", "grade: orange\nmodifies: [nobody]"), "$", "exactly one of"),
        (("kinds: [gas_leak]", "kinds: [gas_leak]\nnot_kinds: [other]"), "$.not_kinds", "not both"),
    ],
)
def test_a_rule_that_cannot_work_is_refused_with_the_place_and_the_reason(
    tmp_path: Path, change: tuple[str, str], path: str, says: str
) -> None:
    found = faults(tmp_path, a=GOOD.replace(*change))
    assert any(at == path and says in message for _, _, at, message in found), found


def test_a_text_cut_short_by_a_comma_is_a_fault_and_not_half_a_sentence(tmp_path: Path) -> None:
    found = faults(tmp_path, a=GOOD + "advice:\n  - {zh: 甲, en: Emergency, fire and others stand by}\n")
    assert any("fire and others stand by" in message for _, _, _, message in found), found


def test_two_rules_of_one_id_are_a_fault(tmp_path: Path) -> None:
    (found,) = faults(tmp_path, a=GOOD, b=GOOD)
    assert found[0] == "b.yaml"
    assert "also the id of a.yaml" in found[3]


def test_a_folder_without_rules_is_a_fault(tmp_path: Path) -> None:
    assert "no rule files" in faults(tmp_path)[0][3]


def test_draft_and_retired_rules_are_read_and_do_not_speak(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text(GOOD + "status: draft\n", encoding="utf-8")
    book = load_book(tmp_path, kinds=KINDS)
    assert len(book.rules) == 1
    assert book.watching("gas_leak", "hotline") == ()
