"""CAP messages on their way: to a real folder, a real HTTP server, and refused with what to do."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web

from rules.alert import Alert, Text
from streams.cap.compose import Sender, Wording, compose
from streams.cap.reading import read_cap
from streams.channels.base import Message, Permanent, Receipt, Recipient, Retryable
from streams.channels.cap import cap_channel
from streams.errors import ConfigurationError
from streams.intake.places import load_areas
from tests.builders import an_alert

SENDER = {"id": "desk@city.example", "name": {"zh": "市值班台", "en": "City duty desk"}}


def a_letter(*alerts: Alert, **over: Any) -> Message:
    found = alerts or (an_alert(),)
    return Message(key="k", alerts=found, what="alert", recipient=Recipient(id="r", channel="cap"), **over)


def sent(given: dict[str, Any], *letters: Message, env: dict[str, str] | None = None) -> list[Receipt]:
    async def run() -> list[Receipt]:
        channel = cap_channel("cap", {"sender": SENDER, **given}, env or {})
        try:
            return [await channel.send(letter) for letter in letters]
        finally:
            await channel.close()

    return asyncio.run(run())


@dataclass
class Server:
    """A receiver that answers as told and remembers what it was sent."""

    answer: Callable[[web.Request], web.StreamResponse] = lambda _: web.Response(status=202)
    bodies: list[bytes] = field(default_factory=list)
    headers: list[dict[str, str]] = field(default_factory=list)

    async def handle(self, request: web.Request) -> web.StreamResponse:
        self.bodies.append(await request.read())
        self.headers.append(dict(request.headers))
        return self.answer(request)

    @asynccontextmanager
    async def running(self) -> AsyncIterator[str]:
        app = web.Application()
        app.router.add_route("*", "/{rest:.*}", self.handle)
        runner = web.AppRunner(app)
        await runner.setup()
        try:
            site = web.TCPSite(runner, "127.0.0.1", 0)
            await site.start()
            yield f"http://127.0.0.1:{runner.addresses[0][1]}/cap"
        finally:
            await runner.cleanup()


def posted(server: Server, letter: Message, **given: Any) -> Receipt:
    async def run() -> Receipt:
        async with server.running() as url:
            channel = cap_channel("cap", {"sender": SENDER, "url_from": "URL", **given}, {"URL": url, "TOKEN": "t0k"})
            try:
                return await channel.send(letter)
            finally:
                await channel.close()

    return asyncio.run(run())


def test_a_message_is_a_file_named_after_its_identifier(tmp_path: Path) -> None:
    (receipt,) = sent({"folder": str(tmp_path)}, a_letter())
    (path,) = tmp_path.iterdir()
    assert path.name == "fenghuo.a1.1.xml"
    assert receipt.detail == "fenghuo.a1.1"
    sender = Sender(id="desk@city.example", name=Text("市值班台", "City duty desk"))
    assert path.read_bytes() == compose(an_alert(), sender, Wording.of(load_areas("shantou")))


def test_sent_again_it_is_the_same_file_untouched(tmp_path: Path) -> None:
    sent({"folder": str(tmp_path)}, a_letter())
    (path,) = tmp_path.iterdir()
    before = path.stat().st_mtime_ns
    sent({"folder": str(tmp_path)}, a_letter(again=True))
    assert [one.name for one in tmp_path.iterdir()] == [path.name]
    assert path.stat().st_mtime_ns == before


def test_a_digest_is_a_message_for_each_of_its_alerts(tmp_path: Path) -> None:
    sent({"folder": str(tmp_path)}, a_letter(an_alert("a1"), an_alert("a2")))
    assert sorted(path.name for path in tmp_path.iterdir()) == ["fenghuo.a1.1.xml", "fenghuo.a2.1.xml"]


def test_an_exercise_of_the_message_is_one_of_the_alert(tmp_path: Path) -> None:
    sent({"folder": str(tmp_path)}, a_letter(exercise=True))
    (path,) = tmp_path.iterdir()
    assert read_cap(path.read_bytes()).status == "Exercise"


def test_a_folder_that_is_gone_is_told_for_good(tmp_path: Path) -> None:
    folder = tmp_path / "out"
    folder.mkdir()
    channel = cap_channel("cap", {"sender": SENDER, "folder": str(folder)}, {})
    folder.rmdir()
    with pytest.raises(Permanent, match="there is no folder"):
        asyncio.run(channel.send(a_letter()))


def test_alerts_of_the_duty_desk_stay_there_unless_configured(tmp_path: Path) -> None:
    restricted = a_letter(an_alert(restricted=True))
    with pytest.raises(Permanent, match="restricted: true"):
        sent({"folder": str(tmp_path)}, restricted)
    assert not list(tmp_path.iterdir())
    sent({"folder": str(tmp_path), "restricted": True}, restricted)
    (path,) = tmp_path.iterdir()
    assert "仅限值班台" in path.read_text(encoding="utf-8")


def test_a_message_is_posted_as_cap_with_its_identifier_and_token() -> None:
    server = Server()
    posted(server, a_letter(), token_from="TOKEN")  # noqa: S106 - the name of a variable
    (headers,) = server.headers
    assert headers["Content-Type"] == "application/cap+xml"
    assert headers["Idempotency-Key"] == "fenghuo.a1.1"
    assert headers["Authorization"] == "Bearer t0k"
    assert read_cap(server.bodies[0]).identifier == "fenghuo.a1.1"


def test_a_receiver_that_has_it_already_has_taken_it() -> None:
    posted(Server(lambda _: web.Response(status=409)), a_letter())


@pytest.mark.parametrize(
    ("status", "headers", "reason", "after_s"),
    [
        (429, {"Retry-After": "7"}, "RATE_LIMITED", 7.0),
        (429, {"Retry-After": "tomorrow"}, "RATE_LIMITED", None),
        (500, {}, "SERVER_ERROR", None),
        (503, {"Retry-After": "30"}, "SERVER_ERROR", 30.0),
        (408, {}, "TIMEOUT", None),
    ],
)
def test_what_may_go_through_later_is_to_be_retried(
    status: int, headers: dict[str, str], reason: str, after_s: float | None
) -> None:
    with pytest.raises(Retryable) as caught:
        posted(Server(lambda _: web.Response(status=status, headers=headers)), a_letter())
    assert (caught.value.reason, caught.value.after_s) == (reason, after_s)


@pytest.mark.parametrize("status", [301, 307, 400, 401, 404, 413])
def test_a_refusal_or_a_redirect_is_for_good_and_not_followed(status: int) -> None:
    server = Server(lambda _: web.Response(status=status, headers={"Location": "/elsewhere"}))
    with pytest.raises(Permanent, match=str(status)):
        posted(server, a_letter())
    assert len(server.bodies) == 1


def test_a_receiver_that_says_nothing_is_given_up_in_time() -> None:
    async def run() -> None:
        held = asyncio.Event()

        async def hold(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            await held.wait()
            writer.close()

        server = await asyncio.start_server(hold, "127.0.0.1", 0)
        url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/"
        channel = cap_channel("cap", {"sender": SENDER, "url": url, "timeout_s": 0.2}, {})
        try:
            with pytest.raises(Retryable, match="TIMEOUT"):
                await channel.send(a_letter())
        finally:
            await channel.close()
            held.set()
            server.close()
            await server.wait_closed()

    asyncio.run(run())


def test_a_receiver_that_answers_garbage_is_to_be_retried() -> None:
    async def run() -> None:
        async def babble(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            await reader.read(100)
            writer.write(b"garbage\r\n\r\n")
            await writer.drain()
            writer.close()

        server = await asyncio.start_server(babble, "127.0.0.1", 0)
        url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/"
        channel = cap_channel("cap", {"sender": SENDER, "url": url}, {})
        try:
            with pytest.raises(Retryable, match="GARBAGE"):
                await channel.send(a_letter())
        finally:
            await channel.close()
            server.close()
            await server.wait_closed()

    asyncio.run(run())


def test_nobody_there_is_to_be_retried() -> None:
    with pytest.raises(Retryable, match="CONNECTION"):
        sent({"url": "http://127.0.0.1:9/"}, a_letter())


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({}, "goes nowhere"),
        ({"folder": "/nowhere/at/all"}, "there is no folder"),
        ({"url": "ftp://x"}, "https://"),
        ({"url_from": "CAP_URL"}, "CAP_URL is not set"),
        ({"url": "http://x", "token_from": "CAP_TOKEN"}, "CAP_TOKEN is not set"),
        ({"url": "http://x", "token_file": "/nowhere"}, "there is no file"),
        ({"topic": "cap"}, "bootstrap"),
        ({"url": "http://x", "timeout_s": 0}, "above 0"),
        ({"url": "http://x", "per_minute": 0}, "at least 1"),
        ({"url": "http://x", "areas": "atlantis"}, "no such area file"),
        ({"url": "http://x", "urls": "y"}, "unknown field `urls`"),
        ({"url": "http://x", "sender": {**SENDER, "id": "a b"}}, "without spaces"),
        ({"url": "http://x", "sender": {"id": "a"}}, "missing required field `name`"),
    ],
)
def test_a_faulty_configuration_says_where_and_what(given: dict[str, Any], words: str) -> None:
    with pytest.raises(ConfigurationError, match=re.escape(words)) as caught:
        cap_channel("cap", {"sender": SENDER, **given}, {})
    assert "channels" in str(caught.value) or "atlantis" in str(caught.value)


def test_all_faults_of_a_configuration_are_told_at_once() -> None:
    with pytest.raises(ConfigurationError) as caught:
        cap_channel("cap", {"sender": {**SENDER, "id": ""}, "url_from": "U", "timeout_s": -1}, {})
    assert len(caught.value.faults) == 3
