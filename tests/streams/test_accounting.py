"""Accounting for raw records by the topics they end up in."""

from __future__ import annotations

import base64
from datetime import UTC, datetime
from typing import Any

from streams import topics
from streams.accounting import WATCHED, Account
from streams.codec import WATERMARK, DeadLetter, encode, origin
from streams.tail import Heard
from tests.builders import T0, an_alert, an_event


def heard(topic: str, value: object, *, partition: int = 0, **over: Any) -> Heard:
    """A record as the tail gives it."""
    return Heard(topic, partition, 0, int(T0 * 1000), None, encode(value), **{"headers": (), **over})


def event(id: str, offset: int, topic: str = topics.EVENTS, **over: Any) -> Heard:  # noqa: A002
    """An event of channel hotline.calls/0."""
    return heard(topic, an_event(id), headers=origin("hotline.calls/0", offset), **over)


def letter(offset: int, file: str = "") -> Heard:
    """A dead letter of channel hotline.calls/0, or of a row of a file."""
    at = datetime.fromtimestamp(T0, UTC)
    raw = base64.b64encode(b"x").decode()
    dead = DeadLetter(
        topic="hotline.calls",
        partition=0,
        offset=offset,
        received_at=at,
        reason="FUTURE",
        path="$",
        message="",
        raw=raw,
        file=file,
    )
    return heard(topics.DEAD, dead)


def verdicts(*records: Heard) -> dict[str, int]:
    """What an account makes of `records`."""
    account = Account()
    for record in records:
        account.take(record)
    return {name: n for name, n in account.tally.verdicts.items() if n}


def test_each_topic_has_its_verdict() -> None:
    records = [event("1", 0), event("1", 1), event("2", 2, topics.LATE), letter(3)]
    assert verdicts(*records) == {"ACCEPTED": 1, "DUPLICATE": 1, "LATE": 1, "DEAD": 1}


def test_what_a_restarted_intake_sends_again_counts_once() -> None:
    records = [event("1", 0), event("2", 1, topics.LATE), letter(2)]
    assert verdicts(*records, *records) == verdicts(*records)


def test_rows_of_files_count_each_though_their_lines_run_backwards_from_file_to_file() -> None:
    assert verdicts(letter(9, "a.csv"), letter(2, "b.csv"), letter(9, "b.csv"), letter(3)) == {"DEAD": 4}


def test_records_of_one_channel_may_come_in_any_order_from_different_partitions() -> None:
    assert verdicts(event("2", 1, partition=1), event("1", 0, partition=0)) == {"ACCEPTED": 2}


def test_watermarks_are_no_events() -> None:
    record = heard(topics.EVENTS, {"watermark": 1.0}, headers=origin("hotline.calls/0", 5, WATERMARK))
    assert verdicts(record) == {}


def test_an_event_that_is_late_only_for_the_detect_agent_is_late() -> None:
    late = heard(topics.LATE, an_event("1"))
    assert verdicts(event("1", 0), late, late) == {"LATE": 1}


def test_reasons_of_dead_letters_are_counted() -> None:
    account = Account()
    account.take(letter(0))
    assert account.tally.dead == {"FUTURE": 1}
    assert account.settled == 1


def test_a_version_of_an_alert_comes_out_once() -> None:
    account = Account()
    versions = [1, 2, 1, 2, 3]
    came = [account.take(heard(topics.ALERTS, an_alert(version=version))) for version in versions]
    assert [alert.revision.version for alert in came if alert] == [1, 2, 3]


def test_alerts_for_the_duty_desk_only_are_not_watched_unless_that_topic_is_added() -> None:
    assert topics.RESTRICTED not in WATCHED
    alert = an_alert(restricted=True)
    assert Account().take(heard(topics.RESTRICTED, alert)) == alert
