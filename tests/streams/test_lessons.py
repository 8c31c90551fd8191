"""Corrections as they stand on their topics and in files, and what the control stage makes of them."""

from __future__ import annotations

import asyncio
import random
from datetime import UTC, datetime, timedelta
from io import StringIO
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import msgspec
import pytest
from rich.console import Console

from detectors.taxonomy import load_taxonomy
from rules.duty import Command
from streams.codec import encode
from streams.controlling import ControlStage
from streams.errors import BadInput, ConfigurationError
from streams.explain import Source, explain_alert
from streams.explain_show import Page
from streams.language import voice_of
from streams.lessons import Correction, example_of, is_correction, load_lessons, read_correction, teach
from streams.metrics import Metrics
from streams.published import Library
from streams.replay_cli import replay_files
from streams.settings import Settings
from streams.sources.mapping import load_mapping
from tests.teaching import new_intake, ordinary, shark, taught_intake

KINDS = frozenset(load_taxonomy().kinds)
AT = datetime(2026, 1, 15, 14, tzinfo=UTC)


def a_correction(**over: Any) -> Correction:
    base = {
        "id": "1",
        "action": "correct",
        "event": "hotline:1",
        "kind": "animal",
        "text": "近岸看到背鳍",
        "by": "值班室",
    }
    return Correction(**{**base, "at": AT, **over})


@pytest.mark.parametrize(
    ("raw", "reason", "path"),
    [
        (b'{"action": "correct"}', "SCHEMA", "$.id"),
        (encode(a_correction(by="  ")), "SCHEMA", "$.by"),
        (encode(a_correction(event="")), "SCHEMA", "$.event"),
        (encode(a_correction(kind="shark")), "UNKNOWN_KIND", "$.kind"),
        (encode(a_correction(text=" ")), "SCHEMA", "$.text"),
        (encode(a_correction(text="鲨" * 201)), "SCHEMA", "$.text"),
        (encode(a_correction(why="x" * 201)), "SCHEMA", "$.why"),
        (encode(a_correction(event="hotline:2")), "KEY", "$.event"),
        (encode(a_correction(beside=tuple("abcde"))), "SCHEMA", "$.beside"),
        (encode(a_correction()).replace(b"2026-01-15T14:00:00Z", b"2026-01-15T14:00:00"), "SCHEMA", "$.at"),
        (encode(a_correction()).replace(b"2026-", b"1026-"), "SCHEMA", "$.at"),
        (encode(a_correction()).replace(b'"kind"', b'"kin"'), "SCHEMA", "$.kin"),
        (encode(a_correction()).replace("近".encode(), b"\xff\xfe"), "ENCODING", "$"),
    ],
)
def test_a_correction_that_cannot_be_used_says_why(raw: bytes, reason: str, path: str) -> None:
    with pytest.raises(BadInput) as caught:
        read_correction(b"hotline:1", raw, KINDS)
    assert (caught.value.reason, caught.value.path) == (reason, path)


def test_an_unknown_kind_is_refused_with_the_closest_name() -> None:
    with pytest.raises(BadInput, match="did you mean 'noise'"):
        read_correction(b"hotline:1", encode(a_correction(kind="nosie")), KINDS)


def test_whoever_wrote_it_its_texts_are_masked() -> None:
    told = a_correction(text="李女士13800138000称有背鳍", why="已致电13800138000", beside=("车牌粤D12345乱停",))
    read = read_correction(b"hotline:1", encode(told), KINDS)
    assert (read.text, read.why, read.beside) == ("*女士[手机号]称有背鳍", "已致电[手机号]", ("车牌[车牌]乱停",))
    assert read_correction(b"hotline:1", encode(read), KINDS) == read


def test_one_without_a_kind_takes_back_and_keeps_no_text() -> None:
    read = read_correction(b"hotline:1", encode(a_correction(kind="")), KINDS)
    assert read.text == ""
    assert example_of(read) is None


@pytest.mark.parametrize(
    ("value", "meant"),
    [
        (encode(a_correction()), True),
        (b'{"action": "correct"}', True),
        (b'{"action": "sign"}', False),
        (b'{"action": 3}', False),
        (b"[]", False),
        (b"", False),
        (None, False),
        (b"\xff", False),
    ],
)
def test_a_correction_is_told_from_a_command_by_its_action(value: bytes | None, *, meant: bool) -> None:
    assert is_correction(value) is meant


class Sent:
    """Takes what would go to Kafka."""

    def __init__(self) -> None:
        self.records: list[tuple[str, bytes, bytes, int | None]] = []

    def add(self, topic: str, key: bytes, value: bytes, *, partition: int | None = None, **_: Any) -> None:
        self.records.append((topic, key, value, partition))

    async def send(self) -> None:
        pass


def passed_on(*records: tuple[bytes, bytes]) -> Sent:
    sent, metrics = Sent(), Metrics()
    settings = Settings(prefix="p.", partitions=3)
    confirmed: list[Any] = []
    stage = ControlStage(
        settings,
        sent,
        metrics,
        Library(load_taxonomy()),
        confirmed.append,
        lambda _: True,  # type: ignore[arg-type]
    )
    batch = [SimpleNamespace(key=k, value=v, offset=n, timestamp=0, headers=()) for n, (k, v) in enumerate(records)]
    message = SimpleNamespace(topic="p.commands", partition=1)
    asyncio.run(stage.take(SimpleNamespace(message=message, value=batch)))
    assert confirmed == [message]
    return sent


def test_a_correction_becomes_a_lesson_and_a_command_goes_among_the_findings() -> None:
    command = Command(id="1", action="sign", alert="a", by="x", at=AT)
    sent = passed_on((b"hotline:1", encode(a_correction())), (b"a", encode(command))).records
    assert [(topic, key, partition) for topic, key, _, partition in sent] == [
        ("p.lessons", b"hotline:1", 0),
        ("p.findings", b"commands", 0),
    ]
    assert msgspec.json.decode(sent[0][2], type=Correction) == a_correction()


def test_what_cannot_be_used_is_a_dead_letter_and_no_lesson() -> None:
    sent = passed_on((b"hotline:1", encode(a_correction(kind="shark"))), (b"x", b'{"action": "corect"}')).records
    letters = [msgspec.json.decode(value) for _, _, value, _ in sent]
    assert [(topic, letter["reason"], letter["path"]) for (topic, *_), letter in zip(sent, letters, strict=True)] == [
        ("p.dead-letters", "UNKNOWN_KIND", "$.kind"),
        ("p.dead-letters", "SCHEMA", "$.action"),
    ]


def test_a_file_of_lessons_teaches_what_the_topic_does(tmp_path: Path) -> None:
    file = tmp_path / "lessons.jsonl"
    told = [a_correction(event=f"hotline:{n}", text=f"近岸看到背鳍{n}") for n in range(3)]
    told += [a_correction(event="hotline:1", kind=""), a_correction(event="hotline:2", kind="noise")]
    file.write_bytes(b"\n".join(map(encode, told)) + b"\n\n")
    intake = new_intake()
    teach(intake, load_lessons(file, KINDS))
    assert len(intake.taught) == 2


def test_files_are_replayed_and_explained_with_what_was_taught_and_without(tmp_path: Path) -> None:
    dice, settings = random.Random(3), Settings()
    lessons, calls = tmp_path / "lessons.jsonl", tmp_path / "calls.jsonl"
    beside = (ordinary(dice), ordinary(dice))
    told = [a_correction(event=f"hotline:z{n}", text=shark(dice), beside=beside) for n in range(30)]
    lessons.write_bytes(b"\n".join(map(encode, told)))
    at = {"source": "hotline", "district": "440507", "street": "金霞街道", "spot": "幸福里小区"}
    rows = [
        {**at, "id": str(n), "occurred_at": AT + timedelta(hours=n), "text": shark(dice), "caller": str(n)}
        for n in range(4)
    ]
    calls.write_bytes(b"\n".join(map(encode, rows)))
    files = [(load_mapping("fenghuo"), calls)]
    assert replay_files(files, settings)[1].final == {}
    (alert,) = replay_files(files, settings, lessons=lessons)[1].final.values()
    assert (alert.kind, alert.events) == ("animal", 4)
    answer = explain_alert(alert.id, Source(files, settings, lessons=lessons))
    assert set(answer.learned) == answer.told == {f"hotline:{n}" for n in range(4)}
    assert min(answer.learned.values()) > 0.5
    shown = Console(width=200, file=StringIO())
    Page(answer, voice_of(answer.areas, "en")).show(shown)
    assert f"(learned {answer.learned['hotline:0']:.2f})" in shown.file.getvalue()  # type: ignore[attr-defined]


def test_every_line_of_a_file_that_cannot_be_used_is_named(tmp_path: Path) -> None:
    file = tmp_path / "lessons.jsonl"
    file.write_bytes(encode(a_correction()) + b"\n{}\n" + encode(a_correction(kind="nosie")))
    with pytest.raises(ConfigurationError) as caught:
        load_lessons(file, KINDS)
    assert [(fault.line, fault.path) for fault in caught.value.faults] == [(2, "$.id"), (3, "$.kind")]
    with pytest.raises(ConfigurationError, match="cannot be read"):
        load_lessons(tmp_path / "none", KINDS)


def test_an_intake_that_was_taught_once_stays_as_it_is_when_nothing_comes() -> None:
    intake = taught_intake(new_intake(), 5)
    teach(intake, ())
    assert len(intake.taught) == 5


def test_a_record_that_is_nested_too_deeply_is_no_correction() -> None:
    assert not is_correction(b'{"x":' + b"[" * 100_000 + b"]" * 100_000 + b"}")
