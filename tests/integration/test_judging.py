"""A false alarm called on real Kafka: the alert says so, and the next surge at its place has to be rarer."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from rules.alert import Alert
from streams.assembly import assemble
from streams.commanding import give
from streams.errors import ConfigurationError
from streams.feed import feed_reports, parcels
from streams.recorded import replay_topic
from streams.replay import Replay
from streams.sources.hotline import HotlineCall
from streams.sources.mapping_row import RowOk
from tests.integration.harness import KEY, ROOT, City, a_city, alerts, current, metrics, versions, wait_ready

HOUR, DAY = 3_600.0, 86_400.0
KINDS = ("noise", "parking", "garbage", "dust")
JUDGED, SPARED = "440507-01", "440511-01"
RULE = """
id: surge
number: 5
name: {{zh: 突增, en: Surge}}
signal: surge
tail: {{blue: {blue}, min_observed: 5, min_ratio: 2.0}}
quiet: 1h
"""
_CLI = "import sys; from streams.cli import main; sys.argv = ['fenghuo', *sys.argv[1:]]; main()"


def a_book(folder: Path, blue: float) -> str:
    folder.mkdir()
    (folder / "surge.yaml").write_text(RULE.format(blue=f"{blue:.6g}"), encoding="utf-8")
    return str(folder)


def calls(name: str, t: float, count: int, kinds: tuple[str, ...], places: tuple[str, ...]) -> Iterator[RowOk]:
    for n in range(count):
        for kind in kinds:
            for place in places:
                id_ = f"{name}-{n}-{kind}-{place}"
                at = datetime.fromtimestamp(t + n, UTC)
                yield RowOk(
                    HotlineCall(id=id_, occurred_at=at, kind=kind, district=place[:6], street=place, caller=id_),
                    at.timestamp(),
                    0,
                )


def before(now: float) -> list[RowOk]:
    """Ten days with two calls an hour of each kind in each street, and a surge of all of them four hours ago."""
    start = now // HOUR * HOUR - 10 * DAY
    quiet = [start + n * HOUR / 2 + 60 for n in range(480) if start + n * HOUR / 2 + 60 < now - HOUR]
    rows = [row for t in quiet for row in calls(f"q{t:.0f}", t, 1, KINDS, (JUDGED, SPARED))]
    rows += calls("first", now // HOUR * HOUR - 4 * HOUR + 120, 15, KINDS, (JUDGED, SPARED))
    return sorted(rows, key=lambda row: row.t)


def chance_of_the_second(rows: list[RowOk], folder: Path) -> float:
    """How likely the detector takes the second surge to be, without Kafka."""
    book = a_book(folder, 1e-3)
    parts = assemble(areas="shantou", book=book, hazards="", reporter_key=KEY.encode())
    outcomes = Replay(parts, lateness_s=600.0, now=rows[-1].t).run(rows)
    said = [s for one in outcomes for s in one.signals if s.place.street == SPARED and s.kind == KINDS[0]]
    return [s for s in said if s.ends_at.timestamp() > rows[-1].t][-1].p_value


def send(city: City, rows: list[RowOk]) -> None:
    assert feed_reports(parcels(rows), city.settings).rows == len(rows)


def wait_until(city: City, what: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 60
    while not what():
        assert time.monotonic() < deadline, f"{sorted(metrics(city).items())}\n{city.logs()}"
        time.sleep(0.3)


def surges(city: City, place: str, since: float) -> list[Alert]:
    found = current(city).values()
    return [one for one in found if one.place.street == place and one.first_at.timestamp() >= since]


def accepted(city: City) -> float:
    return metrics(city).get('fenghuo_events_total{verdict="ACCEPTED"}', 0.0)


def fenghuo(city: City, *args: str) -> subprocess.CompletedProcess[str]:
    """What the command line says."""
    settings = city.settings
    where = ["--bootstrap", settings.bootstrap, "--prefix", settings.prefix]
    env = {**os.environ, "FENGHUO_PARTITIONS": str(settings.partitions), "FENGHUO_BOOK": settings.book}
    command = [sys.executable, "-c", _CLI, *args, *where]
    return subprocess.run(command, cwd=ROOT, env=env, capture_output=True, text=True, check=False)


def held(city: City, verdict: str, name: str = "held") -> float:
    return metrics(city).get(f'fenghuo_verdicts_{name}{{detector="surge",rule="surge",verdict="{verdict}"}}', 0.0)


def test_after_false_alarms_the_next_surge_there_has_to_be_rarer(kafka: str, topic_prefix: str, tmp_path: Path) -> None:
    now = time.time()
    soon = now + 240.0  # its hour ends after everything that is said below
    rows, second = before(now), list(calls("second", soon, 12, KINDS[:1], (JUDGED, SPARED)))
    limit = 1.6 * chance_of_the_second([*rows, *second], tmp_path / "open")
    book = a_book(tmp_path / "book", limit)
    with a_city(kafka, topic_prefix, tmp_path / "logs", partitions=2, idle_s=2.0, book=book) as city:
        for worker in [city.start_worker() for _ in range(2)]:
            wait_ready(worker, city)
        send(city, rows)
        wait_until(city, lambda: len(current(city)) == 2 * len(KINDS) and accepted(city) == len(rows))
        wrong = [id_ for id_, alert in current(city).items() if alert.place.street == JUDGED]
        said = fenghuo(city, "alerts", "false", wrong[0][:8], "--by", "金霞值班室")
        assert (said.returncode, said.stderr) == (0, "")
        assert "判为误报" in said.stdout
        for id_ in wrong[1:]:
            done = give(city.settings, id_, "false", by="金霞值班室", why="施工放炮")
            assert (done.confirmed, done.alert.revision.change) == (True, "false_alarm")
        assert give(city.settings, wrong[0], "false", by="another").alert.revision.handling is not None
        with pytest.raises(ConfigurationError, match="no alert has this id"):
            give(city.settings, "nothing", "true", by="another")
        wait_until(city, lambda: held(city, "false") == held(city, "false", "total") == len(KINDS))

        send(city, second)
        wait_until(
            city, lambda: len(surges(city, SPARED, now - HOUR)) == 1 and accepted(city) == len(rows) + len(second)
        )
        assert surges(city, JUDGED, now - HOUR) == []
        third = list(calls("third", soon + 30, 8, KINDS[:1], (JUDGED,)))
        send(city, third)
        wait_until(city, lambda: len(surges(city, JUDGED, now - HOUR)) == 1)
        (alert,) = surges(city, JUDGED, now - HOUR)
        assert "此处近期误报1次、属实0次：要求的罕见程度提高到" in alert.steps[-1].because.zh

        again = give(city.settings, wrong[0], "true", by="另一人")
        assert (again.confirmed, again.alert.revision.change) == (True, "verified")
        wait_until(city, lambda: (held(city, "true"), held(city, "false")) == (1.0, 3.0))
        found = [json.loads(line) for line in fenghuo(city, "alerts", "precision", "--json").stdout.splitlines()]
        assert [(one["detector"], one["rule"], one["true"], one["false"]) for one in found] == [
            ("surge", "", 1, 3),
            ("surge", "surge", 1, 3),
        ]
        lines = [json.loads(line) for line in fenghuo(city, "alerts", "verdicts", "--days", "1").stdout.splitlines()]
        assert {line["alert"]: line["verdict"] for line in lines} == dict.fromkeys(wrong, "false") | {wrong[0]: "true"}
        issued = versions(alerts(city))  # a replay a moment later may say more
        replayed = [alert for one in replay_topic(city.settings, city.parts()) for alert in one.alerts]
        assert issued.items() <= versions(replayed).items()
