"""Webhooks: what is sent, that the signature holds, that private addresses and redirects are refused."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import hmac
import json
import socket
import threading
import time
from pathlib import Path
from typing import Any

import jsonschema
import msgspec
import pytest
from aiohttp.abc import ResolveResult

from rules.alert import Alert, Finding, Handling
from streams.channels.addresses import PrivateAddress, Resolver, is_public
from streams.channels.base import Channel, Permanent, Retryable
from streams.channels.http import Http
from streams.channels.payload import Told
from streams.channels.webhook import WebhookSettings
from tests.builders import T0, a_message, an_alert, send_through, tools_of
from tests.counterparts import HttpCounterpart, Reply

SCHEMAS = Path(__file__).resolve().parents[3] / "streams" / "schemas"
KEY = "0123456789abcdef0123456789abcdef"


def a_webhook(url: str, key: str = KEY, **settings: Any) -> Channel:
    given = {"timeout_s": 2.0, "allow_private": True, **settings}
    return WebhookSettings(**given).open("partner", tools_of(url=url, key=key))


def handled_by(name: str) -> Alert:
    alert = an_alert(change="signed", version=2)
    handling = Handling(
        level="district", area="d1", sign_by=alert.sign_by, signed_by=name, signed_at=alert.raised_at, judged_by=name
    )
    return msgspec.structs.replace(alert, revision=msgspec.structs.replace(alert.revision, handling=handling))


def test_the_alert_goes_out_as_json_without_the_names_of_people() -> None:
    alert = handled_by("zhang.wei")
    message = a_message(alert, address="13800000000", links={"sign": "https://x.example/s"}, again=True)
    with HttpCounterpart(Reply(202)) as server:
        (receipt,) = send_through(a_webhook(f"{server.url}/in?token=abcdef"), message)
    (request,) = server.requests
    assert receipt.detail == "HTTP 202"
    assert request.target == "/in?token=abcdef"
    assert "zhang.wei" not in request.body.decode()
    assert "13800000000" not in request.body.decode()
    told = msgspec.json.decode(request.body, type=Told)
    assert (told.key, told.what, told.again, told.recipient) == (message.key, "alert", True, "district-desk")
    assert told.links == {"sign": "https://x.example/s"}
    (sent,) = told.alerts
    assert sent.id == alert.id
    assert sent.revision.handling is not None
    assert sent.revision.handling.signed_at == alert.raised_at


def test_what_a_finding_knows_of_reporters_stays_here() -> None:
    finding = Finding(**msgspec.structs.asdict(an_alert()), voices=("3f9a0c11d2e4b5a6",))
    with HttpCounterpart() as server:
        send_through(a_webhook(server.url), a_message(finding))
    assert b"3f9a0c11d2e4b5a6" not in server.requests[0].body
    assert b"voices" not in server.requests[0].body


@pytest.mark.parametrize("key", [KEY, "whsec_" + base64.b64encode(KEY.encode()).decode()])
def test_a_receiver_can_check_signature_time_and_repetition(key: str) -> None:
    with HttpCounterpart() as server:
        send_through(a_webhook(server.url, key), a_message(), a_message(), a_message(an_alert(version=2)))
    first, again, other = server.requests
    headers = first.headers
    signed = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.".encode() + first.body
    expected = base64.b64encode(hmac.new(KEY.encode(), signed, hashlib.sha256).digest()).decode()
    assert headers["webhook-signature"] == f"v1,{expected}"
    assert headers["webhook-timestamp"] == str(int(T0))
    assert headers["idempotency-key"] == headers["webhook-id"] == again.headers["webhook-id"]
    assert other.headers["webhook-id"] != headers["webhook-id"]
    assert headers["content-type"] == "application/json; charset=utf-8"
    assert "cookie" not in headers


@pytest.mark.parametrize(
    ("reply", "kind", "reason"),
    [
        (Reply(301, headers={"Location": "/elsewhere"}), Permanent, "CONFIGURATION"),
        (Reply(307, headers={"Location": "/elsewhere"}), Permanent, "CONFIGURATION"),
        (Reply(401), Permanent, "CONFIGURATION"),
        (Reply(413), Permanent, "TOO_LONG"),
        (Reply(422, body=b"no such district"), Permanent, "REJECTED"),
        (Reply(429, headers={"Retry-After": "12"}), Retryable, "RATE_LIMITED"),
        (Reply(502), Retryable, "SERVER_ERROR"),
        (Reply(408), Retryable, "SERVER_ERROR"),
        (Reply(raw=b"SSH-2.0-OpenSSH\r\n"), Retryable, "GARBAGE"),
        (Reply(raw=b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nshort"), Retryable, "CONNECTION"),
        (Reply(silent=True), Retryable, "TIMEOUT"),
    ],
)
def test_every_answer_is_told_apart(reply: Reply, kind: type[Permanent | Retryable], reason: str) -> None:
    with HttpCounterpart(reply) as server, pytest.raises(kind) as caught:
        send_through(a_webhook(server.url, timeout_s=0.4), a_message())
    assert caught.value.reason == reason
    assert len(server.requests) == 1


def test_a_huge_answer_is_not_read_to_its_end() -> None:
    with HttpCounterpart(Reply(400, body=b"x" * 5_000_000)) as server, pytest.raises(Permanent) as caught:
        send_through(a_webhook(server.url), a_message())
    assert len(caught.value.message) < 300


@pytest.mark.parametrize(
    "address",
    [
        *("127.0.0.1", "10.1.2.3", "172.16.0.1", "192.168.1.1", "169.254.169.254", "0.0.0.0", "100.64.0.1"),  # noqa: S104
        *("224.0.0.1", "::1", "::", "fe80::1", "fe80::1%eth0", "fd00::1", "fec0::1", "ff02::1", "::ffff:10.0.0.1"),
        *("64:ff9b::a00:1", "2002:7f00:1::", "2001:0:4136:e378:8000:63bf:80ff:fffe"),
        *(
            "::127.0.0.1",
            "::ffff:0:127.0.0.1",
            "64:ff9b:1::7f00:1",
            "2400:3200::5efe:7f00:1",
            "2400:3200::200:5efe:a00:1",
        ),
        *("192.88.99.1", "192.0.0.8", "198.18.0.1", "240.0.0.1", "255.255.255.255", "3fff::1", "5f00::1", "100::1"),
    ],
)
def test_addresses_of_networks_of_ones_own_are_not_public(address: str) -> None:
    assert not is_public(address)


@pytest.mark.parametrize("address", ["8.8.8.8", "223.5.5.5", "2400:3200::1", "::ffff:8.8.8.8"])
def test_addresses_of_the_internet_are_public(address: str) -> None:
    assert is_public(address)


@pytest.mark.parametrize(
    "host",
    [
        *(
            "localhost",
            "LOCALHOST.",
            "127.1",
            "0x7f.1",
            "2130706433",
            "0177.0.0.1",
            "017700000001",
            "127.0.0.1",
            "127.0.0.1.",
        ),
        *(
            "[::1]",
            "[::ffff:127.0.0.1]",
            "[::ffff:7f00:1]",
            "[::127.0.0.1]",
            "①②⑦.⓪.⓪.①",
            "127。0。0。1",
            "0",
            "０x7f.1",
        ),
        *("user@127.0.0.1", "8.8.8.8@127.0.0.1", "127.0.0.1%2f", "%31%32%37.0.0.1"),
    ],
)
def test_nothing_is_sent_to_this_machine_however_it_is_written(host: str) -> None:
    with HttpCounterpart() as server, pytest.raises((Permanent, Retryable)) as caught:
        send_through(a_webhook(f"http://{host}:{server.port}", allow_private=False), a_message())
    assert caught.value.reason in {"BAD_ADDRESS", "CONFIGURATION", "CONNECTION"}  # refused, no URL, or nobody's name
    assert not server.requests


class Rebinding(Resolver):
    """Names a public address the first time it is asked, and this machine from then on."""

    asked = 0

    def look_up(self, host: str, port: int, family: socket.AddressFamily) -> list[ResolveResult]:  # noqa: ARG002
        self.asked += 1
        return super().look_up("127.0.0.1" if self.asked > 1 else "8.8.8.8", port, family)


def test_a_name_that_changes_its_address_after_the_check_gains_nothing() -> None:
    async def twice(resolver: Resolver) -> list[str]:
        first = await resolver.resolve("rebind.example", 80)
        http = Http(0.5, resolver=resolver)
        try:
            with pytest.raises(Permanent, match="public internet"):
                await http.exchange("http://rebind.example/", b"", {})
        finally:
            await http.close()
        return [one["host"] for one in first]

    resolver = Rebinding(public_only=True)
    assert asyncio.run(twice(resolver)) == ["8.8.8.8"], "and that one is what is connected to"
    assert resolver.asked == 2, "each connection asks once"


def test_a_name_with_one_private_address_among_public_ones_is_refused() -> None:
    class Mixed(Resolver):
        def look_up(self, host: str, port: int, family: socket.AddressFamily) -> list[ResolveResult]:  # noqa: ARG002
            return [*super().look_up("8.8.8.8", port, family), *super().look_up("10.0.0.1", port, family)]

    with pytest.raises(PrivateAddress):
        asyncio.run(Mixed(public_only=True).resolve("mixed.example", 443, socket.AF_INET))


def test_a_name_that_nobody_knows_passes() -> None:
    class Nobody(Resolver):
        def look_up(self, host: str, port: int, family: socket.AddressFamily) -> list[ResolveResult]:
            raise socket.gaierror(-2, f"{host}:{port}:{family}")

    async def once() -> None:
        http = Http(0.5, resolver=Nobody())
        try:
            await http.exchange("http://nobody.example/", b"", {})
        finally:
            await http.close()

    with pytest.raises(Retryable) as caught:
        asyncio.run(once())
    assert caught.value.reason == "CONNECTION"


@pytest.mark.alone
def test_a_name_server_that_hangs_holds_up_no_other_channel() -> None:
    ended = threading.Event()

    class Hanging(Resolver):
        def look_up(self, host: str, port: int, family: socket.AddressFamily) -> list[ResolveResult]:
            ended.wait(20)
            return super().look_up(host, port, family)

    async def beside(port: int) -> float:
        stuck = [Http(2.0, resolver=Hanging()) for _ in range(20)]
        other = Http(2.0)
        waiting = [asyncio.create_task(http.exchange("http://slow.example/", b"", {})) for http in stuck]
        await asyncio.sleep(0.05)
        began = time.monotonic()
        await other.post(f"http://localhost:{port}/", b"{}")
        took = time.monotonic() - began
        for task in waiting:
            task.cancel()
        await asyncio.gather(*waiting, return_exceptions=True)
        ended.set()
        for http in [*stuck, other]:
            await http.close()
        return took

    with HttpCounterpart() as server:
        assert asyncio.run(beside(server.port)) < 1.5


def test_bodies_are_what_the_published_schema_says() -> None:
    with HttpCounterpart() as server:
        digest = a_message(
            an_alert("a"), an_alert("b", exercise=True), what="digest", links={"open": "https://x.example"}
        )
        send_through(a_webhook(server.url), digest, a_message(handled_by("zhang.wei")))
    schema = json.loads((SCHEMAS / "told.json").read_text(encoding="utf-8"))
    for request in server.requests:
        jsonschema.validate(request.json, schema)
    body = server.requests[0].json
    assert list(body) == list(Told.__struct_fields__)
    assert body["exercise"] is True
    assert [alert["id"] for alert in body["alerts"]] == ["a", "b"]
