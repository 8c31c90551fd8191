"""What is not told, and why: silences, maintenance, inhibition, rules on trial."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from rules.silence import Matcher, Silence, silence_faults
from streams.errors import ConfigurationError
from streams.oncall.commands import matcher_of, silence_of, words_of
from streams.oncall.planner import Planner
from tests.builders import T0, an_alert_place
from tests.streams.oncall.planned import STREET, a_planner, a_version, an_oncall, said, shadow

HOUR = 3600.0


def a_silence(since: float = T0, until: float = T0 + HOUR, **over: Any) -> Silence:
    base = {
        "id": "s1",
        "matcher": Matcher(areas=("st1",)),
        "from_at": datetime.fromtimestamp(since, UTC),
        "until_at": datetime.fromtimestamp(until, UTC),
        "by": "desk",
        "why": "burst main, known",
    }
    return Silence(**{**base, **over})


def reasons(planner: Planner) -> list[tuple[str, int, str, str]]:
    return [(one.alert, one.version, one.reason, one.by) for one in planner.suppressed()]


def test_a_silence_mutes_until_it_ends_and_then_lets_out_what_still_stands() -> None:
    planner = a_planner()
    planner.silence(a_silence(), T0)
    planner.note(a_version("a", "orange"), T0)
    planner.note(a_version("b", "orange"), T0)
    assert planner.due(T0) == []
    assert reasons(planner) == [("a", 1, "SILENCED", "s1"), ("b", 1, "SILENCED", "s1")]
    planner.note(a_version("b", "orange", 2, "closed"), T0 + 60)
    assert planner.due(T0 + 60) == []
    assert reasons(planner) == [("b", 2, "OVER_BEFORE_SENT", "")]
    assert planner.next_due == T0 + HOUR
    assert [one.key for one in planner.due(T0 + HOUR)] == ["a/1/chat/anna", "a/1/sms/anna"]
    assert planner.silences == []


def test_the_silence_that_lasts_longest_counts() -> None:
    planner = a_planner()
    planner.silence(a_silence(), T0)
    planner.silence(a_silence(id="s2", until=T0 + 2 * HOUR), T0)
    planner.note(a_version(), T0)
    assert planner.due(T0 + HOUR) == []
    assert len(planner.due(T0 + 2 * HOUR)) == 2


def test_a_silence_that_is_ended_early_lets_out_at_once() -> None:
    planner = a_planner()
    planner.silence(a_silence(), T0)
    planner.note(a_version(), T0)
    assert planner.due(T0) == []
    assert not planner.unsilence("other", T0 + 1)
    assert planner.unsilence("s1", T0 + 1)
    assert len(planner.due(T0 + 1)) == 2


def test_a_red_alert_is_told_unless_the_silence_says_red() -> None:
    planner = a_planner()
    planner.silence(a_silence(), T0)
    planner.note(a_version("a", "orange"), T0)
    assert planner.due(T0) == []
    planner.note(a_version("a", "red", 2, "upgrade"), T0 + 1)
    assert len(planner.due(T0 + 1)) == 2
    planner.silence(a_silence(red=True), T0 + 2)
    planner.note(a_version("b", "red"), T0 + 2)
    assert planner.due(T0 + 2) == []


def test_the_end_of_what_was_told_passes_a_silence() -> None:
    planner = a_planner()
    planner.note(a_version("a", "orange"), T0)
    planner.due(T0)
    planner.silence(a_silence(), T0 + 1)
    planner.note(a_version("a", "orange", 2, "update", events=99), T0 + HOUR / 2)
    assert planner.due(T0 + HOUR / 2) == []
    planner.note(a_version("a", "orange", 3, "closed"), T0 + HOUR / 2)
    assert [one.what for one in planner.due(T0 + HOUR / 2)] == ["resolved", "resolved"]


def test_what_waits_in_a_batch_is_silenced_too() -> None:
    planner = a_planner()
    planner.note(a_version("a", "blue"), T0)
    assert planner.due(T0) == []
    planner.silence(a_silence(), T0 + 1)
    assert planner.due(T0 + 30) == []
    assert reasons(planner) == [("a", 1, "SILENCED", "s1")]
    assert [one.key for one in planner.due(T0 + HOUR)] == ["a/1/chat/anna"]


def test_an_alert_across_districts_is_silenced_only_when_all_of_them_are() -> None:
    planner = a_planner()
    planner.silence(a_silence(matcher=Matcher(areas=("d1",))), T0)
    planner.note(a_version("a", districts=("d1", "d2")), T0)
    assert len(planner.due(T0)) == 2
    planner.silence(a_silence(matcher=Matcher(areas=("d1", "d2"))), T0)
    planner.note(a_version("b", districts=("d1", "d2")), T0)
    assert planner.due(T0) == []


def test_silences_survive_a_restart() -> None:
    planner = a_planner()
    planner.silence(a_silence(), T0)
    again = Planner(an_oncall(STREET))
    again.restore(planner.state())
    assert again.silences == planner.silences
    again.note(a_version(), T0)
    assert again.due(T0) == []


@pytest.mark.parametrize(
    ("over", "path"),
    [
        ({"matcher": Matcher()}, "$.matcher"),
        ({"by": " "}, "$.by"),
        ({"why": ""}, "$.why"),
        ({"until": T0}, "$.until_at"),
        ({"until": T0 + 8 * 24 * HOUR}, "$.until_at"),
        ({"from_at": datetime(2026, 1, 1)}, "$.from_at"),  # noqa: DTZ001 - without an offset
    ],
)
def test_a_silence_says_what_why_who_and_is_bounded(over: dict[str, Any], path: str) -> None:
    assert [place for place, _ in silence_faults(a_silence(**over))] == [path]
    assert list(silence_faults(a_silence())) == []


def test_a_silence_travels_in_a_command_as_words() -> None:
    matcher = Matcher(areas=("d1", "st1"), kinds=("gas_leak",), at_least=None, exercise=False)
    words = words_of(matcher, red=True)
    assert words == {"areas": "d1,st1", "kinds": "gas_leak", "exercise": "false", "red": "true"}
    assert matcher_of(words) == (matcher, True)
    silence = silence_of("s1", by="x", why="y", at=a_silence().from_at, until=a_silence().until_at, matcher=words)
    assert (silence.matcher, silence.red) == (matcher, True)


@pytest.mark.parametrize("words", [{"aera": "d1"}, {"grades": "purple"}, {"exercise": "maybe"}, {"red": "very"}, {}])
def test_words_that_mean_nothing_are_refused(words: dict[str, str]) -> None:
    silence = a_silence()
    with pytest.raises(ValueError, match=r"\$\.matcher"):
        silence_of("s1", by="x", why="y", at=silence.from_at, until=silence.until_at, matcher=words)


INHIBIT = (
    STREET
    + """
inhibit:
  - {name: outage, source: {kinds: [power_outage]}, target: {kinds: [streetlight]}, equal: [place]}
"""
)


def a_light(id: str = "l", version: int = 1, change: str = "new", **over: Any) -> Any:  # noqa: A002
    return a_version(id, "yellow", version, change, kind="streetlight", **over)


def an_outage(version: int = 1, change: str = "new", level: str = "street", **over: Any) -> Any:
    place = an_alert_place(level=level, key="st1", community="", grid="")
    return a_version("o", "orange", version, change, kind="power_outage", place=place, **over)


def test_an_outage_of_the_street_mutes_its_lights_for_as_long_as_it_stands() -> None:
    planner = a_planner(INHIBIT)
    planner.note(a_light(), T0)
    planner.due(T0)
    planner.note(an_outage(), T0 + 10)
    assert {one.alerts[0].id for one in planner.due(T0 + 10)} == {"o"}
    assert planner.due(T0 + 30) == []
    assert reasons(planner) == [("l", 1, "INHIBITED", "outage: o")]
    planner.note(an_outage(2, "closed"), T0 + HOUR)
    assert [one.key for one in planner.due(T0 + HOUR)] == ["o/2/chat/anna", "o/2/sms/anna", "l/1/chat/anna"]


def test_a_light_in_another_street_is_told() -> None:
    planner = a_planner(INHIBIT)
    planner.note(an_outage(), T0)
    planner.note(a_light(place=an_alert_place(key="c9", community="c9", street="st9")), T0)
    planner.due(T0)
    assert [one.alerts[0].id for one in planner.due(T0 + 30)] == ["l"]


@pytest.mark.parametrize("over", [{"rule": shadow()}, {"verdict": "false"}, {"state": "candidate"}, {"exercise": True}])
def test_what_is_on_trial_a_false_alarm_a_candidate_or_an_exercise_mutes_nothing_real(over: dict[str, Any]) -> None:
    planner = a_planner(INHIBIT)
    planner.note(an_outage(**over), T0)
    planner.note(a_light(), T0)
    planner.due(T0)
    assert [one.alerts[0].id for one in planner.due(T0 + 30)] == ["l"]


def test_an_alert_that_is_source_and_target_is_muted_by_none() -> None:
    both = "{kinds: [power_outage, streetlight]}"
    planner = a_planner(INHIBIT.replace("{kinds: [power_outage]}", both))
    planner.note(an_outage(), T0)
    planner.note(a_light(), T0)
    planner.due(T0)
    assert [one.alerts[0].id for one in planner.due(T0 + 30)] == ["l"]


def test_inhibition_goes_on_after_a_restart() -> None:
    planner = a_planner(INHIBIT)
    planner.note(an_outage(), T0)
    planner.note(a_light(), T0)
    planner.due(T0)
    again = Planner(an_oncall(INHIBIT))
    again.restore(planner.state())
    assert again.due(T0 + 30) == []
    again.note(an_outage(2, "closed"), T0 + HOUR)
    assert "l" in {one.alerts[0].id for one in again.due(T0 + HOUR)}


def test_a_maintenance_window_mutes_while_it_lasts_and_lets_out_when_it_ends() -> None:
    planner = a_planner(
        STREET + 'maintenance: [{name: lamps, when: {kinds: [streetlight]}, days: [thu], hours: "22:00-02:00", why: x}]'
    )
    begins = T0 + 21 * HOUR  # 22:00 in Berlin, Thursday 1 January 2026
    planner.note(a_light("l1", signed_by="x"), begins - 60)
    planner.due(begins - 60)
    assert [one.alerts[0].id for one in planner.due(begins - 30)] == ["l1"]
    planner.note(a_light("l2"), begins + 3 * HOUR)
    assert planner.due(begins + 3 * HOUR) == []
    assert reasons(planner) == [("l2", 1, "MAINTENANCE", "lamps")]
    assert planner.next_due == begins + 4 * HOUR
    assert [one.alerts[0].id for one in planner.due(begins + 4 * HOUR)] == ["l2"]


def test_rules_on_trial_tell_nobody() -> None:
    planner = a_planner()
    planner.note(a_version(rule=shadow()), T0)
    assert planner.due(T0) == []
    assert reasons(planner) == [("a1", 1, "SHADOW", "trial")]


def test_a_silence_of_the_file_holds_and_faults_of_it_are_told() -> None:
    entry = "{name: works, when: {areas: [st1]}, since: 2026-01-01, until: 2026-01-02, by: desk, why: works}"
    planner = a_planner(STREET + f"silences: [{entry}]")
    planner.note(a_version(), T0)
    assert planner.due(T0) == []
    with pytest.raises(ConfigurationError, match=r"silences\[0\]\.until: is 31\.0 days after"):
        an_oncall(STREET + f"silences: [{entry.replace('2026-01-02', '2026-02-01')}]")


def test_what_was_let_out_at_night_goes_to_who_is_on_duty_then() -> None:
    planner = a_planner("""
rosters:
  r:
    role: duty
    shifts: [{hours: "08:00-20:00", turns: [[anna]]}, {hours: "20:00-08:00", turns: [[bert]]}]
routes: [{name: duty, to: ["role:duty"]}]
""")
    planner.silence(a_silence(since=T0 + 11 * HOUR, until=T0 + 20 * HOUR), T0)
    planner.note(a_version(), T0 + 12 * HOUR)
    assert planner.due(T0 + 12 * HOUR) == []
    assert said(planner.due(T0 + 20 * HOUR)) == [("alert", "bert", "chat")]
