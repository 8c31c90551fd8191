"""What the duty desk says of kinds, on real Kafka: every worker learns it, also one that starts later."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import msgspec
import pytest

from detectors.event import Event
from detectors.taxonomy import load_taxonomy
from streams import topics
from streams.codec import SRC, DeadLetter, read_origin
from streams.correcting import correct, retract, standing_lessons
from streams.errors import ConfigurationError
from streams.feed import feed_reports, parcels
from streams.finding import find_event
from streams.publishing import publish
from streams.sources.hotline import HotlineCall
from streams.sources.mapping_row import RowOk
from tests.integration.harness import ROOT, City, a_city, metrics, read_all, wait_ready
from tests.teaching import shark

TAXONOMY = load_taxonomy()
DISTRICTS = ("440507", "440511", "440512", "440513")
LESSONS = 16
LEARNED = 'fenghuo_kind_answers_total{answer="learned"}'


def feed(city: City, name: str, texts: list[str]) -> None:
    now = datetime.now(UTC)
    calls = [
        HotlineCall(id=f"{name}{n}", occurred_at=now, text=text, district=DISTRICTS[n % 4], caller=f"{name}{n}")
        for n, text in enumerate(texts)
    ]
    assert feed_reports(parcels([RowOk(call, now.timestamp(), 0) for call in calls]), city.settings).rows == len(calls)


def events(city: City, name: str, number: int) -> list[Event]:
    """Wait for the events of a feed, and return them in its order."""
    found: dict[str, Event] = {}

    def all_there() -> bool:
        for record in read_all(city, topics.EVENTS):
            origin = read_origin(record.headers)  # type: ignore[attr-defined]
            if origin is not None and origin[0] == SRC:
                event = msgspec.json.decode(record.value, type=Event)  # type: ignore[attr-defined]
                found[event.id] = event
        return all(f"hotline:{name}{n}" in found for n in range(number))

    wait(city, all_there)
    return [found[f"hotline:{name}{n}"] for n in range(number)]


def wait(city: City, true: Callable[[], bool], timeout_s: float = 40.0) -> None:
    deadline = time.monotonic() + timeout_s
    while not true():
        assert time.monotonic() < deadline, f"{metrics(city)}\n{city.logs()}"
        time.sleep(0.3)


def metric(worker: subprocess.Popen[bytes], name: str) -> float:
    with urllib.request.urlopen(f"http://127.0.0.1:{worker.port}/metrics", timeout=5) as page:  # type: ignore[attr-defined]
        lines = [line.rpartition(" ") for line in page.read().decode().splitlines()]
    return sum(float(value) for key, _, value in lines if key == name)


def fenghuo(city: City, *arguments: str) -> subprocess.CompletedProcess[str]:
    where = ["--bootstrap", city.settings.bootstrap, "--prefix", city.settings.prefix, "--lang", "en"]
    command = [sys.executable, "-c", "from streams.cli import main; main()", "events", *arguments, *where]
    env = os.environ | {"FENGHUO_PARTITIONS": str(city.settings.partitions)}
    return subprocess.run(command, capture_output=True, text=True, cwd=ROOT, env=env, check=False)


def kinds(found: list[Event]) -> list[tuple[str, str]]:
    return [(event.kind, event.kind_by) for event in found]


@pytest.mark.slow
def test_what_is_corrected_is_learned_by_every_worker_and_by_those_that_start_later(
    kafka: str, topic_prefix: str, tmp_path: Path
) -> None:
    dice = random.Random(1)
    with a_city(kafka, topic_prefix, tmp_path, partitions=2, idle_s=2.0) as city:
        workers = [city.start_worker() for _ in range(2)]
        for worker in workers:
            wait_ready(worker, city)
        lamps = [f"永园{n}路路灯不亮，夜间出行不便，居民反映已经多日" for n in range(LESSONS)]
        texts = [text for pair in zip([shark(dice) for _ in range(LESSONS)], lamps, strict=True) for text in pair]
        feed(city, "a", texts)
        before = events(city, "a", 2 * LESSONS)
        assert set(kinds(before[::2])) == {("other", "none")}
        assert set(kinds(before[1::2])) == {("streetlight", "lexicon")}

        for event in before[:6]:
            found = find_event(city.settings, event.id, block=3)
            assert (found.event, len(found.around) <= 2) == (event, True)
        told = fenghuo(city, "correct", before[0].id, "--kind", "animal", "--by", "值班室", "--why", "13800138000")
        assert told.returncode == 0, told.stderr
        assert "Other (not recognised) -> " in told.stdout
        assert "this event and the alerts there are stay as they are" in told.stdout.replace("\n", " ")
        for event in before[2::2]:
            said = correct(city.settings, TAXONOMY, event.id, "animal", by="值班室")
            assert (said.confirmed, len(said.correction.beside)) == (True, 2)
        for worker in workers:
            wait(city, lambda worker=worker: metric(worker, "fenghuo_lessons") == LESSONS)  # type: ignore[misc]
        lessons = standing_lessons(city.settings, TAXONOMY)
        assert [lesson.event for lesson in lessons] == [event.id for event in before[::2]]
        assert lessons[0].why == "[手机号]"

        feed(city, "b", [shark(dice) for _ in range(40)])
        after = events(city, "b", 40)
        assert kinds(after).count(("animal", "learned")) >= 36
        assert all(metric(worker, LEARNED) > 0 for worker in workers)
        assert kinds(events(city, "a", 2 * LESSONS)) == kinds(before)  # what was stays as it was

        said = retract(city.settings, TAXONOMY, before[0].id, by="值班室")
        assert said.confirmed
        for worker in workers:
            wait(city, lambda worker=worker: metric(worker, "fenghuo_lessons") == LESSONS - 1)  # type: ignore[misc]
        for worker in workers:
            worker.send_signal(signal.SIGKILL)
            worker.wait(10)
        late = city.start_worker()
        wait_ready(late, city)
        assert metric(late, "fenghuo_lessons") == LESSONS - 1
        feed(city, "c", [shark(dice) for _ in range(20)])
        assert kinds(events(city, "c", 20)).count(("animal", "learned")) >= 18


def test_what_cannot_be_corrected_is_said_and_what_cannot_be_used_is_a_dead_letter(
    kafka: str, topic_prefix: str, tmp_path: Path
) -> None:
    with a_city(kafka, topic_prefix, tmp_path, partitions=2, idle_s=2.0) as city:
        wait_ready(city.start_worker(), city)
        feed(city, "a", ["海面有鱼鳍露出", ""])
        events(city, "a", 2)
        wrong = fenghuo(city, "correct", "hotline:a0", "--kind", "nosie", "--by", " ")
        assert wrong.returncode == 2
        assert "--by: say who corrects" in wrong.stderr
        assert "the taxonomy has no kind 'nosie': did you mean 'noise'?" in wrong.stderr
        with pytest.raises(ConfigurationError, match="'hotline:none' is none of the events still kept"):
            correct(city.settings, TAXONOMY, "hotline:none", "animal", by="x")
        with pytest.raises(ConfigurationError, match="has no text"):
            correct(city.settings, TAXONOMY, "hotline:a1", "animal", by="x")
        with pytest.raises(ConfigurationError, match="nothing was said of the kind"):
            retract(city.settings, TAXONOMY, "hotline:a0", by="x")
        publish(city.settings, topics.COMMANDS, "hotline:a0", b'{"action": "correct", "event": "hotline:a0"}')
        wait(city, lambda: bool(read_all(city, topics.DEAD)))
        (record,) = read_all(city, topics.DEAD)
        letter = msgspec.json.decode(record.value, type=DeadLetter)  # type: ignore[attr-defined]
        assert (letter.topic, letter.reason, letter.path) == ("commands", "SCHEMA", "$.id")
        assert read_all(city, topics.LESSONS) == []
