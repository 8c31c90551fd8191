"""Alerts that become one by themselves, and what joins one that people have looked at: nothing is hidden in it."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

import msgspec
import pytest

from rules.alert import Alert, Finding, Grade, Revision
from rules.command import Command
from rules.duty import Duty
from rules.fusion import Fusion
from tests.builders import T0, an_alert, an_alert_place, an_area_tree, the_book

MIN = 60.0


def at(seconds: float) -> datetime:
    return datetime.fromtimestamp(T0 + seconds, UTC)


def a_finding(id: str, since: float, grade: Grade, lon: float, **over: Any) -> Finding:  # noqa: A002
    place = an_alert_place(level="spot", key=f"spot {lon}", lon=lon, lat=23.36)
    times = dict.fromkeys(("first_at", "last_at", "raised_at", "graded_at"), at(since))
    alert = an_alert(id, grade, place=place, evidence=(f"hotline:{id}",), events=1, **{**times, **over})
    return Finding(**{name: getattr(alert, name) for name in alert.__struct_fields__}, voices=(f"who {id}",))


def after(finding: Finding, **over: Any) -> Finding:
    revision = Revision(version=finding.revision.version + 1, change="update")
    return msgspec.structs.replace(finding, revision=revision, **over)


class Desk:
    """What the stage that makes alerts does with findings and commands."""

    def __init__(self) -> None:
        self.fusion, self.duty = Fusion(an_area_tree()), Duty(the_book(), "test")
        self.duty.advance(T0)

    def note(self, *findings: Finding) -> list[Alert]:
        said: list[Alert] = []
        for finding in findings:
            joined = self.fusion.note(finding)
            for old, new in joined.moved:
                self.duty.move(old, new)
            said += self.duty.note(joined.alerts)
        return said

    def does(self, action: Any, alert: str) -> None:
        done = self.duty.obey(Command(id=action, action=action, alert=alert, by="desk", at=at(MIN), why="seen"))
        assert isinstance(done, list)

    def state(self, id_: str) -> str:
        alert = self.duty.standing(id_)
        assert alert is not None
        assert alert.revision.handling is not None
        return alert.revision.handling.state


def changes(alerts: Iterable[Alert]) -> list[tuple[str, str]]:
    return [(alert.id, alert.revision.change) for alert in alerts]


@pytest.mark.parametrize("action", ["sign", "false"])
def test_a_red_nobody_signed_that_becomes_part_of_an_orange_people_looked_at_has_to_be_signed(action: str) -> None:
    desk = Desk()
    one, other = a_finding("one", 0.0, Grade.ORANGE, 116.70), a_finding("other", MIN, Grade.RED, 116.72)
    desk.note(one)
    desk.does(action, "one")
    desk.note(other)
    assert desk.state("other") == "raised"
    joined = after(one, evidence=("hotline:one", "hotline:other"), events=2, last_at=at(2 * MIN))
    assert changes(desk.note(joined)) == [("other", "withdrawn"), ("one", "upgrade")]
    assert desk.state("one") == "raised"


def test_a_signed_red_that_becomes_part_of_a_signed_orange_stays_signed() -> None:
    desk = Desk()
    one, other = a_finding("one", 0.0, Grade.ORANGE, 116.70), a_finding("other", MIN, Grade.RED, 116.72)
    desk.note(one, other)
    desk.does("sign", "one")
    desk.does("sign", "other")
    desk.note(after(one, evidence=("hotline:one", "hotline:other"), events=2, last_at=at(2 * MIN)))
    assert desk.state("one") == "signed"


@pytest.mark.parametrize(("grade", "state"), [(Grade.ORANGE, "raised"), (Grade.BLUE, "false_alarm")])
def test_a_false_alarm_is_none_of_what_is_found_after_it_and_as_grave(grade: Grade, state: str) -> None:
    desk = Desk()
    desk.note(a_finding("one", 0.0, Grade.ORANGE, 116.70))
    desk.does("false", "one")
    (version,) = desk.note(a_finding("other", 50 * MIN, grade, 116.702))
    assert {ref.id for ref in version.findings} == {"one", "other"}
    assert desk.state("one") == state
    assert version.revision.change == ("reopened" if state == "raised" else "update")
    assert version.revision.handling is not None
    assert (version.revision.handling.verdict == "") == (state == "raised")


def test_more_of_what_a_false_alarm_was_about_stays_one() -> None:
    desk = Desk()
    one = a_finding("one", 0.0, Grade.ORANGE, 116.70)
    desk.note(one)
    desk.does("false", "one")
    desk.note(after(one, events=2, last_at=at(20 * MIN)))
    assert desk.state("one") == "false_alarm"
