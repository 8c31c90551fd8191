from __future__ import annotations

import json
from typing import Any

import pytest

from streams.board import hub
from streams.board.access.visitor import Visitor
from streams.board.board import Board
from streams.board.mirror import Mirror
from streams.board.reader import Reader
from streams.board.sending import Sender
from streams.codec import encode, origin
from streams.settings import Settings
from streams.tail import Heard
from tests.builders import a_taxonomy, an_alert, an_alert_place, an_area_tree, an_event, the_book

ANYBODY = Visitor(anybody=True)


def told(alert: Any) -> Heard:
    topic = "alerts.restricted.current" if alert.restricted else "alerts.current"
    return Heard(topic, 0, 0, 1_000, alert.id.encode(), encode(alert), ())


@pytest.fixture
def board() -> Board:
    mirror = Mirror(a_taxonomy(), the_book())
    settings = Settings()
    reader, sender = Reader(settings, mirror), Sender(settings, mirror.answers)
    return Board(settings, areas=an_area_tree(), taxonomy=a_taxonomy(), mirror=mirror, reader=reader, sender=sender)


def read(said: str) -> tuple[list[dict[str, Any]], list[str], int]:
    tiles, gone, now = json.loads(f"[{said}]")
    return tiles, gone, now


def test_a_page_that_opens_is_told_of_everything_that_is_open(board: Board) -> None:
    board.mirror.take([told(an_alert("a1")), told(an_alert("a2", status="closed"))])
    tiles, gone, _ = read(board.hub.everything(ANYBODY))
    assert [tile["id"] for tile in tiles] == ["a1"]
    assert gone == []


def test_open_pages_are_told_of_what_changes_and_of_what_is_over(board: Board) -> None:
    board.mirror.take([told(an_alert("a1")), told(an_alert("a2"))])
    heard: list[str] = []
    board.hub.join(ANYBODY, heard.append)
    board.hub.look()
    board.mirror.take([told(an_alert("a1", "red", version=2)), told(an_alert("a2", version=2, status="closed"))])
    board.hub.look()
    tiles, gone, _ = read(heard[-1])
    assert [(tile["id"], tile["grade"]) for tile in tiles] == [("a1", "red")]
    assert gone == ["a2"]


def test_nothing_is_told_when_nothing_changed_but_the_time_now_and_then(board: Board) -> None:
    heard: list[str] = []
    board.hub.join(ANYBODY, heard.append)
    for _ in range(20):
        board.hub.look()
    assert len(heard) == 2
    assert read(heard[0])[:2] == ([], [])


def test_who_left_is_told_nothing_more(board: Board) -> None:
    heard: list[str] = []
    number = board.hub.join(ANYBODY, heard.append)
    board.hub.leave(number)
    board.mirror.take([told(an_alert("a1"))])
    board.hub.look()
    assert heard == []


def test_whoever_may_not_see_an_alert_is_not_told_of_it(board: Board) -> None:
    elsewhere = an_alert_place(district="other", street="", community="", grid="", key="other")
    board.mirror.take(
        [told(an_alert("a1")), told(an_alert("a2", place=elsewhere)), told(an_alert("a3", restricted=True))]
    )
    viewer = Visitor(account="v", roles=("viewer",), areas=(an_alert_place().district,))
    desk = Visitor(account="d", roles=("duty",))
    assert {tile["id"] for tile in read(board.hub.everything(viewer))[0]} == {"a1"}
    assert {tile["id"] for tile in read(board.hub.everything(desk))[0]} == {"a1", "a2", "a3"}


def test_an_alert_that_becomes_one_for_the_duty_desk_leaves_the_page_of_a_viewer(board: Board) -> None:
    board.mirror.take([told(an_alert("a1"))])
    heard: list[str] = []
    board.hub.join(Visitor(account="v", roles=("viewer",)), heard.append)
    board.hub.look()
    board.mirror.take([told(an_alert("a1", version=2, restricted=True))])
    board.hub.look()
    assert read(heard[-1])[:2] == ([], ["a1"])


def test_each_is_told_in_the_language_of_the_page(board: Board) -> None:
    board.mirror.take([told(an_alert("a1", "red"))])
    zh = read(board.hub.everything(ANYBODY))[0][0]
    en = read(board.hub.everything(Visitor(anybody=True, lang="en")))[0][0]
    assert (zh["word"], en["word"]) == ("红", "red")


def test_what_closes_a_script_or_a_string_stays_text(board: Board) -> None:
    nasty = an_alert_place(name="</script><img src=x onerror=alert(1)>\"'`${1}\u2028")
    board.mirror.take([told(an_alert("a1", place=nasty))])
    tile = read(board.hub.everything(ANYBODY))[0][0]
    assert nasty.name in tile["place"]


def test_nobody_is_told_the_ids_of_what_he_may_not_see(board: Board) -> None:
    board.mirror.take([told(an_alert("a1")), told(an_alert("a3", restricted=True))])
    viewer = Visitor(account="v", roles=("viewer",))
    heard: list[str] = []
    board.hub.join(viewer, heard.append)
    assert "a3" not in board.hub.everything(viewer)
    board.mirror.take([told(an_alert("a1", version=2)), told(an_alert("a3", version=2, restricted=True))])
    board.hub.look()
    assert read(heard[-1])[1] == []
    assert "a3" not in heard[-1]


def test_trends_drawn_while_events_were_still_read_are_drawn_anew(board: Board) -> None:
    alert = an_alert("a1")
    board.mirror.take([told(alert)])
    heard: list[str] = []
    board.hub.join(ANYBODY, heard.append)
    assert sum(read(board.hub.everything(ANYBODY))[0][0]["spark"]) == 0
    board.hub.look()
    happened = an_event("e1", kind=alert.kind)
    board.mirror.take([Heard("events", 0, 0, 1_000, b"k", encode(happened), origin("calls/0", 1))])
    board.reader.ready.set()
    board.hub.look()
    assert sum(read(heard[-1])[0][0]["spark"]) == 1


def test_one_alert_that_cannot_be_put_on_the_wall_takes_no_other_with_it(
    board: Board, monkeypatch: pytest.MonkeyPatch
) -> None:
    written = hub.tile_of

    def refused(alert: Any, *more: Any) -> Any:
        if alert.id == "a1":
            raise KeyError(alert.id)
        return written(alert, *more)

    monkeypatch.setattr(hub, "tile_of", refused)
    board.mirror.take([told(an_alert("a1")), told(an_alert("a2"))])
    assert [tile["id"] for tile in read(board.hub.everything(ANYBODY))[0]] == ["a2"]


def test_a_page_that_fails_keeps_nothing_from_the_others(board: Board) -> None:
    heard: list[str] = []

    def gone(_said: str) -> None:
        raise RuntimeError("The client this element belongs to has been deleted.")

    board.hub.join(ANYBODY, gone)
    board.hub.join(ANYBODY, heard.append)
    for version in (1, 2):
        board.mirror.take([told(an_alert("a1", version=version))])
        board.hub.look()
    assert [read(said)[0][0]["version"] for said in heard] == [1, 2]
