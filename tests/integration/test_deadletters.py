"""Dead letters on a real Kafka: read once each, counted, sent again with the very bytes."""

from __future__ import annotations

import asyncio
import base64
import io
import json
from datetime import UTC, datetime

import pytest
from rich.console import Console

from streams import topicadmin, topics
from streams.audittrail import Wanted, read_trail
from streams.burials import HIDDEN, WARNING, Revealed, count_letters, list_letters, resend_letters
from streams.codec import DeadLetter, encode
from streams.deadletters import read_dead_letters
from streams.errors import BrokerUnavailable, ConfigurationError
from streams.producing import Outbox, new_producer
from streams.settings import Settings
from streams.tail import Tail
from streams.topicadmin import create_topics
from tests.builders import T0

SECRET = b'{"id":"1","text":"\xe7\x8e\x8b\xe4\xb8\x89 13800138000"'


@pytest.fixture
def settings(kafka: str, topic_prefix: str) -> Settings:
    """Two dead letters about not being JSON, one of them written twice, and one from the future."""
    settings = Settings(bootstrap=kafka, prefix=topic_prefix, partitions=2)
    create_topics(settings)
    asyncio.run(_bury(settings, [a_letter(0), a_letter(1), a_letter(0), a_letter(2, reason="FUTURE", raw=b"{}")]))
    return settings


def a_letter(offset: int, reason: str = "NOT_JSON", raw: bytes = SECRET, file: str = "") -> DeadLetter:
    """A dead letter of hotline.calls/0, or of a row of a file."""
    return DeadLetter(
        topic="hotline.calls",
        partition=0,
        offset=offset,
        received_at=datetime.fromtimestamp(T0 + offset, UTC),
        reason=reason,
        path="$.id",
        message="[is] cut off",
        raw=base64.b64encode(raw).decode(),
        file=file,
    )


async def _bury(settings: Settings, letters: list[DeadLetter]) -> None:
    producer = new_producer(settings.client())
    await producer.start()
    outbox = Outbox(producer, settings.partitions)
    for letter in letters:
        key = f"{letter.topic}/{letter.partition}/{letter.offset}".encode()
        outbox.add(settings.topic(topics.DEAD), key, encode(letter))
    await outbox.send()
    await producer.stop()


def a_console() -> tuple[Console, io.StringIO]:
    """A console and what it wrote."""
    out = io.StringIO()
    return Console(file=out, width=120, highlight=False), out


def test_each_raw_record_has_one_letter_in_the_order_received(settings: Settings) -> None:
    assert [letter.offset for letter in read_dead_letters(settings)] == [0, 1, 2]


def test_one_reason_can_be_asked_for(settings: Settings) -> None:
    assert [letter.offset for letter in read_dead_letters(settings, "future")] == [2]


def test_a_list_shows_where_and_why_but_no_original(settings: Settings) -> None:
    console, out = a_console()
    assert list_letters(settings, console, reason=None, limit=2, show_raw=False) == 3
    text = out.getvalue()
    assert "hotline.calls/0/1  NOT_JSON  $.id  [is] cut off" in text
    assert "hotline.calls/0/0" not in text
    assert "dead letters: 3, the newest 2 shown" in text
    assert "13800138000" not in text


def test_without_saying_who_and_what_for_only_the_outline_is_shown(settings: Settings) -> None:
    console, out = a_console()
    list_letters(settings, console, reason=None, limit=10, show_raw=True)
    assert HIDDEN in out.getvalue()
    assert '{"id":"9","text":"文文 99999999999"' in out.getvalue()
    assert "13800138000" not in out.getvalue()
    assert read_trail(settings, Wanted()) == []


def test_originals_are_shown_with_a_warning_once_it_is_on_record_to_whom_and_what_for(settings: Settings) -> None:
    console, out = a_console()
    who = Revealed("ops.chen", "核对时间格式 13900139000")
    list_letters(settings, console, reason=None, limit=2, show_raw=True, revealed=who)
    assert WARNING in out.getvalue()
    assert SECRET.decode() in out.getvalue()
    seen = read_trail(settings, Wanted(by="ops.chen"))
    told = [(one.action, one.subject, one.why, one.outcome) for one in seen]
    assert told == [("reveal", f"hotline.calls/0/{n}", "核对时间格式 [手机号]", "allowed") for n in (1, 2)]
    assert read_trail(settings, Wanted(by="somebody else")) == []


@pytest.mark.parametrize("who", [Revealed("", "for a reason"), Revealed("ops", " "), Revealed("o" * 201, "x")])
def test_nobody_is_shown_originals_without_name_or_reason(settings: Settings, who: Revealed) -> None:
    console, out = a_console()
    with pytest.raises(ConfigurationError):
        list_letters(settings, console, reason=None, limit=2, show_raw=True, revealed=who)
    assert "13800138000" not in out.getvalue()


def test_nothing_is_revealed_or_sent_that_cannot_be_put_on_record(settings: Settings) -> None:
    client = topicadmin.admin(settings)
    client.delete_topics([settings.topic(topics.AUDIT)])
    client.close()
    console, out = a_console()
    with pytest.raises(BrokerUnavailable, match="audit"):
        list_letters(settings, console, reason=None, limit=2, show_raw=True, revealed=Revealed("ops", "why"))
    with pytest.raises(BrokerUnavailable, match="audit"):
        resend_letters(settings, console, reason=None, dry_run=False)
    assert "13800138000" not in out.getvalue()
    assert hotline(settings) == []


def test_they_are_counted_by_topic_and_reason(settings: Settings) -> None:
    console, out = a_console()
    assert count_letters(settings, console, as_json=True) == 3
    assert json.loads(out.getvalue()) == [
        {"topic": "hotline.calls", "reason": "FUTURE", "count": 1},
        {"topic": "hotline.calls", "reason": "NOT_JSON", "count": 2},
    ]


def test_a_dry_run_sends_nothing(settings: Settings) -> None:
    console, out = a_console()
    assert resend_letters(settings, console, reason=None, dry_run=True) == 3
    assert "nothing was sent" in out.getvalue()
    assert hotline(settings) == []


def test_the_very_bytes_are_sent_again(settings: Settings) -> None:
    console, out = a_console()
    assert resend_letters(settings, console, reason="NOT_JSON", dry_run=False) == 2
    assert hotline(settings) == [SECRET, SECRET]
    assert f"sent 2 to {settings.topic('hotline.calls')}" in out.getvalue()
    assert [one.action for one in read_trail(settings, Wanted(subject="hotline.calls/0/"))] == ["resend", "resend"]


def test_a_row_of_a_file_is_listed_by_its_line_and_not_sent_again(settings: Settings) -> None:
    asyncio.run(_bury(settings, [a_letter(17, reason="TIME", file="calls.csv")]))
    console, out = a_console()
    list_letters(settings, console, reason="TIME", limit=2, show_raw=False)
    assert "calls.csv:17  TIME  $.id  [is] cut off" in out.getvalue()
    assert resend_letters(settings, console, reason="TIME", dry_run=True) == 0
    assert resend_letters(settings, console, reason=None, dry_run=False) == 3
    assert len(hotline(settings)) == 3
    assert "1 row of calls.csv cannot be sent again" in out.getvalue()


def hotline(settings: Settings) -> list[bytes | None]:
    """Values on hotline.calls."""
    with Tail(settings, ["hotline.calls"], from_beginning=True) as tail:
        return [record.value for record in tail.to_end()]
