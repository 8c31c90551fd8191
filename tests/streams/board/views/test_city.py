"""What the city page shows, as plain data."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

import msgspec
import pytest

from rules.alert import Alert, FindingRef, Grade, RuleRef, Text
from streams.board.clusters import Clusters
from streams.board.courses import Courses
from streams.board.heat import Heat
from streams.board.standing import Known
from streams.board.told import Told
from streams.board.views.city import CityView, Sources
from streams.board.views.city_asking import Asked, asked_for, changes, clicked, gone_to
from streams.board.views.city_shapes import city_map
from streams.board.views.city_side import withheld
from streams.board.views.city_tree import CityTree
from streams.codec import encode
from streams.language import voice_of
from streams.tail import Heard
from tests.builders import T0, a_taxonomy, an_alert, an_alert_place, an_area_tree, an_event, the_book

AREAS = an_area_tree(
    open=False,
    districts=[
        {
            "id": "d1",
            "name": "龙湖区",
            "name_en": "Longhu District",
            "population": 12_000,
            "streets": [
                {
                    "id": "st1",
                    "name": "金霞街道",
                    "communities": [{"id": "c1", "name": "海田"}, {"id": "c2", "name": "瑞园"}],
                }
            ],
        },
        {"id": "d2", "name": "金平区", "streets": [{"id": "st2", "name": "石炮台街道"}]},
    ],
)
NOW = T0 + 7_200


def a_view(*alerts: Alert, hidden: Any = (), lang: Any = "zh", **parts: Any) -> CityView:
    tree = CityTree(AREAS)
    sources = Sources(
        tree=tree,
        told=parts.get("told", Told()),
        heat=parts.get("heat", Heat()),
        courses=parts.get("courses", Courses()),
        clusters=parts.get("clusters", Clusters()),
        taxonomy=a_taxonomy(),
        alerts=lambda: [Known(alert, 0) for alert in alerts],
        event=lambda _: None,
        scans=frozenset({"clusters"}),
        hidden=hidden,
    )
    return CityView(sources, city_map(tree, {}), voice_of(AREAS, lang))


def told(**scores: float) -> Told:
    found = Told()
    for area, score in scores.items():
        colour = "green" if score >= 90 else "yellow" if score >= 80 else "orange" if score >= 70 else "red"
        record = {
            "area": area,
            "level": "district",
            "name": {"zh": area, "en": area},
            "day": date(2026, 1, 1),
            "score": score,
            "colour": colour,
            "final": False,
            "as_of": datetime.fromtimestamp(T0, UTC),
            "events": 3,
            "norm": {"expected": 2.0},
            "per_10k": None,
            "alerts": 1,
            "contributors": [
                {
                    "what": "alerts",
                    "key": "gas_leak",
                    "share": 0.75,
                    "observed": 1,
                    "expected": None,
                    "text": {"zh": "燃气预警1条", "en": "1 gas alert"},
                }
            ],
            "formula": 1,
        }
        found.take(Heard("index", 0, 0, 0, b"", encode(record), ()))
    return found


def districts(**over: Any) -> Asked:
    return Asked(**{"focus": "test", "level": "district"} | over)


def shown(view: CityView, asked: Asked, part: str = "map") -> Any:
    return view.picture(asked, NOW)[part]


def test_a_score_is_never_rounded_up_into_a_better_colour() -> None:
    cells = shown(a_view(told=told(d1=89.9)), districts())["cells"]
    assert (cells["d1"]["value"], cells["d1"]["fill"], cells["d1"]["word"]) == ("89", "i-yellow", "黄")
    assert (cells["d2"]["value"], cells["d2"]["fill"]) == ("–", "none")


def test_areas_with_alerts_show_the_worst_grade_in_words_and_how_many() -> None:
    view = a_view(an_alert("a", "yellow"), an_alert("b", "orange"))
    cells = shown(view, districts(layer="alerts"))["cells"]
    assert (cells["d1"]["fill"], cells["d1"]["value"]) == ("a-orange", "橙 2")
    assert (cells["d2"]["fill"], cells["d2"]["value"]) == ("clear", "")


def test_events_are_counted_per_area() -> None:
    heat = Heat()
    heat.add(NOW - 60, ("d1", "st1", "c1"), "noise")
    cells = shown(a_view(heat=heat), districts(layer="heat", span="hour"))["cells"]
    assert [cells[id_]["value"] for id_ in ("d1", "d2")] == ["1", "0"]


@pytest.mark.parametrize(("kind", "count"), [("gas_leak", 1), ("public_safety", 1), ("noise", 0), ("environment", 0)])
def test_a_kind_or_a_class_can_be_picked(kind: str, count: int) -> None:
    view = a_view(an_alert(), heat=Heat())
    assert len(shown(view, districts(kind=kind))["marks"]) == count


def test_one_clicks_down_to_a_community_and_goes_up_again() -> None:
    tree = CityTree(AREAS)
    asked = districts()
    for id_, focus, level in (("d1", "d1", "street"), ("st1", "st1", "community")):
        asked = clicked(asked, tree, id_)
        assert (asked.focus, asked.level) == (focus, level)
    asked = clicked(asked, tree, "c1")
    assert (asked.focus, asked.selected) == ("st1", "c1")
    assert clicked(asked, tree, "c1").selected == ""
    assert gone_to(asked, tree, "test") == districts()


def test_communities_of_the_whole_city_can_be_shown_at_once() -> None:
    tree = CityTree(AREAS)
    asked = asked_for(districts(), tree, "level", "community")
    assert set(shown(a_view(), asked)["cells"]) == {"c1", "c2", "st2"}
    assert clicked(asked, tree, "d1").level == "community"


@pytest.mark.parametrize(("name", "value"), [("level", "grid"), ("layer", "mood"), ("at", "7"), ("focus", "x")])
def test_what_cannot_be_chosen_changes_nothing(name: str, value: str) -> None:
    assert asked_for(districts(), CityTree(AREAS), name, value) == districts()


def test_looking_back_shows_alerts_as_they_stood() -> None:
    courses = Courses()
    for t, grade in ((0, "blue"), (3_600, "red")):
        alert = an_alert(grade=grade, version=1 + t)
        courses.take(Heard("alerts", 0, 0, int((T0 + t) * 1_000), b"", encode(alert), ()))
    view = a_view(an_alert(grade="red"), courses=courses)
    grades = [
        [m["grade"] for m in shown(view, districts(at=at))["marks"]] for at in (T0 - 60, T0 + 60, T0 + 4_000, None)
    ]
    assert grades == [[], ["blue"], ["red"], ["red"]]


def test_the_bar_of_the_last_day_ends_now_and_counts_in_steps_of_ten_minutes() -> None:
    heat = Heat()
    heat.add(NOW - 600, ("d1", "st1", "c1"), "noise")
    time = shown(a_view(an_alert(), heat=heat), districts(at=NOW - 3_600), "time")
    assert (time["steps"], time["at"], sum(time["counts"]), time["counts"][-1]) == (144, 138, 1, 1)
    assert time["hours"][-1] == "02:00"
    assert time["raised"] == [(132, "orange")]


def test_an_area_tells_why_its_index_is_what_it_is() -> None:
    side = shown(a_view(an_alert(), told=told(d1=65.0)), districts(selected="d1"), "list")["side"]
    assert (side["name"], side["people"]) == ("龙湖区", "常住人口12,000人")
    assert (side["index"]["score"], side["index"]["word"]) == ("65", "红")
    assert side["index"]["off"] == [("燃气预警1条", 75)]
    assert side["alerts"][0] | {"since": ""} == {
        "id": "a1",
        "grade": "orange",
        "word": "橙",
        "title": "燃气泄漏",
        "where": "河东街道·幸福里小区",
        "since": "",
        "href": "/alert/a1",
    }


def test_everything_is_said_in_english_too() -> None:
    view = a_view(an_alert(), told=told(d1=65.0), lang="en")
    picture = view.picture(districts(selected="d1"), NOW)
    assert picture["list"]["side"]["name"] == "Longhu District"  # type: ignore[index]
    assert picture["map"]["legend"]["steps"][0] == ("i-green", "≥90 green")  # type: ignore[index]
    assert picture["map"]["marks"][0]["sign"] == "O"  # type: ignore[index]


def test_kinds_for_the_duty_desk_alone_are_not_told_apart_to_others() -> None:
    heat = Heat()
    heat.add(NOW - 60, ("d1", "st1", "c1"), "threat")
    hidden = withheld(the_book().rules)
    assert "threat" in hidden
    view = a_view(heat=heat, hidden=hidden)
    side = shown(view, districts(kind="threat"), "list")["side"]
    assert [one["name"] for one in side["kinds"]] == ["其他"]
    assert "threat" not in str(view.choices())


def a_cluster_alert(**over: Any) -> Alert:
    rule = RuleRef(id="clusters", number=30, version=1, book="b")
    finding = FindingRef(
        id="f",
        rule=rule,
        kind="gas_leak",
        grade=Grade.ORANGE,
        status="open",
        title=Text("区域聚集", "Cluster"),
        events=9,
    )
    place = an_alert_place(level="city", key="test", district="", street="", community="", grid="")
    return an_alert(findings=(finding,), place=place, districts=("d1", "d2"), evidence=("hotline:1",), **over)


def test_a_cluster_counts_in_all_its_areas_and_is_drawn_around_them() -> None:
    from detectors.signal import Cluster, Member, Signal  # noqa: PLC0415 - one test's own

    members = tuple(
        Member(id=id_, level="community", name=id_, district="d1", observed=5, expected=1.0) for id_ in ("c2", "st2")
    )
    cluster = Cluster(
        category="public_safety", members=members, districts=("d1", "d2"), relative_risk=5.0, log_odds=9.0, kinds=()
    )
    at = datetime.fromtimestamp(T0, UTC)
    signal = Signal(
        id="s", detector="scan", key="k", kind="gas_leak", place=an_event().place, level="city", starts_at=at,
        ends_at=at,
        observed=9, expected=1.0, expected_high=3.0, p_value=0.0, model_age=30, sources=("hotline",),
        evidence=("hotline:1",), reporters=9, cluster=cluster,
    )  # fmt: skip
    clusters = Clusters()
    clusters.take(Heard("signals", 0, 0, 0, b"", encode(signal), ()))
    view = a_view(a_cluster_alert(), clusters=clusters)
    picture = shown(view, districts(level="community", layer="alerts"))
    assert {id_ for id_, cell in picture["cells"].items() if cell["grade"]} == {"c2", "st2"}
    assert picture["clusters"][0]["d"].count("M") == 2


def test_a_cluster_of_which_no_outline_is_known_still_counts_in_its_districts() -> None:
    picture = shown(a_view(a_cluster_alert()), districts(layer="alerts"))
    assert [picture["cells"][id_]["grade"] for id_ in ("d1", "d2")] == ["orange", "orange"]
    assert picture["clusters"] == []


def test_only_what_changed_is_told() -> None:
    before = {"cells": {"a": {"n": 1}, "b": {"n": 1}, "c": {"n": 1}}, "focus": "x", "marks": [1]}
    after = {"cells": {"a": {"n": 1}, "b": {"n": 2}}, "focus": "x", "marks": [2]}
    assert changes(before, after) == {"cells": {"b": {"n": 2}}, "gone": ["c"], "marks": [2]}
    assert changes(after, after) == {}
    assert changes({}, after)["all"] is True


def test_the_worst_areas_stand_first_in_the_table() -> None:
    view = a_view(an_alert(), told=told(d1=95.0, d2=60.0))
    assert shown(view, districts(), "list")["order"] == ["d2", "d1"]
    assert shown(view, districts(layer="alerts"), "list")["order"] == ["d1", "d2"]


def test_everything_a_page_is_told_can_be_written_as_json() -> None:
    picture = a_view(an_alert(), told=told(d1=65.0)).picture(districts(), NOW)
    assert msgspec.json.decode(msgspec.json.encode(picture))
