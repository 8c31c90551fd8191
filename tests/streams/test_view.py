"""The live view: what is on the screen, and that it always fits."""

from __future__ import annotations

import io
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len
from rich.console import Console

from rules.alert import GRADES, Alert, Text
from streams.language import Lang, Voice, voice_of
from streams.replay import Tally
from streams.screen import Progress, Screen
from streams.summary import summarise
from streams.view import LiveView, LogView, open_view
from tests.builders import T0, an_alert, an_alert_place, an_area_tree

NOW = datetime.fromtimestamp(T0, UTC)


def a_screen(*alerts: Alert, lang: Lang = "zh", **over: Any) -> Screen:
    """A screen at T0 that has taken in `alerts`."""
    screen = Screen(Voice(lang), "汕头市", speed=600.0, progress=Progress(rows=len(alerts), reached=T0), **over)
    for alert in alerts:
        screen.take(alert)
    return screen


def drawn(screen: Screen, width: int = 80, height: int = 24) -> list[str]:
    """The lines a terminal would show."""
    console = Console(file=io.StringIO(), width=width, height=height, highlight=False)
    options = console.options.update(width=width, height=height)
    return ["".join(s.text for s in line) for line in console.render_lines(screen, options, pad=False)]


def row_of(lines: list[str], words: str) -> int:
    """Number of the first table line with `words`."""
    header = next(n for n, line in enumerate(lines) if "签收" in line and "事由" in line)
    return next(n for n, line in enumerate(lines) if n > header and words in line)


def named(id: str, name: str, **over: Any) -> Alert:  # noqa: A002
    """An alert about something with a name of its own."""
    return an_alert(id, title=Text(f"{name}｜河东街道·幸福里小区", f"{name} | 河东街道·幸福里小区"), **over)


def test_the_most_serious_alert_stands_whole_at_the_top() -> None:
    lines = drawn(a_screen(named("1", "噪声", grade="blue"), named("2", "危化", grade="red")))
    assert "【红色·新发】危化｜河东街道·幸福里小区" in lines[1]
    shown = "\n".join(lines[2:8])
    for words in (
        "12345 1起",
        "常态0.1起/日",
        "触发：",
        "升为红色需",
        "建议：①",
        "主责：区城管局",
        "00:30前签收，还剩30分钟",
    ):
        assert words in shown


def test_alerts_stand_by_grade_then_by_time() -> None:
    alerts = [
        named("1", "甲", grade="yellow"),
        named("2", "乙", grade="red", graded_at=NOW - timedelta(hours=1)),
        named("3", "丙", grade="red"),
        named("4", "丁", grade="orange"),
    ]
    lines = drawn(a_screen(*alerts))
    assert sorted("甲乙丙丁", key=lambda name: row_of(lines, f" {name} ")) == ["丙", "乙", "丁", "甲"]


def test_a_new_version_replaces_the_one_before() -> None:
    screen = a_screen(named("1", "甲"), named("1", "甲", version=2, change="upgrade", grade="red", events=4))
    lines = drawn(screen)
    assert len(screen.ranked()) == 1
    assert "升级" in lines[row_of(lines, " 甲 ")]
    assert "4↑" in lines[row_of(lines, " 甲 ")]


@pytest.mark.parametrize("change", ["closed", "withdrawn"])
def test_what_is_closed_or_withdrawn_leaves_the_table_and_stays_in_the_ticker(change: str) -> None:
    lines = drawn(a_screen(named("1", "甲"), named("1", "甲", version=2, change=change)))
    assert any("暂无预警" in line for line in lines)
    assert any({"closed": "橙·解除", "withdrawn": "橙·撤销"}[change] in line for line in lines)


def test_the_ticker_dates_a_closure_by_when_it_came_and_keeps_that_date() -> None:
    screen = a_screen(named("1", "甲"))
    screen.take(named("1", "甲", version=2, change="closed"))
    screen.reach(Progress(reached=T0 + 7_200))
    screen.reach(Progress(reached=T0 + 9_000))
    ticker = [line for line in drawn(screen) if "橙·" in line]
    assert ["02:00 橙·解除" in ticker[0], "00:00 橙·新发" in ticker[1]] == [True, True]


def test_lines_date_a_closure_by_when_it_came() -> None:
    out = io.StringIO()
    with open_view(Console(file=out, width=80), Voice(), city="x") as view:
        view.alert(an_alert(change="closed", version=2))
        view.alert(an_alert("2"))
        view.progress(Progress(reached=T0 + 7_200))
        view.alert(an_alert("2", change="closed"))
    lines = out.getvalue().splitlines()
    dated = ["01-01 02:00 【橙色·解除】", "01-01 00:00 【橙色·新发】", "01-01 02:00 【橙色·解除】"]
    assert [line[: len(date)] for line, date in zip(lines, dated, strict=True)] == dated


def test_english_calls_the_city_by_its_english_name() -> None:
    tree = an_area_tree(name="汕头市", name_en="Shantou")
    assert " Fenghuo Shantou " in drawn(Screen(voice_of(tree, "en"), tree.name))[0]
    assert " 烽火 汕头市 " in drawn(Screen(voice_of(tree, "zh"), tree.name))[0]


def test_withdrawn_alerts_do_not_count() -> None:
    assert a_screen(an_alert("1"), an_alert("1", version=2, change="withdrawn")).alerts == {}


def test_what_does_not_fit_is_counted_by_grade() -> None:
    screen = a_screen(*(an_alert(str(n), grade="red" if n < 3 else "blue") for n in range(40)))
    more = next(line for line in drawn(screen) if "另有" in line)
    shown = sum("燃气泄漏" in line for line in drawn(screen)[9:]) - 4  # four of them are the ticker's
    assert f"另有 {40 - shown} 条" in more
    assert "红" not in more


def test_columns_of_chinese_and_latin_names_stand_below_each_other() -> None:
    alerts = [named("1", "燃气泄漏"), named("2", "gas"), named("3", "停水·three")]
    lines = drawn(a_screen(*alerts))
    rows = [lines[row_of(lines, f" {name} ")] for name in ("燃气泄漏", "gas", "停水·three")]
    assert len({cell_len(row[: row.index("河东街道")]) for row in rows}) == 1


def test_a_wide_terminal_shows_why_and_who_for_every_alert() -> None:
    lines = drawn(a_screen(named("1", "甲"), named("2", "乙")), width=150, height=40)
    row = lines[row_of(lines, " 乙 ")]
    for words in ("0.1/日", "燃气泄漏单起即报", "区城管局"):
        assert words in row


def test_figures_stand_in_the_first_and_last_line() -> None:
    screen = a_screen(an_alert())
    screen.progress = Progress(rows=1234, events=1200, duplicates=20, late=10, dead=4, reached=T0, lag=7)
    lines = drawn(screen)
    assert "汕头市  01-01 周四 00:00:00" in lines[0]
    assert "600×" in lines[0]
    assert "积压 7" in lines[0]
    assert "收 1,234 事件 1,200 重复 20 迟到 10 死信 4" in lines[-1]
    assert "橙 1" in lines[-1]


def test_a_note_and_the_address_of_the_board_are_shown() -> None:
    screen = a_screen(board="http://127.0.0.1:8080")
    screen.note = "演示结束"
    assert "演示结束  http://127.0.0.1:8080" in drawn(screen)[0]


def test_english_names_no_chinese_state() -> None:
    text = "\n".join(drawn(a_screen(an_alert(place=an_alert_place(name="Elm St")), lang="en"), width=120))
    assert "orange" in text
    assert "Owner: district urban management" in text
    assert not any(words in text for words in ("新发", "签收", "触发", "来源"))


@given(
    st.lists(
        st.tuples(st.sampled_from(GRADES), st.sampled_from(["new", "update", "closed", "withdrawn"])), max_size=60
    ),
    st.integers(60, 200),
    st.integers(16, 60),
    st.sampled_from(["zh", "en"]),
)
def test_it_always_fits_the_terminal(changes: list[Any], width: int, height: int, lang: Lang) -> None:
    alerts = [an_alert(str(n), grade=grade.value, change=change) for n, (grade, change) in enumerate(changes)]
    lines = drawn(a_screen(*alerts, lang=lang), width, height)
    assert len(lines) == height
    assert max(map(cell_len, lines)) <= width


def test_a_terminal_gets_the_screen_and_a_pipe_gets_lines() -> None:
    voice = Voice()
    assert isinstance(open_view(Console(force_terminal=True, file=io.StringIO()), voice, city="x"), LiveView)
    assert isinstance(open_view(Console(file=io.StringIO()), voice, city="x"), LogView)


def test_a_pipe_gets_one_line_for_every_version_and_the_summary() -> None:
    out = io.StringIO()
    with open_view(Console(file=out, width=80), Voice(), city="x") as view:
        for version, change in enumerate(("new", "update", "closed"), start=1):
            view.alert(an_alert(change=change, version=version), 0.5)
        view.progress(Progress())
    view.summary(summarise(Tally(), 1.0, view.latencies))
    lines = out.getvalue().splitlines()
    assert ["新发" in lines[0], "续报" in lines[1], "解除" in lines[2]] == [True] * 3
    assert "小结" in lines[3]
    assert "0.50 s" in out.getvalue()


def test_a_live_view_gives_the_terminal_back() -> None:
    out = io.StringIO()
    console = Console(file=out, force_terminal=True, width=80, height=24)
    with LiveView(console, a_screen()) as view:
        view.alert(an_alert(), 0.2)
    text = out.getvalue()
    assert "汕头市" in text
    assert text.startswith("\x1b[?1049h")  # another screen
    assert text.endswith("\x1b[?1049l")  # the one from before
    assert text.rindex("\x1b[?25l") < text.rindex("\x1b[?25h")  # the cursor, too
