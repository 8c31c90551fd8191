"""Alerts that only the duty desk may see, on real Kafka: on topics of their own, also when a book changes its mind."""

from __future__ import annotations

import io
import json
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from rules.explanation import Explanation
from rules.loader import BOOK as SHIPPED
from rules.loader import book_of
from streams import topics
from streams.alerttail import tail_alerts
from streams.codec import encode
from streams.errors import ConfigurationError
from streams.explain import Source, explain_alert
from streams.feed import feed_reports, parcels
from streams.language import Voice
from streams.published import KEY, PublishedBook
from streams.publishing import publish
from streams.sources.hotline import HotlineCall
from streams.sources.mapping_row import Row, RowOk
from tests.builders import a_taxonomy
from tests.integration.harness import City, a_city, current, read_all, settle, standing, wait_ready
from tests.integration.test_reload import check_versions, wait_for_book

BEGINS = datetime(2026, 3, 11, 6, tzinfo=UTC)
ORDINARY, DESK = topics.CURRENT, topics.RESTRICTED_CURRENT


def a_call(id_: str, kind: str, minutes: int) -> Row:
    at = BEGINS + timedelta(minutes=minutes)
    where = {"district": "440507", "spot": f"{kind}里小区"}
    call = HotlineCall(id=id_, occurred_at=at, kind=kind, text="来电", caller=f"13800138{int(id_):03}", **where)
    return RowOk(call, at.timestamp(), 0)


def a_book(*, restricted: bool) -> PublishedBook:
    """Publish the shipped book, its rule about gas for the duty desk only or as it was."""
    files = {file.name: file.read_text(encoding="utf-8") for file in sorted(SHIPPED.glob("*.yaml"))}
    if restricted:
        assert "number: 7\n" in files["07-gas-leak.yaml"]
        files["07-gas-leak.yaml"] = files["07-gas-leak.yaml"].replace("number: 7\n", "number: 7\nrestricted: true\n")
    book = book_of(files, kinds=frozenset(a_taxonomy().kinds), examples=False)
    return PublishedBook(files=files, digest=book.digest, published_at=datetime.now(UTC), by="a test")


def both(city: City) -> tuple[list[str], ...]:
    """The rules of what stands on the ordinary side and on that of the duty desk."""
    return tuple(sorted(alert.rule.id for alert in standing(city, topic).values()) for topic in (ORDINARY, DESK))


def wait_until(true: Callable[[], bool], city: City) -> None:
    deadline = time.monotonic() + 30
    while not true():
        assert time.monotonic() < deadline, city.logs()
        time.sleep(0.2)


def tailed(city: City, *, restricted: bool, current: bool) -> list[str]:
    out, voice = io.StringIO(), Voice("zh")
    how = {"as_json": True, "from_beginning": True, "follow": False, "voice": voice}
    tail_alerts(city.settings, out, current=current, restricted=restricted, **how)  # type: ignore[arg-type]
    return sorted({json.loads(line)["rule"]["id"] for line in out.getvalue().splitlines()})


def check_explained(city: City, threat: str) -> None:
    """See that an alert of the duty desk's is explained only where it is asked for."""
    with pytest.raises(ConfigurationError, match="with --restricted also those for the duty desk only are looked at"):
        explain_alert(threat, Source([], city.settings))
    said = explain_alert(threat, Source([], city.settings, restricted=True)).said
    assert isinstance(said, Explanation)
    assert (said.alert.id, said.alert.restricted) == (threat, True)


def test_restricted_alerts_never_touch_the_ordinary_topics_and_follow_the_book_from_side_to_side(
    kafka: str, topic_prefix: str, tmp_path: Path
) -> None:
    with a_city(kafka, topic_prefix, tmp_path, partitions=2, idle_s=2.0) as city:
        lateness = timedelta(seconds=city.settings.lateness_s)
        first = [a_call("1", "threat", 0), a_call("2", "gas_leak", 1), a_call("3", "noise", 20)]
        wait_ready(city.start_worker(), city)
        assert feed_reports(parcels(first), city.settings).rows == len(first)
        settle(city, (BEGINS + timedelta(minutes=20) - lateness).timestamp())
        assert both(city) == (["gas-leak"], ["threat"])
        (threat,) = standing(city, DESK)
        for name in (topics.ALERTS, ORDINARY):
            assert threat not in {record.key.decode() for record in read_all(city, name)}  # type: ignore[attr-defined]
        for current_ in (False, True):
            assert tailed(city, restricted=False, current=current_) == ["gas-leak"]
            assert tailed(city, restricted=True, current=current_) == ["gas-leak", "threat"]

        closed = a_book(restricted=True)
        publish(city.settings, topics.RULES, KEY, encode(closed))
        wait_for_book(city, closed.digest)
        wait_until(lambda: both(city) == ([], ["gas-leak", "threat"]), city)
        assert tailed(city, restricted=False, current=True) == []

        city.workers[0].kill()
        city.workers[0].wait()
        wait_ready(city.start_worker(), city)
        more = [a_call("4", "gas_leak", 22), a_call("5", "noise", 40)]
        feed_reports(parcels(more), city.settings)
        settle(city, (BEGINS + timedelta(minutes=40) - lateness).timestamp())
        gas = next(alert for alert in current(city).values() if alert.rule.id == "gas-leak")
        assert (gas.restricted, gas.events) == (True, 2)

        opened = a_book(restricted=False)
        publish(city.settings, topics.RULES, KEY, encode(opened))
        wait_for_book(city, opened.digest)
        wait_until(lambda: both(city) == (["gas-leak"], ["threat"]), city)
        check_versions(city)
        check_explained(city, threat)
