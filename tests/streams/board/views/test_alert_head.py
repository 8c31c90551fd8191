from __future__ import annotations

from datetime import timedelta

import msgspec
import pytest

from rules.alert import RuleRef
from streams.board.views.alert_head import Due, countdown, head_of
from streams.language import Voice
from tests.builders import T0, an_alert
from tests.lives import HOUR, MINUTE, Life, at

ZH, EN = Voice("zh"), Voice("en")


def test_ten_seconds_are_enough_what_where_how_bad_how_many_whose_and_by_when() -> None:
    head = head_of(Life().issue(0).last, ZH)
    assert (head.grade, head.grade_word, head.what) == ("orange", "橙色", "燃气泄漏")
    assert head.where == "河东街道·幸福里小区（网格 HD-07）"
    assert head.state_word == "待签收"
    assert {fact.label: fact.value for fact in head.facts} == {
        "数量": "1起",
        "来源": "12345",
        "时间": "01-01 00:00",
        "常态": "0.1起/日",
        "主责": "区城管局",
    }
    assert [(due.what, due.clock) for due in head.due] == [("sign", "00:30"), ("on_site", "04:00")]


def test_it_reads_as_well_in_english() -> None:
    head = head_of(Life().issue(0).last, EN)
    assert (head.grade_word, head.what, head.state_word) == ("orange", "Gas leak", "waiting to be signed")
    assert [fact.value for fact in head.facts][:2] == ["1 report", "hotline"]
    assert [due.label for due in head.due] == ["Sign by", "On site by"]


def test_who_signed_stands_there_and_only_the_clock_to_be_on_site_runs_on() -> None:
    life = Life().issue(0)
    life.command(5 * MINUTE, "sign", "李")
    head = head_of(life.last, ZH)
    assert (head.state_word, head.is_taken) == ("已签收", True)
    assert "李" in head.said
    assert [due.what for due in head.due] == ["on_site"]


def test_what_nobody_signed_in_time_says_whose_it_is_now() -> None:
    life = Life().issue(0)
    life.pass_time(HOUR)
    head = head_of(life.last, ZH)
    assert head.said.startswith("超期未签收，已提级至")
    assert not head.is_taken


def test_a_false_alarm_and_what_is_over_have_no_clock() -> None:
    life = Life().issue(0)
    life.command(MINUTE, "false", "李")
    assert head_of(life.last, ZH).due == ()
    life.command(2 * MINUTE, "close", "李")
    assert (head_of(life.last, ZH).due, head_of(life.last, ZH).is_over) == ((), True)


def test_what_waits_to_be_confirmed_says_so_once_and_until_when() -> None:
    head = head_of(Life(pending_check=True).issue(0).last, ZH)
    assert (head.state_word, head.marks, head.said) == ("待核实", (), "")
    assert [due.what for due in head.due] == ["confirm"]


@pytest.mark.parametrize(
    ("over", "mark"),
    [
        ({"exercise": True}, "演练"),
        ({"restricted": True}, "仅限值班席"),
        ({"pending_check": True}, "待核实"),
        ({"rule": RuleRef(id="gas-leak", number=7, version=1, book="b", status="shadow")}, "试运行，不通知"),
    ],
)
def test_what_has_to_be_seen_first_is_marked(over: dict[str, object], mark: str) -> None:
    assert [word for _, word in head_of(an_alert(**over), ZH).marks] == [mark]


def test_an_alert_that_nobody_handles_is_timed_by_its_events() -> None:
    assert [due.by_wall for due in head_of(an_alert(), ZH).due] == [False, False]
    assert [due.by_wall for due in head_of(Life().issue(0).last, ZH).due] == [True, True]


def test_a_cluster_names_every_district_it_touches() -> None:
    head = head_of(an_alert(districts=("d1", "d2")), Voice("zh", name_of={"d1": "龙湖区", "d2": "金平区"}.get))  # type: ignore[arg-type]
    assert [fact.value for fact in head.facts if fact.label == "跨区"] == ["龙湖区、金平区"]


@pytest.mark.parametrize(
    ("left_s", "zh", "en", "tone"),
    [
        (754, "还剩 12分34秒", "12 min 34 s left", ""),
        (299, "还剩 4分59秒", "4 min 59 s left", "warn"),
        (-61, "已超时 1分1秒", "1 min 1 s overdue", "bad"),
    ],
)
def test_a_countdown_gets_louder(left_s: float, zh: str, en: str, tone: str) -> None:
    due = Due("sign", "", T0 + left_s, "", by_wall=True)
    assert countdown(due, T0, ZH) == (zh, tone)
    assert countdown(due, T0, EN) == (en, tone)


def test_a_longer_time_says_how_long() -> None:
    alert = msgspec.structs.replace(an_alert(), last_at=at(0) + timedelta(hours=3))
    assert "00:00–03:00（3小时）" in [fact.value for fact in head_of(alert, ZH).facts]


def test_what_became_part_of_another_alert_says_of_which() -> None:
    life = Life().issue(0)
    handling = life.last.revision.handling
    assert handling is not None
    moved = msgspec.structs.replace(handling, state="cancelled", moved_to="b7")
    revision = msgspec.structs.replace(life.last.revision, handling=moved, change="withdrawn")
    head = head_of(msgspec.structs.replace(life.last, status="withdrawn", revision=revision), ZH)
    assert (head.moved_to, head.state_word, head.due) == ("b7", "已撤销", ())
