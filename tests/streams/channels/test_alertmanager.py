"""Debian's Alertmanager itself: our alerts raised, grouped, changed in grade and resolved, and what it tells."""

from __future__ import annotations

import json
import shutil
import subprocess
import time
import urllib.request
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from streams.channels.alertmanager import AlertmanagerSettings, labels
from streams.channels.base import Channel, Permanent, Retryable
from tests.builders import a_message, an_alert, an_alert_place, send_through, tools_of
from tests.counterparts import HttpCounterpart, Reply, closed_port, ok

BINARY = shutil.which("prometheus-alertmanager")
needs_alertmanager = pytest.mark.skipif(
    BINARY is None, reason="no prometheus-alertmanager: deploy/setup.sh --dev installs it where it may"
)
CONFIGURATION = """
route:
  receiver: desk
  group_by: [alertname, district]
  group_wait: 200ms
  group_interval: 500ms
  repeat_interval: 1h
receivers:
  - name: desk
    webhook_configs:
      - url: {url}
        send_resolved: true
"""


def a_channel(url: str, *, now: float | None = None, token: str = "", **settings: Any) -> Channel:
    tools = tools_of(now=now or time.time(), token=token)
    return AlertmanagerSettings(url=url, **{"timeout_s": 5.0, **settings}).open("am", tools)


class Alertmanagers:
    """One Alertmanager, and the server it notifies."""

    def __init__(self, url: str, notified: HttpCounterpart) -> None:
        self.url = url
        self.notified = notified

    def get(self, path: str) -> Any:
        with urllib.request.urlopen(f"{self.url}{path}", timeout=5) as answer:  # noqa: S310 - on loopback
            return json.load(answer)

    def standing(self) -> list[tuple[str, str]]:
        """Ids and grades of what is firing."""
        return sorted((one["labels"]["alert_id"], one["labels"]["grade"]) for one in self.get("/api/v2/alerts"))

    def told(self, wanted: Callable[[dict[str, Any]], bool], within_s: float = 20.0) -> dict[str, Any]:
        """The first notification that is as wanted."""
        deadline = time.monotonic() + within_s
        while time.monotonic() < deadline:
            for request in list(self.notified.requests):
                if wanted(found := request.json):
                    return dict(found)
            time.sleep(0.05)
        pytest.fail(f"no such notification among {[one.json for one in self.notified.requests]}")


@pytest.fixture(scope="module")
def alertmanager(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Alertmanagers]:
    folder, port = tmp_path_factory.mktemp("alertmanager"), closed_port()
    with HttpCounterpart() as notified:
        (folder / "config.yml").write_text(CONFIGURATION.format(url=notified.url), encoding="utf-8")
        found = Alertmanagers(f"http://127.0.0.1:{port}", notified)
        process = started(folder, port)
        try:
            ready(found, process)
            yield found
        finally:
            process.terminate()
            process.wait(10)


def started(folder: Path, port: int) -> subprocess.Popen[bytes]:
    assert BINARY is not None
    command = [BINARY, f"--config.file={folder / 'config.yml'}", f"--storage.path={folder / 'data'}"]
    command += [f"--web.listen-address=127.0.0.1:{port}", "--cluster.listen-address="]
    with (folder / "log").open("wb") as log:
        return subprocess.Popen(command, stdout=log, stderr=subprocess.STDOUT)


def ready(alertmanager: Alertmanagers, process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline and process.poll() is None:
        try:
            alertmanager.get("/api/v2/status")
        except OSError:
            time.sleep(0.05)
        else:
            return
    pytest.fail("Alertmanager does not start")


@needs_alertmanager
def test_alerts_are_grouped_raised_and_resolved(alertmanager: Alertmanagers) -> None:
    other = an_alert_place(district="d2", name="龙湖")
    alerts = [an_alert("g1"), an_alert("g2", "red"), an_alert("g3", place=other)]
    send_through(
        a_channel(alertmanager.url), *(a_message(one, links={"open": "https://x.example/a"}) for one in alerts)
    )
    assert {("g1", "orange"), ("g2", "red"), ("g3", "orange")} <= set(alertmanager.standing())
    raised = alertmanager.told(lambda told: len(told["alerts"]) == 2 and told["groupLabels"]["district"] == "d1")
    assert raised["groupLabels"] == {"alertname": "gas_leak", "district": "d1"}
    assert sorted(one["labels"]["alert_id"] for one in raised["alerts"]) == ["g1", "g2"]
    first = next(one for one in raised["alerts"] if one["labels"]["alert_id"] == "g1")
    assert first["annotations"]["summary_zh"] == "燃气泄漏｜河东街道·幸福里小区"
    assert first["annotations"]["advice_en"] == "The gas company is on site; Evacuate"
    assert first["startsAt"].startswith("2026-01-01T00:00:00")
    assert first["generatorURL"] == "https://x.example/a"
    alertmanager.told(lambda told: told["groupLabels"]["district"] == "d2")
    gone = (("g1", "orange"), ("g2", "red"))
    closed = [a_message(an_alert(one, grade, "closed", 2), what="resolved") for one, grade in gone]
    send_through(a_channel(alertmanager.url), *closed)
    assert {one for one, _ in alertmanager.standing()} & {"g1", "g2", "g3"} == {"g3"}
    alertmanager.told(lambda told: told["status"] == "resolved" and told["groupLabels"]["district"] == "d1")


@needs_alertmanager
def test_a_change_of_grade_leaves_only_the_new_one_standing_however_many_versions_were_missed(
    alertmanager: Alertmanagers,
) -> None:
    steps = [("blue", "new", 1), ("orange", "upgrade", 3), ("yellow", "downgrade", 7)]
    place = an_alert_place(district="d9")
    for grade, change, version in steps:
        send_through(a_channel(alertmanager.url), a_message(an_alert("h1", grade, change, version, place=place)))
        assert [one for one in alertmanager.standing() if one[0] == "h1"] == [("h1", grade)]
    send_through(
        a_channel(alertmanager.url), a_message(an_alert("h1", "yellow", "closed", 8, place=place), what="resolved")
    )
    assert "h1" not in {one for one, _ in alertmanager.standing()}


@needs_alertmanager
def test_sending_again_changes_nothing_and_it_stands_for_days(alertmanager: Alertmanagers) -> None:
    place = an_alert_place(district="d8")
    message = a_message(an_alert("i1", place=place))
    send_through(a_channel(alertmanager.url, keep_days=3.0), message, message)
    (found,) = [one for one in alertmanager.get("/api/v2/alerts") if one["labels"]["alert_id"] == "i1"]
    left = datetime.fromisoformat(found["endsAt"]) - datetime.now(UTC)
    assert 2.9 < left.total_seconds() / 86_400 <= 3.0


def test_labels_are_few_and_none_is_free_text() -> None:
    assert labels(an_alert(severity="severe")) == {
        "alertname": "gas_leak",
        "category": "public_safety",
        "grade": "orange",
        "severity": "severe",
        "district": "d1",
        "area": "c1",
        "rule": "gas-leak",
        "exercise": "false",
        "alert_id": "a1",
        "source": "fenghuo",
    }


@pytest.mark.parametrize(
    ("replies", "kind", "reason"),
    [
        ([Reply(body=b"[]"), Reply(400, body=b'"start time must be before end time"')], Permanent, "REJECTED"),
        ([Reply(body=b"[]"), Reply(500)], Retryable, "SERVER_ERROR"),
        ([Reply(body=b"welcome")], Retryable, "GARBAGE"),
        ([Reply(body=b'[{"x": ' + b"[" * 60_000)], Retryable, "GARBAGE"),
        ([Reply(body=b'[{"startsAt": "\xff"}]')], Retryable, "GARBAGE"),
        ([ok(labels={})], Retryable, "GARBAGE"),
        ([Reply(429, headers={"Retry-After": "3"})], Retryable, "RATE_LIMITED"),
        ([Reply(302, headers={"Location": "/login"})], Permanent, "CONFIGURATION"),
        ([Reply(silent=True)], Retryable, "TIMEOUT"),
    ],
)
def test_answers_are_told_apart(replies: list[Reply], kind: type[Permanent | Retryable], reason: str) -> None:
    with HttpCounterpart(*replies) as server, pytest.raises(kind) as caught:
        send_through(a_channel(server.url, timeout_s=0.5), a_message())
    assert caught.value.reason == reason
