"""Opening the guard: what has to be given, every fault at once, and where the board may be reached."""

from __future__ import annotations

import logging

import msgspec
import pytest

from streams.board.access.guard import Guard, check_bind
from streams.errors import ConfigurationError
from streams.settings import Settings
from tests.streams.board.access.behind import Place


def faults(place: Place, settings: Settings) -> list[str]:
    with pytest.raises(ConfigurationError) as caught:
        place.guard(settings)
    return [str(fault).replace(f"{place.folder}/", "") for fault in caught.value.faults]


def bound(settings: Settings, host: str) -> Settings:
    return msgspec.structs.replace(settings, board_host=host)


def test_the_faults_of_all_files_are_told_at_once(place: Place) -> None:
    settings = place.write(people="people: {li: {roles: [boss]}}", passwords="li: secret", access="host: [a]")
    assert [fault.partition(": $")[0] for fault in faults(place, settings)] == [
        "access.yaml:1",
        "people.yaml:1",
        "passwords.yaml:1",
    ]


def test_accounts_without_any_way_to_sign_in_are_a_fault(place: Place) -> None:
    (said,) = faults(place, place.write(passwords=""))
    assert said.startswith("people.yaml: there are accounts, but no way to sign in: give FENGHUO_PASSWORDS")


def test_ways_to_sign_in_without_accounts_are_a_fault(place: Place) -> None:
    access = "proxies: [10.0.0.1]\naccount_header: X-User\n"
    said = faults(place, place.write(people="", access=access))
    assert [one.partition(" is of no use")[0] for one in said] == [
        "FENGHUO_PASSWORDS:",
        "access.yaml: account_header:",
    ]


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "10.1.2.3", "board.city.example"])  # noqa: S104 - is refused
def test_without_accounts_the_board_stays_on_this_machine(place: Place, host: str) -> None:
    settings = bound(place.write(people="", passwords=""), host)
    with pytest.raises(ConfigurationError, match=r"FENGHUO_BOARD_HOST.*name the accounts in FENGHUO_PEOPLE"):
        check_bind(settings, place.guard(settings))


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "::1"])
def test_on_this_machine_it_needs_no_accounts(place: Place, host: str) -> None:
    settings = bound(place.write(people="", passwords=""), host)
    check_bind(settings, place.guard(settings))


def test_with_accounts_it_may_be_reached_and_says_when_that_is_not_by_https(
    place: Place, caplog: pytest.LogCaptureFixture
) -> None:
    settings = bound(place.write(), "10.1.2.3")
    with caplog.at_level(logging.WARNING):
        check_bind(settings, place.guard(settings))
    assert "passwords go to 10.1.2.3 without HTTPS" in caplog.text
    caplog.clear()
    settings = bound(place.write(access="proxies: [10.1.2.4]"), "10.1.2.3")
    check_bind(settings, place.guard(settings))
    assert not caplog.text


def test_what_has_not_come_through_the_guard_is_nobodys(place: Place) -> None:
    guard: Guard = place.guard(place.write())
    for asked in ({}, {"type": "http"}, object(), None):
        assert guard.visitor(asked) is None
        assert guard.form_token(asked) == ""
    assert not guard.still_valid(None)
    assert place.guard(place.write(people="", passwords="")).visitor({}) is None
