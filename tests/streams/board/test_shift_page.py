"""The page of a shift: which one an address asks for, and whose alerts it tells of."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from rules.alert import Text
from streams.board.access.visitor import Visitor
from streams.board.board import Board
from streams.board.mirror import Mirror
from streams.board.pages.shift import _visible, _wanted
from streams.board.reader import Reader
from streams.board.sending import Sender
from streams.board.shifts import Read, ShiftReader
from streams.course import Version
from streams.report.compose import Material
from streams.report.period import Period, shift_at
from streams.settings import Settings
from tests.builders import a_taxonomy, an_alert, an_alert_place, an_area_tree, the_book
from tests.streams.board.heard import heard

THIS = shift_at(datetime(2026, 1, 5, 4, tzinfo=UTC), (0, 8, 16), ZoneInfo("Asia/Shanghai"))
NOW = datetime(2026, 1, 5, 4, tzinfo=UTC)
VIEWER = Visitor(account="v", roles=("viewer",), areas=("d1",))


@pytest.fixture
def board() -> Board:
    mirror, settings = Mirror(a_taxonomy(), the_book()), Settings()
    reader, sender = Reader(settings, mirror), Sender(settings, mirror.answers)
    return Board(settings, areas=an_area_tree(), taxonomy=a_taxonomy(), mirror=mirror, reader=reader, sender=sender)


@pytest.mark.parametrize("on", ["0001-01-01", "0001-01-02", "1999-12-31", "9999-12-31", "", "x"])
def test_a_day_of_which_there_can_be_no_record_is_no_shift(on: str) -> None:
    assert _wanted({"date": on, "from": "8", "to": "16"}, THIS) == (THIS, True)


def test_of_an_alert_that_went_to_the_duty_desk_only_no_earlier_version_is_told(board: Board) -> None:
    before = Version(an_alert("a1"), NOW)
    board.mirror.take([heard("alerts.restricted.current", an_alert("a1", version=2, restricted=True))])
    assert list(_visible(board, VIEWER, [before])) == []
    assert list(_visible(board, Visitor(account="d", roles=("duty",)), [before])) == [before]


def test_an_alert_that_is_somebody_elses_now_does_not_stay_open_in_the_report(board: Board) -> None:
    there = an_alert_place(district="d2", street="", community="", grid="")
    versions = [Version(an_alert("a1"), NOW), Version(an_alert("a1", version=2, place=there), NOW)]
    assert list(_visible(board, VIEWER, versions)) == []


def test_an_alert_that_spread_to_a_district_is_told_whole(board: Board) -> None:
    there = an_alert_place(district="d2", street="", community="", grid="")
    versions = [
        Version(an_alert("a1", place=there), NOW),
        Version(an_alert("a1", version=2, place=there, districts=("d2", "d1")), NOW),
    ]
    assert list(_visible(board, VIEWER, versions)) == versions


def test_a_shift_many_ask_for_at_once_is_read_once(monkeypatch: pytest.MonkeyPatch) -> None:
    reader, readings = ShiftReader(Settings()), []

    def read(period: Period, *, restricted: bool, told: object) -> Read:
        del told
        readings.append((period, restricted))
        return Read(Material(versions=[], source=Text()), [], [])

    monkeypatch.setattr(reader, "_read", read)

    async def ask() -> None:
        asked = [reader.read(THIS, restricted=restricted, told=lambda *_: None) for restricted in (True, True, False)]
        await asyncio.gather(*asked)
        await reader.read(THIS, restricted=False, told=lambda *_: None)

    asyncio.run(ask())
    assert readings == [(THIS, True), (THIS, False), (THIS, False)]
