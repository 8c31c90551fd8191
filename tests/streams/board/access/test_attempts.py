"""The wait grows with every failure, for accounts and for addresses, and the desk is not kept out by guessers."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from streams.board.access.attempts import Attempts


class Clock:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def failing(attempts: Attempts, n: int, account: str = "li", address: str = "10.0.0.1") -> None:
    for _ in range(n):
        attempts.begin(account, address)


def test_a_few_slips_cost_nothing() -> None:
    attempts = Attempts(Clock())
    failing(attempts, 4)
    assert attempts.wait("li", "10.0.0.1") == 0


def test_the_wait_doubles_with_every_failure_up_to_a_quarter_of_an_hour() -> None:
    clock, attempts, waits = Clock(), Attempts(lambda: clock.now), []
    for n in range(40):
        attempts.begin("li", f"10.0.{n}.1")
        wait = attempts.wait("li", "10.9.9.9")
        waits.append(wait)
        clock.now += wait
    assert waits[:8] == [0, 0, 0, 0, 1, 2, 4, 8]
    assert max(waits) == 900
    assert waits == sorted(waits)


def test_guessing_one_account_from_many_addresses_waits_and_so_does_one_address_with_many_accounts() -> None:
    attempts = Attempts(Clock())
    for n in range(10):
        attempts.begin("li", f"10.0.0.{n}")
    assert attempts.wait("li", "10.1.1.1") > 0
    assert attempts.wait("wang", "10.1.1.1") == 0
    for n in range(25):
        attempts.begin(f"account{n}", "10.2.2.2")
    assert attempts.wait("never tried", "10.2.2.2") > 0


def test_somebody_elses_guessing_does_not_keep_out_who_has_signed_in_from_there_before() -> None:
    attempts = Attempts(Clock())
    attempts.begin("li", "10.0.0.1")
    attempts.succeed("li", "10.0.0.1")
    for n in range(50):
        attempts.begin("li", f"192.0.2.{n}")
    assert attempts.wait("li", "192.0.2.200") > 0
    assert attempts.wait("li", "10.0.0.1") == 0
    failing(attempts, 6)
    assert attempts.wait("li", "10.0.0.1") > 0


def test_signing_in_forgets_the_failures_of_the_account_but_not_those_of_the_address() -> None:
    attempts = Attempts(Clock())
    for n in range(30):
        attempts.begin(f"guess{n}", "10.0.0.1")
    attempts.begin("own", "10.0.0.1")
    attempts.succeed("own", "10.0.0.1")
    assert attempts.wait("own", "10.0.0.1") > 0


def test_what_was_not_tried_does_not_count() -> None:
    attempts = Attempts(Clock())
    for _ in range(100):
        attempts.begin("li", "10.0.0.1")
        attempts.abandon("li", "10.0.0.1")
    assert attempts.wait("li", "10.0.0.1") == 0


def test_an_hour_of_peace_is_forgiven() -> None:
    clock = Clock()
    attempts = Attempts(clock)
    failing(attempts, 8)
    clock.now += 3_700
    attempts.begin("li", "10.0.0.1")
    assert attempts.wait("li", "10.0.0.1") == 0


def test_a_whole_network_of_ipv6_is_one_address_and_ipv4_is_itself() -> None:
    attempts = Attempts(Clock())
    for n in range(30):
        attempts.begin(f"a{n}", f"2001:db8:1:2::{n:x}")
    assert attempts.wait("x", "2001:db8:1:2:ffff::1") > 0
    assert attempts.wait("x", "2001:db8:1:3::1") == 0
    for n in range(30):
        attempts.begin(f"b{n}", "::ffff:10.0.0.7")
    assert attempts.wait("y", "10.0.0.7") > 0


@given(st.lists(st.tuples(st.text(max_size=20), st.text(max_size=20)), max_size=60))
def test_memory_is_bounded_whatever_is_typed(tries: list[tuple[str, str]]) -> None:
    attempts = Attempts(Clock(), most=10)
    for account, address in tries:
        attempts.begin(account, address)
        attempts.succeed(account, address)
        attempts.begin(account, address)
        assert attempts.wait(account, address) >= 0
    assert len(attempts._counts) <= 10
    assert len(attempts._familiar) <= 10


def test_nothing_that_was_typed_is_kept() -> None:
    attempts = Attempts(Clock())
    attempts.begin("my password in the wrong field", "10.0.0.1")
    kept = repr(attempts._counts) + repr(attempts._familiar)
    assert "password" not in kept
    assert "10.0.0.1" not in kept
