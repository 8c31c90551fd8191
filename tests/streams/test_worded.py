"""What stands on topics that only workers write: read whole or refused whole, and the good ones after it as ever."""

from __future__ import annotations

import time
from contextlib import suppress
from dataclasses import dataclass, field

import msgspec
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from rules.duty import Duty
from rules.fusion import Fusion
from streams.alerts import AlertsPartition
from streams.codec import LARGEST_RAW, believed_ms, encode, letter_for, origin, read_origin
from streams.deadletters import goes_back
from streams.emission import Emission
from streams.errors import BadInput
from streams.partition import EventsPartition
from streams.rawpartition import written_ms
from streams.watermarks import ChannelClock, WatermarkRecord
from streams.worded import ON_EVENTS, ON_FINDINGS, read_record
from tests.builders import T0, a_pipeline, an_area_tree, an_event, the_book

NOW_MS = int(T0 * 1_000)
NAMES = ["src", "wm", "ctx", "book", "cmd", "judged", "tally"]


@dataclass
class Put:
    """A record as a client returns it."""

    value: bytes | None
    headers: list[tuple[str, bytes]] = field(default_factory=list)
    offset: int = 0
    timestamp: int = NOW_MS
    partition: int = 0


values = st.none() | st.binary(max_size=50) | st.sampled_from([b"{}", b"[]", b"null", b"1e999", b'{"a":' * 100_000])
headers = st.lists(
    st.tuples(
        st.sampled_from([*NAMES, "other"]), st.binary(max_size=9) | st.sampled_from([b"a/0/1", b"a/0/-1", b"a/0/-2"])
    ),
    max_size=2,
)


@given(values, headers, st.integers(-(2**63), 2**63 - 1) | st.just(NOW_MS))
@example(b'{"x":' + b"[" * 100_000, [("cmd", b"a/0/1")], NOW_MS)
@example(b"{}", [("src", "a/0/١".encode())], NOW_MS)
def test_whatever_stands_there_is_read_or_refused(
    value: bytes | None, given_headers: list[tuple[str, bytes]], timestamp: int
) -> None:
    for readers in (ON_EVENTS, ON_FINDINGS):
        with suppress(BadInput):  # and nothing else is raised
            read_record(Put(value, given_headers, timestamp=timestamp), readers)


def said_of(records: list[Put]) -> list[Emission]:
    said: list[Emission] = []
    state = EventsPartition(a_pipeline(), ["hotline.calls/0"])
    assert state.take([Put(r.value, r.headers, n, r.timestamp) for n, r in enumerate(records)], said.append) is None
    assert state.offset == len(records) - 1
    assert state.counts["DEAD"] == sum(one.refused is not None for one in said)
    return said


def an_alerts_stage() -> AlertsPartition:
    return AlertsPartition(Fusion(an_area_tree()), Duty(the_book(), "test"), the_book())


def a_leak(number: int) -> Put:
    event = an_event(str(number), 60.0 * number, kind="gas_leak")
    return Put(encode(event), origin("hotline.calls/0", number))


def test_garbage_between_events_is_set_aside_and_changes_nothing_that_is_said() -> None:
    good = [a_leak(1), a_leak(2), Put(encode(WatermarkRecord(watermark=T0)), origin("hotline.calls/0", 2, "wm"))]
    bad = [Put(b"\xff"), Put(b"{}", [("src", b"no offset")]), Put(good[0].value, timestamp=-(10**16)), Put(b"[]")]
    mixed = [one for pair in zip(good, bad[:3], strict=True) for one in pair] + bad[3:]
    refused = [one for one in said_of(mixed) if one.refused is not None]
    assert len(refused) == len(bad)
    assert [one for one in said_of(mixed) if one.refused is None] == said_of(good)
    assert all(letter_for("events", 0, *one.refused).reason for one in refused if one.refused)


def test_a_dead_letter_fits_its_topic_however_large_the_record_was_and_is_not_sent_again_in_part() -> None:
    fault = BadInput("TOO_LARGE", "$", "too large")
    letter = letter_for("hotline.calls", 0, Put(b"x" * 50_000_000), fault)
    assert len(encode(letter)) < 16 * 1024 * 1024
    assert (len(letter.original()), letter.cut_from) == (LARGEST_RAW, 50_000_000)
    assert "50,000,000 bytes the first 8,000,000 are kept" in letter.message
    assert not goes_back(letter)
    assert goes_back(letter_for("hotline.calls", 0, Put(b"x"), fault))


@pytest.mark.parametrize("timestamp", [-(2**63), -1, 0, 2**63 - 1])
def test_an_impossible_kafka_timestamp_is_not_believed(timestamp: int) -> None:
    now = time.time()
    assert believed_ms(timestamp, now) == int(now * 1_000)
    assert letter_for("hotline.calls", 0, Put(b"", timestamp=timestamp), BadInput("A", "$", "b")).received_at.tzinfo


def test_a_kafka_timestamp_of_today_is_believed() -> None:
    assert believed_ms(NOW_MS, T0) == NOW_MS


@pytest.mark.parametrize(("days", "is_believed"), [(0.1, True), (6.9, True), (7.1, False), (400, False)])
def test_what_is_made_of_a_record_with_a_time_of_years_back_is_not_deleted_at_once(
    days: float, *, is_believed: bool
) -> None:
    now = time.time()
    before = int((now - days * 86_400) * 1_000)
    assert (written_ms(Put(b"", timestamp=before)) == before) is is_believed
    assert before <= written_ms(Put(b"", timestamp=before)) <= time.time() * 1_000


@pytest.mark.parametrize("value", [b"", b"a", b"a/0/", b"/1", b"a/0/x", b"a/0/-2", b"a/0/1_0", b"a/0/" + b"9" * 5_000])
def test_a_header_that_names_no_record_is_refused(value: bytes) -> None:
    with pytest.raises(BadInput, match="does not say where"):
        read_origin([("src", value)])


def test_offsets_go_on_rising_for_everybody_when_a_raw_topic_was_made_anew() -> None:
    clock = ChannelClock()
    assert clock.begin_on("one") == 0
    clock.offset, clock.newest = 9, 5.0
    assert (clock.begin_on("one"), clock.begin_on("")) == (0, 0)
    assert clock.begin_on("two") == 10
    assert (clock.base, clock.offset, clock.newest, clock.topic_id) == (10, -1, 5.0, "two")
    clock.offset = 2
    assert clock.begin_on("three") == 3
    assert clock.base == 13


def test_what_an_older_version_kept_is_of_the_topic_there_is() -> None:
    clock = ChannelClock(offset=9)
    assert clock.begin_on("one") == 0
    assert (clock.offset, clock.base) == (9, 0)


AN_OFFSET = "2026-01-01T00:00:00Z"


@pytest.mark.parametrize("at", ["2026-01-01T00:00:00", "0001-01-01T00:00:00+14:00"])
def test_a_command_at_a_time_that_is_none_is_refused_and_ends_nobody(at: str) -> None:
    (finding,) = a_pipeline().process(an_event("1", 0.0, "gas_leak")).alerts
    command = {"id": "1", "action": "sign", "alert": finding.id, "by": "desk", "at": at}
    stage = an_alerts_stage()
    records = [Put(encode(finding)), Put(encode(command), origin("commands/0", 0, "cmd"), 1)]
    stage.take(records, lambda _: None)
    assert stage.counts == {"FINDING": 1, "DEAD": 1}


@pytest.mark.parametrize("name", ["first_at", "last_at", "raised_at", "graded_at", "sign_by"])
@pytest.mark.parametrize("at", ["2026-01-01T00:00:00", "0001-01-01T00:00:00+08:00", "9999-12-31T23:59:59-12:00"])
def test_a_finding_with_a_time_that_is_none_is_refused_and_ends_nobody(name: str, at: str) -> None:
    (finding,) = a_pipeline().process(an_event("1", 0.0, "gas_leak")).alerts
    foreign = msgspec.to_builtins(finding) | {"id": "foreign", name: at}
    stage = an_alerts_stage()
    stage.take([Put(encode(finding)), Put(encode(foreign), offset=1)], lambda _: None)
    assert stage.counts == {"FINDING": 1, "DEAD": 1}
    assert stage.dirty()


def test_a_declaration_without_an_offset_is_refused_and_ends_nobody() -> None:
    said = [{"id": "x", "issued_at": at, "mode": "emergency"} for at in (AN_OFFSET, AN_OFFSET[:-1])]
    records = [Put(encode(one), origin("context/0", n, "ctx")) for n, one in enumerate(said)]
    assert [one.refused is not None for one in said_of(records)] == [True]


@pytest.mark.parametrize("watermark", [1e300, 253_402_300_799.0, -1.0, -1e300])
def test_a_watermark_outside_the_calendar_is_refused_and_ends_nobody(watermark: float) -> None:
    promise = Put(encode(WatermarkRecord(watermark=watermark)), origin("hotline.calls/0", 1, "wm"))
    assert [one.refused is not None for one in said_of([promise, a_leak(2)])] == [True, False]
    told = {"offset": 1, "tally": [watermark, []]}
    with pytest.raises(BadInput, match=r"lies before 1970 or after"):
        read_record(Put(encode(told), origin("events.city/0", 1, "tally")), ON_FINDINGS)
