"""Passwords: which are refused, how they are kept, and what a file of hashes may hold."""

from __future__ import annotations

import statistics
import time
from pathlib import Path

import pytest
from argon2 import PasswordHasher

from streams.board.access.passwords import Passwords, hashed, load_passwords, matches, outdated, refusal
from streams.errors import ConfigurationError

GOOD = hashed("correct horse")


def written(folder: Path, text: str, mode: int = 0o600) -> Path:
    path = folder / "passwords.yaml"
    path.write_text(text, encoding="utf-8")
    path.chmod(mode)
    return path


def faults(folder: Path, text: str) -> list[tuple[int | None, str, str]]:
    with pytest.raises(ConfigurationError) as caught:
        load_passwords(written(folder, text))
    return [(fault.line, fault.path, fault.message) for fault in caught.value.faults]


@pytest.mark.parametrize(
    ("password", "said"),
    [
        ("", "shorter than 10"),
        ("123456789", "shorter than 10"),
        ("aaaaaaaaaaaaaaa", "fewer than 5 different"),
        ("x" * 250 + "abcdefg", "longer than 256"),
        ("a tab\there, long", "cannot be typed"),
        ("correct horse", ""),
        ("值班台夜班密码很长的", ""),
    ],
)
def test_passwords_that_are_easily_guessed_are_refused(password: str, said: str) -> None:
    assert (said in refusal(password)) if said else not refusal(password)


def test_a_password_matches_its_own_hash_only() -> None:
    assert GOOD.startswith("$argon2id$v=19$m=65536,t=3,p=4$")
    assert matches("correct horse", GOOD)
    assert not matches("correct house", GOOD)
    assert hashed("correct horse") != GOOD


def test_it_does_not_matter_how_a_character_was_typed() -> None:
    assert matches("pässword-１２３", hashed("pa\u0308ssword-123"))


@pytest.mark.parametrize("password", ["", "\ud800 half a character", "x" * 100_000, "a\0b"])
def test_strange_input_is_just_wrong(password: str) -> None:
    assert not matches(password, GOOD)


def test_the_file_holds_hashes_by_account(tmp_path: Path) -> None:
    passwords = load_passwords(written(tmp_path, f"li: {GOOD}\n值班: '{GOOD}'\n"))
    assert passwords.right("li", "correct horse")
    assert passwords.right("值班", "correct horse")
    assert not passwords.right("li", "wrong horse")
    assert not passwords.right("wang", "correct horse")


def test_an_unknown_account_costs_as_much_as_a_wrong_password() -> None:
    passwords = Passwords({"li": PasswordHasher(time_cost=1, memory_cost=19_456, parallelism=1).hash("correct horse")})

    def seconds(account: str) -> float:
        def once() -> float:
            begin = time.process_time()
            passwords.right(account, "wrong")
            return time.process_time() - begin

        return statistics.median(once() for _ in range(9))

    assert 0.5 < seconds("li") / seconds("nobody") < 2


def test_every_fault_of_the_file_is_told_with_its_line_and_no_hash(tmp_path: Path) -> None:
    weak = PasswordHasher(memory_cost=1_024).hash("correct horse")
    dear = GOOD.replace("m=65536", "m=9999999")
    text = f"z: secret\nb: {GOOD[:-30]}\nc: {weak}\nd: {dear}\n5: {GOOD}\ne: 7\nz: {GOOD[:-30]}\n"
    found = faults(tmp_path, text)
    places = {(line, path) for line, path, _ in found}
    assert places == {(2, "$.b"), (3, "$.c"), (4, "$.d"), (5, "$.5"), (6, "$.e"), (7, "$.z")}
    said = " ".join(message for _, _, message in found)
    assert "secret" not in said
    assert GOOD[40:] not in said


@pytest.mark.parametrize("text", ["", "[]", "just text", "a: [", "a: !!python/object:os.system {}"])
def test_what_is_no_file_of_hashes_is_refused(tmp_path: Path, text: str) -> None:
    assert faults(tmp_path, text)


@pytest.mark.parametrize(
    ("mode", "said"), [(0o644, "everybody on this machine may read it"), (0o620, "others may write"), (0o602, "others")]
)
def test_a_file_that_others_may_read_or_write_is_refused(tmp_path: Path, mode: int, said: str) -> None:
    with pytest.raises(ConfigurationError, match=said):
        load_passwords(written(tmp_path, f"li: {GOOD}", mode))


def test_a_file_a_group_of_its_own_may_read_is_good(tmp_path: Path) -> None:
    assert load_passwords(written(tmp_path, f"li: {GOOD}", 0o440)).hashes.keys() == {"li"}


def test_a_hash_of_former_days_is_recognised() -> None:
    assert outdated(PasswordHasher(time_cost=2, memory_cost=19_456).hash("correct horse"))
    assert not outdated(GOOD)
