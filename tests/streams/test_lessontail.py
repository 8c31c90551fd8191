"""What a worker makes of the lessons it follows."""

from __future__ import annotations

import asyncio
import logging
import random
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any

import pytest

from detectors.taxonomy import load_taxonomy
from streams.codec import encode
from streams.intake.intake import Intake
from streams.lessons import Correction
from streams.lessontail import LessonTail
from streams.metrics import Metrics
from streams.settings import Settings
from tests.teaching import lessons_of, new_intake

T = datetime(2026, 1, 15, tzinfo=UTC).timestamp()


class Topic:
    """Hands out batches of records, as a consumer does."""

    def __init__(self, batches: list[list[Any]]) -> None:
        self._batches = batches

    async def getmany(self, where: object, **_: Any) -> dict[object, list[Any]]:
        return {where: self._batches.pop(0)} if self._batches else {}


def a_record(offset: int, kind: str, text: str, beside: tuple[str, ...] = ()) -> Any:
    told = Correction(
        id=f"{offset}",
        action="correct",
        event=f"hotline:{offset}",
        kind=kind,
        text=text,
        by="x",
        at=datetime.fromtimestamp(T + offset, UTC),
        beside=beside,
    )
    return SimpleNamespace(offset=offset, key=told.event.encode(), value=encode(told))


def followed(intake: Intake, metrics: Metrics, *batches: list[Any]) -> None:
    tail = LessonTail(Settings(), intake, metrics, frozenset(load_taxonomy().kinds))
    tail._consumer = Topic(list(batches))

    async def scene() -> None:
        for _ in range(len(batches) + 1):
            await tail.follow()

    asyncio.run(scene())


def gauge(metrics: Metrics, name: str) -> float:
    return metrics.registry.get_sample_value(name) or 0.0


def test_a_change_of_the_rate_of_corrections_is_told_and_stands_in_the_metrics(
    caplog: pytest.LogCaptureFixture,
) -> None:
    dice, metrics = random.Random(1), Metrics()
    calm = [a_record(n, one.kind, one.text, one.beside) for n, one in enumerate(lessons_of(9, 300))]
    wild = [
        a_record(n, dice.choice(["noise", "odor", "animal"]), one.text, one.beside)
        for n, one in enumerate(lessons_of(10, 150), 300)
    ]
    with caplog.at_level(logging.WARNING):
        followed(new_intake(), metrics, calm)
        assert gauge(metrics, "fenghuo_lessons") == 300
        caplog.clear()
        followed(new_intake(), metrics, calm, wild)
    assert gauge(metrics, "fenghuo_lessons") == 450
    assert gauge(metrics, "fenghuo_lesson_drift_timestamp_seconds") > T + 300
    assert gauge(metrics, "fenghuo_correction_ratio") > 0.4
    assert any("the rate at which kinds are corrected has changed" in one.message for one in caplog.records)


def test_what_stands_there_and_cannot_be_used_teaches_nothing_and_stops_nobody(
    caplog: pytest.LogCaptureFixture,
) -> None:
    intake, metrics = new_intake(), Metrics()
    broken = [
        SimpleNamespace(offset=0, key=None, value=None),
        SimpleNamespace(offset=1, key=b"\xff", value=b"{}"),
        SimpleNamespace(offset=2, key=b"hotline:1", value=b"\xff"),
        a_record(3, "shark", "近岸看到背鳍"),
        SimpleNamespace(offset=4, key=None, value=encode({"action": "correct"})),
    ]
    followed(intake, metrics, broken, [a_record(5, "animal", "近岸看到背鳍"), *broken[:1]])
    assert gauge(metrics, "fenghuo_lessons") == len(intake.taught) == 1
    assert sum("teaches nothing" in one.message for one in caplog.records) == 4


def test_a_record_without_a_value_takes_back_what_was_taught() -> None:
    intake, metrics = new_intake(), Metrics()
    gone = SimpleNamespace(offset=1, key=b"hotline:0", value=None)
    followed(intake, metrics, [a_record(0, "animal", "近岸看到背鳍")], [gone])
    assert gauge(metrics, "fenghuo_lessons") == 0
    assert intake.taught.asked == frozenset()
