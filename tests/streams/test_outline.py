"""The outline of a record tells its shape and never what it says."""

from __future__ import annotations

import json

from hypothesis import given
from hypothesis import strategies as st

from streams.outline import CHARACTER, DIGIT, LETTER, LONGEST, outline
from streams.sources import source_types

NAMES = sorted({name for report in source_types().values() for name in report.__struct_fields__})


def test_names_of_fields_stay_and_what_they_hold_goes() -> None:
    raw = '{"caller" : "王三 13800138000", "nickname": "Bob", "text":"粤D12345，１３８"}'.encode()
    assert outline(raw) == '{"caller" : "文文 99999999999", "aaaaaaaa": "aaa", "text":"文a99999 文文文"}'


def test_a_name_of_a_field_stays_only_where_names_stand() -> None:
    assert outline(b'["caller", "id"] id: text') == '["aaaaaa", "aa"] aa: aaaa'


def test_a_long_record_is_cut() -> None:
    assert outline(b"x" * 3 * LONGEST) == "a" * LONGEST + "…"


@given(st.one_of(st.binary(max_size=600), st.text(max_size=300).map(str.encode)))
def test_no_letter_and_no_digit_of_it_is_left(raw: bytes) -> None:
    said = outline(raw)
    for name in NAMES:
        said = said.replace(f'"{name}"', "")
    assert {char for char in said if char.isalnum()} <= {DIGIT, LETTER, CHARACTER}
    assert all(char.isprintable() for char in said)


@given(st.dictionaries(st.text(max_size=9), st.one_of(st.text(max_size=20), st.integers()), max_size=5))
def test_what_json_holds_is_not_in_its_outline(content: dict[str, object]) -> None:
    raw = json.dumps(content, ensure_ascii=False)
    said = outline(raw.encode())
    assert len(said) <= LONGEST + 1
    if len(raw) <= LONGEST:
        assert len(said) == len(raw)
