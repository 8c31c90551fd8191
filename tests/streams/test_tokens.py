"""Sign links: what they allow, until when, and that nobody makes or changes one without the key."""

from __future__ import annotations

import hashlib
import hmac
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rules.alert import Grade
from rules.duty import Duty
from streams.errors import BadInput, ConfigurationError
from streams.tokens import KEY, OLD_KEY, Token, TokenKeys, command_of, issue_token, read_token, token_keys
from tests.builders import T0, an_alert, the_book

KEYS = TokenKeys(b"k" * 16)
NOW = datetime.fromtimestamp(T0, UTC)


def a_token(**over: Any) -> Token:
    base: dict[str, Any] = {"alert": "a1", "version": 1, "grade": Grade.ORANGE, "action": "sign", "recipient": "网格长"}
    return Token(**{**base, "expires": int(T0) + 3_600, **over})


def reason(text: str, keys: TokenKeys = KEYS, now: float = T0) -> str:
    with pytest.raises(BadInput) as caught:
        read_token(text, keys, now)
    return caught.value.reason


def test_a_token_is_read_as_it_was_made_and_fits_a_link() -> None:
    text = issue_token(a_token(), KEYS)
    assert read_token(text, KEYS, T0) == a_token()
    assert all(one.isascii() and (one.isalnum() or one in "-_.") for one in text)


def test_it_holds_until_it_expires() -> None:
    text = issue_token(a_token(), KEYS)
    assert read_token(text, KEYS, T0 + 3_599)
    assert reason(text, now=T0 + 3_600) == "EXPIRED"


def test_a_new_key_takes_the_place_of_the_old_one_without_a_gap() -> None:
    old, new = TokenKeys(b"o" * 16), b"n" * 16
    text = issue_token(a_token(), old)
    assert read_token(text, TokenKeys(new, old.key), T0) == a_token()
    assert reason(text, TokenKeys(new)) == "FORGED"
    assert issue_token(a_token(), TokenKeys(new, old.key)) == issue_token(a_token(), TokenKeys(new))


@given(st.integers(0, 400), st.sampled_from("Aa0-_.="))
def test_one_other_character_and_it_is_forged_or_no_token(place: int, letter: str) -> None:
    text = issue_token(a_token(), KEYS)
    place %= len(text)
    changed = text[:place] + letter + text[place + 1 :]
    if changed != text:
        assert reason(changed) in {"FORGED", "MALFORMED"}


@given(st.text(max_size=60) | st.text("abc._-", max_size=60))
def test_what_is_no_token_is_said_to_be_none(text: str) -> None:
    assert reason(text) in {"FORGED", "MALFORMED"}


def test_what_is_signed_for_another_purpose_is_forged_and_what_is_too_long_is_not_looked_at() -> None:
    payload, name, _ = issue_token(a_token(), KEYS).split(".")
    plain = hmac.new(KEYS.key, f"{payload}.{name}".encode(), hashlib.sha256).hexdigest()
    assert reason(f"{payload}.{name}.{plain[:43]}") in {"FORGED", "MALFORMED"}
    assert reason("a" * 10_000 + ".b.c") == "MALFORMED"


def test_the_keys_are_of_the_environment_and_faults_are_told_together() -> None:
    assert token_keys({}) is None
    assert token_keys({KEY: "k" * 16, OLD_KEY: "o" * 16}) == TokenKeys(b"k" * 16, b"o" * 16)
    with pytest.raises(ConfigurationError) as caught:
        token_keys({KEY: "short", OLD_KEY: "o"})
    assert [fault.file for fault in caught.value.faults] == [KEY, OLD_KEY]
    with pytest.raises(ConfigurationError, match="of no use without"):
        token_keys({OLD_KEY: "o" * 16})


def test_keys_may_be_in_files_and_a_file_that_holds_none_is_a_fault(tmp_path: Path) -> None:
    new, old, empty = (tmp_path / name for name in ("new", "old", "empty"))
    for path, text in ((new, "k" * 16 + "\n"), (old, "o" * 16), (empty, "\n")):
        path.write_text(text, encoding="utf-8")
    held = {f"{KEY}_FILE": str(new), f"{OLD_KEY}_FILE": str(old)}
    assert token_keys(held) == TokenKeys(b"k" * 16, b"o" * 16)
    for wrong, said in ((empty, "is empty"), (tmp_path / "none", "cannot be read")):
        with pytest.raises(ConfigurationError, match=said) as caught:
            token_keys({f"{KEY}_FILE": str(wrong), OLD_KEY: "o" * 16})
        assert len(caught.value.faults) == 1


def test_a_link_used_twice_signs_once_and_not_for_a_higher_grade() -> None:
    duty, text = Duty(the_book(), "test"), issue_token(a_token(), KEYS)
    duty.note([an_alert()])
    command = command_of(read_token(text, KEYS, T0), text, NOW)
    assert len(duty.obey(command)) == 1
    assert duty.obey(msgspec.structs.replace(command, at=NOW.replace(minute=1))) == []
    duty.note([an_alert(grade="red", change="upgrade", version=2)])
    other = issue_token(a_token(version=2), KEYS)
    assert duty.obey(command_of(a_token(), other, NOW)) == "RAISED"
