"""A book that changes under load, on real Kafka: no event lost, no alert doubled, a broken book refused."""

from __future__ import annotations

import json
import shutil
import time
import urllib.error
import urllib.request
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path

import pytest
from rich.console import Console

from rules.loader import BOOK as SHIPPED
from rules.loader import book_of
from streams import topics
from streams.bookshop import publish_book
from streams.codec import decode_dead_letter, encode
from streams.errors import ConfigurationError
from streams.published import KEY, PublishedBook
from streams.publishing import publish
from streams.recorded import replay_topic
from tests.builders import a_taxonomy
from tests.integration.harness import City, a_city, alerts, metrics, read_all, settle, versions, wait_ready
from tests.integration.test_parity import check_contiguous, feed, simulated_day

CHANGES = {
    "01-same-spot.yaml": ("at_least: 3, within: 7d", "at_least: 2, within: 7d"),
    "07-gas-leak.yaml": ("quiet: 2h", "quiet: 6h"),
    "05-hotline-surge.yaml": ("quiet: 24h", "quiet: 12h"),
}


def another_book() -> PublishedBook:
    """Publish the shipped book with two thresholds and a surge rule changed and a rule less."""
    files = {file.name: file.read_text(encoding="utf-8") for file in sorted(SHIPPED.glob("*.yaml"))}
    for name, (old, new) in CHANGES.items():
        assert old in files[name]
        files[name] = files[name].replace(old, new, 1)
    del files["10-hazmat.yaml"]
    book = book_of(files, kinds=frozenset(a_taxonomy().kinds), examples=False)
    return PublishedBook(files=files, digest=book.digest, published_at=datetime.now(UTC), by="a test")


def books(city: City) -> dict[str, float]:
    """How many partitions go by which book."""
    found = {name: n for name, n in metrics(city).items() if name.startswith("fenghuo_book_info")}
    return {name.partition('"')[2].partition('"')[0]: n for name, n in found.items() if n}


def wait_for_book(city: City, digest: str) -> None:
    deadline = time.monotonic() + 30
    while books(city) != {digest: len(topics.everywhere(city.settings)) + 1}:  # and the alerts
        assert time.monotonic() < deadline, f"{books(city)}\n{city.logs()}"
        time.sleep(0.2)


def health(city: City) -> set[str]:
    """The books that workers go by, each asked until it is ready: one that joins makes the others wait for a moment."""
    found: set[str] = set()
    for worker in [worker for worker in city.workers if worker.poll() is None]:
        deadline = time.monotonic() + 60
        while True:
            try:
                with urllib.request.urlopen(f"http://127.0.0.1:{worker.port}/health", timeout=5) as page:  # type: ignore[attr-defined]
                    found |= set(json.load(page)["books"])
                break
            except urllib.error.HTTPError as answer:
                answer.close()  # it holds the connection
                assert time.monotonic() < deadline, city.logs()
                time.sleep(0.2)
    return found


def check_versions(city: City) -> None:
    """Count every alert's versions up from one, and hold them against a replay of the recorded topic."""
    live = versions(alerts(city))
    again = versions([a for said in replay_topic(city.settings, city.parts(), published=True) for a in said.alerts])
    assert live == again, "a replay of the recorded topic issues other versions than live did"
    numbers = Counter(id_ for id_, _ in live)
    assert all((id_, n) in live for id_, count in numbers.items() for n in range(1, count + 1))


def test_a_book_that_changes_under_load_loses_no_event_and_doubles_no_alert(
    kafka: str, topic_prefix: str, tmp_path: Path
) -> None:
    with a_city(kafka, topic_prefix, tmp_path / "logs", partitions=2, idle_s=3.0) as city:
        parts, settings = city.parts(), city.settings
        rows, other = simulated_day(parts, daily_events=1_500), another_book()
        newest = max(row.t for row in rows)
        for worker in [city.start_worker() for _ in range(2)]:
            wait_ready(worker, city)
        assert health(city) == {parts.book.digest}
        third = len(rows) // 3
        feed(city, rows[:third])
        publish(settings, topics.RULES, KEY, encode(other))
        feed(city, rows[third : 2 * third])
        wait_for_book(city, other.digest)
        assert health(city) == {other.digest}
        broken = PublishedBook(files={"a.yaml": "id: a\n"}, digest="0" * 12, published_at=datetime.now(UTC))
        publish(settings, topics.RULES, KEY, encode(broken))
        city.workers[1].kill()
        city.workers[1].wait()
        wait_ready(city.start_worker(), city)
        feed(city, rows[2 * third :])
        settle(city, newest - settings.lateness_s)
        wait_for_book(city, other.digest)
        dead = [decode_dead_letter(r.value) for r in read_all(city, topics.DEAD)]  # type: ignore[attr-defined]
        (refused,) = {(letter.topic, letter.reason, letter.path) for letter in dead if letter.topic == "rules"}
        assert refused == ("rules", "BOOK", "$.id")
        check_contiguous(city, len(rows))
        check_versions(city)
        stamped = {alert.rule.book for alert in alerts(city)}
        assert stamped == {parts.book.digest, other.digest}
        ended = {alert.revision.change for alert in alerts(city) if alert.rule.id == "hazmat"}
        assert "withdrawn" in ended or "new" not in ended


def test_a_broken_folder_is_refused_with_every_fault_and_a_good_one_says_what_it_changes(
    kafka: str, topic_prefix: str, tmp_path: Path
) -> None:
    folder, said = tmp_path / "book", tmp_path / "said"
    shutil.copytree(SHIPPED, folder)
    with a_city(kafka, topic_prefix, tmp_path / "logs", partitions=2) as city, said.open("w") as file:
        console = Console(file=file, width=200)
        (folder / "90-broken.yaml").write_text("id: broken\nnumbr: 90\n", encoding="utf-8")
        with pytest.raises(ConfigurationError) as refused:
            publish_book(city.settings, folder, console)
        assert len(refused.value.faults) > 1
        assert read_all(city, topics.RULES) == []
        (folder / "90-broken.yaml").unlink()
        publish_book(city.settings, folder, console)
        odour = folder / "22-odour.yaml"
        odour.write_text(odour.read_text(encoding="utf-8").replace("quiet: 12h", "quiet: 13h"), encoding="utf-8")
        publish_book(city.settings, folder, console)
        publish_book(city.settings, folder, console)
        assert len(read_all(city, topics.RULES)) == 2
    told = said.read_text()
    assert "begin anew: odour\n" in told
    assert "nothing was sent" in told
