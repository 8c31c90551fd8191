"""What findings of single rules become together: one alert for one incident, in whatever order they come."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from detectors.areas import AreaTree
from rules.alert import Alert, AlertPlace, Finding, Grade, Revision, RuleRef
from rules.fusion import Fusion, Joined
from rules.joining import JoiningFaults, load_joining
from tests.builders import T0, a_pipeline, a_taxonomy, an_alert, an_alert_place, an_area_tree, an_event

MIN, HOUR, DAY = 60.0, 3_600.0, 86_400.0


def at(seconds: float) -> datetime:
    return datetime.fromtimestamp(T0 + seconds, UTC)


def a_finding(id: str, since: float = 0.0, until: float | None = None, **over: Any) -> Finding:  # noqa: A002
    """A finding raised at `since` seconds after T0, with evidence of its own unless it is given."""
    times = {"first_at": at(since), "raised_at": at(since), "graded_at": at(since)}
    times["last_at"] = at(since if until is None else until)
    rule = RuleRef(id=over.pop("rule", "gas-leak"), number=7, version=1, book="b")
    evidence = over.pop("evidence", (f"hotline:{id}",))
    base = {"rule": rule, "evidence": evidence, "events": len(evidence), "voices": tuple(f"who {e}" for e in evidence)}
    voices = over.pop("voices", base.pop("voices"))
    alert = an_alert(id, districts=("d1",), **{**base, **times, "reporters": len(evidence), **over})
    return Finding(**{name: getattr(alert, name) for name in alert.__struct_fields__}, voices=voices)


def a_spot(name: str, lon: float | None = 116.7, lat: float | None = 23.36, **over: Any) -> AlertPlace:
    return an_alert_place(**{"level": "spot", "key": name, "lon": lon, "lat": lat, **over})


def an_area(level: str, key: str) -> AlertPlace:
    return an_alert_place(level=level, key=key, community="", grid="", lon=None, lat=None)


def alerts_of(*findings: Finding, fusion: Fusion | None = None) -> dict[str, Alert]:
    """The last version of every alert that was not taken back; versions of each are numbered without a gap."""
    fusion = fusion or Fusion(an_area_tree())
    return latest([fusion.note(finding) for finding in findings])


def latest(said: list[Joined]) -> dict[str, Alert]:
    found: dict[str, Alert] = {}
    for version in (version for joined in said for version in joined.alerts):
        before = found.get(version.id)
        assert version.revision.version == (before.revision.version + 1 if before else 1)
        found[version.id] = version
    return {id_: alert for id_, alert in found.items() if alert.status != "withdrawn"}


def parts(alerts: dict[str, Alert]) -> list[tuple[str, ...]]:
    return sorted(tuple(sorted(ref.id for ref in alert.findings)) for alert in alerts.values())


def test_a_smell_of_gas_told_by_five_callers_the_grid_and_the_police_is_one_alert() -> None:
    calls = [an_event(f"c{n}", n * 60.0, "gas_leak", reporter=f"caller {n}") for n in range(5)]
    grid = an_event("g", 400.0, "gas_leak", source="grid", reporter="caller 1")
    police = an_event("p", 500.0, "gas_leak", source="police", reporter="caller 2")
    smell = [an_event(f"o{n}", 100.0 + n, "odor", reporter=f"caller {n}") for n in range(3)]
    pipeline, fusion = a_pipeline(), Fusion(an_area_tree())
    said = []
    for event in sorted([*calls, grid, police], key=lambda event: event.occurred_at):
        said += [fusion.note(finding) for finding in pipeline.process(event).alerts]
    said += [fusion.note(finding) for finding in pipeline.advance(T0).alerts]
    (alert,) = latest(said).values()
    assert len(alert.evidence) == alert.events == 7
    assert alert.reporters == 5
    assert alert.sources == ("grid", "hotline", "police")
    assert (alert.grade, alert.certainty, alert.urgency) == (Grade.RED, "observed", "immediate")
    for event in smell:
        said += [fusion.note(finding) for finding in pipeline.process(event).alerts]
    said += [fusion.note(finding) for finding in pipeline.advance(T0).alerts]
    (alert,) = latest(said).values()
    assert (alert.kind, alert.events, alert.reporters) == ("gas_leak", 10, 5)
    assert alert.findings[0].rule.id == "gas-leak"
    assert {ref.rule.id for ref in alert.findings} == {"gas-leak", "same-spot", "odour"}


def test_a_single_finding_is_an_alert_of_the_same_id() -> None:
    finding = a_finding("a")
    (alert,) = alerts_of(finding).values()
    assert (alert.id, alert.grade, alert.evidence, alert.steps) == ("a", finding.grade, finding.evidence, finding.steps)
    assert not isinstance(alert, Finding)
    assert (alert.severity, alert.certainty, alert.urgency) == ("severe", "possible", "immediate")


def test_rules_that_count_the_same_calls_make_one_alert_and_do_not_outvote_themselves() -> None:
    ids = ("hotline:1", "hotline:2", "hotline:3")
    findings = [
        a_finding(rule, grade="blue", rule=rule, evidence=ids, window_s=7 * DAY, kind="noise")
        for rule in ("same-spot", "many-voices", "repeated-matter")
    ]
    (alert,) = alerts_of(*findings).values()
    assert (len(alert.findings), alert.events, alert.reporters) == (3, 3, 3)
    assert alert.grade is Grade.BLUE


def test_weak_findings_of_different_sources_are_worth_a_grade_more_together() -> None:
    one = a_finding("a", grade="blue", rule="same-spot")
    other = a_finding("b", 10 * MIN, grade="blue", rule="police-spot", sources=("police",))
    (alert,) = alerts_of(one, other).values()
    assert alert.grade is Grade.YELLOW
    assert alert.steps[-1].because.zh == "不同规则由不同来源分别发现（12345、110）"
    assert alert.graded_at == at(10 * MIN)
    (same,) = alerts_of(one, a_finding("b", 10 * MIN, grade="blue", rule="police-spot")).values()
    assert same.grade is Grade.BLUE


@pytest.mark.parametrize(
    ("other", "together"),
    [
        (a_finding("b", HOUR, place=a_spot("s2", 116.702)), True),  # 204 m off
        (a_finding("b", HOUR, place=a_spot("s2", 116.704)), False),  # 408 m off
        (a_finding("b", 3 * HOUR, place=a_spot("s2", 116.702)), False),  # too late
        (a_finding("b", HOUR, place=a_spot("s2", 116.702), window_s=7 * DAY), False),  # a matter of weeks
        (a_finding("b", HOUR, place=a_spot("s2", 116.702), kind="odor"), True),
        (a_finding("b", HOUR, place=a_spot("s2", 116.702), kind="noise"), False),
        (a_finding("b", HOUR, place=a_spot("s2", 116.702), restricted=True), False),
        (a_finding("b", HOUR, place=a_spot("s1", None, None)), True),  # the same spot, not known where
        (a_finding("b", HOUR, place=an_area("street", "st1")), False),  # a larger area
        (a_finding("b", HOUR, place=a_spot("c1", None, None)), False),  # somewhere in the community
    ],
)
def test_what_is_near_in_space_time_and_kind_is_one_incident(other: Finding, together: bool) -> None:  # noqa: FBT001
    one = a_finding("a", place=a_spot("s1"))
    assert parts(alerts_of(one, other)) == ([("a", "b")] if together else [("a",), ("b",)])


def test_a_surge_of_a_street_is_joined_with_the_spot_that_explains_it_and_with_no_other() -> None:
    at_a = tuple(f"a{n}" for n in range(6))
    at_b = tuple(f"b{n}" for n in range(3))
    surge = a_finding("surge", HOUR, evidence=(*at_a, *at_b, "x"), place=an_area("street", "st1"), rule="hotline-surge")
    spots = [
        a_finding("one", evidence=at_a, place=a_spot("s1"), rule="same-spot"),
        a_finding("two", evidence=at_b, place=a_spot("s2", 116.8), rule="same-spot"),
    ]
    assert parts(alerts_of(*spots, surge)) == [("one", "surge"), ("two",)]


def test_a_row_of_spots_is_several_incidents_and_not_one_that_creeps_through_the_city() -> None:
    row = [a_finding(f"{n:02}", n * 60.0, place=a_spot(f"s{n}", 116.7 + n * 0.0025)) for n in range(12)]  # 255 m apart
    found = parts(alerts_of(*row))
    assert sum(map(len, found)) == 12
    assert [len(ids) for ids in found] == [4, 4, 4]
    assert parts(alerts_of(*reversed(row))) == found
    days = [a_finding(f"{n:02}", n * HOUR, place=a_spot(f"s{n}", 116.7 + n % 2 * 0.002)) for n in range(75)]
    assert [len(ids) for ids in parts(alerts_of(*days))] == [25, 25, 25]


def test_an_alert_at_a_border_names_both_districts() -> None:
    community = {"name": "甲社区", "lon": 116.70, "lat": 23.36}
    tree = AreaTree.from_mapping(
        {
            "city": "t",
            "name": "测试市",
            "tz": "Asia/Shanghai",
            "calendar": "none",
            "districts": [
                {
                    "id": f"d{n}",
                    "name": f"区{n}",
                    "streets": [
                        {
                            "id": f"d{n}-st",
                            "name": f"街道{n}",
                            "communities": [
                                {**community, "id": f"d{n}-c", "name": f"社区{n}", "neighbours": [f"d{3 - n}-c"]}
                            ],
                        }
                    ],
                }
                for n in (1, 2)
            ],
        }
    )
    place = a_spot("s", district="d1", street="d1-st", community="d1-c")
    (alert,) = alerts_of(a_finding("a", place=place), fusion=Fusion(tree)).values()
    assert alert.districts == ("d1", "d2")
    assert alert.why.zh.endswith("；涉及区1、区2")
    assert alert.why.en.endswith("; concerns 区1, 区2")


def test_an_earlier_finding_that_comes_late_takes_the_alert_over() -> None:
    fusion = Fusion(an_area_tree())
    fusion.note(a_finding("later", HOUR))
    joined = fusion.note(a_finding("earlier", 0.0, HOUR))
    assert [(alert.id, alert.revision.change) for alert in joined.alerts] == [
        ("later", "withdrawn"),
        ("earlier", "new"),
    ]
    assert joined.moved == [("later", "earlier")]


def test_a_grade_goes_down_when_the_finding_that_earned_it_is_over() -> None:
    red = a_finding("a", 0.0, grade="red")
    blue = a_finding("b", MIN, grade="blue")
    over = msgspec.structs.replace(red, status="closed", revision=Revision(version=2, change="closed"))
    fusion = Fusion(an_area_tree())
    said = [fusion.note(one) for one in (red, blue, over)]
    assert [alert.revision.change for joined in said for alert in joined.alerts] == ["new", "update", "downgrade"]
    closed = msgspec.structs.replace(blue, status="closed", revision=Revision(version=2, change="closed"))
    (last,) = fusion.note(closed).alerts
    assert (last.status, last.grade, last.revision.change) == ("closed", Grade.RED, "closed")


def test_somebody_can_merge_two_alerts_and_set_a_finding_apart() -> None:
    fusion = Fusion(an_area_tree())
    far = a_finding("b", place=a_spot("s2", 116.9))
    fusion.note(a_finding("a", place=a_spot("s1")))
    fusion.note(far)
    merged = fusion.merge("a", "b")
    assert isinstance(merged, Joined)
    assert [(alert.id, alert.revision.change) for alert in merged.alerts] == [("b", "withdrawn"), ("a", "update")]
    again = Fusion(an_area_tree())
    again.restore({key: data for key, data in fusion.dirty().items() if data is not None})
    grown = msgspec.structs.replace(far, events=2, revision=Revision(version=2, change="update"))
    for one in (fusion, again):
        (version,) = one.note(grown).alerts
        assert [ref.id for ref in version.findings] == ["a", "b"]
        split = one.split("a", "b")
        assert isinstance(split, Joined)
        assert sorted((alert.id, len(alert.findings)) for alert in split.alerts) == [("a", 1), ("b", 1)]
        assert one.split("a", "b") == "UNKNOWN"
        assert one.split("a", "a") == "SINGLE"
        assert one.merge("a", "nosuch") == "UNKNOWN"
        assert one.merge("a", "a") == "SAME"


def test_what_was_merged_by_hand_comes_apart_while_only_the_duty_desk_may_see_one_of_the_two() -> None:
    fusion = Fusion(an_area_tree())
    one, far = a_finding("a", place=a_spot("s1")), a_finding("b", 60.0, place=a_spot("s2", 116.9))
    said = [fusion.note(one), fusion.note(far)]
    merged = fusion.merge("a", "b")
    assert isinstance(merged, Joined)
    kept = msgspec.structs.replace(far, restricted=True, revision=Revision(version=2, change="update"))
    said += [merged, fusion.note(kept)]
    assert {(id_, alert.restricted) for id_, alert in latest(said).items()} == {("a", False), ("b", True)}
    assert parts(latest(said)) == [("a",), ("b",)]
    again = msgspec.structs.replace(kept, restricted=False, revision=Revision(version=3, change="update"))
    assert parts(latest([*said, fusion.note(again)])) == [("a", "b")]


def test_a_restart_with_or_without_an_exercise_makes_no_real_alert_an_exercise_nor_the_other_way_round() -> None:
    real, drill = Fusion(an_area_tree()), Fusion(an_area_tree(), exercise=True)
    one = a_finding("a", place=a_spot("s1"))
    said = [real.note(one)]
    drill.restore({key: data for key, data in real.dirty().items() if data is not None})
    said.append(drill.note(msgspec.structs.replace(one, events=2, revision=Revision(version=2, change="update"))))
    said.append(drill.note(a_finding("b", 60.0, place=a_spot("s1"))))
    assert {id_: alert.exercise for id_, alert in latest(said).items()} == {"a": False, "b": True}
    assert parts(latest(said)) == [("a",), ("b",)]
    assert drill.merge("a", "b") == "UNKNOWN"
    after = Fusion(an_area_tree())
    after.restore({key: data for key, data in drill.dirty().items() if data is not None})
    assert parts(latest([*said, after.note(a_finding("c", 90.0, place=a_spot("s1")))])) == [("a", "c"), ("b",)]


def a_version(number: int, events: int, telling: str = "a", status: str = "open") -> Finding:
    finding = a_finding("a", 0.0, HOUR * events, evidence=tuple("abcdefgh"[:events]), place=a_spot("s1"))
    change: Any = {1: "new"}.get(number, "update") if status == "open" else status
    return msgspec.structs.replace(
        finding, telling=telling, revision=Revision(version=number, change=change), status=status
    )


def test_what_is_found_anew_after_state_was_lost_is_taken_in_from_where_the_telling_before_broke_off() -> None:
    before = [a_version(1, 3), a_version(2, 4)]
    anew = [(1, 3, "open"), (2, 5, "open"), (3, 5, "closed")]
    fusion = Fusion(an_area_tree())
    said = [fusion.note(one) for one in before]
    for number, events, status in anew:
        version = a_version(number, events, telling="b", status=status)
        said.append(fusion.note(version))
        assert not fusion.note(version).alerts  # sent again after a crash
    assert [(alert.events, alert.status) for joined in said for alert in joined.alerts] == [
        (3, "open"),
        (4, "open"),
        (5, "open"),
        (5, "closed"),
    ]


def test_an_alert_whose_finding_is_found_anew_as_it_was_is_closed_in_the_end() -> None:
    fusion = Fusion(an_area_tree())
    said = [fusion.note(a_version(1, 3)), fusion.note(a_version(2, 4)), fusion.note(a_version(3, 5))]
    said.append(fusion.note(a_version(1, 5, telling="b")))
    assert not said[-1].alerts
    said.append(fusion.note(a_version(2, 5, telling="b", status="closed")))
    assert latest(said)["a"].status == "closed"


PLACES = [a_spot("s1"), a_spot("s2", 116.702), a_spot("s3", 116.704), a_spot("s4", 116.75), an_area("street", "st1")]


@st.composite
def some_findings(draw: st.DrawFn) -> list[list[Finding]]:
    """Findings, each as its versions: what it rests on grows, its end moves on, its grade changes, it may be over."""
    made = []
    for n in range(draw(st.integers(1, 7))):
        since = draw(st.sampled_from([0.0, HOUR, 3 * HOUR, 5 * HOUR]))
        own = {
            "place": draw(st.sampled_from(PLACES)),
            "kind": draw(st.sampled_from(["gas_leak", "odor", "noise"])),
            "rule": draw(st.sampled_from(["one", "two", "three"])),
            "window_s": draw(st.sampled_from([0.0, HOUR, 7 * DAY])),
            "sources": draw(st.sampled_from([("hotline",), ("grid",), ("grid", "hotline")])),
        }
        versions = []
        for number in range(1, draw(st.integers(1, 3)) + 1):
            evidence = tuple(sorted(draw(st.sets(st.sampled_from("abcdefgh"), min_size=1, max_size=4))))
            change = draw(st.sampled_from(["update", "update", "closed", "withdrawn"])) if number > 1 else "new"
            grade, until = draw(st.sampled_from(["blue", "yellow", "red"])), since + 600.0 * number
            finding = a_finding(f"f{n}", since, until, grade=grade, evidence=evidence, **own)
            status: Any = change if change in {"closed", "withdrawn"} else "open"
            revision = Revision(version=number, change=change)  # type: ignore[arg-type]
            versions.append(msgspec.structs.replace(finding, status=status, revision=revision))
        made.append(versions)
    return made


def bare(alerts: dict[str, Alert]) -> dict[str, Alert]:
    none = Revision(version=0, change="new")
    return {id_: msgspec.structs.replace(alert, revision=none) for id_, alert in alerts.items()}


@settings(max_examples=200, deadline=timedelta(seconds=2))
@given(some_findings(), st.randoms(use_true_random=False), st.integers(0, 20))
def test_what_alerts_become_depends_on_no_order_and_no_restart(
    findings: list[list[Finding]], rng: Any, cut: int
) -> None:
    straight = [version for versions in findings for version in versions]
    queues = [list(versions) for versions in findings]
    mixed = []
    while any(queues):
        queue = rng.choice([queue for queue in queues if queue])
        mixed.append(queue.pop(0))
    first = alerts_of(*straight)
    fusion, said = Fusion(an_area_tree()), []
    for n, version in enumerate(mixed):
        if n == cut:
            stored = {key: data for key, data in fusion.dirty().items() if data is not None}
            fusion = Fusion(an_area_tree())
            fusion.restore(stored)
        said.append(fusion.note(version))
        assert not fusion.note(version).alerts  # sent again after a crash
    assert bare(latest(said)) == bare(first)
    held = {ref.id for alert in first.values() for ref in alert.findings}
    assert held == {versions[-1].id for versions in findings if versions[-1].status != "withdrawn"}


def test_findings_are_forgotten_long_after_and_what_is_open_is_not() -> None:
    fusion = Fusion(an_area_tree())
    over = a_finding("over", place=a_spot("s1"))
    fusion.note(over)
    fusion.note(msgspec.structs.replace(over, status="closed", revision=Revision(version=2, change="closed")))
    fusion.note(a_finding("open", place=a_spot("s2", 116.9)))
    fusion.note(a_finding("new", 40 * DAY, place=a_spot("s3", 117.0)))
    stored = fusion.dirty()
    assert sorted(key for key, data in stored.items() if data is not None) == ["a/new", "a/open", "f/new", "f/open"]
    assert {key for key, data in stored.items() if data is None} >= {"a/over", "f/over"}


def test_every_fault_of_a_configuration_is_told(tmp_path: Any) -> None:
    load_joining(taxonomy=a_taxonomy())
    path = tmp_path / "fusion.yaml"
    path.write_text(
        "near: {metres: -1}\nsame_spot: 2h\ncompatible: [[gas_leak], [noise, nosuch]]\n"
        "weigh: {points: {blue: 1}, cap: 0.5}\nmatrix: {observed: {immediate: 0}}\n",
        encoding="utf-8",
    )
    with pytest.raises(JoiningFaults) as error:
        load_joining(path, a_taxonomy())
    said = "\n".join(error.value.faults)
    for fault in ("near.metres", "points: says nothing of red", "weigh.cap", "compatible[0]", "'nosuch'", "likely"):
        assert fault in said
    path.write_text("near: {meters: 1}\n", encoding="utf-8")
    with pytest.raises(JoiningFaults, match="meters"):
        load_joining(path)
