from __future__ import annotations

import pytest

from streams.delivery.links import HOLDS_S, links_from, sign_links
from streams.errors import BadInput, ConfigurationError
from streams.tokens import TokenKeys, read_token
from tests.builders import an_alert
from tests.delivering import a_message

KEYS = TokenKeys(b"a key for tests only, sixteen or more")
NOW = 1_767_225_600.0
links = sign_links("https://duty.example/go/", KEYS, lambda: NOW)


def test_a_link_lets_its_recipient_do_one_thing_about_the_alert_as_it_was_told() -> None:
    made = links(a_message("a1", 3, grade="red", to="lin.min"))
    assert made.keys() == {"sign", "false"}
    for name, link in made.items():
        token = read_token(link.removeprefix("https://duty.example/go/"), KEYS, NOW)
        assert (token.action, token.alert, token.version, token.recipient) == (name, "a1", 3, "lin.min")
        assert token.grade.value == "red"


def test_a_link_expires() -> None:
    link = links(a_message())["sign"]
    with pytest.raises(BadInput, match="EXPIRED"):
        read_token(link.rpartition("/")[2], KEYS, NOW + HOLDS_S)


def test_what_is_over_and_digests_have_none() -> None:
    closed = an_alert("a1", "orange", "closed", 2)
    assert links(a_message(what="resolved", alerts=(closed,))) == {}
    assert links(a_message(what="digest", alerts=(an_alert("a"), an_alert("b")))) == {}


def test_an_address_without_a_key_is_refused() -> None:
    assert links_from("", {}, lambda: NOW) is None
    with pytest.raises(ConfigurationError, match="FENGHUO_TOKEN_KEY"):
        links_from("https://duty.example", {}, lambda: NOW)
