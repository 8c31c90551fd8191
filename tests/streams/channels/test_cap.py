"""CAP messages on their way: to a real folder, a real HTTP server, and refused with what to do."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from rules.alert import Text
from streams.cap.compose import Sender, Wording, compose
from streams.cap.reading import read_cap
from streams.channels.base import Permanent, Receipt, Retryable
from streams.channels.cap import CapSettings
from streams.channels.loading import load_channels
from streams.errors import ConfigurationError
from tests.builders import a_message, an_alert, an_area_tree, send_through, tools_of
from tests.counterparts import HttpCounterpart, Reply

SENDER = Sender(id="desk@city.example", name=Text("市值班台", "City duty desk"))


def sent(*messages: Any, url: str = "", token: str = "", **given: Any) -> list[Receipt]:
    settings = CapSettings(sender=SENDER, allow_private=True, **{"timeout_s": 2.0, **given})
    return send_through(settings.open("cap", tools_of(url=url, token=token)), *messages)


def test_a_message_is_a_file_named_after_its_identifier(tmp_path: Path) -> None:
    (receipt,) = sent(a_message(), folder=str(tmp_path))
    (path,) = tmp_path.iterdir()
    assert path.name == "fenghuo.a1.1.xml"
    assert receipt.detail == "fenghuo.a1.1"
    assert path.read_bytes() == compose(an_alert(), SENDER, Wording.of(an_area_tree()))


def test_sent_again_it_is_the_same_file_untouched(tmp_path: Path) -> None:
    sent(a_message(), folder=str(tmp_path))
    (path,) = tmp_path.iterdir()
    before = path.stat().st_mtime_ns
    sent(a_message(again=True), folder=str(tmp_path))
    assert [one.name for one in tmp_path.iterdir()] == [path.name]
    assert path.stat().st_mtime_ns == before


def test_a_digest_is_a_message_for_each_of_its_alerts(tmp_path: Path) -> None:
    sent(a_message(an_alert("a1"), an_alert("a2"), what="digest"), folder=str(tmp_path))
    assert sorted(path.name for path in tmp_path.iterdir()) == ["fenghuo.a1.1.xml", "fenghuo.a2.1.xml"]


def test_an_exercise_of_the_message_is_one_of_the_alert(tmp_path: Path) -> None:
    sent(a_message(exercise=True), folder=str(tmp_path))
    (path,) = tmp_path.iterdir()
    assert read_cap(path.read_bytes()).status == "Exercise"


def test_a_folder_that_is_gone_is_told_for_good(tmp_path: Path) -> None:
    with pytest.raises(Permanent, match="there is no folder"):
        sent(a_message(), folder=str(tmp_path / "gone"))


def test_alerts_of_the_duty_desk_stay_there_unless_configured(tmp_path: Path) -> None:
    restricted = a_message(an_alert(restricted=True))
    with pytest.raises(Permanent, match="restricted: true"):
        sent(restricted, folder=str(tmp_path))
    assert not list(tmp_path.iterdir())
    sent(restricted, folder=str(tmp_path), restricted=True)
    (path,) = tmp_path.iterdir()
    assert "仅限值班台" in path.read_text(encoding="utf-8")


def test_a_message_is_posted_as_cap_with_its_identifier_and_token(tmp_path: Path) -> None:
    with HttpCounterpart(Reply(202)) as server:
        sent(a_message(), url=f"{server.url}/cap", token="t0k", folder=str(tmp_path))  # noqa: S106 - invented
    (request,) = server.requests
    headers = {name.casefold(): value for name, value in request.headers.items()}
    assert headers["content-type"] == "application/cap+xml"
    assert headers["idempotency-key"] == "fenghuo.a1.1"
    assert headers["authorization"] == "Bearer t0k"
    assert read_cap(request.body).identifier == "fenghuo.a1.1"
    assert len(list(tmp_path.iterdir())) == 1


def test_a_receiver_that_has_it_already_has_taken_it() -> None:
    with HttpCounterpart(Reply(409)) as server:
        sent(a_message(), url=server.url)


@pytest.mark.parametrize(
    ("reply", "reason", "after_s"),
    [
        (Reply(429, headers={"Retry-After": "7"}), "RATE_LIMITED", 7.0),
        (Reply(500), "SERVER_ERROR", None),
        (Reply(503, headers={"Retry-After": "30"}), "SERVER_ERROR", 30.0),
        (Reply(raw=b"garbage\r\n\r\n"), "GARBAGE", None),
        (Reply(silent=True), "TIMEOUT", None),
    ],
)
def test_what_may_go_through_later_is_to_be_retried(reply: Reply, reason: str, after_s: float | None) -> None:
    with HttpCounterpart(reply) as server, pytest.raises(Retryable) as caught:
        sent(a_message(), url=server.url, timeout_s=0.5)
    assert (caught.value.reason, caught.value.after_s) == (reason, after_s)


@pytest.mark.parametrize("status", [301, 307, 400, 401, 404, 413])
def test_a_refusal_or_a_redirect_is_for_good_and_not_followed(status: int) -> None:
    with HttpCounterpart(Reply(status, headers={"Location": "/elsewhere"})) as server:
        with pytest.raises(Permanent, match=str(status)):
            sent(a_message(), url=server.url)
        assert len(server.requests) == 1


def test_nobody_there_is_to_be_retried() -> None:
    with pytest.raises(Retryable, match="CONNECTION"):
        sent(a_message(), url="http://127.0.0.1:9/")


def loaded(folder: Path, given: dict[str, Any], env: dict[str, str] | None = None) -> str:
    """What loading a channel of CAP finds fault with."""
    sender = {"id": SENDER.id, "name": {"zh": "市值班台", "en": "City duty desk"}}
    (folder / "channels.yaml").write_text(
        yaml.safe_dump({"channels": {"platform": {"type": "cap", "sender": sender, **given}}}), encoding="utf-8"
    )
    try:
        load_channels(folder / "channels.yaml", env or {}, areas=an_area_tree())
    except ConfigurationError as error:
        return str(error)
    return ""


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({}, "goes nowhere"),
        ({"folder": "/nowhere/at/all"}, "there is no folder"),
        ({"url_from": "FTP"}, "is no URL"),
        ({"url_from": "PLAIN"}, "use https"),
        ({"url_from": "NONE"}, "there is no variable NONE"),
        ({"url": "https://x.example"}, "a secret does not stand here"),
        ({"url_from": "URL", "token_file": "none"}, "cannot be read"),
        ({"topic": "cap"}, "go together"),
        ({"topic": "ca p", "bootstrap": "h:1"}, "must be made of"),
        ({"url_from": "URL", "per_minute": 0}, "per_minute"),
        ({"url_from": "URL", "sender": {"id": "a b", "name": {"zh": "x"}}}, "without spaces"),
        ({"url_from": "URL", "sender": {"id": "a"}}, "name"),
    ],
)
def test_a_faulty_configuration_says_what_is_wrong(tmp_path: Path, given: dict[str, Any], words: str) -> None:
    env = {"FTP": "ftp://x", "PLAIN": "http://x.example/", "URL": "https://x.example/"}
    said = loaded(tmp_path, given, env)
    assert words in said
    assert "platform" in said


def test_a_good_configuration_loads(tmp_path: Path) -> None:
    assert loaded(tmp_path, {"folder": str(tmp_path), "restricted": True, "per_minute": 60}) == ""
    assert loaded(tmp_path, {"url_from": "URL"}, {"URL": "https://x.example/"}) == ""
