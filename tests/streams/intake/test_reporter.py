from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streams.intake.reporter import ReporterHash, canonical

KEY = b"a key for tests only"


@pytest.mark.parametrize(
    "contact",
    [
        "13800138000",
        "138 0013 8000",
        "138-0013-8000",
        "+86 13800138000",
        "008613800138000",
        "8613800138000",
        "013800138000",
        "１３８００１３８０００",
    ],
)
def test_one_telephone_counts_once_however_it_is_written(contact: str) -> None:
    hashes = ReporterHash(KEY)
    assert hashes.token(contact, "caller") == hashes.token("13800138000", "caller")


@pytest.mark.parametrize("contact", ["0754-88881234", "(0754)88881234", "+86 754 8888 1234", "0086-0754-88881234"])
def test_one_landline_counts_once_however_it_is_written(contact: str) -> None:
    assert canonical(contact) == "075488881234"


@pytest.mark.parametrize("contact", ["", " ", "无", "匿名", "未知", "0", "-", "None", "N/A"])
def test_nobody_has_no_token(contact: str) -> None:
    assert ReporterHash(KEY).token(contact, "caller") == ""


def test_a_token_is_sixteen_hexadecimal_characters_and_does_not_contain_the_number() -> None:
    token = ReporterHash(KEY).token("13800138000", "caller")
    assert len(token) == 16
    assert set(token) <= set("0123456789abcdef")


def test_workers_and_devices_have_name_spaces_of_their_own() -> None:
    hashes = ReporterHash(KEY)
    assert len({hashes.token("13800138000", sort) for sort in ("caller", "worker", "device")}) == 3


def test_another_key_gives_other_tokens() -> None:
    assert ReporterHash(KEY).token("13800138000", "caller") != ReporterHash(KEY + b"!").token("13800138000", "caller")


@pytest.mark.parametrize("length", [0, 1, 15])
def test_a_short_key_is_refused_without_repeating_it(length: int) -> None:
    with pytest.raises(ValueError, match="at least 16") as caught:
        ReporterHash(b"k" * length)
    assert "kk" not in str(caught.value).replace("key", "")


@given(st.text(max_size=100))
def test_two_hashes_of_one_key_agree_on_anything(contact: str) -> None:
    try:
        contact.encode()
    except UnicodeEncodeError:
        return
    assert ReporterHash(KEY).token(contact, "caller") == ReporterHash(KEY).token(contact, "caller")
