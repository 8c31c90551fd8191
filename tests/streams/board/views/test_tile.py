from __future__ import annotations

import pytest

from streams.board.views.tile import due_of, hours_before, tile_of
from streams.language import Voice
from tests.builders import T0, an_alert
from tests.lives import HOUR, MINUTE, Life, at

ZH, EN = Voice("zh"), Voice("en")


def test_a_tile_says_what_where_how_many_why_whose_and_by_when_in_both_languages() -> None:
    alert = Life("a1", "red").issue(0).last
    zh, en = tile_of(alert, ZH), tile_of(alert, EN)
    assert (zh.word, en.word) == ("红", "red")
    assert (zh.state_word, en.state_word) == ("待签收", "unsigned")
    for said in (zh.title, zh.place, zh.counted, zh.why, zh.owner, en.title, en.counted, en.why, en.owner):
        assert said
    assert zh.due == "sign"
    assert zh.due_at > 0
    assert zh.may_sign


def test_what_is_to_be_done_next_follows_its_life() -> None:
    life = Life("a1", "orange").issue(0)
    assert due_of(life.last) == ("sign", at(30 * MINUTE))
    life.command(MINUTE, "sign")
    assert due_of(life.last) == ("arrive", at(4 * HOUR))
    assert not tile_of(life.last, ZH).may_sign
    life.command(2 * MINUTE, "arrive")
    assert due_of(life.last) == ("", None)


def test_a_false_alarm_waits_for_nobody() -> None:
    life = Life("a1").issue(0)
    life.command(MINUTE, "false")
    assert due_of(life.last) == ("", None)


def test_a_missed_clock_is_counted() -> None:
    life = Life("a1").issue(0).pass_time(31 * MINUTE)
    assert tile_of(life.last, ZH).missed == 1


@pytest.mark.parametrize(("over", "mark"), [({"exercise": True}, "演练"), ({"restricted": True}, "仅限值班")])
def test_marks_are_words(over: dict[str, bool], mark: str) -> None:
    assert mark in tile_of(an_alert("a1", **over), ZH).marks


def test_a_search_finds_place_title_owner_and_the_beginning_of_the_id() -> None:
    alert = an_alert("abcdef0123456789")
    text = tile_of(alert, ZH).text
    assert "abcdef01" in text
    assert alert.place.name.lower() in text


def test_hours_end_with_the_one_that_is_going_on() -> None:
    since, until = hours_before(T0 + 10, 24)
    assert until - since == 24 * 3_600
    assert since % 3_600 == 0
    assert until - 3_600 <= T0 + 10 < until
