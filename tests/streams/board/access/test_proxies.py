"""Only named proxies are believed; what anybody else says is not even passed on."""

from __future__ import annotations

import ipaddress
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streams.board.access.proxies import Peer, peer_of

PROXIES = (ipaddress.ip_network("10.0.0.0/24"), ipaddress.ip_network("fd00::/8"))
HEADER = "X-Forwarded-User"
SAID = st.sampled_from(
    [
        "x-forwarded-for",
        "x-forwarded-proto",
        "x-forwarded-user",
        "x-forwarded-prefix",
        "forwarded",
        "x-real-ip",
        "accept",
    ]
)


def scope(client: str | None, *headers: tuple[str, str], scheme: str = "http") -> dict[str, Any]:
    raw = [(name.lower().encode(), value.encode()) for name, value in headers]
    return {"type": "http", "client": (client, 1) if client else None, "scheme": scheme, "headers": raw}


def asked(client: str | None, *headers: tuple[str, str], scheme: str = "http") -> Peer:
    return peer_of(scope(client, *headers, scheme=scheme), PROXIES, HEADER)


@given(
    st.ip_addresses().filter(lambda one: not any(one in net for net in PROXIES if net.version == one.version)),
    st.lists(st.tuples(SAID, st.text(alphabet=st.characters(max_codepoint=255), max_size=30)), max_size=6),
)
def test_from_anybody_else_nothing_is_believed_and_nothing_passed_on(
    address: ipaddress.IPv4Address | ipaddress.IPv6Address, headers: list[tuple[str, str]]
) -> None:
    if getattr(address, "ipv4_mapped", None) is not None:
        return
    found = scope(str(address), *headers)
    assert peer_of(found, PROXIES, HEADER) == Peer(str(address), secure=False, account="")
    assert found["scheme"] == "http"
    assert {name for name, _ in found["headers"]} <= {b"accept"}


def test_a_named_proxy_says_who_asks_from_where_and_how() -> None:
    headers = (("X-Forwarded-For", "192.0.2.9"), ("X-Forwarded-Proto", "https"), (HEADER, "li"))
    found = scope("10.0.0.7", *headers)
    assert peer_of(found, PROXIES, HEADER) == Peer("192.0.2.9", secure=True, account="li")
    assert found["scheme"] == "https"
    assert found["headers"] == []


def test_what_a_browser_wrote_before_the_proxies_is_not_believed() -> None:
    assert asked("10.0.0.7", ("X-Forwarded-For", "1.1.1.1, 192.0.2.9, 10.0.0.8")).address == "192.0.2.9"
    assert asked("10.0.0.7", ("X-Forwarded-For", "1.1.1.1"), ("X-Forwarded-For", "192.0.2.9")).address == "192.0.2.9"
    assert asked("10.0.0.7", ("X-Forwarded-For", "nonsense")).address == "10.0.0.7"
    assert asked("10.0.0.7", ("X-Forwarded-Proto", "https, http")).secure is False


def test_an_account_named_twice_is_none() -> None:
    assert asked("10.0.0.7", (HEADER, "li"), (HEADER, "admin")).account == ""


@pytest.mark.parametrize("value", ["", "a" * 200, "li\x00", "li\x1b[0m"])
def test_an_account_that_can_be_none_is_none(value: str) -> None:
    assert asked("10.0.0.7", (HEADER, value)).account == ""


def test_an_ipv4_address_written_as_ipv6_is_the_same() -> None:
    assert asked("::ffff:10.0.0.7", (HEADER, "li")).account == "li"
    assert asked("fd00::1", (HEADER, "li")).account == "li"


def test_a_client_without_an_address_is_nobody() -> None:
    assert asked(None, (HEADER, "li")) == Peer("", secure=False, account="")


def test_https_of_our_own_is_https() -> None:
    assert asked("192.0.2.9", scheme="https").secure
    assert asked("192.0.2.9", scheme="wss").secure
