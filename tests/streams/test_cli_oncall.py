"""`fenghuo oncall`: check a file, try an alert, ask who is on duty."""

from __future__ import annotations

from importlib import resources
from pathlib import Path

import msgspec
import pytest
from typer.testing import CliRunner

from streams.cli import app
from streams.errors import ConfigurationError
from tests.builders import an_alert, an_alert_place

DEMO = str(resources.files("streams.oncall") / "demo.yaml")
NIGHT = "2026-02-18T23:00"


def run(*arguments: str) -> str:
    result = CliRunner().invoke(app, ["oncall", *arguments], env={"COLUMNS": "200"}, catch_exceptions=False)
    assert result.exit_code == 0, result.output
    return result.output


def test_a_sound_file_is_said_to_be_sound_until_when_and_how_much_it_covers() -> None:
    output = run("check", DEMO, "--at", "2026-11-22")
    assert "no gap and no overlap without a rule until 2026-12-23 00:00" in output
    assert "posts of the area tree have no office" in output


def test_trying_an_alert_says_who_and_why_and_which_routes_passed() -> None:
    output = run(
        "test",
        DEMO,
        "--grade",
        "red",
        "--kind",
        "内涝",
        "--area",
        "440507-01-01-03",
        "--owner",
        "区水务局",
        "--at",
        NIGHT,
    )
    lines = output.splitlines()
    assert any(line.split()[:3] == ["chen.hua", "sms", "红色"] for line in lines)
    assert "    lead: water-authority（主责部门「区水务局」：名单）" in lines
    assert "✗ 燃气抢险" in lines


def test_trying_can_expect_who_is_told() -> None:
    tried = ["oncall", "test", DEMO, "--grade", "blue", "--kind", "noise", "--area", "南澳县", "--at", NIGHT]
    right, wrong = (
        CliRunner().invoke(app, [*tried, "--expect", names]) for names in ("board, city-desk", "board,lin.min")
    )
    assert right.exit_code == 0
    assert wrong.exit_code == 1
    assert "expected but not told: ['lin.min']; told but not expected: ['city-desk']" in wrong.output


def test_trying_says_what_would_keep_it_back() -> None:
    output = run(
        "test", DEMO, "--grade", "blue", "--kind", "streetlight", "--area", "龙湖区", "--at", NIGHT, "--lang", "en"
    )
    assert "MAINTENANCE 路灯巡检 → 2026-02-19 02:00" in output


def test_trying_an_alert_of_a_file(tmp_path: Path) -> None:
    place = an_alert_place(key="440507-01", district="440507", street="440507-01", community="", grid="")
    path = tmp_path / "alert.json"
    path.write_bytes(msgspec.json.encode(an_alert(place=place)))
    assert "gas-company" in run("test", DEMO, "--alert", str(path), "--at", NIGHT)


def test_who_is_on_duty_is_said_with_who_they_stand_in_for() -> None:
    assert run("who", DEMO, "--role", "desk", "--at", "2026-03-04T21:00").strip() == "lin.min  city-desk（夜班）"
    assert "代chen.hua" in run("who", DEMO, "--role", "desk", "--at", "2026-03-10T21:00")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["test", DEMO, "--kind", "gas_leek"], "no kind 'gas_leek': did you mean 'gas_leak'"),
        (["test", DEMO, "--area", "nowhere"], "汕头市 has no area 'nowhere'"),
        (["test", DEMO, "--at", "soon"], "'soon' is no instant"),
        (["test", DEMO, "--at", "0001-01-01"], "'0001-01-01' lies before the year 1900"),
        (["who", DEMO, "--at", "9999-12-31T23:59"], "is more than a hundred years ahead"),
        (["check", DEMO, "--at", "9999-12-31"], "is more than a hundred years ahead"),
        (["test", DEMO, "--alert", DEMO], "is no alert"),
        (["check", "no.yaml"], "cannot be read"),
    ],
)
def test_what_is_wrong_is_said(arguments: list[str], said: str) -> None:
    with pytest.raises(ConfigurationError, match=said):
        CliRunner().invoke(app, ["oncall", *arguments], catch_exceptions=False)
