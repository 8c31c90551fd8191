"""Counting dead letters."""

from __future__ import annotations

from datetime import UTC, datetime

from streams.codec import DeadLetter
from streams.deadletters import count_dead_letters
from tests.builders import T0


def test_they_are_counted_by_topic_and_reason() -> None:
    at = datetime.fromtimestamp(T0, UTC)
    letters = [
        DeadLetter(topic=t, partition=0, offset=n, received_at=at, reason=reason, path="$", message="", raw="")
        for n, (t, reason) in enumerate([("a", "FUTURE"), ("a", "FUTURE"), ("a", "SCHEMA"), ("b", "SCHEMA")])
    ]
    assert count_dead_letters(letters) == {("a", "FUTURE"): 2, ("a", "SCHEMA"): 1, ("b", "SCHEMA"): 1}
