"""`fenghuo backtest`: a small simulated day from the command to the report, and every wrong input."""

from __future__ import annotations

import json
import re
from collections import Counter
from datetime import time
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
import typer
from typer.testing import CliRunner

from rules.loader import BOOK
from streams.backtest.cli import shifts
from streams.backtest.command import backtest
from streams.backtest.order import Order
from streams.backtest.page import page
from streams.backtest.report import Report
from streams.backtest.tables import print_report
from streams.cli import app
from streams.errors import ConfigurationError
from streams.feed import read_inputs
from streams.language import Lang
from streams.replay_cli import replay_files
from streams.settings import Settings

SETTINGS = Settings()


def an_order(**over: Any) -> Order:
    """The shipped book on one simulated day of little life."""
    base: dict[str, Any] = {"book": "shipped", "simulated_days": 1.0, "daily": 300.0}
    return Order(**{**base, **over})


def only(folder: Path, *stems: str) -> Path:
    """A book of these shipped rules."""
    folder.mkdir()
    for stem in stems:
        (folder / f"{stem}.yaml").write_bytes((BOOK / f"{stem}.yaml").read_bytes())
    return folder


@pytest.fixture(scope="module")
def day(tmp_path_factory: pytest.TempPathFactory) -> Report:
    """Gas alone against gas and outages."""
    folder = tmp_path_factory.mktemp("books")
    new, old = only(folder / "new", "07-gas-leak"), only(folder / "old", "07-gas-leak", "16-outage")
    return backtest(an_order(book=str(new), against=str(old)), SETTINGS)


def test_the_small_day_is_scored_as_it_was_staged(day: Report) -> None:
    assert day.truth is not None
    assert day.old is not None
    gas, whole = day.new.rules
    assert gas.hits is not None
    assert gas.hits.recall is not None
    assert (gas.hits.recall.hits, gas.hits.recall.of) == (3, 3)  # a smell at night and two leaks name rule 7
    assert gas.hits.delay_s is not None
    assert gas.hits.delay_s.median == 0  # one report is enough
    outage = next(line for line in day.old.rules if line.number == 16)
    assert outage.hits is not None
    assert (outage.hits.found, outage.hits.false) == (4, 0)  # no power in one compound, no water in three
    drill = next(one for one in day.truth.happenings if one.id.startswith("gas-drill"))
    assert (drill.expected, drill.new) == (False, [])
    assert whole.total == gas.total == sum(sum(one.alerts.values()) for one in day.new.days)


def test_what_the_new_book_no_longer_says_has_vanished(day: Report) -> None:
    assert day.difference is not None
    assert {change.what for change in day.difference.changes} == {"vanished"}
    assert set(day.difference.by_rule) == {"outage"}
    assert day.difference.same == day.new.whole.total
    first = day.difference.changes[0]
    assert (first.new, first.judgement, first.number) == (None, "true", 16)
    assert first.why.zh
    assert first.why.en


def test_every_report_read_is_accounted_for(day: Report) -> None:
    assert day.rows == sum(day.verdicts.values())
    assert day.verdicts["DUPLICATE"] >= 49  # one ticket is sent fifty times


def test_a_book_against_itself_does_not_differ() -> None:
    report = backtest(an_order(against="shipped"), SETTINGS)
    assert report.difference is not None
    assert report.difference.changes == []
    assert report.difference.same == report.new.whole.total > 0


def test_files_events_and_simulation_give_the_same_figures(tmp_path: Path) -> None:
    reports, truth, events = (tmp_path / name for name in ("day.jsonl", "truth.jsonl", "events.jsonl.gz"))
    wrote = CliRunner().invoke(
        app,
        ["simulate", "--out", str(reports), "--truth", str(truth), "--daily-events", "300", "--scenario", "demo-day"],
    )
    assert wrote.exit_code == 0
    inputs = read_inputs(["fenghuo", str(reports)])
    read = backtest(an_order(simulated_days=None, inputs=inputs, truth=truth, save_events=events), SETTINGS)
    again = backtest(an_order(simulated_days=None, events=events, truth=truth), SETTINGS)
    assert read.new == again.new
    assert read.truth == again.truth
    assert read.truth is not None
    assert not read.truth.complete


FLOOD = [
    {
        "source": "hotline",
        "id": str(n),
        "occurred_at": f"2026-03-11T14:{5 * n:02}:00+08:00",
        "kind": "waterlogging",
        "caller": f"1380013800{n}",
        "district": "440507",
        "street": "440507-01",
    }
    for n in range(8)
]


def test_what_was_declared_raises_grades_as_in_a_replay_of_the_same_files(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    calls, context = tmp_path / "calls.jsonl", tmp_path / "context.jsonl"
    calls.write_text("".join(json.dumps(line) + "\n" for line in FLOOD), encoding="utf-8")
    storm = {
        "id": "weather/1",
        "issued_at": "2026-03-11T14:20:00+08:00",
        "area": "440507",
        "weather": ["rainstorm_red"],
    }
    after = {**storm, "id": "weather/2", "issued_at": "2026-03-12T14:20:00+08:00"}
    context.write_text("".join(json.dumps(line) + "\n" for line in (after, storm)), encoding="utf-8")
    inputs = read_inputs(["fenghuo", str(calls)])
    grades = []
    for known in (None, context):
        summary, tally = replay_files(inputs, SETTINGS, context=known)
        report = backtest(an_order(simulated_days=None, inputs=inputs, context=known), SETTINGS)
        said = {grade: n for grade, n in report.new.whole.alerts.items() if n}
        assert said == Counter(alert.grade.value for alert in tally.final.values())
        assert summary.events == len(FLOOD)
        grades.append((said, report.declared))
    assert grades == [({"yellow": 1}, None), ({"orange": 1}, 1)]
    print_report(report, "en", shown=0, written=[])
    assert "0 dead; declarations: 1" in capsys.readouterr().out


def test_without_a_truth_it_is_said_that_precision_is_unknown(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    events = tmp_path / "events.jsonl"
    backtest(an_order(save_events=events), SETTINGS)
    report = backtest(an_order(simulated_days=None, events=events), SETTINGS)
    assert report.truth is None
    assert report.new.whole.hits is None
    print_report(report, "en", shown=5, written=[])
    assert "No truth given: precision, recall and lead time are unknown." in capsys.readouterr().out
    assert "未提供真值" in page(report, "zh")


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_the_tables_hold_what_the_report_holds(
    day: Report, lang: Lang, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "200")
    print_report(day, lang, shown=1, written=[Path("x.html")])
    said = capsys.readouterr().out
    wanted = {
        "zh": ["回测 汕头市", "每班预警量", "对照真值", "消失", "另有"],
        "en": ["Backtest Shantou", "vanished", "more:"],
    }
    assert [word for word in wanted[lang] if word not in said] == []
    if lang == "en":
        words = re.sub(r"[\u4e00-\u9fff·]+(?:, [A-Z]\w+ (?:District|County))?", "", said)
        assert "误报" not in words
        assert "小时" not in said


class _Parser(HTMLParser):
    """Sees that tags are closed in the order they were opened, and keeps what could fetch something."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.fetched: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in {"meta", "input", "link", "img", "br"}:
            self.open.append(tag)
        self.fetched += [tag] if tag in {"script", "link", "img", "iframe", "object"} else []
        self.fetched += [name for name, _ in attrs if name in {"src", "href"}]

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        del tag, attrs

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


def test_the_page_is_well_formed_and_fetches_nothing(day: Report) -> None:
    text = page(day, "zh")
    parser = _Parser()
    parser.feed(text)
    assert parser.open == []
    assert parser.fetched == []
    assert not re.findall(r"https?://", text.replace('xmlns="http://www.w3.org/2000/svg"', ""))
    assert "@import" not in text
    assert "url(" not in text
    assert "nan" not in re.sub(r"<style>.*?</style>", "", text, flags=re.DOTALL).lower().replace("nan'ao", "")


def test_the_page_escapes_what_it_is_given(day: Report) -> None:
    import msgspec  # noqa: PLC0415

    book = msgspec.structs.replace(day.new, name="<script>alert(1)</script>")
    assert "<script>" not in page(msgspec.structs.replace(day, new=book), "en")


def test_json_and_page_are_written_and_the_json_is_the_report(tmp_path: Path) -> None:
    out, html = tmp_path / "r.json", tmp_path / "r.html"
    report = backtest(an_order(json=out, html=html, lang="en"), SETTINGS)
    written = json.loads(out.read_bytes())
    assert written["rows"] == report.rows
    assert written["new"]["rules"][-1]["total"] == report.new.whole.total
    assert html.read_text(encoding="utf-8").startswith('<!DOCTYPE html>\n<html lang="en">')


def test_all_that_is_wrong_is_told_at_once_before_anything_is_run(tmp_path: Path) -> None:
    broken = tmp_path / "broken"
    broken.mkdir()
    (broken / "x.yaml").write_text("id: [\n", encoding="utf-8")
    truth = tmp_path / "truth.jsonl"
    truth.write_text("{\n", encoding="utf-8")
    order = an_order(
        book=str(broken),
        against=str(tmp_path / "none"),
        truth=truth,
        context=truth,
        feedback=truth,
        json=tmp_path / "no" / "r.json",
        html=truth,
    )
    with pytest.raises(ConfigurationError) as caught:
        backtest(order, SETTINGS)
    said = [str(fault) for fault in caught.value.faults]
    assert sum("truth.jsonl:1: $: " in one for one in said) == 3  # as truth, as context, as feedback
    for what in ("there is no folder", "is one of the files to be read", "x.yaml:", "no such folder", "truth.jsonl:1:"):
        assert any(what in one for one in said), what


def test_a_source_without_a_single_event_says_why(tmp_path: Path) -> None:
    file = tmp_path / "calls.jsonl"
    file.write_text('{"source": "hotline", "id": "1"}\n', encoding="utf-8")
    with pytest.raises(
        ConfigurationError, match=r"no row of it can become an event \(1 SCHEMA\): `fenghuo replay --dead"
    ):
        backtest(an_order(simulated_days=None, inputs=read_inputs(["fenghuo", str(file)])), SETTINGS)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ([], "give one of MAPPING FILE..., --topic, --events FILE, --simulate DAYS"),
        (["--topic", "--simulate", "1"], "give one of"),
        (["--simulate", "1", "--truth", "x"], "a simulation knows what it staged"),
        (["--simulate", "1", "--feedback", "x"], "nobody has looked into simulated alerts"),
        (["--topic", "--context", "x"], "the recorded topic holds what was declared"),
        (["--events", "x", "--save-events", "y"], "these are events already"),
        (["--simulate", "1", "--shifts", "8,0"], "is no list of local times"),
        (["--simulate", "1", "--early=-1"], "Invalid value for '--early'"),
    ],
)
def test_options_that_do_not_go_together_are_refused(arguments: list[str], said: str) -> None:
    done = CliRunner().invoke(app, ["backtest", *arguments], env={"COLUMNS": "300"})
    assert done.exit_code == 2
    assert said in " ".join(done.output.replace("│", " ").split())


def test_the_command_prints_the_report(tmp_path: Path) -> None:
    out = tmp_path / "r.json"
    done = CliRunner().invoke(
        app, ["backtest", "--simulate", "0.3", "--daily", "100", "--lang", "en", "--json", str(out), "--shifts", "7,19"]
    )
    assert done.exit_code == 0, done.output
    assert "07:00–19:00" in done.output
    assert out.exists()


@pytest.mark.parametrize(("said", "begins"), [("0,8,16", [0, 8, 16]), ("07:00, 19:00", [7, 19]), ("6", [6])])
def test_shifts_begin_when_they_are_said_to(said: str, begins: list[int]) -> None:
    assert shifts(said).begins == tuple(time(hour) for hour in begins)


@pytest.mark.parametrize("said", ["", "8,0", "8,8", "25", "noon"])
def test_what_is_no_list_of_times_is_refused(said: str) -> None:
    with pytest.raises(typer.BadParameter):
        shifts(said)
