"""A report on the terminal: the figures a duty officer asks for first; all of it is in the page and the JSON."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from rich.console import Console
from rich.table import Table
from rich.text import Text as Styled

from rules.alert import Grade, Text
from streams.backtest.wording import DASH, GRADE_WORDS, percent
from streams.dossier.words import plain
from streams.language import INKS, Voice
from streams.report import wording
from streams.report.figures import Deadlines, Line, Report
from streams.report.lengths import length

_MOST_LINES = 10


def print_report(report: Report, voice: Voice, console: Console, written: Sequence[Path]) -> None:
    """Print a report, and where it was written."""
    console.print(Styled(plain(voice.say(wording.title(report))), "bold"), soft_wrap=True)
    console.print(Styled(plain(voice.say(wording.span(report))), "dim"), soft_wrap=True)
    for note in report.notes:
        console.print(Styled(f"⚠ {voice.say(note)}", "yellow"), soft_wrap=True)
    for title, table in _tables(report, voice):
        console.print(Styled(f"\n{title}", "bold"), soft_wrap=True)
        console.print(table)
    for path in written:
        console.print(Styled(voice.pick(f"已写入 {path}", f"written to {path}")), soft_wrap=True)
    if not written:
        said = voice.pick("各项口径见 --out 的页面。", "The page (--out) defines every figure.")
        console.print(Styled(f"\n{said}", "dim"))


def _tables(report: Report, voice: Voice) -> Iterator[tuple[str, Table]]:
    pick = voice.pick
    yield pick("预警数", "Alerts"), _counts(report, voice)
    yield pick("签收", "Signing"), _signing(report, voice)
    yield pick("按类别", "By kind"), _lines(report.now.kinds, voice, report)
    yield pick("按区县", "By district"), _lines(report.now.areas, voice, report)
    yield pick("预警最多的地点", "Top places"), _lines(report.now.places, voice, report)
    yield pick("查准率", "Precision"), _precision(report, voice)
    if report.waiting:
        yield pick("逾期未签", "Overdue"), _waiting(report, voice)


def _table(*heads: str) -> Table:
    table = Table(box=None, padding=(0, 2, 0, 0), header_style="dim")
    for n, head in enumerate(heads):
        table.add_column(head, justify="right" if n else "left")
    return table


def _grade_heads(voice: Voice) -> list[str]:
    return [voice.say(word) for word in GRADE_WORDS.values()]


def _count(n: int, grade: str = "") -> Styled:
    return Styled(f"{n:,}" if n else DASH, INKS[Grade(grade)] if grade and n else "")


def _counts(report: Report, voice: Voice) -> Table:
    pick = voice.pick
    more = (pick("期末未解除", "open at end"), pick("逾期未签", "overdue"), pick("提级", "went up"))
    last = (pick("误报", "false"), pick("重开", "reopened"), pick("撤销", "withdrawn"))
    table = _table("", *_grade_heads(voice), pick("合计", "all"), *more, *last)
    for name, one in ((pick("本期", "this period"), report.now), (_before(report, voice), report.before)):
        counts = [_count(n, grade) for grade, n in one.grades.items()]
        rest = (
            sum(one.open_at_end.values()),
            one.overdue,
            one.escalated,
            one.false_alarms,
            one.reopened,
            one.withdrawn,
        )
        table.add_row(name, *counts, Styled(f"{one.total:,}", "bold"), *map(_count, rest))
    return table


def _before(report: Report, voice: Voice) -> str:
    return voice.say(wording.before_word(report.now.period))


def _lines(lines: Sequence[Line], voice: Voice, report: Report) -> Table:
    table = _table("", *_grade_heads(voice), voice.pick("合计", "all"), _before(report, voice))
    for line in lines[:_MOST_LINES]:
        counts = [_count(n, grade) for grade, n in line.grades.items()]
        table.add_row(
            Styled(plain(voice.say(line.name))), *counts, Styled(f"{line.total:,}", "bold"), _count(line.before)
        )
    if len(lines) > _MOST_LINES:
        table.add_row(Styled(f"… +{len(lines) - _MOST_LINES}", "dim"))
    return table


def _signing(report: Report, voice: Voice) -> Table:
    heads = (
        Text("时限", "clocks"), Text("按时", "in time"), Text("超时", "late"), Text("逾期", "overdue"),
        Text("免签", "no need"), Text("计时中", "running"), Text("中位用时", "median"), Text("90%用时", "90th pct."),
        Text("按时率", "share in time"),
    )  # fmt: skip
    table = _table("", *map(voice.say, heads))
    lines = report.now.signing_by_level[:-1]
    for line in (*report.now.signing_by_grade[:-1], *lines, report.now.signing_by_grade[-1]):
        if line.clocks or not line.id:
            table.add_row(_named(line, voice), *_signed(line, voice), style="" if line.id else "bold")
    return table


def _named(line: Deadlines, voice: Voice) -> Styled:
    if line.id in GRADE_WORDS:
        return Styled(voice.say(GRADE_WORDS[line.id]), INKS[Grade(line.id)])
    return Styled(voice.say(wording.level_word(line.id)))


def _signed(line: Deadlines, voice: Voice) -> Iterator[Styled]:
    for count in (line.clocks, line.in_time, line.late, line.overdue, line.stopped, line.running):
        yield _count(count)
    for taken in (line.median_s, line.p90_s):
        yield Styled(voice.say(length(taken)))
    yield Styled(percent(line.kept))


def _precision(report: Report, voice: Voice) -> Table:
    heads = (Text("预警", "alerts"), Text("属实", "true"), Text("误报", "false"), Text("查准率", "precision"))
    table = _table("", *map(voice.say, heads))
    for line in report.now.precision:
        if line.true + line.false or not line.id:
            name = f"{line.number} {voice.say(line.name)}" if line.id else voice.say(line.name)
            counts = map(_count, (line.alerts, line.true, line.false))
            table.add_row(Styled(plain(name)), *counts, percent(line.precision), style="" if line.id else "bold")
    return table


def _waiting(report: Report, voice: Voice) -> Table:
    table = _table("", "", voice.pick("应于", "due"), voice.pick("应签收", "has to sign"), "")
    for case in report.waiting[:_MOST_LINES]:
        ink, due = INKS[Grade(case.grade)], wording.local(case.at, report.now.period) if case.at else DASH
        cells = (voice.say(case.title), due, voice.say(case.who), case.id)
        table.add_row(Styled(voice.say(GRADE_WORDS[case.grade]), ink), *(Styled(plain(cell)) for cell in cells))
    return table
