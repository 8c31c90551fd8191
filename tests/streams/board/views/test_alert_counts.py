from __future__ import annotations

from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest

from rules.alert import Alert
from streams.board.views.alert_counts import DAY_S, HOUR_S, Scope, counts, gradings, scope_of
from streams.board.views.picture import Picture
from streams.language import Voice
from tests.builders import T0, a_taxonomy, an_alert, an_alert_place, an_event
from tests.lives import Life, at

ZH, EN = Voice("zh"), Voice("en")


def scope(alert: Alert, now: float = T0, voice: Voice = ZH) -> Scope:
    return scope_of(alert, now, a_taxonomy(), voice)


def a_street_alert(hours: float = 1.0, **over: object) -> Alert:
    place = an_alert_place(level="street", key="st1")
    return an_alert(**{"place": place, "window_s": 3_600.0, "last_at": at(hours * HOUR_S), **over})


def bars(picture: Picture, look: str) -> int:
    return sum(shape.look.startswith(look) for shape in picture.shapes)


@pytest.mark.parametrize(
    ("window_s", "bar_s", "least_s"),
    [
        (0.0, 300.0, 6 * HOUR_S),
        (HOUR_S, 300.0, 6 * HOUR_S),
        (DAY_S, HOUR_S, 3 * DAY_S),
        (30 * DAY_S, 6 * HOUR_S, 8 * DAY_S),
    ],
)
def test_bars_are_as_long_as_the_window_asks_and_the_window_fits_in(
    window_s: float, bar_s: float, least_s: float
) -> None:
    found = scope(an_alert(window_s=window_s))
    assert found.bar_s == bar_s
    assert found.until - found.since >= least_s
    assert found.since < T0 < found.until


def test_bars_of_some_hours_begin_with_the_local_day() -> None:
    shanghai = Voice("zh", ZoneInfo("Asia/Shanghai"))
    found = scope(an_alert(window_s=30 * DAY_S), voice=shanghai)
    assert (found.since + 8 * HOUR_S) % (6 * HOUR_S) == 0


def test_the_area_counted_is_the_one_the_alert_was_grouped_by_else_the_smallest_known() -> None:
    assert scope(an_alert()).area == "c1/幸福里小区"
    assert scope(a_street_alert()).area == "st1"
    assert scope(an_alert(place=an_alert_place(level="city", key="test"))).area is None
    assert scope(an_alert(place=an_alert_place(level="circle", key="x"))).area == "c1"


def test_an_alert_about_a_class_counts_all_its_kinds() -> None:
    assert scope(an_alert()).kinds == {"gas_leak"}
    whole = scope(an_alert(kind="utilities", category="utilities")).kinds
    assert whole is not None
    assert {"water_outage", "power_outage"} <= whole


def test_what_is_evidence_stands_out_from_what_else_there_was() -> None:
    alert = a_street_alert(evidence=("hotline:1", "hotline:2"))
    events = [an_event("1", 60), an_event("2", 120), an_event("3", 180), an_event("4", -2 * HOUR_S)]
    picture = counts(alert, scope(alert), events, (), ZH, T0 + DAY_S)
    assert (bars(picture, "count-own"), bars(picture, "count") - bars(picture, "count-own")) == (1, 2)
    assert "共4起，其中2起是本预警的证据" in picture.says
    said = counts(alert, scope(alert), events, (), EN, T0).says
    assert "4 reports from" in said
    assert "2 of them evidence" in said


def test_it_is_said_of_which_time_the_counts_are_and_of_none_there_is_no_most() -> None:
    alert = a_street_alert()
    said = counts(alert, scope(alert), [], (), ZH, T0 + 9 * HOUR_S).says
    assert said.endswith("共0起")
    assert "近" not in said
    assert "至" in said


def test_the_window_ends_with_the_last_evidence_and_is_as_long_as_the_rule_says() -> None:
    alert, found = a_street_alert(hours=1.0), None
    found = scope(alert)
    (window,) = [shape for shape in counts(alert, found, [], (), ZH, T0).shapes if shape.look == "window"]
    length = found.until - found.since
    assert window.x2 - window.x == pytest.approx(HOUR_S / length)
    assert found.since + window.x2 * length == pytest.approx(T0 + HOUR_S)
    assert not [
        shape for shape in counts(an_alert(), scope(an_alert()), [], (), ZH, T0).shapes if shape.look == "window"
    ]


def test_every_change_of_grade_is_marked_when_it_came() -> None:
    life = Life().issue(0).issue(600, "update").issue(1_200, "upgrade", grade="red")
    found = gradings([version.alert for version in life.versions], ZH)
    assert [(one.grade, one.at - T0) for one in found] == [("orange", 0), ("red", 1_200)]
    picture = counts(life.last, scope(life.last), [], found, ZH, T0)
    assert [shape.hint for shape in picture.shapes if shape.what == "dot"] == ["00:00 定为橙色", "00:20 定为红色"]


def test_what_is_yet_to_come_does_not_look_empty() -> None:
    alert = a_street_alert()
    picture = counts(alert, scope(alert), [], (), ZH, scope(alert).until - 600)
    assert bars(picture, "future") == 1


def test_a_change_of_the_clocks_does_not_shift_the_hours() -> None:
    berlin = Voice("en", ZoneInfo("Europe/Berlin"))
    alert = an_alert(first_at=at(0) + timedelta(days=88), last_at=at(0) + timedelta(days=88), window_s=DAY_S)
    found = scope(alert, T0 + 88 * DAY_S, berlin)
    assert found.until % HOUR_S == 0
