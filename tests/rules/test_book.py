"""The shipped rules, as an operator would try them: what fires, at which grade, and what keeps silent."""

from __future__ import annotations

import pytest

from detectors.event import Event
from rules.alert import Alert
from tests.builders import T0, a_pipeline, a_place, an_area_tree, an_event

HOUR = 3600.0
HERE = a_place("s1", lon=116.68, lat=23.35)
NEAR = a_place("s2", lon=116.683, lat=23.35)
FAR = a_place("s3", lon=116.70, lat=23.35)


def alerts(*events: Event, until_s: float | None = None, **over: object) -> dict[str, Alert]:
    """Latest version of every alert, by rule."""
    pipeline = a_pipeline(**over)
    found: dict[str, Alert] = {}
    for event in sorted(events, key=lambda e: e.occurred_at):
        for alert in pipeline.process(event).alerts:
            found[alert.rule.id] = alert
    end = max(event.occurred_at.timestamp() for event in events) + 1 if until_s is None else T0 + until_s
    for alert in pipeline.advance(end).alerts:
        found[alert.rule.id] = alert
    return found


def many(n: int, kind: str, every_s: float = 600.0, **over: object) -> list[Event]:
    return [an_event(f"{kind}{i}", i * every_s, kind, reporter=f"r{i}", **over) for i in range(n)]  # type: ignore[arg-type]


def test_three_people_at_one_spot_within_a_week_are_blue_and_two_are_silent() -> None:
    assert alerts(*many(2, "garbage")) == {}
    (alert,) = alerts(*many(3, "garbage")).values()
    assert (alert.rule.number, alert.grade.value, alert.observed, alert.threshold) == (1, "blue", 3, 3)


def test_one_person_who_calls_five_times_is_one_person() -> None:
    assert alerts(*(an_event(str(i), i, "garbage", reporter="same") for i in range(5))) == {}


def test_three_people_in_more_than_a_week_are_silent() -> None:
    assert alerts(*many(3, "garbage", every_s=4 * 86400)) == {}


def test_a_spot_that_is_not_known_cannot_be_the_same_spot() -> None:
    assert alerts(*many(9, "garbage", place=a_place("", name=""))) == {}


def test_five_people_are_yellow_and_a_word_of_danger_makes_it_orange() -> None:
    assert alerts(*many(5, "garbage"))["many-voices"].grade.value == "yellow"
    told = [*many(4, "garbage"), an_event("d", 9000, "garbage", reporter="rd", tags=("danger",))]
    alert = alerts(*told)["many-voices"]
    assert alert.grade.value == "orange"
    assert alert.steps[-1].because.zh == "诉求中提到险情"


def test_unclassified_matters_are_no_matter() -> None:
    assert alerts(*many(9, "other")) == {}


def test_one_smell_of_gas_is_orange_and_says_what_red_would_take() -> None:
    (alert,) = alerts(an_event("1", 0, "gas_leak", place=HERE, reporter="a")).values()
    assert (alert.rule.number, alert.grade.value) == (7, "orange")
    assert alert.not_higher.zh == "升为红色需：30分钟内≥2人"
    assert alert.title.zh.startswith("燃气泄漏｜")
    assert (alert.sign_by - alert.graded_at).total_seconds() == 1800


@pytest.mark.parametrize(
    ("place", "minutes", "grades"), [(NEAR, 20, ["red"]), (NEAR, 40, ["orange"]), (FAR, 20, ["orange", "orange"])]
)
def test_a_second_smell_counts_only_nearby_and_soon(place: object, minutes: int, grades: list[str]) -> None:
    pipeline = a_pipeline()
    latest = {}
    for event in (
        an_event("1", 0, "gas_leak", place=HERE, reporter="a"),
        an_event("2", minutes * 60, "gas_leak", place=place, reporter="b"),
    ):
        latest |= {alert.id: alert for alert in pipeline.process(event).alerts}
    assert sorted(alert.grade.value for alert in latest.values()) == grades


def test_the_same_caller_twice_is_not_two_smells() -> None:
    twice = [an_event(str(i), i * 60, "gas_leak", place=HERE, reporter="a") for i in range(2)]
    assert alerts(*twice)["gas-leak"].grade.value == "orange"


def test_a_second_kind_of_source_raises_by_one_step() -> None:
    told = [
        an_event("1", 0, "building_danger", place=HERE, reporter="a"),
        an_event("2", HOUR, "building_danger", "grid", place=HERE, reporter="b"),
    ]
    alert = alerts(*told)["building-danger"]
    assert (alert.grade.value, alert.sources) == ("red", ("grid", "hotline"))
    assert alert.steps[-1].because.zh == "24小时内两类以上来源相互印证"


def test_a_source_the_rule_does_not_count_can_still_corroborate() -> None:
    told = [
        an_event("1", 0, "building_danger", place=HERE, reporter="a"),
        an_event("2", HOUR, "building_danger", "police", place=HERE, reporter="b"),
    ]
    assert alerts(*told)["building-danger"].grade.value == "red"
    assert alerts(told[1]) == {}


def test_hazardous_material_is_red_and_waits_for_a_check() -> None:
    (alert,) = alerts(an_event("1", 0, "hazmat", "police", place=HERE)).values()
    assert (alert.grade.value, alert.pending_check) == ("red", True)


def test_three_reports_of_water_in_an_hour_are_yellow_and_deep_water_alone_is_orange() -> None:
    assert alerts(*many(2, "waterlogging")) == {}
    assert alerts(*many(3, "waterlogging"))["waterlogging"].grade.value == "yellow"
    (alert,) = alerts(an_event("1", 0, "waterlogging", depth_cm=25)).values()
    assert alert.grade.value == "orange"


def test_an_outage_is_yellow_orange_when_it_lasts_and_counts_compounds() -> None:
    assert alerts(*many(4, "water_outage")) == {}
    assert alerts(*many(5, "water_outage"))["outage"].grade.value == "yellow"
    lasting = alerts(*many(14, "water_outage"))["outage"]
    assert lasting.grade.value == "orange"
    wide = [
        an_event(f"{spot}{i}", i * 60, "water_outage", reporter=f"{spot}{i}", place=a_place(spot))
        for spot in ("x", "y", "z")
        for i in range(5)
    ]
    assert "3个小区" in alerts(*wide)["outage"].why.zh


def test_a_report_of_another_source_the_day_before_does_not_make_an_outage_last() -> None:
    before = an_event("grid", 0, "power_outage", "grid", reporter="g")
    calls = [an_event(f"c{i}", 12 * HOUR + i * 60, "power_outage", reporter=f"r{i}") for i in range(5)]
    alert = alerts(before, *calls)["outage"]
    assert [step.because.en for step in alert.steps[1:]] == ["two or more kinds of source agree within 24 hours"]
    assert alert.first_at == calls[0].occurred_at


def test_a_public_holiday_raises_by_one_step_and_a_make_up_workday_does_not() -> None:
    shanghai = an_area_tree(tz="Asia/Shanghai", calendar="cn")
    (holiday,) = alerts(an_event("1", 3600, "gas_leak", place=HERE), areas=shanghai).values()  # 1 January 2026
    assert holiday.grade.value == "red"
    makeup = (3 * 24 + 3) * HOUR  # Sunday 4 January 2026 is a workday
    (workday,) = alerts(an_event("1", makeup, "gas_leak", place=HERE), areas=shanghai).values()
    assert workday.grade.value == "orange"


def test_an_alert_closes_when_its_place_has_been_quiet() -> None:
    event = an_event("1", 0, "gas_leak", place=HERE)
    assert alerts(event, until_s=2 * HOUR)["gas-leak"].status == "open"
    closed = alerts(event, until_s=2 * HOUR + 1)["gas-leak"]
    assert (closed.status, closed.revision.change) == ("closed", "closed")


def test_a_thousand_calls_between_two_watermarks_are_one_update() -> None:
    pipeline = a_pipeline()
    issued = [a for event in many(1000, "garbage", every_s=1.0) for a in pipeline.process(event).alerts]
    assert [a.revision.change for a in issued] == ["new", "new"]
    updates = pipeline.advance(T0 + 1000).alerts
    assert {(a.revision.change, a.events) for a in updates} == {("update", 1000)}
    assert all(len(a.evidence) == 100 for a in updates)


def test_what_has_grown_is_issued_even_when_the_watermark_stands_still() -> None:
    pipeline = a_pipeline()
    pipeline.advance(T0)
    for event in many(4, "garbage", every_s=0.0):
        pipeline.process(event)
    (update,) = pipeline.advance(T0).alerts
    assert (update.revision.change, update.events) == ("update", 4)
    assert pipeline.advance(T0).alerts == []


def test_the_normal_value_needs_a_week_of_history() -> None:
    past = [an_event(f"p{d}", d * 86400, "gas_leak", place=FAR, reporter=f"p{d}") for d in range(9)]
    pipeline = a_pipeline()
    (first,) = pipeline.process(past[0]).alerts
    for event in past[1:]:
        pipeline.process(event)
    (now,) = pipeline.process(an_event("now", 11 * 86400, "gas_leak", place=HERE)).alerts
    assert first.expected is None
    assert now.expected == pytest.approx(9 / 10)
