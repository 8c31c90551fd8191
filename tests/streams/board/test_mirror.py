"""What comes wrong on a topic keeps nothing else from being shown."""

from __future__ import annotations

from streams import topics
from streams.board.cluster import Sighting
from streams.board.mirror import Mirror
from streams.board.reader import Reader
from streams.board.views.system.works import kafka
from streams.settings import Settings
from streams.tail import Heard
from tests.builders import a_taxonomy, an_alert, the_book
from tests.streams.board.heard import heard


def a_mirror() -> Mirror:
    return Mirror(a_taxonomy(), the_book())


def nonsense(topic: str, value: bytes = b'{"what": 1}') -> Heard:
    return Heard(topic, 0, 7, 1_000, b"k", value, ())


def test_a_record_that_cannot_be_read_is_passed_over_on_every_topic_and_what_follows_is_taken_in() -> None:
    mirror = a_mirror()
    wrong = [nonsense(topic, value) for topic in mirror.reads() for value in (b"", b"\xff\xfe", b"[]", b'{"what": 1}')]
    mirror.take([*wrong, heard(topics.CURRENT, an_alert("a1"))])
    assert mirror.alerts.get("a1") is not None
    assert mirror.records == len(wrong) + 1
    assert mirror.unreadable[topics.CURRENT] == 4


def test_it_is_said_where_it_lies_but_not_what_it_holds_and_once_a_minute(caplog: object) -> None:
    mirror = a_mirror()
    Reader(Settings(), mirror)
    mirror.take([nonsense(topics.CURRENT, b'{"grade": "13800138000"}')] * 3)
    (said,) = caplog.messages  # type: ignore[attr-defined]
    assert "alerts.current/0/7" in said
    assert "13800138000" not in said


def test_the_page_on_the_system_says_that_something_may_be_missing() -> None:
    assert kafka(Sighting(), None, 0.0).verdict != "fault"
    section = kafka(Sighting(), None, 0.0, {topics.CURRENT: 2})
    assert section.verdict == "fault"
    assert any(topics.CURRENT in line.says.zh and topics.CURRENT in line.says.en for line in section.lines)
