"""The part of the page about what differs between two books."""

from __future__ import annotations

from rules.alert import Text
from streams.backtest.difference import What
from streams.backtest.markup import Head, badge, both, section, table
from streams.backtest.report import Change, Difference, Report
from streams.backtest.scoring import RuleLine
from streams.backtest.wording import GRADE_WORDS, JUDGEMENT_WORDS, NO_CHANGE, WHAT_WORDS, moment, rule_name

MOST_SHOWN = 300
WHATS: tuple[What, ...] = ("appeared", "vanished", "regraded")


def either_book(report: Report) -> list[RuleLine]:
    """Return the rules of the two books by number, each once."""
    lines = {line.id: line for book in (report.old, report.new) if book for line in book.rules if line.id}
    return sorted(lines.values(), key=lambda line: (line.number, line.id))


def difference_section(report: Report, difference: Difference) -> str:
    """Return what appeared, vanished and was regraded, by rule and one by one."""
    title = Text("新旧差异", "New against old")
    if not difference.changes:
        return section(title, both(NO_CHANGE, "p"))
    heads = [Head(Text("规则", "rule"), number=False), *(Head(WHAT_WORDS[what]) for what in WHATS)]
    rows = [
        [both(rule_name(line)), *(f"{counts.get(what, 0):,}" for what in WHATS)]
        for line in either_book(report)
        if (counts := difference.by_rule.get(line.id))
    ]
    rows.append([both(Text("全部规则", "all rules")), *(f"{difference.count(what):,}" for what in WHATS)])
    same = Text(f"{difference.same:,}条预警两库相同。", f"{difference.same:,} alerts are the same under both.")
    parts = [both(same, "p"), table(heads, rows, last_is_sum=True), _one_by_one(report, difference)]
    rest = len(difference.changes) - MOST_SHOWN
    if rest > 0:
        parts.append(both(Text(f"另有{rest:,}条，见 --json。", f"{rest:,} more are in the file --json writes."), "p"))
    return section(title, *parts)


def _one_by_one(report: Report, difference: Difference) -> str:
    heads = [Head(text, number=False) for text in (
        Text("变化", "change"), Text("等级", "grade"), Text("时间", "when"), Text("规则", "rule"), Text("事由", "what"),
        Text("地点", "where"), Text("原因", "why"), Text("真值", "truth"),
    )][: 8 if report.truth else 7]  # fmt: skip
    changes = difference.changes[:MOST_SHOWN]
    return table(heads, [_cells(change, report)[: len(heads)] for change in changes])


def _cells(change: Change, report: Report) -> list[str]:
    grades = [badge(grade, GRADE_WORDS[grade] if grade else None) for grade in (change.old, change.new)]
    judged = JUDGEMENT_WORDS[change.judgement] if change.judgement else Text("–", "–")
    return [
        both(WHAT_WORDS[change.what], "span", f' class="{change.what}"'),
        f'<span class="n">{grades[0]} → {grades[1]}</span>',
        moment(change.raised_at, report.zone).replace(" ", "&nbsp;"),
        str(change.number),
        both(change.title),
        both(change.place),
        both(change.why),
        both(judged, "span", f' class="{change.judgement or "dim"}"'),
    ]
