from __future__ import annotations

from datetime import timedelta

import msgspec

from rules.alert import Alert, RuleRef
from streams.board.views.alert_similar import similar_to
from streams.language import Voice
from tests.builders import an_alert, an_alert_place
from tests.lives import MINUTE, Life, at

ZH, EN = Voice("zh"), Voice("en")


def before(id_: str, days: float, **over: object) -> Alert:
    return an_alert(id_, raised_at=at(0) - timedelta(days=days), **over)


def elsewhere(**over: str) -> object:
    return an_alert_place(key="x", grid="g9", **over)


def test_the_same_place_comes_before_the_same_street_and_the_newer_before_the_older() -> None:
    others = [
        before("street", 1, place=elsewhere(community="c9")),
        before("old", 9),
        before("new", 2),
        before("far", 1, place=elsewhere(community="c9", street="s9", district="d9")),
        before("kind", 1, kind="noise", rule=RuleRef(id="surge", number=5, version=1, book="b")),
    ]
    found = similar_to(an_alert(), others, ZH)
    assert [(one.id, one.likeness) for one in found.alerts] == [
        ("new", "同一地点"),
        ("old", "同一地点"),
        ("street", "同一街道"),
    ]


def test_another_kind_of_the_same_rule_is_like_it_too() -> None:
    found = similar_to(an_alert(), [before("a", 1, kind="hazmat")], EN)
    assert [one.likeness for one in found.alerts] == ["same place, same rule"]


def test_of_alerts_about_the_whole_city_it_does_not_say_that_the_place_is_the_same() -> None:
    city = an_alert_place(level="city", key="test")
    (one,) = similar_to(an_alert(place=city), [before("a", 1, place=city, kind="hazmat")], EN).alerts
    assert one.likeness == "same rule"


def test_itself_what_came_later_and_what_was_withdrawn_are_left_out() -> None:
    later = an_alert("l", raised_at=at(60))
    found = similar_to(an_alert("a"), [an_alert("a"), later, before("w", 1, change="withdrawn")], ZH)
    assert found.alerts == ()
    assert found.says == "此前没有类似的预警"


def test_verdicts_are_counted_over_all_of_them_not_only_those_shown() -> None:
    life = Life("f").issue(0)
    life.command(MINUTE, "false", "李")
    false = msgspec.structs.replace(life.last, raised_at=at(0) - timedelta(days=1))
    others = [false, *(before(f"n{n}", 2 + n) for n in range(20))]
    found = similar_to(an_alert("a"), others, ZH)
    assert found.says == "此前类似 21 次：属实 0，误报 1，无结论 20"
    assert len(found.alerts) == 8
    assert (found.alerts[0].verdict, found.alerts[0].verdict_word) == ("false", "误报")


def test_how_long_it_took_until_somebody_signed_is_told() -> None:
    life = Life("s").issue(0)
    life.command(5 * MINUTE, "sign", "李")
    signed = msgspec.structs.replace(life.last, raised_at=at(0) - timedelta(days=1))
    (one,) = similar_to(an_alert("a"), [signed], ZH).alerts
    assert one.took == "5分后签收"
