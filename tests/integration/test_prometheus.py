"""Prometheus on a running worker: every panel of every dashboard has something to show, every rule can be evaluated.

What runs is what an operator runs: a worker, `fenghuo deliver` with a webhook, `fenghuo board`, and Debian's
`prometheus` with the rules of `deploy/prometheus`. The demo's day goes through, and people answer for its alerts.
"""

from __future__ import annotations

import json
import math
import os
import re
import shutil
import signal
import subprocess
import sys
import time
import urllib.parse
import urllib.request
import uuid
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import yaml

from rules.alert import Alert
from rules.command import Command
from streams import topics
from streams.codec import encode
from streams.demo_day import Day, Plan, as_parcels, stage
from streams.feed import Parcel, feed_reports, parcels
from streams.publishing import publish_all
from streams.sources.hotline import HotlineCall
from streams.sources.mapping_row import RowOk
from tests.counterparts import HttpCounterpart, Reply
from tests.deploy.measured import (
    PROMETHEUS,
    Asked,
    asked_by_dashboards,
    asked_by_rules,
    asked_by_the_way,
    recorded,
)
from tests.integration.harness import ROOT, City, a_city, current, free_port, metrics, wait_ready

pytestmark = pytest.mark.slow

ONCALL = """
people: {desk: {name: 值班室, desk: true, reach: [{channel: hook}]}}
fallback: [desk]
confirm: [desk]
rosters: {desk: {role: duty, shifts: [{name: 全天, turns: [[desk]]}]}}
routes: [{name: all, to: [desk]}]
"""
CHANNELS = "channels: {hook: {type: webhook, url_from: HOOK_URL, key_from: HOOK_KEY, allow_private: true}}"
_ASIDE = re.compile(r'outcome="(DEAD|LATE)"')
_SHARED = ("bootstrap", "prefix", "group", "partitions")
VARIABLES = {"$__rate_interval": "3m", "$district": ".*", "$rule": ".*", "$instance": ".*", "$channel": ".*"}


@dataclass
class Watched:
    """A Prometheus that has seen the demo's day."""

    url: str
    folder: Path

    def logs(self) -> str:
        """The end of every log."""
        return "\n".join(f"{path.name}:\n{path.read_text()[-2000:]}" for path in sorted(self.folder.glob("*.log")))

    def ask(self, path: str, **parameters: str) -> Any:
        query = urllib.parse.urlencode(parameters)
        with urllib.request.urlopen(f"{self.url}/api/v1/{path}?{query}", timeout=20) as answer:  # noqa: S310 - our own
            return json.load(answer)["data"]

    def values(self, expr: str) -> list[float]:
        """The values of a query, those that are no number left out."""
        for name, value in VARIABLES.items():
            expr = expr.replace(name, value)
        result = self.ask("query", query=expr)["result"]
        return [value for one in result if not math.isnan(value := float(one["value"][1]))]


@pytest.fixture(scope="module")
def watched(kafka: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Watched]:
    if shutil.which("prometheus") is None:
        pytest.skip("prometheus is not installed: apt-get install prometheus")
    folder = tmp_path_factory.mktemp("prometheus")
    with ExitStack() as stack:
        hook = stack.enter_context(HttpCounterpart(Reply()))
        prefix = f"t{uuid.uuid4().hex[:10]}-"
        city = stack.enter_context(a_city(kafka, prefix, folder / "city", partitions=2))
        day = stage(city.parts().areas, Plan(), city.settings.lateness_s)
        feed_reports(as_parcels(day.history, paced=False), city.settings)
        worker = city.start_worker()
        deliver = stack.enter_context(_delivering(city, folder, hook.url))
        board = stack.enter_context(_a_board(city, folder))
        ports = {"fenghuo-worker": worker.port, "fenghuo-deliver": deliver, "fenghuo-board": board}  # type: ignore[attr-defined]
        watched = stack.enter_context(_prometheus(folder, ports))
        wait_ready(worker, city)
        _until(city, "taken", len(day.history))
        _live_through(city, day)
        _see(watched, "sum(fenghuo_alerts_in_state)")
        yield watched


@contextmanager
def _process(command: list[str], log: Path, env: dict[str, str] | None = None) -> Iterator[None]:
    with log.open("wb") as out:
        process = subprocess.Popen(command, env=env, cwd=ROOT, stdout=out, stderr=out)
    try:
        yield
        assert process.poll() is None, log.read_text(encoding="utf-8")[-3000:]
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(30)


@contextmanager
def _delivering(city: City, folder: Path, hook: str) -> Iterator[int]:
    (folder / "oncall.yaml").write_text(ONCALL, encoding="utf-8")
    (folder / "channels.yaml").write_text(CHANNELS, encoding="utf-8")
    port = free_port()
    env = _environment(city) | {"FENGHUO_HTTP_PORT": str(port), "HOOK_URL": hook, "HOOK_KEY": "k" * 32}
    command = [sys.executable, "-m", "streams.cli", "deliver"]
    command += ["--channels", str(folder / "channels.yaml"), "--oncall", str(folder / "oncall.yaml")]
    with _process(command, folder / "deliver.log", env):
        yield port


@contextmanager
def _a_board(city: City, folder: Path) -> Iterator[int]:
    port = free_port()
    env = _environment(city) | {"FENGHUO_HTTP_PORT": str(port), "FENGHUO_BOARD_PORT": str(free_port())}
    with _process([sys.executable, "-m", "streams.cli", "board"], folder / "board.log", env):
        yield port


def _environment(city: City) -> dict[str, str]:
    env = {name: value for name, value in os.environ.items() if not name.startswith("FENGHUO_")}
    return env | {f"FENGHUO_{name.upper()}": str(getattr(city.settings, name)) for name in _SHARED}


@contextmanager
def _prometheus(folder: Path, ports: dict[str, int]) -> Iterator[Watched]:
    """Debian's Prometheus with our configuration: other addresses, and a second for a quarter of a minute."""
    config = yaml.safe_load((PROMETHEUS / "prometheus.yml").read_text(encoding="utf-8"))
    config["global"] = {"scrape_interval": "1s", "evaluation_interval": "1s"}
    config["alerting"] = {}
    jobs = [job for job in config["scrape_configs"] if job["job_name"] in ports]
    assert {job["job_name"] for job in jobs} == ports.keys()
    for job in jobs:
        job.pop("file_sd_configs", None)
        job["static_configs"] = [{"targets": [f"127.0.0.1:{ports[job['job_name']]}"]}]
    config["scrape_configs"] = jobs
    for name in config["rule_files"]:
        text = (PROMETHEUS / name).read_text(encoding="utf-8").replace("interval: 1m", "interval: 1s")
        (folder / name).write_text(text, encoding="utf-8")
    (folder / "prometheus.yml").write_text(yaml.safe_dump(config), encoding="utf-8")
    port = free_port()
    command = ["prometheus", f"--config.file={folder}/prometheus.yml", f"--storage.tsdb.path={folder}/data"]
    with _process([*command, f"--web.listen-address=127.0.0.1:{port}"], folder / "prometheus.log"):
        watched = Watched(f"http://127.0.0.1:{port}", folder)
        _see(watched, "count(up == 1) == 3")
        yield watched


def _see(watched: Watched, expr: str, within_s: float = 40.0) -> None:
    """Wait until a query has an answer other than zero."""
    deadline = time.monotonic() + within_s
    while True:
        try:
            if any(watched.values(expr)):
                return
        except OSError:
            pass  # not there yet
        assert time.monotonic() < deadline, f"never seen: {expr}\n{watched.logs()}"
        time.sleep(0.25)


def _live_through(city: City, day: Day) -> None:
    """Feed the demo's day, and a record nobody can read; then two more reports, and people answer for their alerts."""
    unreadable = Parcel(None, "grid.reports", b"{", bad=True)
    feed_reports([*as_parcels(day.reports, paced=False), unreadable], city.settings)
    rows = len(day.history) + len(day.reports) + 1
    _until(city, "taken", rows)
    last = max(report.occurred_at for _, report in day.reports)
    calls = [_call(kind, last + timedelta(minutes=1)) for kind in ("hazmat", "gas_leak")]
    feed_reports(parcels([RowOk(call, call.occurred_at.timestamp(), 0) for call in calls]), city.settings)
    _answer_for(city, _standing(city, {call.kind for call in calls}))


def _call(kind: str, at: datetime) -> HotlineCall:
    where = {"district": "440507", "street": "440507-01", "spot": f"the place of {kind}"}
    return HotlineCall(id=f"last {kind}", occurred_at=at, kind=kind, text="气味", caller="1", **where)


def _standing(city: City, kinds: set[str]) -> list[Alert]:
    """The alerts of the last two reports, once both stand: a red one and an orange one."""
    deadline = time.monotonic() + 60
    while True:
        found = [one for one in current(city).values() if one.kind in kinds and "the place of" in one.place.key]
        if {one.kind for one in found} == kinds:
            assert {one.grade.value for one in found} == {"red", "orange"}
            return found
        assert time.monotonic() < deadline, f"{found}\n{city.logs()}"
        time.sleep(0.5)


def _answer_for(city: City, standing: Iterable[Alert]) -> None:
    """Confirm what has to be, sign, attend to and judge all of them; one command is refused."""
    commands: list[Command] = []
    for n, alert in enumerate(standing):
        for action in ("confirm", "sign", "arrive", "true" if n % 2 else "false"):
            now = datetime.now(UTC)
            commands.append(Command(id=uuid.uuid4().hex, action=action, alert=alert.id, by="lin", at=now))  # type: ignore[arg-type]
    again = Command(id=uuid.uuid4().hex, action="close", alert="nothing", by="lin", at=datetime.now(UTC))
    given = [(one.alert, encode(one)) for one in (*commands, again)]
    publish_all(city.settings, topics.COMMANDS, given)
    _until(city, "answered", len(given))


def _until(city: City, what: str, wanted: float) -> None:
    """Wait until so many records are accounted for (`taken`), or commands are answered (`answered`)."""
    deadline = time.monotonic() + 120
    while (done := _done(city)[what]) < wanted:
        assert time.monotonic() < deadline, f"{done} of {wanted} {what}\n{city.logs()}"
        time.sleep(0.25)


def _done(city: City) -> dict[str, float]:
    seen = metrics(city)
    taken = sum(seen.get(f'fenghuo_events_total{{verdict="{one}"}}', 0.0) for one in ("ACCEPTED", "DUPLICATE", "LATE"))
    aside = sum(n for name, n in seen.items() if name.startswith("fenghuo_records_total") and _ASIDE.search(name))
    answered = sum(n for name, n in seen.items() if name.startswith("fenghuo_commands_total"))
    return {"taken": taken + aside, "answered": answered}


def test_every_panel_has_something_to_show(watched: Watched) -> None:
    asked = list(asked_by_dashboards())
    assert len(asked) > 80
    deadline = time.monotonic() + 20
    while (empty := _empty(watched, asked)) and time.monotonic() < deadline:
        time.sleep(1.0)  # a rule that is worked out of another needs two rounds
    assert not empty, "\n".join(f"{one.where}: {one.expr}" for one in empty)


def _empty(watched: Watched, asked: Iterable[Asked]) -> list[Asked]:
    return [one for one in asked if not watched.values(one.expr)]


def test_variables_and_annotations_can_be_asked_for(watched: Watched) -> None:
    assert [one for one in _empty(watched, asked_by_the_way()) if "annotation" not in one.where] == []


def test_every_rule_can_be_evaluated_and_every_recording_has_something(watched: Watched) -> None:
    rules = [rule for group in watched.ask("rules")["groups"] for rule in group["rules"]]
    assert {rule["name"] for rule in rules} == {one.where for one in asked_by_rules()}
    assert [(rule["name"], rule["lastError"]) for rule in rules if rule["health"] != "ok"] == []
    deadline = time.monotonic() + 20  # what people found out is handed on once more before it is counted
    while (empty := [name for name in sorted(recorded()) if not watched.values(name)]) and time.monotonic() < deadline:
        time.sleep(1.0)
    assert empty == []


def test_a_day_like_any_other_raises_no_alarm_about_ourselves(watched: Watched) -> None:
    assert watched.ask("query", query='ALERTS{alertstate="firing"}')["result"] == []
