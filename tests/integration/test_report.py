"""What a worker issued and people did about it, told by `alerts history`, `audit` and `report` on real Kafka."""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import msgspec

from rules.alert import Alert, Text
from rules.command import Command
from streams import topics
from streams.codec import encode
from streams.commanding import give
from streams.course import Version
from streams.feed import feed_reports, parcels
from streams.intake.places import load_areas
from streams.producing import Outbox, new_producer
from streams.publishing import publish
from streams.report.compose import compose
from streams.report.figures import Report
from streams.report.period import week_of
from streams.report.reading import names_for, read_topics
from streams.settings import Settings
from streams.sources.hotline import HotlineCall
from streams.sources.mapping_row import RowOk
from tests.builders import a_taxonomy, the_book
from tests.duty_weeks import MONDAY, ZONE, shantou, two_weeks
from tests.integration.harness import ROOT, City, a_city, create_lasting_topics, current, wait_ready

_CLI = "import sys; from streams.cli import main; sys.argv = ['fenghuo', *sys.argv[1:]]; main()"


def fenghuo(city: City, *args: str) -> str:
    """What the command line says."""
    settings = city.settings
    where = ["--bootstrap", settings.bootstrap, "--prefix", settings.prefix]
    env = {**os.environ, "FENGHUO_PARTITIONS": str(settings.partitions), "COLUMNS": "200"}
    command = [sys.executable, "-c", _CLI, *args, *where]
    done = subprocess.run(command, cwd=ROOT, env=env, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


def a_gas_leak(city: City) -> Alert:
    """Send one report of gas, and return the alert that comes of it."""
    now = datetime.now(UTC)
    call = HotlineCall(id="1", occurred_at=now, kind="gas_leak", district="440507", spot="幸福里小区", caller="a")
    feed_reports(parcels([RowOk(call, now.timestamp(), 0)]), city.settings)
    deadline = time.monotonic() + 60
    while not (found := list(current(city).values())):
        assert time.monotonic() < deadline, city.logs()
        time.sleep(0.3)
    return found[0]


async def _put(settings: Settings, versions: list[Version]) -> None:
    """Write versions as a worker does: all of them, and what stands."""
    producer = new_producer(settings.client())
    await producer.start()
    outbox = Outbox(producer, settings.partitions)
    for alert, at in sorted(versions, key=lambda version: version.at):
        key, value, t = alert.id.encode(), encode(alert), round(at.timestamp() * 1_000)
        outbox.add(settings.topic(topics.ALERTS), key, value, timestamp_ms=t)
        stands = value if alert.status != "withdrawn" else None
        outbox.add(settings.topic(topics.CURRENT), key, stands, timestamp_ms=t)
    await outbox.send()
    await producer.stop()


def test_the_topics_tell_the_same_as_all_versions_there_ever_were(kafka: str, topic_prefix: str) -> None:
    settings = Settings(bootstrap=kafka, prefix=topic_prefix, partitions=2)
    create_lasting_topics(settings)
    long_ago = two_weeks(2, 30, MONDAY - timedelta(days=7))
    versions = [Version(alert, _to_ms(at)) for alert, at in [*two_weeks(1, 60), *long_ago]]
    asyncio.run(_put(settings, versions))
    week, names = week_of(MONDAY.date(), ZONE), names_for(shantou(), a_taxonomy(), the_book())
    material = read_topics(settings, week, restricted=False)
    as_of, city = week.ends_at + timedelta(hours=8), Text("汕头市", "Shantou")
    everything = msgspec.structs.replace(material, versions=versions)
    report = compose(material, week, as_of, city, names)
    assert report == compose(everything, week, as_of, city, names)
    assert report.now.open_from_before > 0
    assert len(material.versions) < len(versions) + len({alert.id for alert, _ in versions})
    assert report.notes == ()


def _to_ms(at: datetime) -> datetime:
    """Cut an instant to what Kafka keeps of it."""
    return datetime.fromtimestamp(int(at.timestamp() * 1_000) / 1_000, UTC)


def test_records_that_begin_late_are_noted(kafka: str, topic_prefix: str) -> None:
    settings = Settings(bootstrap=kafka, prefix=topic_prefix, partitions=2)
    create_lasting_topics(settings)
    week = week_of(MONDAY.date(), ZONE)
    assert read_topics(settings, week, restricted=False).begins_at is None
    versions = [Version(alert, _to_ms(at)) for alert, at in two_weeks(1, 10)]
    asyncio.run(_put(settings, versions))
    assert read_topics(settings, week, restricted=False).begins_at == min(at for _, at in versions)


def test_a_life_is_told_as_it_was(kafka: str, topic_prefix: str, tmp_path: Path) -> None:
    with a_city(kafka, topic_prefix, tmp_path / "logs", partitions=2, idle_s=1.0) as city:
        wait_ready(city.start_worker(), city)
        alert = a_gas_leak(city)
        assert give(city.settings, alert.id, "sign", by="li", why="已派员").confirmed
        refused = Command(id="c2", action="sign", alert=alert.id, by="wang", at=datetime.now(UTC))
        publish(city.settings, topics.COMMANDS, alert.id, encode(refused))
        assert give(city.settings, alert.id, "false", by="zhao").confirmed

        told = json.loads(fenghuo(city, "alerts", "history", alert.id[:6], "--json"))
        changes = [one["alert"]["revision"]["change"] for one in told["versions"]]
        assert changes == ["new", "signed", "false_alarm"]
        assert [(one["by"], one["answer"], one.get("reason", "")) for one in told["commands"]] == [
            ("li", "obeyed", ""),
            ("wang", "refused", "SIGNED"),
            ("zhao", "obeyed", ""),
        ]
        assert (told["decisions"][0]["rule"]["id"], told["decisions"][0]["same_book"]) == ("gas-leak", True)
        assert "未受理（li " in fenghuo(city, "alerts", "history", alert.id)

        trail = [json.loads(line) for line in fenghuo(city, "audit", "--json", "--subject", alert.id).splitlines()]
        assert [(one["by"], one["outcome"]) for one in trail] == [
            ("li", "obeyed"),
            ("wang", "refused: SIGNED"),
            ("zhao", "obeyed"),
        ]

        today = alert.raised_at.astimezone(load_areas("shantou").zone).date().isoformat()
        page, figures = tmp_path / "r.html", tmp_path / "r.json"
        assert today in fenghuo(city, "report", "--day", today, "--out", str(page), "--json", str(figures))
        now = msgspec.json.decode(figures.read_bytes(), type=Report).now
        assert (now.total, now.grades["orange"], now.false_alarms) == (1, 1, 1)
        assert (now.signing_by_grade[-1].in_time, now.precision[-1].false) == (1, 1)
        assert alert.id in page.read_text(encoding="utf-8")
