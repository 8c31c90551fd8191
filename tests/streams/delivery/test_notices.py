from __future__ import annotations

from types import SimpleNamespace

import msgspec
import pytest

from rules.alert import Alert
from rules.silence import Silence
from streams.codec import COMMAND, encode, origin
from streams.delivery.notices import Ended, read_notice
from streams.errors import BadInput
from tests.builders import an_alert

SILENCE = {
    "id": "c1",
    "action": "silence",
    "alert": "s1",
    "by": "lin.min",
    "at": "2026-01-15T08:00:00+08:00",
    "until": "2026-01-15T12:00:00+08:00",
    "why": "抢修",
    "matcher": {"kinds": "power_outage,streetlight"},
}


def a_record(content: object, *, command: bool = False) -> SimpleNamespace:
    return SimpleNamespace(
        value=content if isinstance(content, bytes) else msgspec.json.encode(content),
        headers=origin("commands/0", 7, COMMAND) if command else (),
    )


def test_a_record_without_a_header_is_a_version_of_an_alert() -> None:
    alert = an_alert()
    assert read_notice(a_record(encode(alert))) == alert
    assert isinstance(alert, Alert)


def test_a_silence_holds_from_when_it_was_asked_for() -> None:
    found = read_notice(a_record(SILENCE, command=True))
    assert isinstance(found, Silence)
    assert (found.id, found.matcher.kinds, found.by) == ("s1", ("power_outage", "streetlight"), "lin.min")
    assert (found.until_at - found.from_at).total_seconds() == 4 * 3600


def test_a_silence_can_be_ended_early() -> None:
    assert read_notice(a_record(SILENCE | {"action": "unsilence"}, command=True)) == Ended("s1")


def test_other_commands_are_none_of_delivery_s() -> None:
    assert read_notice(a_record(SILENCE | {"action": "sign"}, command=True)) is None


@pytest.mark.parametrize(
    "content",
    [
        b"{",
        b"",
        b"\xff",
        b'{"id": ' + b"[" * 60_000,
        SILENCE | {"until": None},
        SILENCE | {"until": "2027-01-15T12:00:00+08:00"},
        SILENCE | {"matcher": {"kindz": "a"}},
        SILENCE | {"at": "0001-01-01T00:00:00+08:00", "until": "0001-01-02T00:00:00+08:00"},
        b'{"a":' + b"[" * 100_000 + b"]" * 100_000 + b"}",
        b'{"other": ' + b"[" * 60_000,
        b'{"other": "\xff"}',
        b'{"id": "\xff"}',
    ],
)
def test_what_cannot_be_used_says_so(content: object) -> None:
    with pytest.raises(BadInput):
        read_notice(a_record(content, command=True))


@pytest.mark.parametrize(
    "content",
    [
        b'{"a":' + b"[" * 100_000 + b"]" * 100_000 + b"}",
        b'{"other": ' + b"[" * 60_000,
        b'{"other": "\xff"}',
        b'{"id": "\xff"}',
        msgspec.to_builtins(an_alert()) | {"raised_at": "0001-01-01T00:00:00+08:00"},
        msgspec.to_builtins(an_alert()) | {"last_at": "9999-12-31T23:59:59-12:00"},
    ],
)
def test_what_is_too_deep_or_outside_the_calendar_is_no_alert_and_ends_nobody(content: object) -> None:
    with pytest.raises(BadInput):
        read_notice(a_record(content))
