"""An alert as text for people."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from rules.alert import Grade, GradeStep, Text
from streams.bulletin import bulletin, duty, facts, headline, one_line
from streams.intake.places import load_areas
from streams.language import Voice, voice_of
from tests.builders import T0, an_alert, an_alert_place, an_area_tree

ZH, EN = Voice("zh"), Voice("en")
NOW = datetime.fromtimestamp(T0, UTC)


def test_a_message_has_the_order_a_duty_officer_needs() -> None:
    assert bulletin(an_alert(), ZH).plain.splitlines() == [
        "【橙色·新发】燃气泄漏｜河东街道·幸福里小区（网格 HD-07）",
        "01-01 00:00，12345 1起；常态0.1起/日",
        "触发：燃气泄漏单起即报",
        "建议：①燃气公司30分钟内到场 ②警戒疏散",
        "主责：区城管局｜请于00:30前签收",
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
    assert duty(an_alert(), ZH, NOW).plain.endswith("请于00:30前签收，还剩30分钟")
    assert duty(an_alert(), ZH, NOW - timedelta(minutes=40)).plain.endswith("还剩1小时10分")
    assert duty(an_alert(), ZH, NOW + timedelta(minutes=33)).plain.endswith("应于00:30前签收，已超时3分钟")
    assert duty(an_alert(), EN, NOW + timedelta(minutes=150)).plain.endswith("was to be signed by 00:30, 2 h ago")


def test_a_normal_value_that_is_unknown_says_why() -> None:
    alert = an_alert(expected=None, why=Text("单起即报，常态未知（历史不足7天）", ""))
    assert facts(alert, ZH).plain.endswith("常态未知（历史不足7天）")
    assert "触发：单起即报\n" in bulletin(alert, ZH).plain


def test_a_detector_gives_its_window_and_its_limit() -> None:
    alert = an_alert(expected=0.9, expected_high=4.0, window_s=3600.0)
    assert facts(alert, ZH).plain.endswith("常态0.9起/小时（上限4）")
    half_a_day = an_alert(expected=0.9, expected_high=4.0, window_s=12 * 3600.0)
    assert facts(half_a_day, ZH).plain.endswith("常态0.9起/12小时（上限4）")


def test_ids_of_grids_are_told_by_name_and_times_in_the_zone_of_the_city() -> None:
    voice = Voice("zh", name_of={"HD-07": "河东七号"}.__getitem__)
    assert "（网格 河东七号）" in headline(an_alert(), voice).plain


def test_english_names_city_and_district_in_english_where_the_area_file_does() -> None:
    districts = [{"id": "d1", "name": "龙湖区", "name_en": "Longhu District"}, {"id": "d2", "name": "金平区"}]
    tree = an_area_tree(name="汕头市", name_en="Shantou", districts=districts)
    alerts = {
        "河东街道·幸福里小区, Longhu District": an_alert_place(),
        "Longhu District": an_alert_place(name="龙湖区"),
        "Longhu District·六联社区": an_alert_place(name="龙湖区·六联社区"),
        "河东街道": an_alert_place(name="河东街道", district="d2"),
        "Shantou": an_alert_place(name="汕头市", district="test:unknown"),
    }
    english, chinese = voice_of(tree, "en"), voice_of(tree, "zh")
    assert [english.place(an_alert(place=place)) for place in alerts.values()] == list(alerts)
    assert [chinese.place(an_alert(place=place)) for place in alerts.values()] == [p.name for p in alerts.values()]


@pytest.mark.parametrize("name", ["shantou", "pingshan"])
def test_shipped_chinese_cities_and_all_their_districts_have_english_names(name: str) -> None:
    tree = load_areas(name)
    names = [tree.name, *(one.name for one in tree.districts())]
    assert all(tree.english[one].isascii() for one in names)


def test_what_is_over_is_dated_when_that_was_known_not_at_its_last_evidence() -> None:
    later = NOW + timedelta(hours=2)
    assert one_line(an_alert(change="closed"), ZH, later).plain.startswith("01-01 02:00 【橙色·解除】")
    assert one_line(an_alert(change="closed"), ZH).plain.startswith("01-01 00:00 ")
    assert one_line(an_alert(), ZH, later).plain.startswith("01-01 00:00 【橙色·新发】")


def test_a_line_for_a_log_is_one_line() -> None:
    line = one_line(an_alert(place=an_alert_place(grid="")), ZH).plain
    assert line == "01-01 00:00 【橙色·新发】燃气泄漏｜河东街道·幸福里小区  12345 1起"
