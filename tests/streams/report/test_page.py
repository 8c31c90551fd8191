"""The page, the tables and the command: whatever alerts say is harmless, and every figure is defined."""

from __future__ import annotations

import io
import json
from datetime import timedelta
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import msgspec
import pytest
from rich.console import Console
from typer.testing import CliRunner

from rules.alert import RuleRef, Text
from streams.cli import app
from streams.errors import ConfigurationError
from streams.language import Voice
from streams.report import wording
from streams.report.command import read_period, write
from streams.report.compose import Material, compose
from streams.report.counting import Names
from streams.report.figures import Report
from streams.report.page import page
from streams.report.period import day_of, week_of
from streams.report.reading import names_for
from streams.report.tables import print_report
from streams.settings import Settings
from tests.builders import a_taxonomy, an_alert_place, the_book
from tests.duty_weeks import MONDAY, ZONE, shantou, two_weeks
from tests.lives import HOUR, Life, at

HOSTILE = "</title></style><script>alert(1)</script>\"'><img src=x onerror=y>&amp;\x1b[31m[red]"
WEEK = week_of(MONDAY.date(), ZONE)


def a_report(seed: int = 1, n: int = 40) -> Report:
    names = names_for(shantou(), a_taxonomy(), the_book())
    material = Material(versions=two_weeks(seed, n), source=Text("预警主题", "the alert topics"))
    return compose(material, WEEK, WEEK.ends_at + timedelta(hours=8), Text("汕头市", "Shantou"), names)


def a_hostile_report() -> Report:
    """Everything that can be said by somebody else is hostile."""
    text = Text(HOSTILE, HOSTILE)
    place = an_alert_place(name=HOSTILE, district=HOSTILE, key=HOSTILE, street=HOSTILE, community=HOSTILE)
    rule = RuleRef(id=HOSTILE, number=1, version=1, book=HOSTILE)
    over: dict[str, Any] = {"title": text, "kind": HOSTILE, "category": HOSTILE, "place": place, "rule": rule}
    false = Life(f"f{HOSTILE}", **over).issue(0)
    false.command(60, "false", HOSTILE)
    false.issue(120, "closed").issue(180, "update")
    waiting = Life(f"w{HOSTILE}", **over).issue(0).pass_time(9 * HOUR)
    material = Material(versions=[*false.versions, *waiting.versions], source=text)
    period = day_of(at(0).date(), ZONE)
    return compose(material, period, at(10 * HOUR), text, Names(*[lambda id_: Text(id_, id_)] * 4))


class Reader(HTMLParser):
    """Collects elements, attributes and text; knows which elements are open."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.attributes: set[str] = set()
        self.open: list[str] = []
        self.text = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes |= {name for name, _ in attrs}
        if tag not in {"meta", "input"}:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes |= {name for name, _ in attrs}

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text += data


def read(html: str) -> Reader:
    reader = Reader()
    reader.feed(html)
    reader.close()
    assert reader.open == []
    return reader


def test_whatever_alerts_say_stays_text() -> None:
    ours, theirs = read(page(a_report(), "zh")), read(page(a_hostile_report(), "zh"))
    assert set(theirs.tags) <= set(ours.tags)
    assert theirs.attributes <= ours.attributes
    assert "script" not in theirs.tags
    assert theirs.text.count(HOSTILE.replace("\x1b", "\x1b")) > 10


def test_it_needs_nothing_from_outside_and_runs_nothing() -> None:
    html = page(a_report(), "zh").replace('xmlns="http://www.w3.org/2000/svg"', "")
    for what in ("http:", "https:", "//", "src=", "<script", "<link", "@import", "url(", "onload", "javascript:"):
        assert what not in html


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_it_holds_both_languages_and_opens_in_one(lang: str) -> None:
    html = page(a_report(), lang)  # type: ignore[arg-type]
    assert f'<html lang="{lang}">' in html
    assert f'id="{lang}" class="switch" checked' in html
    for said in ("汕头市 预警周报 2026-W02", "Shantou: Alerts of the week 2026-W02"):
        assert said in html


def test_every_section_ends_with_the_definition_of_its_figures() -> None:
    sections = page(a_report(), "zh").split("<section>")[1:]
    assert len(sections) == 9
    for one in sections:
        assert 'class="def"' in one
    for text in (value for value in vars(wording).values() if isinstance(value, Text) and len(value.en) > 50):
        assert text.en.replace("'", "&#x27;") in page(a_report(), "zh")


def test_the_figures_on_the_page_are_those_of_the_report() -> None:
    report = a_report()
    said = read(page(report, "en")).text
    for figure in (
        report.now.total,
        report.before.total,
        report.now.false_alarms,
        sum(report.now.open_at_end.values()),
    ):
        assert f"{figure:,}" in said
    for case in (*report.waiting, *report.false_alarms, *report.reopened):
        assert case.id in said


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_the_tables_tell_it_on_a_terminal(lang: str) -> None:
    out = io.StringIO()
    report = a_report()
    print_report(report, Voice(lang, ZONE), Console(file=out, width=160), [Path("x.html")])  # type: ignore[arg-type]
    said = out.getvalue()
    for word in (
        wording.title(report),
        Text("签收", "Signing"),
        Text("查准率", "Precision"),
        Text("已写入", "written"),
    ):
        assert (word.zh if lang == "zh" else word.en) in said


def test_nothing_alerts_say_steers_the_terminal() -> None:
    out = io.StringIO()
    print_report(a_hostile_report(), Voice(), Console(file=out, width=300), [])
    assert "\x1b" not in out.getvalue()
    assert "[red]" in out.getvalue()


def test_it_is_written_as_page_and_as_json(tmp_path: Path) -> None:
    report, html, figures = a_report(), tmp_path / "r.html", tmp_path / "r.json"
    assert write(report, "zh", page_to=html, json_to=figures) == [html, figures]
    assert html.read_text(encoding="utf-8") == page(report, "zh")
    assert msgspec.json.decode(figures.read_bytes(), type=Report) == report


@pytest.mark.parametrize(
    ("day", "week", "said"),
    [
        (None, None, "give one of them"),
        ("2026-01-05", "2026-W02", "give one of them"),
        ("2026-02-30", None, "write it as 2026-01-05"),
        ("gestern", None, "write it as 2026-01-05"),
        (None, "2026-W54", "write it as 2026-W02"),
        (None, "2026-01-05", "write it as 2026-W02"),
    ],
)
def test_it_is_about_one_day_or_week(day: str | None, week: str | None, said: str) -> None:
    with pytest.raises(ConfigurationError, match=said):
        read_period(Settings(), day, week)


def test_what_a_replay_wrote_can_be_reported_on(tmp_path: Path) -> None:
    alerts, figures = tmp_path / "alerts.jsonl", tmp_path / "r.json"
    versions = [version for version in two_weeks(1, 20) if version.alert.revision.change in {"new", "upgrade"}]
    alerts.write_bytes(b"\n".join(msgspec.json.encode(version.alert) for version in versions))
    options = ["report", "--week", "2026-W02", "--alerts", str(alerts), "--json", str(figures), "--lang", "en"]
    done = CliRunner().invoke(app, options)
    assert done.exit_code == 0, done.output
    told = json.loads(figures.read_bytes())
    assert told["now"]["total"] + told["before"]["total"] > 15
    assert "The alerts are from a file" in done.output


def test_a_file_of_something_else_is_refused_line_by_line(tmp_path: Path) -> None:
    alerts = tmp_path / "alerts.jsonl"
    alerts.write_text('{"id": 1}\nx\n', encoding="utf-8")
    done = CliRunner().invoke(app, ["report", "--day", "2026-01-05", "--alerts", str(alerts)])
    assert isinstance(done.exception, ConfigurationError)
    assert len(done.exception.faults) == 2
