"""Which alert is about which happening: kind, place and time."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from detectors.areas import AreaTree
from rules.alert import Alert
from streams.backtest.matching import Judged, Matcher, Tolerance, delay_s, lead_s
from streams.backtest.truth import Happening, Truths, Where
from tests.builders import T0, an_alert, an_alert_place, an_area_tree

TOLERANCE = Tolerance(early_s=600, late_s=1_200)


def a_where(**over: Any) -> Where:
    base: dict[str, Any] = {"keys": ("d1", "st1", "c1", "c1/幸福里小区"), "own": "c1/幸福里小区"}
    return Where(**{**base, **over})


def a_happening(id: str = "h1", **over: Any) -> Happening:  # noqa: A002
    """A gas leak at T0 in 幸福里小区 that lasts an hour."""
    base: dict[str, Any] = {"kinds": ("gas_leak",), "where": a_where(), "starts": T0, "ends": T0 + 3_600}
    return Happening(id=id, **{**base, **over})


def alert_at(t: float, **over: Any) -> Alert:
    """An alert raised `t` seconds after T0."""
    return an_alert(raised_at=datetime.fromtimestamp(T0 + t, UTC), **over)


def judged(alert: Alert, *happenings: Happening, complete: bool = False, areas: AreaTree | None = None) -> Judged:
    matcher = Matcher(Truths(happenings, complete=complete), areas or an_area_tree(), TOLERANCE)
    return matcher.judge([alert])[0]


@pytest.mark.parametrize(
    ("t", "judgement"), [(-601, "false"), (-600, "true"), (0, "true"), (4_800, "true"), (4_801, "false")]
)
def test_an_alert_is_true_from_the_early_to_the_late_tolerance(t: float, judgement: str) -> None:
    assert judged(alert_at(t), a_happening()).judgement == judgement


@pytest.mark.parametrize(
    ("where", "meets"),
    [
        (a_where(), True),
        (a_where(keys=("d1", "st1", "c1"), own="c1"), True),  # the alert lies inside
        (a_where(keys=("d1",), own="d1"), True),
        (a_where(keys=("d1", "st1", "c1", "c1/x"), own="c1/x"), False),  # another spot of the same community
        (a_where(keys=("d1", "st1", "c2"), own="c2"), False),
        (a_where(keys=(), own=""), True),  # the whole city
    ],
)
def test_a_spot_alert_is_about_its_spot_and_the_areas_it_lies_in(where: Where, *, meets: bool) -> None:
    assert (judged(alert_at(0), a_happening(where=where)).judgement == "true") is meets


def test_an_alert_about_an_area_is_about_the_spots_inside_it() -> None:
    street = an_alert_place(level="street", key="st1", community="", grid="")
    other = an_alert_place(level="street", key="st2", street="st2", community="", grid="")
    assert judged(alert_at(0, place=street), a_happening()).judgement == "true"
    assert judged(alert_at(0, place=other), a_happening()).judgement == "false"


def test_another_spot_near_the_point_is_the_same_place() -> None:
    where = a_where(keys=("d9", "d9/y"), own="d9/y", point=(116.70, 23.37), radius_m=300)
    near, far = (an_alert_place(lon=lon, lat=23.37) for lon in (116.702, 116.704))  # 204 m and 408 m east
    assert judged(alert_at(0, place=near), a_happening(where=where)).judgement == "true"
    assert judged(alert_at(0, place=far), a_happening(where=where)).judgement == "false"


def test_a_kind_is_met_by_its_class_and_by_any() -> None:
    for kinds in (("gas_leak",), ("public_safety",), ("any",)):
        assert judged(alert_at(0), a_happening(kinds=kinds)).judgement == "true"
    assert judged(alert_at(0), a_happening(kinds=("noise",)), complete=True).judgement == "false"


def test_a_happening_without_kinds_is_not_found_by_an_alert_of_some_kind() -> None:
    silence = a_happening(kinds=(), where=Where())
    assert judged(alert_at(0), silence, complete=True).judgement == "false"
    assert judged(alert_at(0, kind="", category=""), silence).judgement == "true"


def test_of_a_kind_the_truth_does_not_speak_of_nothing_is_said() -> None:
    assert judged(alert_at(0, kind="noise", category="environment"), a_happening()).judgement == "unjudged"


def test_an_alert_of_one_real_report_of_a_simulation_is_not_judged_and_of_a_misread_one_is_false() -> None:
    elsewhere = a_happening(where=a_where(keys=("d2",), own="d2"))
    for misread, threshold, judgement in ((set(), 1, "unjudged"), ({"hotline:1"}, 1, "false"), (set(), 3, "false")):
        truths = Truths((elsewhere,), complete=True, misread=misread)
        alert = alert_at(0, threshold=threshold)
        assert Matcher(truths, an_area_tree(), TOLERANCE).judge([alert])[0].judgement == judgement


def test_an_alert_about_what_must_stay_silent_is_false_unless_it_is_about_something_else_too() -> None:
    drill = a_happening("drill", expected=False)
    one = judged(alert_at(0), drill)
    assert (one.judgement, one.disturbed) == ("false", (drill,))
    assert judged(alert_at(0), drill, a_happening()).judgement == "true"


def test_lead_is_counted_to_when_the_city_knew_and_else_to_the_end() -> None:
    alert = alert_at(600)
    assert lead_s(alert, a_happening()) == 3_000
    assert lead_s(alert, a_happening(known=T0 + 900)) == 300
    assert lead_s(alert, a_happening(known=T0)) == -600
    assert delay_s(alert, a_happening()) == 600
