"""Somebody signs on real Kafka, somebody else is too late, and what nobody signs goes up."""

from __future__ import annotations

import asyncio
import time
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from aiohttp.test_utils import TestClient, TestServer

from rules.alert import Alert
from streams.commanding import give, send
from streams.errors import ConfigurationError
from streams.feed import feed_reports, parcels
from streams.linkpage import LinkPage
from streams.recorded import replay_topic
from streams.sources.hotline import HotlineCall
from streams.sources.mapping_row import RowOk
from streams.tokens import Token, TokenKeys, issue_token
from tests.integration.harness import City, a_city, alerts, current, versions, wait_ready

RULE = """
id: quick
number: 31
name: {zh: 快签, en: Quick}
kinds: [gas_leak, manhole]
per: spot
fires: [{count: {at_least: 1}}]
grade: red
clocks: {sign: 2s, on_site: 1h}
why: {zh: "{n}起", en: "{n} reports"}
"""
UNSIGNED = """
id: up
number: 32
name: {zh: 提级, en: Up}
modifies: [all]
unsigned: up
"""
EXAMPLES = """
examples:
  fires: [{{name: it fires, then: {then}, events: [{{kind: gas_leak}}]}}]
  silent: [{{name: nothing of the kind, events: [{{kind: noise}}]}}]
"""


UP = {"new", "escalated"}


def a_book(folder: Path) -> str:
    folder.mkdir()
    for name, rule, then in (("quick", RULE, "0s"), ("up", UNSIGNED, "3s")):
        (folder / f"{name}.yaml").write_text(rule + EXAMPLES.format(then=then), encoding="utf-8")
    return str(folder)


def report(city: City, kind: str) -> None:
    now = datetime.now(UTC)
    call = HotlineCall(
        id=kind, occurred_at=now, kind=kind, text="气味", district="440507", street="440507-01", spot=kind, caller="1"
    )
    assert feed_reports(parcels([RowOk(call, now.timestamp(), 0)]), city.settings).rows == 1


def wait_for_one(city: City, kind: str) -> str:
    deadline = time.monotonic() + 30
    while True:
        for id_, alert in current(city).items():
            if alert.kind == kind:
                return id_
        assert time.monotonic() < deadline, city.logs()
        time.sleep(0.2)


def press(city: City, alert: Alert) -> int:
    """Press the button behind the link of a message, and return the status of the page."""
    keys, expires = TokenKeys(b"a key for tests only"), int(time.time()) + 60
    what = {"alert": alert.id, "version": alert.revision.version, "grade": alert.grade, "action": "sign"}
    link = issue_token(Token(**what, recipient="li.wei", expires=expires), keys)  # type: ignore[arg-type]
    page = LinkPage(keys, partial(send, city.settings), time.time, ZoneInfo("UTC"))

    async def press_it() -> int:
        async with TestClient(TestServer(page.app())) as client, client.post(f"/act/{link}") as response:
            return response.status

    return asyncio.run(press_it())


def test_a_signature_is_confirmed_and_what_nobody_signs_goes_up_to_the_city(
    kafka: str, topic_prefix: str, tmp_path: Path
) -> None:
    book = a_book(tmp_path / "book")
    with a_city(kafka, topic_prefix, tmp_path / "logs", partitions=2, idle_s=2.0, book=book) as city:
        for worker in [city.start_worker() for _ in range(2)]:
            wait_ready(worker, city)
        report(city, "manhole")
        ours = wait_for_one(city, "manhole")
        signed = give(city.settings, ours[:8], "sign", by="金霞街道值班室", why="已派人")
        assert signed.confirmed
        assert give(city.settings, ours, "sign", by="金霞街道值班室").alert == signed.alert
        with pytest.raises(ConfigurationError, match="金霞街道值班室 has signed it already"):
            give(city.settings, ours, "sign", by="another")
        for action, over in (("assign", {"to": "抢修一队"}), ("arrive", {}), ("resolve", {"why": "已封闭"})):
            done = give(city.settings, ours, action, by="金霞街道值班室", **over)
            assert done.confirmed
        with pytest.raises(ConfigurationError, match=r"it is resolved \(金霞街道值班室 .* UTC\): reopen it first"):
            give(city.settings, ours, "assign", by="another", to="x")
        closed = give(city.settings, ours, "close", by="金霞街道值班室")
        assert (closed.confirmed, closed.alert.status) == (True, "closed")
        with pytest.raises(ConfigurationError, match="no alert has this id"):
            give(city.settings, "nothing", "sign", by="another")
        report(city, "gas_leak")
        theirs = wait_for_one(city, "gas_leak")
        deadline = time.monotonic() + 60
        while len(told := [one for one in alerts(city) if one.id == theirs and one.revision.change in UP]) < 3:
            assert time.monotonic() < deadline, city.logs()
            time.sleep(0.5)
        levels = [one.revision.handling.level for one in told if one.revision.handling is not None]
        assert levels == ["street", "district", "city"]
        last = current(city)[ours].revision.handling
        assert last is not None
        assert last.signed_by == "金霞街道值班室"
        assert [press(city, current(city)[theirs]) for _ in range(2)] == [200, 200]
        linked = current(city)[theirs].revision.handling
        assert linked is not None
        assert linked.signed_by == "li.wei"
        again = versions([alert for one in replay_topic(city.settings, city.parts()) for alert in one.alerts])
        assert versions(alerts(city)) == again
