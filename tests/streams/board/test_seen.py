"""What somebody says of an alert holds for the version he had before him, not for what it became meanwhile."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest

from rules.alert import Grade
from streams.board.access.visitor import Visitor
from streams.board.alert.acting import seen_of
from streams.board.board import Board
from streams.board.mirror import Mirror
from streams.board.reader import Reader
from streams.board.sending import Sender
from streams.commanding import command_about, refusal_of
from streams.settings import Settings
from streams.sides import side_of
from tests.builders import a_taxonomy, an_alert, an_alert_place, an_area_tree, the_book
from tests.lives import Life
from tests.streams.board.heard import heard


def test_a_verdict_carries_what_was_seen_of_the_alert() -> None:
    seen = an_alert("a1", "orange")
    assert seen_of(seen, "false") == {"grade": Grade.ORANGE, "last_at": seen.last_at}
    assert seen_of(seen, "sign") == {"grade": Grade.ORANGE}
    assert seen_of(seen, "upgrade") == {}


def test_who_signs_an_orange_alert_has_not_signed_the_red_one_it_became() -> None:
    seen = Life().issue(0).last
    worse = Life().issue(0, grade=Grade.RED).last if seen.grade is not Grade.RED else seen
    command = command_about(worse, "sign", by="li", **seen_of(seen, "sign"))
    assert refusal_of(worse, command) is not None


def test_a_verdict_is_about_the_evidence_that_was_seen() -> None:
    seen = an_alert("a1")
    later = an_alert("a1", last_at=seen.last_at + timedelta(hours=1))
    assert command_about(later, "false", by="li", **seen_of(seen, "false")).last_at == seen.last_at


@pytest.fixture
def a_board() -> Board:
    mirror, settings = Mirror(a_taxonomy(), the_book()), Settings()
    return Board(
        settings,
        areas=an_area_tree(),
        taxonomy=a_taxonomy(),
        mirror=mirror,
        reader=Reader(settings, mirror),
        sender=Sender(settings, mirror.answers),
    )


def test_the_board_refuses_a_signature_for_less_than_what_stands(a_board: Board) -> None:
    a_board.mirror.take([heard("alerts.current", an_alert("a1", "red"))])
    outcome = asyncio.run(a_board.send(Visitor(anybody=True), "a1", "sign", by="li", grade=Grade.ORANGE))
    assert not outcome.sent
    assert outcome.says is not None
    assert "已升为红" in outcome.says.zh


def test_nobody_merges_an_alert_with_one_he_may_not_see(a_board: Board) -> None:
    elsewhere = an_alert_place(district="d2", street="", community="", grid="")
    told = (an_alert("a1"), an_alert("b2", place=elsewhere), an_alert("c3", restricted=True))
    a_board.mirror.take(heard(side_of(alert).current, alert) for alert in told)
    commander = Visitor(account="li", roles=("commander",), areas=("d1",))
    outcome = asyncio.run(a_board.send(commander, "a1", "merge", other="b2"))
    assert not outcome.sent
    assert outcome.says is not None
    viewer = Visitor(account="li", roles=("viewer",))
    assert not asyncio.run(a_board.send(viewer, "a1", "merge", other="c3")).sent
