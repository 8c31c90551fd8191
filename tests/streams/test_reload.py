"""A book that changes while it runs: what is unchanged keeps its state, what changed says what a replay would say."""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from functools import cache
from types import SimpleNamespace
from typing import Any

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from detectors.event import Event
from rules.alert import Alert
from rules.book import Book
from rules.duty import Duty
from rules.fusion import Fusion
from rules.loader import BOOK as SHIPPED
from rules.loader import book_of
from rules.succession import succession
from streams.alerts import AlertsPartition
from streams.codec import BOOK, WATERMARK, encode, origin
from streams.errors import BadInput
from streams.partition import Emission, EventsPartition
from streams.pipeline import Pipeline
from streams.published import Library, PublishedBook
from streams.watermarks import WatermarkRecord
from tests.builders import T0, a_pipeline, a_place, a_taxonomy, an_area_tree, an_event

Texts = dict[str, str]
Change = Callable[[Texts], Texts]
CHANNEL = "hotline.calls/0"
FILES = (
    "01-same-spot",
    "02-many-voices",
    "05-hotline-surge",
    "07-gas-leak",
    "10-hazmat",
    "15-waterlogging",
    "24-corroboration",
)
HOUR = 3600.0


@cache
def base() -> tuple[tuple[str, str], ...]:
    texts = {f"{name}.yaml": (SHIPPED / f"{name}.yaml").read_text(encoding="utf-8") for name in FILES}
    # The shipped modifier names rules that are left out here.
    return tuple(
        (name, re.sub(r"^modifies:\n(  - .*\n)+", "modifies: [all]\n", text, flags=re.MULTILINE))
        for name, text in texts.items()
    )


def edited(file: str, old: str, new: str) -> Change:
    def change(texts: Texts) -> Texts:
        assert old in texts[file]
        return texts | {file: texts[file].replace(old, new, 1)}

    return change


def without(file: str) -> Change:
    return lambda texts: {name: text for name, text in texts.items() if name != file}


LOWER = edited("15-waterlogging.yaml", "at_least: 3, within: 1h", "at_least: 2, within: 1h")
HIGHER = edited("15-waterlogging.yaml", "at_least: 3, within: 1h", "at_least: 4, within: 2h")
TWO = edited("01-same-spot.yaml", "at_least: 3, within: 7d", "at_least: 2, within: 7d")
NO_GAS = without("07-gas-leak.yaml")
SHADOW = edited("10-hazmat.yaml", "number: 10\n", "number: 10\nstatus: shadow\n")
LONGER = edited("07-gas-leak.yaml", "quiet: 2h", "quiet: 6h")
BOOKS: dict[str, tuple[Change, ...]] = {
    "base": (),
    "lower": (LOWER, TWO),
    "higher": (HIGHER, LONGER),
    "no gas": (NO_GAS, LOWER),
    "shadow": (SHADOW,),
    "no corroboration": (without("24-corroboration.yaml"),),
}


@cache
def texts_of(name: str) -> tuple[tuple[str, str], ...]:
    texts = dict(base())
    for change in BOOKS[name]:
        texts = change(texts)
    return tuple(sorted(texts.items()))


@cache
def the_book(name: str) -> Book:
    return book_of(dict(texts_of(name)), kinds=frozenset(a_taxonomy().kinds), examples=False)


@cache
def published(name: str) -> PublishedBook:
    at = datetime.fromtimestamp(T0, UTC)
    return PublishedBook(files=dict(texts_of(name)), digest=the_book(name).digest, published_at=at, by="a test")


@cache
def library() -> Library:
    return Library(a_taxonomy())


class Log:
    """One partition of ``events`` as it is written."""

    def __init__(self) -> None:
        self.records: list[Any] = []
        self._books = 0

    def _add(self, value: object, headers: list[tuple[str, bytes]]) -> None:
        offset = len(self.records)
        self.records.append(SimpleNamespace(offset=offset, timestamp=0, headers=headers, value=encode(value)))

    def event(self, event: Event) -> None:
        self._add(event, origin(CHANNEL, len(self.records)))

    def watermark(self, t: float) -> None:
        self._add(WatermarkRecord(watermark=t), origin(CHANNEL, len(self.records), WATERMARK))

    def book(self, name: str, offset: int | None = None) -> None:
        self._books = self._books + 1 if offset is None else self._books
        self._add(published(name), origin("rules/1", self._books if offset is None else offset, BOOK))


def a_partition(name: str = "base") -> EventsPartition:
    return EventsPartition(a_pipeline(book=the_book(name)), [CHANNEL], library())


def drive(partition: EventsPartition, log: Iterable[Any], history: Iterable[Any]) -> list[Emission]:
    """Take records in as the shells do: feed every switch from what the log holds."""
    records, said = list(log), list[Emission]()
    while (switch := partition.take(records, said.append)) is not None:
        switch.feed(history)
        partition.switch(switch, said.append)
    return said


def alerts_of(said: list[Emission]) -> list[Alert]:
    return [alert for one in said for alert in one.findings]


def latest(alerts: Iterable[Alert]) -> dict[str, Alert]:
    return {alert.id: alert for alert in alerts}


def form(alert: Alert) -> bytes:
    """Everything but how it grew, the book it was stamped with, and what was normal before the window."""
    kept = {k: v for k, v in msgspec.structs.asdict(alert).items() if k not in {"revision", "expected", "why"}}
    return msgspec.json.encode(kept | {"rule": alert.rule.id})


def store(into: dict[str, bytes], partition: EventsPartition | Pipeline) -> dict[str, bytes]:
    for key, data in partition.dirty().items():
        if data is None:
            into.pop(key, None)
        else:
            into[key] = data
    return into


def reopened(partition: EventsPartition, stored: dict[str, bytes]) -> EventsPartition:
    store(stored, partition)
    again = a_partition()
    again.restore(stored)
    return again


def flood(id: str, t: float, who: str = "", **over: Any) -> Event:  # noqa: A002
    return an_event(id, t, "waterlogging", reporter=who or id, **over)


@st.composite
def happenings(draw: st.DrawFn, days: float = 2.0) -> list[Event]:
    events = []
    for i in range(draw(st.integers(2, 30))):
        t = draw(st.one_of(st.integers(0, 6 * 3600), st.integers(0, int(days * 86400))))
        kind = draw(st.sampled_from(["gas_leak", "waterlogging", "waterlogging", "garbage", "hazmat"]))
        place = a_place(draw(st.sampled_from(["s1", "s2"])))
        who = draw(st.sampled_from(["", "a", "b", "c", "d"]))
        depth = draw(st.sampled_from([0.0, 0.0, 30.0])) if kind == "waterlogging" else 0.0
        source = draw(st.sampled_from(["hotline", "hotline", "grid"]))
        events.append(an_event(f"{i:02}", t, kind, source, place=place, reporter=who, depth_cm=depth))
    return events


def written(events: list[Event], books: list[tuple[int, str]], every: int) -> Log:
    """A log of events in the order given, a watermark after every few, books before the events with these numbers."""
    log, times = Log(), [event.occurred_at.timestamp() for event in events]
    for n, event in enumerate(events):
        for at, name in books:
            if at == n:
                log.book(name)
        log.event(event)
        if n % every == every - 1 and n + 1 < len(events):
            log.watermark(min(times[n + 1 :]))
    log.watermark(max(times))
    for at, name in books:
        if at >= len(events):
            log.book(name)
    log.watermark(max(times) + 60)
    return log


def reference(name: str, log: Log, place: int) -> tuple[set[str], dict[str, bytes]]:
    """A replay with one book from the beginning of the log: what it closed before `place`, and what it says in all."""
    pipeline = a_pipeline(book=the_book(name))
    partition = EventsPartition(pipeline, [CHANNEL])
    before = alerts_of(drive(partition, log.records[:place], ()))
    before += pipeline.advance(pipeline.watermark).alerts
    closed = {id_ for id_, alert in latest(before).items() if alert.status == "closed"}
    after = alerts_of(drive(partition, log.records[place:], ()))
    return closed, {id_: form(a) for id_, a in latest(before + after).items() if a.status != "withdrawn"}


quick = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
names = st.sampled_from(sorted(BOOKS))


@quick
@given(happenings(), st.randoms(use_true_random=False), st.integers(0, 30), names, st.integers(1, 5))
def test_after_a_switch_the_changed_rules_say_what_a_replay_with_the_new_book_says(
    events: list[Event], rng: random.Random, at: int, name: str, every: int
) -> None:
    rng.shuffle(events)
    log = written(events, [(at, name)], every)
    place = next(n for n, one in enumerate(log.records) if one.headers[0][0] == BOOK)
    changed = succession(the_book("base"), the_book(name)).changed
    partition = a_partition()
    before = alerts_of(drive(partition, log.records[:place], ()))
    after = alerts_of(drive(partition, log.records[place:], log.records))
    over = {id_ for id_, alert in latest(before).items() if alert.status == "closed"} - latest(after).keys()
    got = {
        id_: form(alert)
        for id_, alert in latest(before + after).items()
        if alert.status != "withdrawn" and alert.rule.id in changed and id_ not in over
    }
    closed, said = reference(name, log, place)
    wanted = {
        id_: one for id_, one in said.items() if msgspec.json.decode(one)["rule"] in changed and id_ not in closed
    }
    assert got == wanted


@quick
@given(happenings(), st.randoms(use_true_random=False), st.lists(st.tuples(st.integers(0, 30), names), max_size=4))
def test_no_version_comes_twice_and_none_is_left_out_however_often_the_book_changes(
    events: list[Event], rng: random.Random, books: list[tuple[int, str]]
) -> None:
    rng.shuffle(events)
    log = written(events, books, 3)
    said = drive(a_partition(), log.records, log.records)
    numbers: dict[str, list[int]] = {}
    for one in said:
        for alert in sorted([*one.findings, *one.shadow], key=lambda alert: alert.revision.version):
            numbers.setdefault(alert.id, []).append(alert.revision.version)
    for found in numbers.values():
        assert found == list(range(1, len(found) + 1))


@quick
@given(happenings(), st.randoms(use_true_random=False), st.lists(st.tuples(st.integers(0, 30), names), max_size=3))
def test_a_partition_restored_anywhere_around_a_switch_goes_on_version_by_version(
    events: list[Event], rng: random.Random, books: list[tuple[int, str]]
) -> None:
    rng.shuffle(events)
    log = written(events, books, 3)
    whole = drive(a_partition(), log.records, log.records)
    partition, stored, parts = a_partition(), dict[str, bytes](), list[Emission]()
    for record in log.records:
        parts += drive(partition, [record], log.records)
        if rng.random() < 0.5:
            partition = reopened(partition, stored)
    assert parts == whole


def test_what_did_not_change_keeps_its_state_byte_for_byte() -> None:
    events = [flood(f"w{n}", 600 * n) for n in range(5)]
    events += [an_event(f"g{n}", 500 * n, "gas_leak", reporter=f"g{n}") for n in range(3)]
    events += [an_event(f"s{n}", 400 * n, "garbage", reporter=f"s{n}") for n in range(4)]
    log = written(events, [], 20)
    partition, quiet = a_partition(), a_partition()
    for one in (partition, quiet):
        drive(one, log.records, ())
    held = store({}, quiet)
    log.book("lower")
    drive(partition, log.records, log.records)
    assert succession(the_book("base"), the_book("lower")).changed == {"waterlogging", "same-spot"}
    after = store({}, partition)
    kept = {key: data for key, data in held.items() if key.startswith("rules/fold/")}
    rules = {key.removeprefix("rules/fold/").partition("|")[0] for key in kept}
    assert {"gas-leak", "waterlogging"} <= rules
    for key, data in kept.items():
        same = after[key] == data
        assert same == (key.removeprefix("rules/fold/").partition("|")[0] not in {"waterlogging", "same-spot"}), key
    buds = [dict(one._pipeline._engine._buds.waiting()) for one in (quiet, partition)]
    told = [{k: v for k, v in one.items() if k[0] not in {"waterlogging", "same-spot"}} for one in buds]
    assert told[0] == told[1] != {}


def test_an_open_alert_that_the_new_rule_bears_out_keeps_its_id_and_counts_on() -> None:
    log = written([flood(str(n), 600 * n) for n in range(3)], [], 1)
    partition = a_partition()
    (first, *_rest) = alerts_of(drive(partition, log.records, ()))
    log.book("lower")
    changed = alerts_of(drive(partition, log.records, log.records))
    assert [(a.id, a.revision.version, a.threshold) for a in changed] == [(first.id, 2, 2)]
    log.book("higher")
    (gone,) = alerts_of(drive(partition, log.records, log.records))
    assert (gone.id, gone.revision.version, gone.revision.change) == (first.id, 3, "withdrawn")
    log.book("base")
    (back,) = alerts_of(drive(partition, log.records, log.records))
    assert (back.id, back.revision.version, back.revision.change) == (first.id, 4, "new")


def test_an_alert_that_has_been_open_for_longer_than_any_window_keeps_its_id() -> None:
    log = written([flood(str(n), 900 * n) for n in range(4 * 50)], [], 10)
    partition = a_partition()
    before = latest(alerts_of(drive(partition, log.records, ())))
    (alert,) = (alert for alert in before.values() if alert.rule.id == "waterlogging")
    log.book("lower")
    switch = partition.take(log.records, lambda _: None)
    assert switch is not None
    keep_s = max(one.keep_s for one in the_book("lower").compiled if one.rule.id in {"waterlogging", "same-spot"})
    assert switch.rehearsal.since == pytest.approx(min(a.raised_at for a in before.values()).timestamp() - keep_s)
    changed = latest(alerts_of(drive(partition, log.records, log.records)))
    assert alert.id in changed
    assert changed[alert.id].revision.version == alert.revision.version + 1
    assert changed[alert.id].revision.change == "update"


def test_events_before_the_window_and_records_beyond_the_bound_are_not_seen_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    day = 86_400.0
    log = written([flood(str(n), n * day / 4) for n in range(4 * 50)], [], 1)
    partition = a_partition()
    drive(partition, log.records, ())
    log.book("higher")
    switch = partition.take(log.records, lambda _: None)
    assert switch is not None
    assert switch.rehearsal.since >= partition.watermark - 31 * day
    assert switch.since_ms == int((switch.rehearsal.since - 3_600) * 1_000)
    assert (switch.first, switch.end) == (0, len(log.records) - 1)
    monkeypatch.setattr("streams.switching.HISTORY_RECORDS", 10)
    bounded = partition.take(log.records, lambda _: None)
    assert bounded is not None
    assert bounded.end - bounded.first == 10


def test_the_alerts_of_a_rule_that_is_gone_are_withdrawn() -> None:
    log = written([an_event("1", 0, "gas_leak"), an_event("2", 60, "gas_leak", reporter="b")], [], 1)
    partition = a_partition()
    (first, *_) = alerts_of(drive(partition, log.records, ()))
    log.book("no gas")
    (gone,) = alerts_of(drive(partition, log.records, log.records))
    assert (gone.id, gone.status, gone.rule.id) == (first.id, "withdrawn", "gas-leak")


def test_a_rule_that_becomes_a_trial_takes_back_what_it_notified() -> None:
    log = written([an_event("1", 0, "hazmat")], [], 1)
    partition = a_partition()
    (first,) = alerts_of(drive(partition, log.records, ()))
    log.book("shadow")
    (said,) = drive(partition, log.records, log.records)
    assert [(a.id, a.status) for a in said.findings] == [(first.id, "withdrawn")]
    assert [(a.id, a.status, a.revision.version) for a in said.shadow] == [(first.id, "open", 3)]


def test_the_same_book_again_or_an_older_record_changes_nothing() -> None:
    log = written([flood(str(n), 600 * n) for n in range(3)], [(1, "lower")], 1)
    partition = a_partition()
    drive(partition, log.records, log.records)
    assert partition.digest == the_book("lower").digest
    log.book("lower")
    log.book("higher", offset=1)
    said = list[Emission]()
    assert partition.take(log.records, said.append) is None
    assert said == []
    assert partition.digest == the_book("lower").digest
    again = reopened(partition, {})
    assert again.digest == partition.digest


def test_a_book_that_is_published_on_a_topic_that_was_made_anew_is_gone_by() -> None:
    later = msgspec.structs.replace(published("higher"), published_at=datetime.fromtimestamp(T0 + 60, UTC))
    log = [
        SimpleNamespace(offset=n, timestamp=0, headers=origin("rules/0", number, BOOK), value=encode(book))
        for n, (number, book) in enumerate([(5, published("lower")), (0, later)])
    ]
    partition = a_partition()
    drive(partition, log, ())
    stage = AlertsPartition(Fusion(an_area_tree()), Duty(the_book("base"), "test"), the_book("base"), library())
    stage.take(log, lambda _: None)
    assert partition.digest == stage.digest == the_book("higher").digest


def test_a_book_that_only_says_it_is_the_one_in_force_is_refused_and_a_restart_does_not_meet_it() -> None:
    own, reader = published("base"), Library(a_taxonomy())
    assert reader.receive(encode(own)) == own
    other = msgspec.structs.replace(own, files={"a.yaml": "id: a\n"})
    with pytest.raises(BadInput):
        reader.receive(encode(other))
    partition = EventsPartition(a_pipeline(book=the_book("base")), [CHANNEL], reader)
    record = SimpleNamespace(offset=0, timestamp=0, headers=origin("rules/0", 1, BOOK), value=encode(other))
    assert partition.take([record], lambda _: None) is None
    assert partition.counts == {"DEAD": 1}
    again = EventsPartition(a_pipeline(book=the_book("base")), [CHANNEL], Library(a_taxonomy()))
    again.restore({key: data for key, data in partition.dirty().items() if data is not None})
    assert again.digest == the_book("base").digest


def test_without_a_library_published_books_are_passed_over() -> None:
    log = written([flood(str(n), 600 * n) for n in range(3)], [(1, "higher")], 1)
    fixed = EventsPartition(a_pipeline(book=the_book("base")), [CHANNEL])
    assert len(latest(alerts_of(drive(fixed, log.records, ())))) == 1
    assert fixed.digest == the_book("base").digest
    assert fixed.counts["BOOK"] == 1


def test_a_surge_rule_that_changes_grades_the_signals_of_the_last_days_anew() -> None:
    pipeline = a_pipeline(book=the_book("base"))
    said: list[Alert] = []
    number = 0
    for hour in range(24 * 30):
        for n in range(40 if hour == 24 * 30 - 1 else 1):
            number += 1
            said += pipeline.process(an_event(str(number), hour * HOUR + n * 60, "noise", reporter=str(number))).alerts
        said += pipeline.advance(T0 + (hour + 1) * HOUR).alerts
    surges = [a for a in latest(said).values() if a.rule.id == "hotline-surge" and a.status == "open"]
    assert surges
    texts = dict(base())
    name = "05-hotline-surge.yaml"
    texts[name] = texts[name].replace("quiet: 24h", "quiet: 30h")
    book = book_of(texts, kinds=frozenset(a_taxonomy().kinds), examples=False)
    rehearsal = pipeline.rehearse(book)
    assert (rehearsal.since, rehearsal.since_ms) == (float("inf"), None)
    changes = {alert.revision.change for alert in pipeline.adopt(rehearsal).alerts if alert.rule.id == "hotline-surge"}
    assert "new" in changes


@pytest.mark.parametrize(
    ("change", "path"),
    [
        ({"digest": "0" * 12}, "$.digest"),
        ({"files": {"a.yaml": "id: a\n"}}, "$.id"),
        ({"files": {}, "digest": "e3b0c44298fc"}, "$.files"),
        ({"files": 3}, "$.files"),
        ({"published_at": "2026-01-01T00:00:00"}, "$.published_at"),
        ({"published_at": "0001-01-01T00:00:00+08:00"}, "$.published_at"),  # it could not be kept
    ],
)
def test_a_broken_book_is_refused(change: dict[str, object], path: str) -> None:
    content = msgspec.to_builtins(published("base")) | change
    with pytest.raises(BadInput) as refused:
        Library(a_taxonomy()).receive(msgspec.json.encode(content))
    assert refused.value.path == path


def test_a_book_that_is_sent_again_does_not_come_back_where_alerts_are_made() -> None:
    stage = AlertsPartition(Fusion(an_area_tree()), Duty(the_book("base"), "test"), the_book("base"), library())
    sent = enumerate([(0, "lower"), (1, "higher"), (0, "lower")])  # a restarted control stage sends again
    headers = [(n, origin("rules/0", number, BOOK), encode(published(name))) for n, (number, name) in sent]
    log = [SimpleNamespace(offset=n, timestamp=n, headers=origin_, value=value) for n, origin_, value in headers]
    stage.take(log, lambda _: None)
    assert stage.digest == the_book("higher").digest
