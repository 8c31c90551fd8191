"""`fenghuo deliver` as operators run it: a file of people, a file of channels, real planner and channels."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import msgspec
import pytest

from streams import topics
from streams.codec import COMMAND, encode, origin
from streams.producing import Outbox, new_producer
from streams.settings import Settings
from streams.topicadmin import create_topics
from tests.builders import an_alert
from tests.counterparts import HttpCounterpart, Reply, ok
from tests.integration.delivering import deliveries, notice
from tests.integration.harness import ROOT, free_port

ONCALL = """
people:
  desk: {name: 值班室, desk: true, reach: [{channel: robot}, {channel: hook}]}
fallback: [desk]
confirm: [desk]
rosters: {}
routes:
  - {name: all, to: [desk]}
"""
CHANNELS = """
channels:
  robot: {type: wecom, url_from: ROBOT_URL, timeout_s: 2}
  hook: {type: webhook, url_from: HOOK_URL, key_from: HOOK_KEY, allow_private: true}
"""


@pytest.fixture
def settings(kafka: str, topic_prefix: str) -> Settings:
    made = Settings(bootstrap=kafka, prefix=topic_prefix, group=f"{topic_prefix}group", partitions=1)
    create_topics(made)
    return made


@contextmanager
def delivering(settings: Settings, folder: Path, robot: str, hook: str) -> Iterator[subprocess.Popen[bytes]]:
    (folder / "oncall.yaml").write_text(ONCALL, encoding="utf-8")
    (folder / "channels.yaml").write_text(CHANNELS, encoding="utf-8")
    env = {name: value for name, value in os.environ.items() if not name.startswith("FENGHUO_")}
    env |= {f"FENGHUO_{name.upper()}": str(getattr(settings, name)) for name in ("bootstrap", "prefix", "group")}
    env |= {"FENGHUO_PARTITIONS": "1", "FENGHUO_HTTP_PORT": str(free_port())}
    env |= {"ROBOT_URL": f"{robot}/send?key=secret-of-the-robot", "HOOK_URL": hook, "HOOK_KEY": "k" * 32}
    command = [sys.executable, "-m", "streams.cli", "deliver"]
    command += ["--channels", str(folder / "channels.yaml"), "--oncall", str(folder / "oncall.yaml")]
    with (folder / "deliver.log").open("wb") as out:
        process = subprocess.Popen(command, env=env, cwd=ROOT, stdout=out, stderr=out)
    try:
        yield process
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(30)
        log = (folder / "deliver.log").read_text(encoding="utf-8")
        assert process.returncode == 0, log
        assert "secret-of-the-robot" not in log


def until(true: Callable[[], object], folder: Path, seconds: float = 40.0) -> None:
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end, (folder / "deliver.log").read_text(encoding="utf-8")[-3000:]
        time.sleep(0.05)


def test_a_red_alert_reaches_the_robot_and_the_webhook(settings: Settings, tmp_path: Path) -> None:
    with HttpCounterpart(ok(errcode=0, errmsg="ok")) as robot, HttpCounterpart(Reply()) as hook:
        asyncio.run(notice(settings, an_alert("a", "red")))
        with delivering(settings, tmp_path, robot.url, hook.url):
            until(lambda: len(robot.requests) == 2 and hook.requests, tmp_path)
        assert [one.json["msgtype"] for one in robot.requests] == ["markdown", "text"]
        assert "燃气泄漏" in robot.requests[0].json["markdown"]["content"]
        assert hook.requests[0].headers["webhook-id"]
    told = {(one.channel, one.outcome) for one in deliveries(settings)}
    assert told == {(channel, outcome) for channel in ("robot", "hook") for outcome in ("ATTEMPT", "SENT")}


def test_a_robot_that_refuses_is_replaced_by_the_webhook(settings: Settings, tmp_path: Path) -> None:
    with HttpCounterpart(ok(errcode=93000, errmsg="invalid webhook url")) as robot, HttpCounterpart(Reply()) as hook:
        asyncio.run(notice(settings, an_alert("a", "orange")))
        with delivering(settings, tmp_path, robot.url, hook.url):
            until(lambda: any(one.channel == "robot" for one in deliveries(settings)), tmp_path)
            until(lambda: hook.requests, tmp_path)
            time.sleep(1.0)
    last = {one.key: (one.outcome, one.reason) for one in deliveries(settings)}
    assert sorted(last.values()) == [("SENT", ""), ("SUPPRESSED", "COVERED")]
    assert len(hook.requests) == 1


def test_what_is_silenced_is_not_told_and_says_so(settings: Settings, tmp_path: Path) -> None:
    now = datetime.now(UTC)
    silence = {
        "id": "c1",
        "action": "silence",
        "alert": "s1",
        "by": "desk",
        "at": now,
        "until": now + timedelta(hours=1),
        "why": "抢修",
        "matcher": {"kinds": "gas_leak"},
    }

    async def said() -> None:
        producer = new_producer(settings.client())
        await producer.start()
        outbox = Outbox(producer, 1)
        topic = settings.topic(topics.NOTICES)
        outbox.add(topic, b"s1", msgspec.json.encode(silence), headers=origin("commands/0", 1, COMMAND))
        outbox.add(topic, b"a", encode(an_alert("a", "orange")))
        outbox.add(topic, b"b", encode(an_alert("b", "orange", kind="manhole")))
        await outbox.send()
        await producer.stop()

    with HttpCounterpart(ok(errcode=0, errmsg="ok")) as robot, HttpCounterpart(Reply()) as hook:
        asyncio.run(said())
        with delivering(settings, tmp_path, robot.url, hook.url):
            until(lambda: {one.alert for one in deliveries(settings)} == {"a", "b"}, tmp_path)
    silenced = [(one.outcome, one.reason, one.detail) for one in deliveries(settings) if one.alert == "a"]
    assert silenced == [("SUPPRESSED", "SILENCED", "s1")]
