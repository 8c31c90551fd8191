"""`fenghuo explain` and `fenghuo why-not` on the live topics, as a worker writes them."""

from __future__ import annotations

import asyncio
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from detectors.event import Event
from rules.alert import Alert
from rules.explanation import Explanation, Reason, WhyNot
from rules.loader import BOOK as SHIPPED
from rules.loader import book_of
from streams import topics
from streams.assembly import assemble
from streams.codec import WATERMARK, encode, origin
from streams.errors import ConfigurationError
from streams.explain import Source, explain_alert, why_no_alert
from streams.explain_book import warnings
from streams.explain_material import Desk, replay_noted
from streams.explain_topics import partition_of
from streams.feed import read_inputs
from streams.producing import Outbox, new_producer
from streams.published import KEY, PublishedBook
from streams.publishing import publish
from streams.recorded import channels
from streams.settings import Settings
from streams.watermarks import WatermarkRecord
from tests.builders import a_taxonomy
from tests.integration.harness import create_lasting_topics
from tests.streams.test_cli import fenghuo

BEGAN = datetime(2026, 1, 15, 6, tzinfo=UTC)
LATENESS_S = 600.0


def calls(folder: Path) -> Path:
    """Two gas calls from one estate, garbage from four people of another, and somebody ten days before."""
    file = folder / "calls.jsonl"
    told = [("garbage", "无名花园", -14_400)]
    told += [("gas_leak", "幸福里小区", 0), ("gas_leak", "幸福里小区", 5)]
    told += [("garbage", "无名花园", n) for n in range(10, 50, 10)]
    told += [("noise", "无名花园", 240)]
    lines = [
        {
            "source": "hotline",
            "id": str(n),
            "occurred_at": (BEGAN + timedelta(minutes=minutes)).isoformat(),
            "kind": kind,
            "caller": f"1380013800{n}",
            "district": "440507",
            "spot": spot,
        }
        for n, (kind, spot, minutes) in enumerate(told)
    ]
    file.write_text("".join(json.dumps(line) + "\n" for line in lines), encoding="utf-8")
    return file


@pytest.fixture
def city(kafka: str, topic_prefix: str, tmp_path: Path) -> tuple[Settings, Desk]:
    """A cluster on which the calls were heard, and what a replay of them says."""
    settings = Settings(
        bootstrap=kafka, prefix=topic_prefix, partitions=2, reporter_key="k" * 16, lateness_s=LATENESS_S
    )
    create_lasting_topics(settings)
    parts = assemble(areas="shantou", book="", hazards="", reporter_key=b"k" * 16)
    desk = replay_noted(parts, read_inputs(["fenghuo", str(calls(tmp_path))]), LATENESS_S)
    asyncio.run(_write(settings, desk.notes.accepted, list(desk.notes.alerts.values())))
    return settings, desk


async def _write(settings: Settings, events: list[Event], alerts: list[Alert]) -> None:
    producer = new_producer(settings.client())
    await producer.start()
    outbox = Outbox(producer, settings.partitions)
    topic = settings.topic(topics.EVENTS)
    for offset, event in enumerate(events):
        district, t = event.place.district, event.occurred_at.timestamp()
        assert outbox.partition_of(district.encode()) == partition_of(district, settings.partitions)
        came = int(1000 * (t + 1))
        where = origin("hotline.calls/0", offset)
        outbox.add(topic, district.encode(), encode(event), timestamp_ms=came, headers=where)
    newest = max(event.occurred_at for event in events).timestamp()
    for channel in channels(settings):
        value = encode(WatermarkRecord(watermark=newest - LATENESS_S))
        where = origin(channel, len(events), WATERMARK)
        for partition in range(settings.partitions):
            at = int(1000 * newest)
            outbox.add(topic, None, value, partition=partition, timestamp_ms=at, headers=where)
    for alert in alerts:
        outbox.add(settings.topic(topics.ALERTS), alert.id.encode(), encode(alert))
        outbox.add(settings.topic(topics.CURRENT), alert.id.encode(), encode(alert))
    await outbox.send()
    await producer.stop()


def test_alerts_and_silences_are_explained_from_the_topics(city: tuple[Settings, Desk]) -> None:
    settings, desk = city
    alert = next(one for one in desk.notes.alerts.values() if one.rule.id == "gas-leak")
    said = explain_alert(alert.id[:8], Source([], settings)).said
    assert isinstance(said, Explanation)
    assert (said.alert.id, said.differs) == (alert.id, ())
    assert [event.id for event in said.events] == ["hotline:1", "hotline:2"]

    asked = ("many-voices", "无名花园", "2026-01-15T15:00", "garbage")
    why = why_no_alert(*asked, Source([], settings)).said
    assert isinstance(why, WhyNot)
    assert why.reason is Reason.NOT_MET
    (part,) = why.groups[0].conditions[0].parts
    assert (part.value, part.threshold, part.missing) == (4, 5, 1)

    surge = why_no_alert("hotline-surge", "龙湖区", "2026-01-15T15:00", "", Source([], settings)).said
    assert isinstance(surge, WhyNot)
    assert surge.reason in {Reason.NO_EVENTS, Reason.BEFORE_WARM_UP}

    with pytest.raises(ConfigurationError, match="no alert has this id; of the"):
        explain_alert("zzzz", Source([], settings))


def a_book_of_four_voices() -> PublishedBook:
    """Ask for four people in the shipped book where it asks for five."""
    files = {file.name: file.read_text(encoding="utf-8") for file in sorted(SHIPPED.glob("*.yaml"))}
    changed = files["02-many-voices.yaml"].replace("at_least: 5", "at_least: 4", 1)
    assert changed != files["02-many-voices.yaml"]
    files["02-many-voices.yaml"] = changed
    book = book_of(files, kinds=frozenset(a_taxonomy().kinds), examples=False)
    return PublishedBook(files=files, digest=book.digest, published_at=datetime.now(UTC), by="a test")


def test_of_live_topics_the_book_published_last_is_used_and_named_and_another_ones_alert_is_warned_of(
    city: tuple[Settings, Desk],
) -> None:
    settings, desk = city
    alert = next(one for one in desk.notes.alerts.values() if one.rule.id == "gas-leak")
    before = explain_alert(alert.id, Source([], settings))
    assert (before.book.digest, before.book.origin.en) == (alert.rule.book, "shipped")
    assert warnings(before.said, before.book) == []

    changed = a_book_of_four_voices()
    assert changed.digest != alert.rule.book
    publish(settings, topics.RULES, KEY, encode(changed))
    publish(settings, topics.RULES, KEY, b"{}")  # workers refuse it as well

    after = explain_alert(alert.id, Source([], settings))
    assert (after.book.digest, after.book.by) == (changed.digest, "a test")
    (told,) = warnings(after.said, after.book)
    assert told.en.startswith(
        f"the alert was issued by book {alert.rule.book}, and is explained by book {changed.digest}"
    )

    asked = ("many-voices", "无名花园", "2026-01-15T15:00", "garbage")
    why = why_no_alert(*asked, Source([], settings))
    assert isinstance(why.said, WhyNot)
    assert why.said.reason is Reason.ALREADY_OPEN
    (told,) = warnings(why.said, why.book)
    assert "was published after the time asked about" in told.en

    own = why_no_alert(*asked, Source([], settings, own_book=True))
    assert isinstance(own.said, WhyNot)
    assert own.said.reason is Reason.NOT_MET
    assert warnings(own.said, own.book) == []


def told_by(*arguments: str, **environ: str) -> dict[str, Any]:
    """What the command line says as JSON."""
    done = fenghuo(*arguments, **environ)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)  # type: ignore[no-any-return]


def test_the_commands_tell_of_the_book_and_go_by_a_folder_that_is_asked_for(city: tuple[Settings, Desk]) -> None:
    settings, desk = city
    changed = a_book_of_four_voices()
    publish(settings, topics.RULES, KEY, encode(changed))
    alert = next(one for one in desk.notes.alerts.values() if one.rule.id == "gas-leak")
    where = {
        "FENGHUO_PREFIX": settings.prefix,
        "FENGHUO_PARTITIONS": "2",
        "KAFKA_BOOTSTRAP_SERVERS": settings.bootstrap,
    }

    shown = fenghuo("explain", alert.id, "--lang", "en", **where)
    assert shown.returncode == 0, shown.stderr
    lines = shown.stdout.splitlines()
    assert f"book  {changed.digest} (published {changed.published_at:%Y-%m-%d %H:%M}Z by a test)" in lines
    assert any(line.startswith(f"⚠ the alert was issued by book {alert.rule.book}") for line in lines)

    told = told_by("explain", alert.id, "--json", **where)
    assert (told["book"]["digest"], told["book"]["from"], len(told["warnings"])) == (changed.digest, "published", 1)
    told = told_by("explain", alert.id, "--json", "--book", str(SHIPPED), **where)
    assert told["book"] == {"digest": alert.rule.book, "from": "folder", "folder": str(SHIPPED)}
    assert told["warnings"] == []
