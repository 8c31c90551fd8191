"""What pages read from the topics themselves."""

from __future__ import annotations

import asyncio

import msgspec
import pytest

from streams.board.archive import Archive, Unreadable
from streams.settings import Settings


def test_a_record_that_is_none_is_told_as_a_reason_not_as_a_fault_of_the_page(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def refuse(*_given: object, **_more: object) -> None:
        raise msgspec.ValidationError("13800138000")

    monkeypatch.setattr("streams.board.archive.Tail", refuse)
    with pytest.raises(Unreadable):
        asyncio.run(Archive(Settings()).past(restricted=False))
    assert "13800138000" not in caplog.text
