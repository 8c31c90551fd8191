"""Which raw record an event was made of, and what is told of it."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import NamedTuple

from streams.board.originals import _fields, _Match
from streams.intake.reporter import ReporterHash, is_stand_in

AT = "2026-01-01T08:00:00+08:00"


class Record(NamedTuple):
    value: bytes | None


def raw(id_: str = "W1", **over: object) -> bytes:
    return json.dumps({"id": id_, "occurred_at": AT, "text": "张三报", "caller": "13800138000", **over}).encode()


def found(id_: str, *values: bytes | None, occurred_at: datetime | None = None) -> list[str]:
    records = [Record(value) for value in values]
    return [report.text for report in _Match("hotline", id_, occurred_at).among(records)]


def test_the_record_with_this_very_id_is_meant_not_one_that_only_holds_it() -> None:
    assert found("W1", raw("W10", text="W1"), raw("W1", text="是它"), None, b"{W1", raw("W2")) == ["是它"]


def test_the_newest_of_several_comes_first() -> None:
    assert found("W1", raw(text="旧"), raw(text="新")) == ["新", "旧"]


def test_an_id_that_was_used_again_is_told_by_when_it_happened() -> None:
    at = datetime(2026, 1, 1, tzinfo=UTC)
    assert found("W1", raw(text="对"), raw(text="错", occurred_at="2026-01-02T08:00:00+08:00"), occurred_at=at) == [
        "对"
    ]


def test_an_event_that_closes_a_matter_is_found_by_the_id_of_the_matter() -> None:
    assert found("W1:closed", raw(text="报"), raw(text="结", status="closed")) == ["结"]
    assert found("W1", raw(text="报"), raw(text="结", status="closed")) == ["报"]


def test_ids_that_json_writes_in_two_ways_and_envelopes_are_found() -> None:
    spoken = json.dumps({"id": "工单1", "occurred_at": AT, "text": "直写"}, ensure_ascii=False).encode()
    assert found("工单1", raw("工单1", text="转义"), spoken) == ["直写", "转义"]
    event = {"specversion": "1.0", "id": "W1", "source": "s", "type": "org.fenghuo.hotline", "time": AT}
    assert found("W1", json.dumps({**event, "data": {"text": "信封"}}).encode()) == ["信封"]


def test_a_record_whose_id_told_a_number_is_found_by_what_stands_for_it() -> None:
    hashes = ReporterHash(b"a key of tests: sixteen bytes")
    id_ = hashes.stand_in("13800138000")
    assert is_stand_in(id_)
    records = [Record(raw("13800138000", text="对")), Record(raw("13900139000", text="错"))]
    assert [one.text for one in _Match("hotline", id_, None, hashes).among(records)] == ["对"]  # type: ignore[arg-type]
    assert [one.text for one in _Match("hotline", id_, None).among(records)] == []  # type: ignore[arg-type]


def test_who_said_it_and_the_words_come_first_and_what_the_event_tells_anyway_is_left_out() -> None:
    (report,) = _Match("hotline", "W1", None).among([Record(raw(title="漏气", address="幸福里3栋", people=3))])  # type: ignore[list-item]
    assert list(_fields(report)) == [
        ("contact", "13800138000"),
        ("title", "漏气"),
        ("text", "张三报"),
        ("address", "幸福里3栋"),
        ("occurred_at", AT),
    ]
