"""`fenghuo explain` and `fenghuo why-not` of files: what is found, what is worked out, what is shown."""

from __future__ import annotations

import io
import json
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path

import msgspec
import pytest
from rich.console import Console

from detectors.event import Place
from rules.explaining import explain
from rules.explanation import REASONS, Explanation, Reason, WhyNot
from streams.assembly import Parts, assemble
from streams.demo_day import BEGINS
from streams.errors import ConfigurationError
from streams.explain import Answer, Source, explain_alert, moment, pick, why_no_alert
from streams.explain_material import Desk, replay_noted
from streams.explain_places import Places
from streams.explain_show import Page
from streams.feed import read_inputs
from streams.intake.places import load_areas
from streams.language import Lang, voice_of
from streams.settings import Settings
from streams.simulate import load_scenarios, simulate, write_jsonl
from tests.builders import a_place, an_alert, an_event
from tests.streams.test_cli import fenghuo


@pytest.fixture(scope="module")
def day(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A simulated day with what the demo stages."""
    file = tmp_path_factory.mktemp("explain") / "day.jsonl"
    areas = load_areas("shantou")
    start = BEGINS.replace(tzinfo=areas.zone)
    scenarios = load_scenarios(["demo-day"])
    write_jsonl(simulate(areas=areas, start=start, days=1, seed=3, daily_events=800, scenarios=scenarios), file, None)
    return file


@pytest.fixture(scope="module")
def parts() -> Parts:
    return assemble(areas="shantou", book="", hazards="", reporter_key=b"k" * 16)


@pytest.fixture(scope="module")
def desk(day: Path, parts: Parts) -> Desk:
    return replay_noted(parts, read_inputs(["fenghuo", str(day)]), 600.0)


@pytest.fixture
def source(day: Path) -> Source:
    return Source(read_inputs(["fenghuo", str(day)]), Settings())


def shown(answer: Answer, lang: Lang = "zh") -> str:
    out = io.StringIO()
    Page(answer, voice_of(answer.areas, lang)).show(Console(file=out, width=140, highlight=False))
    return out.getvalue()


def test_every_alert_of_a_simulated_day_is_reproduced_with_its_own_figures(desk: Desk) -> None:
    alerts = [alert for alert in desk.notes.alerts.values() if alert.status != "withdrawn"]
    assert len({alert.rule.id for alert in alerts}) >= 10
    for alert in alerts:
        said = explain(desk.parts.book, desk.city, alert, desk.notes.heard(alert.place.district), desk.lens)
        assert said.differs == ()
        fires = [one for one in said.conditions if one.role == "fires" and one.met]
        assert fires
        counts = [(part.value, part.threshold) for one in fires for part in one.parts if part.part == "count"]
        assert not counts or (alert.observed, alert.threshold) in counts
        met = sum(one.met for one in said.conditions if one.role != "fires")
        assert met == len(alert.steps) - 1
        assert [e.id for e in said.events if e.part != "compared"] == list(alert.evidence)


def test_every_row_is_accepted_or_dropped_for_a_reason(desk: Desk, day: Path) -> None:
    reasons = Counter(one.reason for one in desk.notes.dropped)
    assert set(reasons) <= {Reason.LATE, Reason.DUPLICATE}
    assert len(desk.notes.accepted) + reasons.total() == len(day.read_text(encoding="utf-8").splitlines())


def test_an_alert_is_explained_by_the_beginning_of_its_id(desk: Desk, source: Source) -> None:
    alert = next(one for one in desk.notes.alerts.values() if one.rule.id == "gas-leak" and one.grade.value == "red")
    answer = explain_alert(alert.id[:9], source)
    assert isinstance(answer.said, Explanation)
    assert answer.said.alert.id == alert.id
    text = shown(answer)
    lines = text.splitlines()
    assert lines[0].startswith("【红色·")
    assert alert.place.name in lines[0]
    for said in ("按事件重算，结果一致", "✓", "500米内30分钟有2人以上反映", "≥2", alert.evidence[0]):
        assert said in text
    assert "worked out anew from the events: the same" in shown(answer, "en")
    assert f"book  {alert.rule.book} (shipped)" in shown(answer, "en")
    assert f"规则库  {alert.rule.book} （随程序）" in text


def test_why_not_says_the_verdict_first_and_then_how_close_it_came(source: Source) -> None:
    answer = why_no_alert("many-voices", "龙湖区", str(BEGINS.date()), "", source)
    assert isinstance(answer.said, WhyNot)
    lines = shown(answer).splitlines()
    assert lines[0].strip().startswith(REASONS[answer.said.reason].zh)
    assert "龙湖区" in lines[0]
    assert "7天内≥5人" in shown(answer)
    assert "left out" in shown(answer, "en")


def test_a_number_is_a_rules_name_where_only_one_has_it(source: Source) -> None:
    answer = why_no_alert("2", "龙湖区", str(BEGINS.date()), "garbage", source)
    assert isinstance(answer.said, WhyNot)
    assert answer.said.rule == "many-voices"
    with pytest.raises(ConfigurationError, match="3 rules have the number 24"):
        why_no_alert("24", "龙湖区", str(BEGINS.date()), "", source)


@pytest.mark.parametrize(
    ("rule", "place", "at", "kind", "said"),
    [
        ("many-voice", "龙湖区", "2025-09-17", "", "do you mean many-voices"),
        ("gas-leak", "龙胡区", "2025-09-17", "", "do you mean 龙湖区"),
        ("gas-leak", "汕头市", "2025-09-17", "", "is the whole city"),
        ("gas-leak", "龙湖区", "yesterday", "", "write 2026-01-15T14:31"),
        ("gas-leak", "龙湖区", "2025-09-17", "gas_leek", "do you mean gas_leak"),
    ],
)
def test_what_is_not_there_is_told_with_the_closest(
    source: Source, rule: str, place: str, at: str, kind: str, said: str
) -> None:
    with pytest.raises(ConfigurationError, match=said):
        why_no_alert(rule, place, at, kind, source)


def test_an_unknown_id_is_told_with_the_closest_and_their_number() -> None:
    alerts = {one.id: one for one in (an_alert("abc1"), an_alert("abd2"), an_alert("fff3"))}
    assert pick("f", alerts).id == "fff3"
    assert pick("abc1", alerts | {"abc12": an_alert("abc12")}).id == "abc1"
    with pytest.raises(ConfigurationError, match=r"2 alerts begin so: abc1 .*, abd2"):
        pick("ab", alerts)
    with pytest.raises(ConfigurationError, match=r"of the 3 there are, the closest: fff3"):
        pick("ff4", alerts)
    with pytest.raises(ConfigurationError, match="there are no alerts at all"):
        pick("ff4", {})


def test_a_place_is_found_by_id_name_path_and_as_events_write_it(parts: Parts) -> None:
    places = Places(parts.areas)
    assert places.find("440507") == places.find("龙湖区") == places.find("Longhu District")
    street = parts.areas.children("440507")[0]
    assert places.find(street.name).street == street.id
    community = parts.areas.children(street.id)[0]
    assert places.find(f"{street.name}·{community.name}").community == community.id
    with pytest.raises(ConfigurationError, match="no place is called '某某小区'"):
        places.find("某某小区")
    where = a_place("c1/某某小区", name="街道·某某小区")
    places.learn([an_event(place=where)])
    assert places.find("某某小区") == places.find("街道·某某小区") == places.find("c1/某某小区") == where
    assert places.find("c1") == Place(district="d1", street="st1", community="c1")


def test_one_name_of_several_places_asks_for_an_id(parts: Parts) -> None:
    places = Places(parts.areas)
    places.learn([an_event(place=a_place("c1/广场")), an_event(place=a_place("c2/广场", community="c2"))])
    with pytest.raises(ConfigurationError, match=r"2 places are called '广场': give an id, one of c1/广场 .*, c2/广场"):
        places.find("广场")


def test_times_are_the_citys_and_a_date_means_its_noon(parts: Parts) -> None:
    zone = parts.areas.zone
    assert moment("2026-01-15", zone).astimezone(UTC) == datetime(2026, 1, 15, 4, tzinfo=UTC)
    assert moment("2026-01-15 14:31", zone).astimezone(UTC) == datetime(2026, 1, 15, 6, 31, tzinfo=UTC)
    assert moment("2026-01-15T14:31Z", zone) == datetime(2026, 1, 15, 14, 31, tzinfo=UTC)


def test_the_commands_print_json_or_say_what_is_wrong_with_code_2(day: Path, desk: Desk) -> None:
    alert = next(iter(desk.notes.alerts.values()))
    done = fenghuo("explain", alert.id, "fenghuo", str(day), "--json")
    assert done.returncode == 0, done.stderr
    said = json.loads(done.stdout)
    assert (said["alert"]["id"], said["differs"]) == (alert.id, [])
    assert (said["book"]["digest"], said["book"]["from"], said["warnings"]) == (alert.rule.book, "shipped", [])
    done = fenghuo(
        "why-not", "gas-leak", "fenghuo", str(day), "--place", "龙湖区", "--at", str(BEGINS.date()), "--json"
    )
    assert msgspec.json.decode(done.stdout, type=WhyNot).rule == "gas-leak"
    wrong = fenghuo("explain", "zzzz", "fenghuo", str(day))
    assert (wrong.returncode, wrong.stdout) == (2, "")
    assert "no alert has this id; of the" in wrong.stderr
