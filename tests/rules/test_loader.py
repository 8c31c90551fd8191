"""A rule book is loaded whole or not at all, and every fault is named with file, line and path."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest
import yaml

from rules.loader import BOOK, BookFaults, book_of, load_book
from rules.reading import Reading
from rules.rule import Rule
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
examples:
  fires: [{name: one, events: [{}]}]
  silent: [{name: none, events: [{kind: noise}]}]
"""


def faults(tmp_path: Path, **files: str) -> list[tuple[str, int | None, str, str]]:
    for name, text in files.items():
        (tmp_path / f"{name}.yaml").write_text(text, encoding="utf-8")
    with pytest.raises(BookFaults) as caught:
        load_book(tmp_path, kinds=KINDS)
    return [(fault.file, fault.line, fault.path, fault.message) for fault in caught.value.faults]


def test_the_shipped_book_holds_every_rule_of_the_table() -> None:
    numbers = [rule.number for rule in the_book().rules]
    assert sorted(set(numbers)) == list(range(1, 33))  # the table ends at 25; further detectors follow
    assert [number for number in numbers if numbers.count(number) > 1] == [13, 13, 24, 24, 24]


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
        (("at_least: 1", "at_least: 2, within: 5 minutes"), "$.fires[0].count.within", "write 5min"),
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


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        (
            ("count: {at_least: 1}", "number: {depthcm: 25}"),
            (
                7,
                "$.fires[0].number.depthcm",
                "'depthcm' is none of people, injured, depth_cm: did you mean 'depth_cm'?",
            ),
        ),
        (("grade: orange", "grade: purple"), (8, "$.grade", "'purple' is none of blue, yellow, orange, red")),
        (("grade: orange", "grade: oragne"), (8, "$.grade", "did you mean 'orange'?")),
        (
            ("grade: orange", "grade: orange\nper: stret"),
            (9, "$.per", "is none of spot, grid, community, street"),
        ),
        (("grade: orange", "grade: orange\nsources: [hotlin]"), (9, "$.sources[0]", "did you mean 'hotline'?")),
        (("at_least: 1", "at_least: 1, of: people"), (7, "$.fires[0].count.of", "is none of reporters, events, spots")),
        (("at_least: 1", "at_least: many"), (7, "$.fires[0].count.at_least", "expected a whole number, found 'many'")),
        (
            ("at_least: 1", "at_least: 0"),
            (7, "$.fires[0].count.at_least", "0 is out of range: a whole number, at"),
        ),
        (("at_least: 1", "at_lest: 1"), (7, "$.fires[0].count.at_lest", "did you mean 'at_least'?")),
        (("fires:\n", "fire:\n"), (6, "$.fire", "unknown field 'fire': did you mean 'fires'?")),
        (("kinds: [gas_leak]", "kinds: gas_leak"), (5, "$.kinds", "expected a list, found 'gas_leak'")),
        (("kinds: [gas_leak]", "kinds: [7, gas_leak]"), (5, "$.kinds[0]", "expected text, found 7")),
        (("name: {zh: 燃气, en: Gas}\n", ""), (2, "$.name", "is missing")),
        (("id: gas\n", ""), (2, "$.id", "is missing")),
        (("grade: orange", "grade: orange\ngrade: red"), (9, "$.grade", "stands twice, first on line 8")),
        (("grade: orange", "grade: orange\nwhy: {zh: '{n:x.}', en: x}"), (9, "$.why.zh", "not a template")),
        (("number: 7", "number: 2020-13-45"), (None, "$", "not YAML")),
        (("number: 7", "number: \x01"), (None, "$", "not YAML")),
    ],
)
def test_one_fault_is_told_once_with_line_path_and_what_is_allowed(
    tmp_path: Path, change: tuple[str, str], fault: tuple[int | None, str, str]
) -> None:
    assert change[0] in GOOD
    (found,) = faults(tmp_path, a=GOOD.replace(*change))
    assert found[1:3] == fault[:2]
    assert fault[2] in found[3]


def test_a_fault_in_a_list_does_not_move_the_places_of_its_neighbours(tmp_path: Path) -> None:
    found = faults(tmp_path, a=GOOD.replace("[gas_leak]", "\n- 7\n- gas_leek\n- gas_leak"))
    assert [(line, path) for _, line, path, _ in found] == [(6, "$.kinds[0]"), (7, "$.kinds[1]")]


def test_a_modifier_of_a_faulty_rule_is_not_at_fault_too(tmp_path: Path) -> None:
    modifier = "id: more\nnumber: 9\nname: {zh: a, en: b}\nmodifies: [gas]\n"
    modifier += "raises:\n  - {by: 1, when: {holiday: true}, because: {zh: a, en: b}}\n"
    modifier += "examples:\n  fires: [{name: a, start: '2025-10-01', events: [{kind: gas_leak}]}]\n"
    modifier += "  silent: [{name: b, events: [{kind: gas_leak}]}]\n"
    (found,) = faults(tmp_path, a=GOOD.replace("orange", "purple"), b=modifier)
    assert found[0] == "a.yaml"
    (found,) = faults(tmp_path, a="id: [", b=modifier)
    assert found[0] == "a.yaml"
    (found,) = faults(tmp_path, a=GOOD, b=modifier.replace("[gas]", "[all, gass]"))
    assert found == ("b.yaml", 4, "$.modifies[1]", "no rule has the id 'gass': did you mean 'gas'?")


def test_a_file_that_is_no_text_or_ends_in_yml_is_a_fault_beside_the_others(tmp_path: Path) -> None:
    (tmp_path / "b.yaml").write_bytes(b"id: \xff")
    (tmp_path / "c.yml").write_text(GOOD, encoding="utf-8")
    found = faults(tmp_path, a=GOOD.replace("orange", "purple"))
    assert [(file, message.partition(":")[0]) for file, _, _, message in found] == [
        ("c.yml", "rule files end in .yaml"),
        ("a.yaml", "'purple' is none of blue, yellow, orange, red"),
        ("b.yaml", "not UTF-8"),
    ]


def test_a_book_is_a_folder(tmp_path: Path) -> None:
    (tmp_path / "book").write_text("", encoding="utf-8")
    for name, said in (("book", "is a file"), ("nothing", "no such folder")):
        with pytest.raises(BookFaults, match=said):
            load_book(tmp_path / name, kinds=KINDS)


@pytest.mark.parametrize("file", sorted(BOOK.glob("*.yaml")), ids=lambda file: file.stem)
def test_a_rule_without_faults_is_read_as_its_types_say(file: Path) -> None:
    data, reading = yaml.safe_load(file.read_text(encoding="utf-8")), Reading()
    assert reading.value(Rule, data) == msgspec.convert(data, Rule)
    assert reading.faults == []


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
    assert book.looks("gas_leak", "hotline") == ()


def test_the_rule_in_the_readme_is_a_rule_and_its_faults_are_told_as_it_says() -> None:
    readme = (Path(__file__).resolve().parents[2] / "README.md").read_text(encoding="utf-8")
    shown = readme.partition("## Write a rule")[2]
    text = shown.partition("```yaml\n")[2].partition("```")[0]
    book_of({"90-night-noise.yaml": text}, kinds=KINDS)
    wrong = text.replace("[noise]", "[nosie]").replace("within: 7d", "within: 7 days")
    for faulty in (wrong, text.replace("within: 7d", "within: 6d")):
        with pytest.raises(BookFaults) as caught:
            book_of({"90-night-noise.yaml": faulty}, kinds=KINDS)
        assert all(f"fenghuo: {line}" in shown for line in str(caught.value).splitlines())
