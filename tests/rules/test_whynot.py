"""Why a rule said nothing: how close it came, or one named reason why it could not even look."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from zoneinfo import ZoneInfo

import msgspec
import pytest

from detectors.event import Event, Place
from detectors.localtime import DayKinds, LocalDays
from detectors.norms import Norms
from detectors.surge_config import SurgeConfig
from rules.book import Book
from rules.explanation import REASONS, Reason, WhyNot
from rules.issue import City
from rules.question import Question
from rules.rule import Rule
from rules.sifting import Dropped, Heard, UnknownRule
from rules.surgelens import Lens
from rules.surroundings import Surroundings
from rules.whynot import why_not
from tests.builders import T0, a_place, a_taxonomy, an_area_tree, an_event

HOUR, DAY = 3_600.0, 86_400.0
NAME = {"zh": "规则", "en": "rule"}
TWO = [{"count": {"at_least": 2, "within": "1h"}}]
TAIL = {"blue": 1e-4, "yellow": 1e-6, "min_observed": 5, "min_ratio": 2.0}
COMMUNITY = Place(district="d1", street="st1", community="c1")
DISTRICT = Place(district="d1")
LENS = Lens(SurgeConfig(levels=("district",)), ZoneInfo("UTC"))


def a_rule(id: str = "rule", **over: Any) -> Rule:  # noqa: A002
    base = {"id": id, "number": 1, "name": NAME, "kinds": ["noise"], "quiet": "1d", "grade": "blue", "fires": TWO}
    return msgspec.convert({**base, **over}, Rule)


def a_surge_rule(id: str = "rule", **over: Any) -> Rule:  # noqa: A002
    return a_rule(id, **{"fires": [], "grade": None, "signal": "surge", "tail": TAIL, **over})


def call(n: int, t: float, by: str = "", **over: Any) -> Event:
    return an_event(f"{n:03}", t, reporter=by or f"somebody-{n}", **over)


def asked(
    rule: Rule,
    events: Sequence[Event],
    *,
    at: float = 0.0,
    place: Place = COMMUNITY,
    kind: str = "",
    others: Sequence[Rule] = (),
    dropped: Sequence[Dropped] = (),
    until: float = 2 * DAY,
) -> WhyNot:
    areas = an_area_tree()
    days = LocalDays(areas.zone)
    city = City(areas, a_taxonomy(), days, Surroundings(DayKinds("none", days)), Norms(days), "b")
    heard = Heard(list(events), list(dropped), T0 + until)
    return why_not(Book((rule, *others), "b"), city, Question(rule.id, place, T0 + at, kind), heard, LENS)


def test_a_count_that_was_not_reached_tells_its_best_value_and_that_of_the_moment() -> None:
    rule = a_rule(fires=[{"count": {"at_least": 4, "within": "1h"}}])
    said = asked(rule, [call(1, 0), call(2, 60), call(3, 120), call(4, 5 * HOUR)], at=200.0)
    assert (said.reason, said.said) == (Reason.NOT_MET, REASONS[Reason.NOT_MET])
    (group,) = said.groups
    (part,) = group.conditions[0].parts
    assert (part.value, part.threshold, part.missing, part.then) == (3, 4, 1, 3)
    assert [event.id for event in group.events] == ["hotline:001", "hotline:002", "hotline:003"]


def test_a_window_is_told_as_it_stood_at_the_moment_also_when_it_had_emptied() -> None:
    (group,) = asked(a_rule(), [call(1, 0), call(2, 2 * HOUR)], at=4 * HOUR).groups
    (part,) = group.conditions[0].parts
    assert (part.value, part.then) == (1, 0)


def test_one_reporter_who_calls_again_counts_once_and_it_is_said_how_often() -> None:
    (group,) = asked(a_rule(), [call(n, n, "same") for n in range(4)]).groups
    assert [part.value for part in group.conditions[0].parts] == [1]
    assert group.repeats == 3
    assert [event.again for event in group.events] == [False, True, True, True]


def test_of_several_parts_it_is_told_which_one_failed() -> None:
    fires = [{"count": {"at_least": 2, "within": "1h"}, "match": {"tags": ["danger"]}}]
    said = asked(a_rule(fires=fires), [call(1, 0), call(2, 60)])
    assert {part.part: part.met for part in said.groups[0].conditions[0].parts} == {"count": True, "match": False}


def test_the_group_that_came_closest_comes_first() -> None:
    rule = a_rule(per="spot", fires=[{"count": {"at_least": 5, "within": "1h"}}])
    events = [call(1, 0, place=a_place("s1")), *(call(n, n, place=a_place("s2")) for n in (2, 3, 4))]
    assert [group.key for group in asked(rule, events).groups] == ["d1|s2|noise", "d1|s1|noise"]


def test_a_rule_that_did_fire_names_its_alert() -> None:
    said = asked(a_rule(), [call(1, 0), call(2, 60)], at=2 * HOUR)
    assert said.reason is Reason.ALREADY_OPEN
    (alert,) = said.groups[0].fired
    assert (alert.observed, alert.status) == (2, "open")


def test_an_alert_long_over_is_no_answer() -> None:
    said = asked(a_rule(), [call(1, 0), call(2, 60), call(3, 10 * DAY)], at=10 * DAY, until=11 * DAY)
    assert said.reason is Reason.NOT_MET
    assert said.groups[0].fired == ()


def test_a_larger_group_answers_for_a_smaller_place() -> None:
    rule = a_rule(per="street", fires=[{"count": {"at_least": 3, "within": "1h"}}])
    events = [call(1, 0, place=a_place("s9", community="c2")), call(2, 60, place=a_place("s9", community="c2"))]
    assert [part.value for part in asked(rule, events).groups[0].conditions[0].parts] == [2]


def test_by_distance_only_what_is_near_the_spot_is_told() -> None:
    rule = a_rule(radius_m=500, fires=[{"count": {"at_least": 4, "within": "1h"}}])
    here, near, far = (a_place(f"s{n}", lon=116.7, lat=23.3 + n / 100) for n in (0, 0.3, 10))
    events = [call(1, 0, place=near), *(call(n, n, place=far) for n in (2, 3, 4))]
    assert [part.value for part in asked(rule, events, place=here).groups[0].conditions[0].parts] == [1]


REASON_CASES: dict[Reason, dict[str, Any]] = {
    Reason.NO_EVENTS: {"rule": a_rule(), "events": [call(1, 0, place=a_place(community="c2"))]},
    Reason.KIND_NOT_COVERED: {"rule": a_rule(), "events": [call(1, 0, kind="dust")]},
    Reason.SOURCE_NOT_COUNTED: {"rule": a_rule(sources=["hotline"]), "events": [call(1, 0, source="grid")]},
    Reason.PLACE_UNKNOWN: {"rule": a_rule(per="spot"), "events": [call(1, 0, place=a_place(""))]},
    Reason.WHERE_NOT_MET: {"rule": a_rule(where={"number": {"people": 3}}), "events": [call(1, 0, people=2)]},
    Reason.CLOSED: {"rule": a_rule(), "events": [call(1, 0, status="closed")]},
    Reason.LATE: {"rule": a_rule(), "events": [], "dropped": [Dropped(call(1, 0), Reason.LATE)]},
    Reason.DUPLICATE: {"rule": a_rule(), "events": [], "dropped": [Dropped(call(1, 0), Reason.DUPLICATE)]},
    Reason.RULE_DRAFT: {"rule": a_rule(status="draft"), "events": [call(1, 0), call(2, 60)]},
    Reason.RULE_RETIRED: {"rule": a_rule(status="retired"), "events": [call(1, 0)]},
    Reason.RULE_SHADOW: {"rule": a_rule(status="shadow"), "events": [call(1, 0), call(2, 60)]},
    Reason.MODIFIER: {"rule": a_rule(fires=[], grade=None, modifies=["all"]), "events": [call(1, 0)]},
}


@pytest.mark.parametrize("reason", REASON_CASES)
def test_every_reason_why_a_rule_could_not_look_has_a_name(reason: Reason) -> None:
    said = asked(**REASON_CASES[reason])
    assert said.reason is reason
    assert said.said.zh
    if reason not in {Reason.NO_EVENTS, Reason.MODIFIER} and not reason.value.startswith("RULE"):
        assert [one.reason for one in said.dropped] == [reason]


def test_a_kind_that_was_asked_for_and_is_not_the_rules_is_said_at_once() -> None:
    said = asked(a_rule(), [call(1, 0, kind="dust")], kind="dust")
    assert (said.reason, said.said, said.dropped) == (Reason.KIND_NOT_COVERED, REASONS[Reason.KIND_NOT_COVERED], ())


def test_a_rule_that_does_not_run_still_tells_what_it_would_have_said() -> None:
    said = asked(a_rule(status="draft"), [call(1, 0), call(2, 60)])
    assert said.notes == (Reason.ALREADY_OPEN,)
    assert said.groups[0].fired
    assert asked(a_rule(status="draft"), [call(1, 0)]).notes == (Reason.NOT_MET,)


def test_a_rule_there_is_not_is_refused() -> None:
    with pytest.raises(UnknownRule):
        why_not(Book((), "b"), None, Question("rule", COMMUNITY, T0), Heard([], [], T0), LENS)  # type: ignore[arg-type]


def weeks(days: int, burst: int, **over: Any) -> list[Event]:
    """A call every three hours for so many days, and a burst in the last hour of the last day but one."""
    plain = [call(n, n * 3 * HOUR) for n in range(days * 8)]
    return [*plain, *(call(10_000 + n, (days - 1) * DAY + n, **over) for n in range(burst))]


def surged(days: int, burst: int, *, rule: Rule | None = None, others: Sequence[Rule] = (), **over: Any) -> WhyNot:
    at = (days - 1) * DAY + 60
    events = weeks(days, burst, **over)
    return asked(rule or a_surge_rule(), events, at=at, place=DISTRICT, others=others, until=days * DAY)


def test_a_surge_before_warm_up_says_so_with_the_history_there_is() -> None:
    said = surged(4, 30)
    assert said.reason is Reason.BEFORE_WARM_UP
    parts = {part.part: part for part in said.groups[0].conditions[0].parts}
    assert not parts["history"].met
    assert parts["p_value"].met


def test_a_count_within_the_normal_range_says_what_was_expected_and_the_tail() -> None:
    said = surged(30, 2)
    assert said.reason is Reason.BELOW_TAIL
    parts = {part.part: part for part in said.groups[0].conditions[0].parts}
    assert parts["history"].met
    assert not parts["p_value"].met
    assert (parts["p_value"].threshold, parts["p_value"].at_most) == (1e-4, True)
    assert "99% limit" in parts["ratio_to_expected"].what.en


def test_a_surge_that_was_told_names_its_alert() -> None:
    said = surged(30, 30)
    assert said.reason is Reason.ALREADY_OPEN
    assert said.groups[0].fired[0].observed >= 30


def test_of_two_surge_rules_the_one_about_fewer_sources_speaks() -> None:
    police = a_surge_rule("police", sources=["police"])
    events = [call(n, n * 3 * HOUR, source="police") for n in range(240)]
    events += [call(9_000 + n, 29 * DAY + n, source="police") for n in range(30)]
    said = asked(a_surge_rule(), events, at=29 * DAY, place=DISTRICT, others=[police], until=30 * DAY)
    assert said.reason is Reason.OTHER_RULE
    said = asked(police, events, at=29 * DAY, place=DISTRICT, others=[a_surge_rule()], until=30 * DAY)
    assert said.reason is Reason.ALREADY_OPEN


def test_a_surge_of_sources_the_rule_does_not_name_is_not_its_matter() -> None:
    said = surged(30, 30, rule=a_surge_rule(sources=["police"]))
    assert said.reason is Reason.SOURCE_NOT_COUNTED


def test_a_place_without_a_single_event_has_no_window() -> None:
    said = asked(a_surge_rule(), [], place=DISTRICT)
    assert (said.reason, said.groups) == (Reason.NO_EVENTS, ())
