"""WeCom, DingTalk and Feishu robots against a server that checks what each of them expects, byte by byte."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import hmac
import json
from collections.abc import Callable
from typing import Any

import pytest

from rules.alert import Text
from streams.channels.base import Channel, Message, Permanent, Receipt, Retryable
from streams.channels.dingtalk import DingtalkSettings
from streams.channels.feishu import FeishuSettings
from streams.channels.wecom import WecomSettings
from tests.builders import T0, a_message, an_alert, an_alert_place, send_through, tools_of
from tests.counterparts import HttpCounterpart, Reply, closed_port, ok

LINKS = {"sign": "https://x.example/s/abc", "open": "https://x.example/a/1"}
FINE = {
    "wecom": ok(errcode=0, errmsg="ok"),
    "dingtalk": ok(errcode=0, errmsg="ok"),
    "feishu": ok(code=0, msg="success"),
}
TYPES: dict[str, Callable[..., Any]] = {"wecom": WecomSettings, "dingtalk": DingtalkSettings, "feishu": FeishuSettings}
PATHS = {
    "wecom": "/cgi-bin/webhook/send?key=693a91f6-7xxx",
    "dingtalk": "/robot/send?access_token=566cc69da782ec",
    "feishu": "/open-apis/bot/v2/hook/ca66f1a0-7xxx",
}
SIGNING = "SEC000000000000000000000"


def a_robot(kind: str, port: int, *, sign: str = "", **settings: Any) -> Channel:
    url = f"http://127.0.0.1:{port}{PATHS[kind]}"
    return TYPES[kind](**{"timeout_s": 5.0, **settings}).open("duty", tools_of(url=url, sign=sign))


def test_wecom_gets_markdown_and_for_an_orange_alert_a_text_that_mentions() -> None:
    with HttpCounterpart(FINE["wecom"]) as server:
        receipts = send_through(a_robot("wecom", server.port), a_message(links=LINKS))
    assert [(one.method, one.target) for one in server.requests] == [("POST", PATHS["wecom"])] * 2
    assert {one.headers["content-type"] for one in server.requests} == {"application/json; charset=utf-8"}
    markdown, text = (one.json for one in server.requests)
    assert markdown == {
        "msgtype": "markdown",
        "markdown": {
            "content": "**【橙色·新发】燃气泄漏**｜河东街道·幸福里小区（网格HD-07）\n"
            "00:00，12345 1起；常态 0.1起/日\n"
            "触发：燃气泄漏单起即报\n"
            "建议：①燃气公司30分钟内到场 ②警戒疏散\n"
            "主责：区城管局｜请 **00:30前签收**\n"
            "[签收](https://x.example/s/abc) [详情](https://x.example/a/1)"
        },
    }
    assert text == {
        "msgtype": "text",
        "text": {
            "content": "橙色·新发：燃气泄漏｜河东街道·幸福里小区\n12345 1起\n请00:30前签收\nhttps://x.example/s/abc",
            "mentioned_list": ["@all"],
            "mentioned_mobile_list": [],
        },
    }
    assert "燃气泄漏".encode() in server.requests[0].body, "UTF-8 as it is, not \\u escapes: the limits count bytes"
    assert receipts == [Receipt(detail="errcode 0")]


def test_wecom_mentions_the_recipient_and_not_everybody_where_an_address_is_given() -> None:
    with HttpCounterpart(FINE["wecom"]) as server:
        send_through(a_robot("wecom", server.port), a_message(address="zhang.wei, 13800000000"))
    text = server.requests[1].json["text"]
    assert (text["mentioned_list"], text["mentioned_mobile_list"]) == (["zhang.wei"], ["13800000000"])


@pytest.mark.parametrize(
    "message",
    [
        a_message(an_alert(grade="yellow")),
        a_message(an_alert(change="closed"), what="resolved"),
        a_message(an_alert("a"), an_alert("b"), what="digest"),
    ],
    ids=["yellow", "resolved", "digest"],
)
def test_wecom_disturbs_nobody_for_what_can_wait(message: Message) -> None:
    with HttpCounterpart(FINE["wecom"]) as server:
        channel = a_robot("wecom", server.port)
        send_through(channel, message)
    assert [one.json["msgtype"] for one in server.requests] == ["markdown"]
    assert channel.requests(message) == 1  # type: ignore[attr-defined]


def test_wecom_repeats_only_the_mention_when_only_the_mention_failed() -> None:
    async def twice(channel: Channel) -> Receipt:
        with pytest.raises(Retryable):
            await channel.send(a_message())
        receipt = await channel.send(a_message())
        await channel.send(a_message())
        await channel.close()
        return receipt

    with HttpCounterpart(FINE["wecom"], ok(errcode=45009, errmsg="freq"), FINE["wecom"]) as server:
        asyncio.run(twice(a_robot("wecom", server.port)))
    assert [one.json["msgtype"] for one in server.requests] == ["markdown", "text", "text", "markdown", "text"]


def test_dingtalk_gets_markdown_that_mentions_and_a_signature_that_fits() -> None:
    with HttpCounterpart(FINE["dingtalk"]) as server:
        channel = a_robot("dingtalk", server.port, sign=SIGNING)
        send_through(channel, a_message(address="13800000000;manager7", links=LINKS))
    (request,) = server.requests
    assert request.path == "/robot/send"
    query = request.query
    assert PATHS["dingtalk"].endswith(f"access_token={query['access_token']}")
    assert query["timestamp"] == str(int(T0) * 1000)
    expected = hmac.new(SIGNING.encode(), f"{query['timestamp']}\n{SIGNING}".encode(), hashlib.sha256).digest()
    assert base64.b64decode(query["sign"]) == expected
    content = request.json
    assert content["msgtype"] == "markdown"
    assert content["markdown"]["title"] == "【橙色·新发】燃气泄漏｜河东街道·幸福里小区（网格HD-07）"
    assert content["markdown"]["text"].startswith(
        "**【橙色·新发】燃气泄漏**｜河东街道·幸福里小区（网格HD-07）\n\n00:00，"
    )
    assert content["markdown"]["text"].endswith("\n\n@13800000000 @manager7"), "a mention shows only where it stands"
    assert content["at"] == {"atMobiles": ["13800000000"], "atUserIds": ["manager7"], "isAtAll": False}


def test_dingtalk_without_a_secret_sends_no_signature_and_calls_everybody_by_default() -> None:
    with HttpCounterpart(FINE["dingtalk"]) as server:
        send_through(a_robot("dingtalk", server.port), a_message())
    assert server.requests[0].target == PATHS["dingtalk"]
    assert server.requests[0].json["at"] == {"atMobiles": [], "atUserIds": [], "isAtAll": True}


def test_feishu_gets_a_card_in_the_colour_of_the_grade_and_a_signature_that_fits() -> None:
    with HttpCounterpart(FINE["feishu"]) as server:
        send_through(a_robot("feishu", server.port, sign=SIGNING), a_message(address="ou_18eac8"))
    content = server.requests[0].json
    assert content["timestamp"] == str(int(T0))
    key = f"{content['timestamp']}\n{SIGNING}".encode()
    assert base64.b64decode(content["sign"]) == hmac.new(key, b"", hashlib.sha256).digest()
    assert content["msg_type"] == "interactive"
    card = content["card"]
    assert card["header"]["template"] == "orange"
    assert card["header"]["title"] == {
        "tag": "plain_text",
        "content": "【橙色·新发】燃气泄漏｜河东街道·幸福里小区（网格HD-07）",
    }
    (element,) = card["elements"]
    assert element["tag"] == "markdown"
    assert element["content"].startswith("00:00，12345 1起"), "the head says the first line already"
    assert element["content"].endswith("主责：区城管局｜请 **00:30前签收**\n<at id=ou_18eac8></at>")


def test_feishu_without_a_secret_sends_neither_signature_nor_timestamp() -> None:
    with HttpCounterpart(FINE["feishu"]) as server:
        send_through(a_robot("feishu", server.port), a_message(an_alert(change="closed"), what="resolved"))
    content = server.requests[0].json
    assert "sign" not in content
    assert "timestamp" not in content
    assert content["card"]["header"]["template"] == "grey"
    assert "<at" not in content["card"]["elements"][0]["content"]


@pytest.mark.parametrize("kind", TYPES)
@pytest.mark.parametrize(
    ("reply", "reason", "after_s"),
    [
        (Reply(429, headers={"Retry-After": "7"}), "RATE_LIMITED", 7.0),
        (Reply(429), "RATE_LIMITED", None),
        (Reply(500), "SERVER_ERROR", None),
        (Reply(503, headers={"Retry-After": "30"}), "SERVER_ERROR", 30.0),
        (Reply(body=b"<html>welcome</html>"), "GARBAGE", None),
        (Reply(body=b"[]"), "GARBAGE", None),
        (Reply(body=b"{}"), "GARBAGE", None),
        (Reply(body=b"[" * 60_000), "GARBAGE", None),
        (Reply(body=b'{"errmsg": "\xff"}'), "GARBAGE", None),
        (Reply(raw=b"\x00\x01nonsense\r\n\r\n"), "GARBAGE", None),
        (Reply(raw=b""), "CONNECTION", None),
        (Reply(silent=True), "TIMEOUT", None),
        (Reply(drip=True), "TIMEOUT", None),
    ],
    ids=[
        *("429 after", "429", "500", "503 after", "html", "list", "no code", "lists in lists", "not UTF-8", "not http"),
        *("hangs up", "says nothing", "never ends"),
    ],
)
def test_what_passes_is_retryable(kind: str, reply: Reply, reason: str, after_s: float | None) -> None:
    with HttpCounterpart(reply) as server, pytest.raises(Retryable) as caught:
        send_through(a_robot(kind, server.port, timeout_s=0.3), a_message())
    assert (caught.value.reason, caught.value.after_s) == (reason, after_s)


@pytest.mark.parametrize("kind", TYPES)
def test_a_port_on_which_nobody_listens_is_retryable(kind: str) -> None:
    with pytest.raises(Retryable) as caught:
        send_through(a_robot(kind, closed_port()), a_message())
    assert caught.value.reason == "CONNECTION"


@pytest.mark.parametrize(
    ("kind", "reply", "reason", "after_s"),
    [
        ("wecom", ok(errcode=45009, errmsg="api freq out of limit"), "RATE_LIMITED", 60.0),
        ("wecom", ok(errcode=-1, errmsg="system busy"), "SERVER_ERROR", None),
        ("dingtalk", ok(errcode=130101, errmsg="send too fast"), "RATE_LIMITED", 600.0),
        ("dingtalk", ok(errcode=-1, errmsg="系统繁忙"), "SERVER_ERROR", None),
        ("feishu", ok(code=11232, msg="frequency limited"), "RATE_LIMITED", 60.0),
    ],
)
def test_an_answer_of_200_may_say_later(kind: str, reply: Reply, reason: str, after_s: float | None) -> None:
    with HttpCounterpart(reply) as server, pytest.raises(Retryable) as caught:
        send_through(a_robot(kind, server.port), a_message())
    assert (caught.value.reason, caught.value.after_s) == (reason, after_s)


@pytest.mark.parametrize(
    ("kind", "reply", "reason"),
    [
        ("wecom", ok(errcode=93000, errmsg="invalid webhook url"), "CONFIGURATION"),
        ("wecom", ok(errcode=45002, errmsg="content size out of limit"), "TOO_LONG"),
        ("wecom", ok(errcode=40008, errmsg="invalid message type"), "REJECTED"),
        ("dingtalk", ok(errcode=310000, errmsg="sign not match"), "CONFIGURATION"),
        ("dingtalk", ok(errcode=430101, errmsg="unsafe link"), "REJECTED"),
        ("feishu", ok(code=19021, msg="sign match fail"), "CONFIGURATION"),
        ("feishu", ok(code=9499, msg="Bad Request"), "REJECTED"),
        ("wecom", Reply(404), "CONFIGURATION"),
        ("dingtalk", Reply(413), "TOO_LONG"),
        ("feishu", Reply(400), "REJECTED"),
    ],
)
def test_what_does_not_pass_is_permanent(kind: str, reply: Reply, reason: str) -> None:
    with HttpCounterpart(reply) as server, pytest.raises(Permanent) as caught:
        send_through(a_robot(kind, server.port), a_message())
    assert caught.value.reason == reason


@pytest.mark.parametrize("kind", TYPES)
def test_a_redirect_is_not_followed(kind: str) -> None:
    with HttpCounterpart(FINE[kind]) as elsewhere:
        away = Reply(302, headers={"Location": elsewhere.url})
        with HttpCounterpart(away) as server, pytest.raises(Permanent) as caught:
            send_through(a_robot(kind, server.port), a_message())
        assert not elsewhere.requests
    assert caught.value.reason == "CONFIGURATION"


@pytest.mark.parametrize("kind", TYPES)
def test_no_error_repeats_the_url_the_key_or_a_phone_number(kind: str) -> None:
    token = PATHS[kind].replace("=", "/").rpartition("/")[2]
    signing = "" if kind == "wecom" else SIGNING
    said = f"token {token} sign {signing} of 13800000000 at {PATHS[kind]}"
    reply = ok(errcode=40008, errmsg=said) if kind != "feishu" else ok(code=9499, msg=said)
    with HttpCounterpart(reply) as server, pytest.raises(Permanent) as caught:
        send_through(a_robot(kind, server.port, sign=signing), a_message(address="13800000000"))
    assert str(caught.value).startswith("REJECTED: ")
    for hidden in filter(None, (token, signing, "13800000000")):
        assert hidden not in str(caught.value)
    assert caught.value.__cause__ is None
    assert caught.value.__suppress_context__ or caught.value.__context__ is None


@pytest.mark.parametrize(("kind", "limit"), [("wecom", 4_096), ("dingtalk", 20_000), ("feishu", 20_480)])
def test_the_longest_message_stays_within_what_the_robot_takes(kind: str, limit: int) -> None:
    long = '燃气泄漏"\\' * 8_000
    alert = an_alert(why=Text(long, long), owner=Text(long, long), place=an_alert_place(name=long))
    with HttpCounterpart(FINE[kind]) as server:
        (receipt,) = send_through(a_robot(kind, server.port), a_message(alert, links=LINKS))
    assert receipt.shortened
    body = server.requests[0]
    measured = len(body.json["markdown"]["content"].encode()) if kind == "wecom" else len(body.body)
    assert limit * 0.7 < measured <= limit
    if kind == "wecom":
        assert len(server.requests[1].json["text"]["content"].encode()) <= 2_048
    said = json.dumps(body.json, ensure_ascii=False)
    assert "https://x.example/s/abc" in said
    assert "00:30前签收" in said
    assert "内容有删减" in said


@pytest.mark.parametrize("kind", TYPES)
def test_what_reporters_wrote_cannot_mention_link_or_mark(kind: str) -> None:
    evil = "<@all> [here](http://evil.example) **x** <at id=all></at> @13900000000 `a`\n# b\u202e"
    alert = an_alert(grade="yellow", place=an_alert_place(name=evil))
    with HttpCounterpart(FINE[kind]) as server:
        send_through(a_robot(kind, server.port), a_message(alert))
    content = server.requests[0].json
    said = json.dumps(content.get("markdown") or content["card"]["elements"], ensure_ascii=False)
    said += content.get("card", {}).get("header", {}).get("title", {}).get("content", "")
    for mark in ("<@", "](", "<at", "http://", "@139", "`", "\u202e", "**x"):
        assert mark not in said
