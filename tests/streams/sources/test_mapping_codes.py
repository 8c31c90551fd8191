from __future__ import annotations

import pytest

from streams.sources.mapping_codes import CodeTable


def table(*pairs: tuple[str, str]) -> CodeTable:
    made = CodeTable()
    for code, meaning in pairs:
        made.add(code, meaning)
    return made


@pytest.mark.parametrize(
    ("code", "meaning"),
    [
        ("Noise", "noise"),
        (" NOISE ", "noise"),
        ("Noise - Street", "street noise"),
        ("Loud noise at night", "some noise"),
        ("Illegal dumping", "dumping"),
        ("dumping of waste", None),
        ("", None),
    ],
)
def test_exact_codes_prefixes_suffixes_and_words_are_told_apart(code: str, meaning: str | None) -> None:
    codes = table(("noise*", "street noise"), ("*noise*", "some noise"), ("noise", "noise"), ("*dumping", "dumping"))
    assert codes[code] == meaning
    assert codes[code] == meaning, "and again from memory"


def test_one_code_cannot_mean_two_things() -> None:
    codes = table(("a", "x"), ("b*", "x"))
    codes.add("A ", "x")
    with pytest.raises(ValueError, match="already stands for `x`"):
        codes.add("A", "y")
    with pytest.raises(ValueError, match="already stands for `x`"):
        codes.add("b*", "y")


@pytest.mark.parametrize("pattern", ["a*b", "*", "**", ""])
def test_a_star_in_the_middle_or_alone_is_refused(pattern: str) -> None:
    with pytest.raises(ValueError, match="start or the end"):
        table((pattern, "x"))


def test_memory_for_free_text_codes_is_bounded() -> None:
    codes = table(("x*", "found"))
    for number in range(70_000):
        assert codes[f"x{number}"] == "found"
    assert len(codes) <= 65_536
