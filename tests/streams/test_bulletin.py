"""An alert as text for people."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from rules.alert import Grade, GradeStep, Text
from streams.bulletin import bulletin, duty, facts, headline, one_line
from streams.language import Voice
from tests.builders import T0, an_alert, an_alert_place

ZH, EN = Voice("zh"), Voice("en")
NOW = datetime.fromtimestamp(T0, UTC)


def test_a_message_has_the_order_a_duty_officer_needs() -> None:
    assert bulletin(an_alert(), ZH).plain.splitlines() == [
        "【橙色·新发】燃气泄漏｜河东街道·幸福里小区（网格 HD-07）",
        "01-01 00:00，12345 1起；常态0.1起/日",
        "触发：燃气泄漏单起即报",
        "建议：①燃气公司30分钟内到场 ②警戒疏散",
        "主责：区城管局｜请 00:30前签收",
    ]


def test_the_same_message_in_english() -> None:
    assert bulletin(an_alert(), EN).plain.splitlines() == [
        "【orange·new】Gas leak | 河东街道·幸福里小区 (grid HD-07)",
        "01-01 00:00, hotline 1 report; normally 0.1 a day",
        "Why: one report of gas is enough",
        "Do: ①The gas company is on site ②Evacuate",
        "Owner: district urban management | sign by 00:30",
    ]


def test_a_raised_alert_says_what_raised_it() -> None:
    raised = GradeStep(grade=Grade.RED, because=Text("500米内30分钟有2人以上反映", "two people within 500 m"))
    alert = an_alert(grade="red", steps=(*an_alert().steps, raised))
    assert "定级：500米内30分钟有2人以上反映" in bulletin(alert, ZH).plain


@pytest.mark.parametrize(
    ("change", "words"),
    [("update", "续报"), ("upgrade", "升级"), ("downgrade", "降级"), ("closed", "解除"), ("withdrawn", "撤销")],
)
def test_every_change_has_its_word(change: str, words: str) -> None:
    assert f"【橙色·{words}】" in headline(an_alert(change=change), ZH).plain


def test_a_closed_alert_asks_nobody_to_sign_or_to_act() -> None:
    text = bulletin(an_alert(change="closed"), ZH).plain
    assert "签收" not in text
    assert "建议" not in text


def test_what_waits_for_a_check_says_so() -> None:
    assert headline(an_alert(pending_check=True), ZH).plain.endswith("待核实")


def test_many_reports_by_many_people_over_hours_are_said_so() -> None:
    alert = an_alert(events=7, reporters=6, sources=("grid", "hotline"), last_at=NOW + timedelta(hours=2))
    assert facts(alert, ZH, NOW).plain == "00:00–02:00，网格、12345 7起，6人反映；常态0.1起/日"


def test_the_countdown_to_the_signature_runs_out() -> None:
    assert duty(an_alert(), ZH, NOW).plain.endswith("请 00:30前签收，还有30分")
    assert duty(an_alert(), ZH, NOW + timedelta(minutes=31)).plain.endswith("已超时")


def test_a_normal_value_that_is_unknown_says_why() -> None:
    alert = an_alert(expected=None, why=Text("单起即报，常态未知（历史不足7天）", ""))
    assert facts(alert, ZH).plain.endswith("常态未知（历史不足7天）")
    assert "触发：单起即报\n" in bulletin(alert, ZH).plain


def test_a_detector_gives_its_window_and_its_limit() -> None:
    alert = an_alert(expected=0.9, expected_high=4.0, window_s=3600.0)
    assert facts(alert, ZH).plain.endswith("常态0.9起/1小时（上限4）")


def test_ids_of_grids_are_told_by_name_and_times_in_the_zone_of_the_city() -> None:
    voice = Voice("zh", name_of={"HD-07": "河东七号"}.__getitem__)
    assert "（网格 河东七号）" in headline(an_alert(), voice).plain


def test_a_line_for_a_log_is_one_line() -> None:
    line = one_line(an_alert(place=an_alert_place(grid="")), ZH).plain
    assert line == "01-01 00:00 【橙色·新发】燃气泄漏｜河东街道·幸福里小区  12345 1起"
