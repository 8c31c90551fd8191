"""What deploy/CHANNELS.md shows and says is so."""

from __future__ import annotations

import base64
import hmac
import re
from pathlib import Path
from urllib.parse import quote

import apprise
import pytest

from streams.channels.loading import channel_types, load_channels
from tests.builders import an_area_tree
from tests.counterparts import HttpCounterpart, ok

DOCUMENT = Path(__file__).resolve().parents[3] / "deploy" / "CHANNELS.md"
ENV = {
    "WECOM_URL": "https://qyapi.weixin.qq.com/cgi-bin/webhook/send?key=0000",
    "DINGTALK_URL": "https://oapi.dingtalk.com/robot/send?access_token=0000",
    "DINGTALK_SIGN": "SEC0000",
    "FEISHU_URL": "https://open.feishu.cn/open-apis/bot/v2/hook/0000",
    "FEISHU_SIGN": "0000",
    "MAIL_PASSWORD": "0000",
    "NTFY_TOKEN": "tk_0000",
    "SMS_URL": f"twilio://AC{'0' * 32}:{'0' * 32}@15005550006/{{address}}",
    "CAP_URL": "https://platform.example.org/cap",
    "PARTNER_URL": "https://partner.example.org/in",
    "PARTNER_KAFKA": "a password of the partner",
    "PARTNER_KEY": "whsec_MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=",
}


@pytest.fixture(scope="module")
def document() -> str:
    return DOCUMENT.read_text(encoding="utf-8")


def test_the_example_loads_and_shows_every_type(document: str, tmp_path: Path) -> None:
    example = re.search(r"```yaml\n(.*?)```", document, re.DOTALL)
    assert example is not None
    (tmp_path / "channels.yaml").write_text(example[1], encoding="utf-8")
    channels = load_channels(tmp_path / "channels.yaml", ENV, areas=an_area_tree())
    assert len(channels) == len(channel_types())
    assert set(re.findall(r"^    type: (\w+)$", example[1], re.MULTILINE)) == set(channel_types())
    assert set(re.findall(r"_from: (\w+)", example[1])) - {"orange"} == set(ENV)


def test_the_table_names_every_type_and_its_limit_a_minute(document: str) -> None:
    rows = re.findall(r"^\| `(\w+)` \|.*?\|.*?\| ([–\d]+)", document, re.MULTILINE)
    said = {name: None if limit == "–" else int(limit) for name, limit in rows}
    types = channel_types()
    assert said == {name: kind.__struct_defaults__[_place(kind)] for name, kind in types.items()}


def _place(kind: type) -> int:
    """Where the limit a minute stands among the defaults of a type."""
    fields = kind.__struct_fields__  # type: ignore[attr-defined]
    return fields.index("per_minute") - (len(fields) - len(kind.__struct_defaults__))  # type: ignore[attr-defined]


def test_apprise_would_still_quote_the_signature_of_dingtalk_twice() -> None:
    with HttpCounterpart(ok(errcode=310000, errmsg="sign not match")) as server:
        service = apprise.Apprise.instantiate("dingtalk://SEC0000@0000/")
        service.notify_url = f"{server.url}/robot/send?access_token={{token}}"  # type: ignore[attr-defined]
        taken = service.notify(body="x")
    query = server.requests[0].query
    expected = base64.b64encode(hmac.digest(b"SEC0000", f"{query['timestamp']}\nSEC0000".encode(), "sha256")).decode()
    assert query["sign"] == quote(expected, safe="") != expected
    assert taken, "and it would still take the refusal for success"


def test_apprise_would_still_lose_what_wecom_refuses() -> None:
    with HttpCounterpart(ok(errcode=45009, errmsg="api freq out of limit")) as server:
        service = apprise.Apprise.instantiate("wecombot://0000/")
        service.api_url = server.url  # type: ignore[attr-defined]
        assert service.notify(body="x")
