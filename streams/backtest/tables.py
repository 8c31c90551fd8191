"""A report on the terminal."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from zoneinfo import ZoneInfo

from rich.console import Console
from rich.table import Table
from rich.text import Text as Styled

from rules.alert import Grade
from streams.backtest.differing import WHATS, either_book
from streams.backtest.report import BookReport, Difference, Report
from streams.backtest.scoring import RuleLine
from streams.backtest.wording import (
    DASH,
    GRADE_WORDS,
    JUDGEMENT_WORDS,
    NO_CHANGE,
    WHAT_WORDS,
    against_what,
    how_it_is_matched,
    moment,
    moved,
    percent,
    rule_name,
    span,
    spread,
    what_was_read,
)
from streams.bars import console
from streams.language import INKS, Lang, Voice

_MOST_DAYS = 31
_TWO_DIGITS = 10
_STYLES = {"appeared": "green", "vanished": "red", "regraded": "yellow"}


def print_report(report: Report, lang: Lang, *, shown: int, written: Sequence[Path]) -> None:
    """Print a report; of the alerts that differ the first `shown`, and where it was written."""
    voice, out = Voice(lang, ZoneInfo(report.zone)), console()
    tables = [_days(report, voice), _shifts(report, voice), *_rules(report, voice)]
    if report.truth is not None:
        tables.append(_truth(report, voice))
    if report.difference is not None and report.difference.changes:
        tables += _difference(report, report.difference, voice, shown)
    out.print(_head(report, voice), soft_wrap=True)
    out.print(voice.say(what_was_read(report)), style="dim", soft_wrap=True)
    for table in tables:
        _put(table, out)
    if report.difference is not None and not report.difference.changes:
        out.print(f"\n{voice.say(NO_CHANGE)}", style="bold")
    out.print()
    for sentence in how_it_is_matched(report):
        out.print(voice.say(sentence), style="dim" if report.scored else "bold yellow", soft_wrap=True, markup=False)
    for path in written:
        out.print(voice.pick(f"已写入 {path}", f"written to {path}"), soft_wrap=True, markup=False)


def _put(table: Table, out: Console) -> None:
    """Print a table between its title and its caption, which are not to wrap at its width."""
    title, caption, table.title, table.caption = table.title, table.caption, None, None
    out.print(f"\n{title}", style="bold", soft_wrap=True, markup=False)
    if table.row_count:
        out.print(table)
    if caption:
        out.print(caption, style="dim", soft_wrap=True)


def _table(title: str, *columns: tuple[str, bool]) -> Table:
    """Return an empty table; each column with its head and whether it holds numbers."""
    table = Table(box=None, padding=(0, 2, 0, 0), header_style="dim", title=title)
    for head, number in columns:
        table.add_column(head, justify="right" if number else "left")
    return table


def _head(report: Report, voice: Voice) -> Styled:
    named = voice.pick(f"回测 {report.city.zh}", f"Backtest {report.city.en}")
    line = Styled.assemble((named, "bold"), "  ", voice.say(report.source), "  ", _named(report.new))
    if report.old is not None:
        line.append(voice.pick(" 对照 ", " against ")).append(_named(report.old))
    return line


def _named(book: BookReport) -> str:
    return f"{book.name} ({book.digest})"


def _grade_heads(voice: Voice) -> list[tuple[str, bool]]:
    return [(f"[{INKS[Grade(grade)]}]■[/] {voice.say(word)}", True) for grade, word in GRADE_WORDS.items()]


def _count(counts: dict[str, int], old: dict[str, int] | None, grade: str) -> str:
    new = counts[grade]
    if old is None or old[grade] == new:
        return f"{new:,}" if new else DASH
    return f"{old[grade]:,}→{new:,}"


def _days(report: Report, voice: Voice) -> Table:
    table = _table(
        voice.pick("每日预警（按提出时间、最终等级）", "Alerts a day (by when they were raised, final grade)"),
        (voice.pick("日期", "day"), False),
        *_grade_heads(voice),
        (voice.pick("合计", "all"), True),
    )
    before = {day.on: day for day in report.old.days} if report.old else {}
    days = report.new.days
    for day in days[-_MOST_DAYS:]:
        old = before[day.on].alerts if day.on in before else None
        total = {"": day.total}
        table.add_row(
            f"{day.on:%m-%d}",
            *(_count(day.alerts, old, grade) for grade in GRADE_WORDS),
            _count(total, {"": before[day.on].total} if old else None, ""),
        )
    if len(days) > _MOST_DAYS:
        rest = len(days) - _MOST_DAYS
        table.caption = voice.pick(f"另有更早的{rest}天", f"{rest} days before are in --json and --html")
    return table


def _shifts(report: Report, voice: Voice) -> Table:
    table = _table(
        voice.pick("每班预警量（当地时间）", "Alerts a shift (local time)"),
        (voice.pick("班次", "shift"), False),
        (voice.pick("班数", "shifts"), True),
        (voice.pick("平均", "mean"), True),
        (voice.pick("第95百分位", "95th pct."), True),
        (voice.pick("最多", "most"), True),
        (voice.pick("其中红橙（平均）", "red+orange (mean)"), True),
    )
    before = report.old.shifts if report.old else report.new.shifts
    for new, old in zip(report.new.shifts, before, strict=True):
        cells = [
            moved(f"{a:.1f}", f"{b:.1f}") for a, b in ((old.mean, new.mean), (old.p95, new.p95), (old.most, new.most))
        ]
        cells[1:] = [cell.replace(".0", "") for cell in cells[1:]]
        urgent = moved(f"{old.urgent:.1f}", f"{new.urgent:.1f}")
        table.add_row(new.name or voice.pick("全部", "all"), str(new.shifts), *cells, urgent)
    return table


def _rules(report: Report, voice: Voice) -> list[Table]:
    """Return how much each rule says, and where there is a truth how right it is."""
    before = {line.id: line for line in report.old.rules} if report.old else {}
    much = _table(
        voice.pick("各规则的预警", "Alerts by rule"),
        (voice.pick("规则", "rule"), False),
        *_grade_heads(voice),
        (voice.pick("合计", "all"), True),
        (voice.pick("地点", "places"), True),
        (voice.pick("撤销", "withdrawn"), True),
        (voice.pick("历时（中位）", "open (median)"), True),
        (voice.pick("未解除", "still open"), True),
    )
    for line in report.new.rules:
        old = before.get(line.id)
        much.add_row(
            _rule(line, voice),
            *(_count(line.alerts, old.alerts if old else None, grade) for grade in GRADE_WORDS),
            _count({"": line.total}, {"": old.total} if old else None, ""),
            f"{line.places:,}",
            f"{100 * line.withdrawn_share:.0f}%" if line.withdrawn else DASH,
            voice.say(span(line.open_s)),
            f"{line.still_open:,}",
            style="" if line.id else "bold",
        )
    return [much, _hits(report, before, voice)] if report.scored else [much]


def _hits(report: Report, before: dict[str, RuleLine], voice: Voice) -> Table:
    table = _table(
        voice.say(against_what(report)),
        (voice.pick("规则", "rule"), False),
        *([(voice.pick("有反馈", "looked into"), True)] if report.feedback else []),
        (voice.pick("属实", "true"), True),
        (voice.pick("误报", "false"), True),
        (voice.pick("未判", "unjudged"), True),
        (voice.pick("查准率", "precision"), True),
        (voice.pick("查全率", "recall"), True),
        (voice.pick("发现（独自）", "found (alone)"), True),
        (voice.pick("时延（四分位）", "delay (quartiles)"), True),
        (voice.pick("提前量（四分位）", "lead (quartiles)"), True),
        (voice.pick("误报/日", "false a day"), True),
    )
    for line in report.new.rules:
        hits, old = line.hits, before[line.id].hits if line.id in before else None
        if hits is None or not (line.total or hits.recall):
            continue
        was = (percent(old.precision, briefly=True), percent(old.recall, briefly=True)) if old else (None, None)
        table.add_row(
            _rule(line, voice),
            *([f"{hits.looked_into:,}"] if report.feedback else []),
            *(f"{count:,}" for count in (hits.true, hits.false, hits.unjudged)),
            moved(was[0], percent(hits.precision)),
            moved(was[1], percent(hits.recall)),
            f"{hits.found} ({hits.alone})",
            voice.say(spread(hits.delay_s)),
            voice.say(spread(hits.lead_s)),
            f"{hits.false_a_day:.1f}",
            style="" if line.id else "bold",
        )
    return table


def _rule(line: RuleLine, voice: Voice) -> str:
    name = voice.say(rule_name(line))
    return name if line.number >= _TWO_DIGITS or not line.id else f" {name}"


def _truth(report: Report, voice: Voice) -> Table:
    """Return what was missed, and what was disturbed though it ought to have been left alone."""
    assert report.truth is not None  # noqa: S101 - the caller has looked
    expected = [one for one in report.truth.happenings if one.expected]
    wrong = [one for one in report.truth.happenings if one.expected != bool(one.new)]
    found = sum(bool(one.new) for one in expected)
    quiet = len(report.truth.happenings) - len(expected)
    disturbed = len(wrong) - len(expected) + found
    title = voice.pick(
        f"真值：{len(expected)}件应预警，发现{found}件；{quiet}件不应预警，误扰{disturbed}件",
        f"Truth: {found} of {len(expected)} happenings found; {disturbed} of {quiet} to stay silent disturbed",
    )
    table = _table(title, ("", False), (voice.pick("时间", "when"), False), ("", False), ("", False))
    for one in wrong[:20]:
        what = voice.say(one.what) or ", ".join(one.kinds)
        mark = voice.pick("漏报", "missed") if one.expected else voice.pick("误扰", "disturbed")
        table.add_row(Styled(mark, style="red"), moment(one.starts_at, report.zone), one.place, what)
    table.show_header = False
    return table


def _difference(report: Report, difference: Difference, voice: Voice, shown: int) -> list[Table]:
    """Return how many alerts of each rule differ, and the first of them."""
    table = _table(
        voice.pick(f"新旧差异（{difference.same:,}条相同）", f"New against old ({difference.same:,} the same)"),
        (voice.pick("规则", "rule"), False),
        *((voice.say(WHAT_WORDS[what]), True) for what in WHATS),
    )
    for line in either_book(report):
        counts = difference.by_rule.get(line.id, {})
        if counts:
            table.add_row(_rule(line, voice), *(f"{counts.get(what, 0):,}" for what in WHATS))
    table.add_row(voice.pick("全部规则", "all rules"), *(f"{difference.count(what):,}" for what in WHATS), style="bold")
    return [table, _changes(report, difference, voice, shown)] if shown else [table]


def _changes(report: Report, difference: Difference, voice: Voice, shown: int) -> Table:
    table = _table(voice.pick("逐条", "One by one"), *((head, False) for head in ("", "", "", "", "", "")))
    table.show_header = False
    for change in difference.changes[:shown]:
        judged = Styled(voice.say(JUDGEMENT_WORDS[change.judgement]), style="dim") if change.judgement else Styled()
        table.add_row(
            Styled(voice.say(WHAT_WORDS[change.what]), style=_STYLES[change.what]),
            Styled.assemble(_grade(change.old, voice), "→", _grade(change.new, voice)),
            moment(change.raised_at, report.zone),
            f"{change.number} {voice.say(change.title)}{voice.pick('｜', ' | ')}{voice.say(change.place)}",
            voice.say(change.why),
            judged,
        )
    rest = len(difference.changes) - shown
    if rest > 0:
        table.caption = voice.pick(
            f"另有{rest:,}条（--show、--json、--html）", f"{rest:,} more: --show, --json, --html"
        )
    return table


def _grade(grade: str | None, voice: Voice) -> Styled:
    return Styled(voice.say(GRADE_WORDS[grade]), style=INKS[Grade(grade)]) if grade else Styled(DASH)
