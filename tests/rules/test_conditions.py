"""Selectors, what is declared of an area, grades, and what of a rule stands on its alerts."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
import pytest

from rules.surroundings import Declaration
from tests.builders import T0, an_event
from tests.rules.tried import HOUR, a_rule, noises, told, trial


@pytest.mark.parametrize(
    ("where", "told_of"),
    [
        ({"text": {"any": ["电钻"], "none": ["演练"]}}, ["n1"]),
        ({"text": {"all": ["装修", "电钻"]}}, ["n1"]),
        ({"text": {"regex": "凌晨[一二三]点"}}, ["n2"]),
        ({"hours": "22:00-06:00"}, ["n2"]),
        ({"number": {"people": 5}}, ["n3"]),
        ({"expr": "event.people > 3 && event.community == 'c1'"}, ["n3"]),
        ({"days": "weekend"}, []),
        ({"sources": ["grid"]}, []),
    ],
)
def test_a_selector_says_which_events_count(where: dict[str, Any], told_of: list[str]) -> None:
    rule = a_rule(fires=[{"count": {"at_least": 1}}], where=where)
    events = [
        an_event("n0", 7 * HOUR, text="电钻演练"),
        an_event("n1", 8 * HOUR, text="楼上装修电钻响"),
        an_event("n2", 23 * HOUR, text="凌晨二点还在唱歌"),
        an_event("n3", 30 * HOUR, people=5),
    ]
    found = told([rule], events)
    assert [id_.removeprefix("hotline:") for alert in found for id_ in alert.evidence] == told_of


def test_a_weather_warning_raises_while_it_is_in_force_and_where_it_is() -> None:
    raises = [{"by": 1, "when": {"context": {"weather": ["rainstorm"]}}, "because": {"zh": "暴雨", "en": "rain"}}]
    rule = a_rule(fires=[{"count": {"at_least": 1}}], raises=raises)
    at = datetime.fromtimestamp(T0, UTC)
    warning = Declaration(id="w", issued_at=at, until_at=at + timedelta(hours=5), area="d1", weather=("rainstorm_red",))
    elsewhere = msgspec.structs.replace(warning, area="d2")
    lifted = Declaration(id="w", issued_at=at + timedelta(hours=2))
    graded = [
        [alert.grade.value for alert in told([rule], noises(hour), about=about)]
        for hour, about in (
            (3, [warning]),
            (6, [warning]),
            (3, [elsewhere]),
            (3, [warning, lifted]),
            (1, [warning, lifted]),
        )
    ]
    assert graded == [["orange"], ["yellow"], ["yellow"], ["yellow"], ["orange"]]


def test_a_threshold_profile_is_chosen_by_the_mode_of_the_area() -> None:
    fires = [
        {"count": {"at_least": 3, "within": "1d"}},
        {"count": {"at_least": 2, "within": "1d"}, "context": {"mode": "emergency"}},
    ]
    emergency = Declaration(id="m", issued_at=datetime.fromtimestamp(T0, UTC), mode="emergency")
    assert told([a_rule(fires=fires)], noises(1, 2)) == []
    assert len(told([a_rule(fires=fires)], noises(1, 2), about=[emergency])) == 1


def test_a_declaration_that_comes_after_the_event_still_counts() -> None:
    raises = [{"to": "red", "when": {"context": {"event": ["any"]}}, "because": {"zh": "活动", "en": "event"}}]
    pipeline = trial(a_rule(fires=[{"count": {"at_least": 1}}], raises=raises))
    (event,) = noises(2)
    assert pipeline.process(event).alerts[0].grade.value == "yellow"
    (version,) = pipeline.declare(
        Declaration(id="fair", issued_at=datetime.fromtimestamp(T0, UTC), event="fair")
    ).alerts
    assert (version.grade.value, version.revision.change) == ("red", "upgrade")


def test_lowers_come_after_raises_and_the_maximum() -> None:
    because = {"zh": "因", "en": "why"}
    rule = a_rule(
        grade="orange",
        maximum="orange",
        fires=[{"count": {"at_least": 1}}],
        raises=[{"by": 2, "when": {"tags": ["danger"]}, "because": because}],
        lowers=[{"when": {"match": {"text": {"any": ["演练"]}}}, "because": because}],
    )
    grades = [
        told([rule], [an_event("1", 0, tags=tags, text=text)])[0].grade.value
        for tags, text in (((), ""), (("danger",), ""), ((), "消防演练"), (("danger",), "消防演练"))
    ]
    assert grades == ["orange", "orange", "yellow", "yellow"]


def test_a_shadow_rule_is_heard_apart() -> None:
    pipeline = trial(a_rule(status="shadow", fires=[{"count": {"at_least": 1}}]))
    (event,) = noises(1)
    outcome = pipeline.process(event)
    assert outcome.alerts == []
    assert [alert.rule.status for alert in outcome.shadow] == ["shadow"]


def test_owner_clocks_plan_and_gate_are_the_rules() -> None:
    rule = a_rule(
        fires=[{"count": {"at_least": 1}}],
        owners=[{"areas": ["d9"], "zh": "九", "en": "nine"}, {"kinds": ["noise"], "zh": "噪", "en": "noise office"}],
        owner={"zh": "主", "en": "main"},
        clocks={"sign": "10min", "on_site": "30min"},
        plan={"zh": "预案", "en": "plan"},
        gate="containment",
        restricted=True,
    )
    (alert,) = told([rule], noises(1))
    assert (alert.owner.en, alert.plan.en, alert.gate, alert.restricted) == (
        "noise office",
        "plan",
        "containment",
        True,
    )
    assert alert.sign_by - alert.graded_at == timedelta(minutes=10)
    assert alert.on_site_by - alert.graded_at == timedelta(minutes=30)
