"""Templates that an operator may change, and what is wrong with those that cannot be used."""

from __future__ import annotations

from pathlib import Path

import pytest

from streams.errors import ConfigurationError
from streams.messages import FORMS, Composer, load_templates
from tests.builders import a_message, an_area_tree


def written(folder: Path, text: str) -> Path:
    path = folder / "templates.yaml"
    path.write_text(text, encoding="utf-8")
    return path


def test_a_line_can_be_replaced_and_one_added_while_the_rest_stays(tmp_path: Path) -> None:
    path = written(
        tmp_path,
        "zh:\n  words: {sign: 我来处理}\n  lines:\n    why: {text: '原因——{why}', cut: 40, trim: why}\n"
        "    hotline: {text: '值班电话 0754-12345', cut: 5}\n",
    )
    message = a_message(links={"sign": "https://x.example/s"})
    text = Composer(an_area_tree(), load_templates(path)).compose(message, FORMS["text"], 10_000).text
    assert "原因——燃气泄漏单起即报\n" in text
    assert "值班电话 0754-12345\n" in text
    assert text.endswith("我来处理 https://x.example/s")
    assert text.startswith("【橙色·新发】燃气泄漏｜")
    english = Composer(an_area_tree(), load_templates(path)).compose(a_message(language="en"), FORMS["text"], 10_000)
    assert "Why: one report" in english.text


def test_every_fault_is_named_with_its_place_and_line(tmp_path: Path) -> None:
    path = written(
        tmp_path,
        "zh:\n  lines:\n    head: {text: '{grade}{kind}'}\n    why: {text: '{reason}', cut: 1, trim: place}\n"
        "    advice: {text: '*{advice}', cut: soon}\n    sign: {text: '{until}{owner}', cut: 3}\n"
        "  worlds: {}\nde: {}\n",
    )
    with pytest.raises(ConfigurationError) as caught:
        load_templates(path)
    said = {fault.path: (fault.line, fault.message) for fault in caught.value.faults}
    assert said["$"][1] == "expected zh and en, each with templates"
    assert said["$.zh.worlds"] == (7, "unknown field 'worlds'; known: words, lines, brief, digest, digest_brief")
    assert said["$.zh.lines.advice.cut"] == (5, "expected a whole number, found 'soon'")
    path.write_text(
        path.read_text(encoding="utf-8").replace("  worlds: {}\nde: {}\n", "").replace("soon", "1"), "utf-8"
    )
    with pytest.raises(ConfigurationError) as caught:
        load_templates(path)
    found = [(fault.path, fault.line, fault.message.partition(":")[0]) for fault in caught.value.faults]
    assert ("$.zh.lines.head.text", 3, "{place} is missing") in found
    assert ("$.zh.lines.head.text", 3, "{exercise} is missing") in found
    assert ("$.zh.lines.why.text", 4, "there is no field {reason} here; known") in found
    assert ("$.zh.lines.why.trim", 4, "'place' is no field of this line") in found
    assert ("$.zh.lines.advice.text", 5, "a * or a [ is not closed") in found
    assert ("$.zh.lines.sign.cut", 6, "this line always stays") in found
    assert ("$.zh.lines.sign.text", 6, "put {owner} and what belongs to it in [ ]") in found


@pytest.mark.parametrize("text", ["zh: [", "- zh", "zh: 3", "zh: {}\nzh: {}"])
def test_what_is_no_file_of_templates_is_refused(tmp_path: Path, text: str) -> None:
    with pytest.raises(ConfigurationError):
        load_templates(written(tmp_path, text))


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="cannot be read: no such file"):
        load_templates(tmp_path / "none.yaml")
