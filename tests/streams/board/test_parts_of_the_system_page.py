"""What the board keeps of dead letters, feeds, silences and channels."""

from __future__ import annotations

import base64
from datetime import UTC, datetime, timedelta
from typing import Any

from detectors.signal import Signal
from streams import topics
from streams.board.feeds import FeedName, Feeds, Matter
from streams.board.hours import Hours
from streams.board.letters import Letters, Why
from streams.board.silences import Silences
from streams.board.ways import Told, Ways
from streams.codec import WATERMARK, DeadLetter, origin
from streams.delivery.record import Delivery
from streams.watermarks import WatermarkRecord
from tests.builders import T0, a_place
from tests.streams.board.heard import an_event_heard, heard

NOW = datetime.fromtimestamp(T0, UTC)
PRIVATE = "13800138000"


def a_letter(offset: int, reason: str = "SCHEMA", **over: Any) -> DeadLetter:
    base = {"topic": "hotline.calls", "partition": 0, "offset": offset, "received_at": NOW, "reason": reason}
    raw = base64.b64encode(PRIVATE.encode()).decode()
    return DeadLetter(**{**base, "path": "$.kind", "message": f"is {PRIVATE}", "raw": raw, **over})


def a_silence(kind: str = "feed", **over: Any) -> Signal:
    base: dict[str, Any] = {
        "id": f"silence:{kind}:d1", "detector": "silence", "key": "d1|hotline", "kind": kind, "place": a_place(),
        "level": "district", "starts_at": NOW, "ends_at": NOW + timedelta(hours=5), "observed": 0, "expected": 31.0,
        "expected_high": 40.0, "p_value": 1e-6, "model_age": 300, "sources": ("hotline",), "evidence": ("hotline:1",),
        "reporters": 0,
    }  # fmt: skip
    return Signal(**{**base, **over})


def a_delivery(outcome: str, ago_s: float = 0.0, reason: str = "", attempt: int = 1, **over: Any) -> Delivery:
    base: dict[str, Any] = {"key": "k", "alert": "a1", "version": 1, "channel": "sms", "recipient": "desk"}
    at = NOW - timedelta(seconds=ago_s)
    return Delivery(**{**base, "attempt": attempt, "outcome": outcome, "reason": reason, "at": at, **over})


def test_hours_that_are_over_are_forgotten() -> None:
    hours = Hours[str]()
    hours.add("a", T0)
    hours.add("a", T0 + 9 * 86_400)
    assert hours.since(T0) == {"a": 1}
    hours.add("a", T0)  # too old by now
    assert hours.since(0.0) == {"a": 1}


def test_a_letter_that_a_restarted_worker_wrote_again_counts_once() -> None:
    letters = Letters()
    for letter in (a_letter(1), a_letter(2, "FUTURE"), a_letter(1)):
        letters.take(heard(topics.DEAD, letter))
    assert letters.counts.since(T0) == {Why("hotline.calls", "SCHEMA"): 1, Why("hotline.calls", "FUTURE"): 1}
    assert letters.refused("hotline.calls", 0, 2)
    assert not letters.refused("hotline.calls", 0, 3)


def test_nothing_of_what_a_letter_holds_is_kept() -> None:
    letters = Letters()
    letters.take(heard(topics.DEAD, a_letter(1)))
    (last,) = letters.last()
    assert last.where == "hotline.calls/0/1"
    assert PRIVATE not in str(vars(letters)) + str(last)
    assert not {"raw", "message"} & set(type(last).__struct_fields__)


def test_a_feed_knows_its_last_event_and_how_often_one_comes() -> None:
    feeds = Feeds()
    for n in range(20):
        feeds.take(an_event_heard(str(n), n * 600.0))
    feeds.take(an_event_heard("before", 300.0))  # later by the clock of Kafka, earlier by its own
    feed = feeds.feeds[FeedName("hotline", "d1")]
    assert (feed.last, feed.usual_s(), feed.longest_s()) == (T0 + 19 * 600.0, 600.0, 600.0)
    assert feeds.counts.since(T0)["hotline"] == 21
    assert feeds.matters.since(T0)[Matter("noise", "hotline")] == 21


def test_a_few_events_do_not_tell_what_is_usual() -> None:
    feeds = Feeds()
    for n in range(3):
        feeds.take(an_event_heard(str(n), n * 600.0))
    assert feeds.feeds[FeedName("hotline", "d1")].usual_s() is None


def test_late_events_are_counted_apart_and_a_watermark_is_a_sign_of_life() -> None:
    feeds = Feeds()
    feeds.take(an_event_heard("late", -9e5, topic=topics.LATE))
    mark = heard(
        topics.EVENTS, WatermarkRecord(watermark=T0), at=T0 + 7, headers=origin("hotline.calls/0", 1, WATERMARK)
    )
    feeds.take(mark)
    assert feeds.late.since(T0 - 1e6) == {FeedName("hotline", "d1"): 1}
    assert not feeds.feeds
    assert feeds.intake_heard == T0 + 7


def test_a_silence_stands_until_its_final_signal_or_its_withdrawal() -> None:
    silences = Silences()
    silences.take(heard(topics.SIGNALS, a_silence()))
    silences.take(heard(topics.SIGNALS, a_silence("place", id="silence:place:x")))
    silences.take(heard(topics.SIGNALS, a_silence(detector="surge", id="surge:1")))
    assert [one.kind for one in silences.standing("feed")] == ["feed"]
    assert [one.kind for one in silences.standing("place")] == ["place"]
    silences.take(heard(topics.SIGNALS, a_silence(final=True)))
    silences.take(heard(topics.SIGNALS, a_silence("place", id="silence:place:x", withdrawn=True)))
    assert not list(silences.standing("feed"))
    assert not list(silences.standing("place"))


def test_a_channel_is_shut_once_delivery_leaves_it_alone_and_open_with_the_next_message() -> None:
    ways = Ways()
    for one in (
        a_delivery("SENT", 90),
        a_delivery("ATTEMPT", 80),
        a_delivery("RETRY", 80, "TIMEOUT"),
        a_delivery("FAILED", 70, "TIMEOUT", 2),
        a_delivery("FAILED", 60, "BREAKER_OPEN", 3),
        a_delivery("SUPPRESSED", 50, "SUPERSEDED", 0),
    ):
        ways.take(heard(topics.DELIVERIES, one))
    sms = ways.ways["sms"]
    assert (sms.shut, sms.in_a_row, sms.reason) == (True, 2, "BREAKER_OPEN")
    ways.take(heard(topics.DELIVERIES, a_delivery("SENT", 10)))
    assert (sms.shut, sms.in_a_row) == (False, 0)
    assert ways.counts.since(T0 - 3600)[Told("sms", "SENT")] == 2


def test_messages_nobody_got_are_remembered() -> None:
    ways = Ways()
    ways.take(heard(topics.DELIVERIES, a_delivery("GIVEN_UP", 5, "TIMEOUT", 3)))
    assert [one.alert for one in ways.lost] == ["a1"]
