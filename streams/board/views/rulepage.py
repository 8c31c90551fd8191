"""The page on the rules in one language, as the browser is given it. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import tzinfo
from typing import Any, NamedTuple
from urllib.parse import quote

from detectors.taxonomy import Taxonomy
from rules.alert import Grade, Text
from rules.book import Book
from rules.phrases import SOURCE_NAMES
from streams.board.backtests import PATH, Found
from streams.board.feeds import Matter
from streams.board.ledger import Record
from streams.board.views import rulelist
from streams.board.views.coverage import LEVELS, MARKS, SOURCES, Cell, Coverage, coverage
from streams.board.views.rulelist import Hits, Item, grade_word, items, precision_words
from streams.language import Voice

_SAY = {
    "title": Text("规则", "Rules"),
    "rules": Text("规则库", "The rule book"),
    "search": Text("查找规则", "find a rule"),
    "all": Text("全部", "all"),
    "none": Text("没有这样的规则", "there is no such rule"),
    "week": Text("7天", "7 days"),
    "month": Text("30天", "30 days"),
    "hits": Text("命中", "hits"),
    "findings": Text("发现", "findings"),
    "precision": Text("查准率", "precision"),
    "lead": Text("领先", "lead"),
    "grades": Text("可定等级", "grades"),
    "modifier": Text("作用于其他规则", "changes other rules"),
    "examples": Text("示例", "Examples"),
    "fires": Text("触发", "fires"),
    "silent": Text("不报", "silent"),
    "no_examples": Text("没有示例：它给检测器的信号定级", "no examples: it grades what a detector says"),
    "file": Text("规则原文", "The rule as written"),
    "matrix": Text("覆盖矩阵：谁看着什么", "Coverage: who watches what"),
    "kind": Text("类别", "kind"),
    "gaps": Text("空白", "Gaps"),
    "thin": Text("薄弱", "Thin"),
    "legend": Text("图例", "key"),
    "events": Text("7天{n}起", "{n} in 7 days"),
    "reports": Text("回测报告", "Backtest reports"),
    "reading": Text("正在读取近30天的记录", "reading the records of 30 days"),
    "gone": Text("Kafka 未应答，命中数暂缺", "Kafka does not answer: no hits for now"),
}
_NO_REPORTS = Text(
    "没有报告。fenghuo backtest --out 某文件夹/名称.html 写出后，以 fenghuo board --reports 某文件夹 列在这里。",
    "There are none. Write one with fenghuo backtest --out DIR/name.html; fenghuo board --reports DIR lists it.",
)
_NO_GAPS = Text("每个类别和来源都有启用的规则或检测器看着", "an active rule or detector watches every kind and source")
_MATRIX = Text(
    "由在用规则库本身算出：● 有点名该类别的规则，◐ 只有面向各类别的规则，○ 只有统计检测器（要成批才说话），"
    "△ 只有试运行的，✕ 没有。数字是规则编号，竖线后是检测器的规则，括号内为试运行。* 只计其中一部分事件。",
    "Worked out from the book in force: ● a rule that names the kind, ◐ only rules for all kinds, ○ only statistical "
    "detectors, which speak of numbers, △ only rules on trial, ✕ nobody. Figures are numbers of rules, behind the "
    "stroke those of detectors, in brackets those on trial. * counts some of these events only.",
)


class Known(NamedTuple):
    """What the page is made of.

    Parameters
    ----------
    book, taxonomy
        The book in force; kinds and classes.
    records
        How rules did, by id; ``None`` while that is being read or nobody answers.
    events
        Events of a week by kind and source.
    reports
        Reports of backtests.
    progress
        Records read and those there are, while reading.
    gone
        Nobody answers.

    """

    book: Book
    taxonomy: Taxonomy
    records: Mapping[str, Hits] | None
    events: Mapping[Matter, int]
    reports: Sequence[Found] = ()
    progress: tuple[int, int] = (0, 0)
    gone: bool = False


def rule_page(known: Known, voice: Voice, zone: tzinfo) -> dict[str, Any]:
    """Return the page as plain data.

    Parameters
    ----------
    known
        What it is made of.
    voice
        Language.
    zone
        The city's, for when reports were written.

    """
    say, pick = voice.say, voice.pick
    found = items(known.book, known.taxonomy, known.records or {})
    active = sum(one.status == "active" for one in found)
    shadow = sum(one.status == "shadow" for one in found)
    gist = pick(
        f"{len(found)}条规则：{active}条启用，{shadow}条试运行（规则库 {known.book.digest}）",
        f"{len(found)} rules: {active} active, {shadow} on trial (book {known.book.digest})",
    )
    notes = (rulelist.HITS, rulelist.PRECISION, rulelist.LEAD, rulelist.TRIAL)
    return {
        "lang": voice.lang,
        "say": {name: say(text) for name, text in _SAY.items()},
        "gist": gist,
        "reading": reading(known, voice),
        "statuses": [[one, say(rulelist.STATUS_WORDS[one])] for one in dict.fromkeys(item.status for item in found)],
        "rules": [_rule(one, voice, told=known.records is not None) for one in found],
        "notes": [say(note) for note in notes],
        "matrix": matrix(coverage(known.book, known.taxonomy, known.events), known.taxonomy, voice),
        "reports": [
            {
                "name": one.name.removesuffix(".html"),
                "at": f"{one.written_at.astimezone(zone):%Y-%m-%d %H:%M}",
                "href": f"{PATH}/{quote(one.name)}",
            }
            for one in known.reports
        ],
        "no_reports": say(_NO_REPORTS),
    }


def reading(known: Known, voice: Voice) -> str:
    """Return how far the reading of what rules did is; empty once it is done."""
    if known.gone:
        return voice.say(_SAY["gone"])
    if known.records is not None:
        return ""
    read, total = known.progress
    return voice.say(_SAY["reading"]) + (f" {read:,}/{total:,}" if total else "")


def _rule(one: Item, voice: Voice, *, told: bool) -> dict[str, Any]:
    say = voice.say
    precision = one.precision
    return {
        "id": one.id,
        "number": one.number,
        "name": say(one.name),
        "status": one.status,
        "status_word": say(one.status_word),
        "says": say(one.says),
        "other": voice.pick(one.says.en, one.says.zh),
        "grades": [_grade(grade, voice) for grade in one.grades],
        "week": _record(one.hits.week, voice, told=told),
        "month": _record(one.hits.month, voice, told=told),
        "precision": precision_words(precision),
        "bar": None if precision is None else [precision.share, *precision.interval],
        "lead": say(one.lead),
        "facts": [[say(name), say(value)] for name, value in one.facts],
        "examples": [
            {
                "name": shown.name,
                "fires": shown.fires,
                "grade": None if shown.grade is None else _grade(shown.grade, voice),
            }
            for shown in one.examples
        ],
    }


def _record(record: Record, voice: Voice, *, told: bool) -> dict[str, Any]:
    if not told:
        return {"alerts": "…", "findings": "…", "by": []}
    by = [{**_grade(grade, voice), "n": n} for grade, n in rulelist.grade_counts(record)]
    return {"alerts": f"{sum(record.alerts.values()):,}", "findings": f"{record.findings:,}", "by": by}


def _grade(grade: Grade, voice: Voice) -> dict[str, str]:
    return {"grade": grade.value, "word": voice.say(grade_word(grade))}


def matrix(found: Coverage, taxonomy: Taxonomy, voice: Voice) -> dict[str, Any]:
    """Return the coverage as plain data: its gaps in words, and every cell."""
    say, pick = voice.say, voice.pick

    def named(cell: Cell) -> str:
        kind = taxonomy.kinds[cell.kind]
        events = say(_SAY["events"]).replace("{n}", f"{cell.events:,}")
        what = f"{pick(kind.zh, kind.en)} × {say(SOURCE_NAMES[cell.source])}"
        level = say(LEVELS["trial"]) if cell.level == "trial" else ""
        more = pick("，", ", ").join(part for part in (level, events if cell.events else "") if part)
        return f"{what}{pick('（', ' (')}{more}{pick('）', ')')}" if more else what

    feeds = pick("、", ", ").join(f"{one.number} {say(one.name)}" for one in found.feeds)
    thin = pick(
        f"{len(found.thin)}处只有检测器看着，单起不报；事件最多的：",
        f"{len(found.thin)} are watched by detectors only, which say nothing of a single report; most events: ",
    )
    return {
        "heads": [say(SOURCE_NAMES[source]) for source in SOURCES],
        "gaps": [named(cell) for cell in found.gaps] or [],
        "no_gaps": say(_NO_GAPS),
        "thin": thin + pick("、", ", ").join(named(cell) for cell in found.thin[:6]) if found.thin else "",
        "feeds": pick(
            f"数据来源本身由 {feeds} 看着（见运行页）。", f"The feeds themselves are watched by {feeds} (see System)."
        )
        if feeds
        else "",
        "note": say(_MATRIX),
        "groups": [
            {
                "name": say(group.name),
                "rows": [
                    {"name": say(row.name), "cells": [_cell(cell, voice) for cell in row.cells]} for row in group.rows
                ],
            }
            for group in found.groups
        ],
    }


def _cell(cell: Cell, voice: Voice) -> dict[str, Any]:
    rules = [_number(one.number, trial=one.trial, only=one.only) for one in cell.watchers if one.how != "detector"]
    detectors = [_number(one.number, trial=one.trial, only=one.only) for one in cell.watchers if one.how == "detector"]
    text = " ".join(dict.fromkeys(rules))
    if detectors:
        text = f"{text} | {' '.join(dict.fromkeys(detectors))}"
    return {
        "level": cell.level,
        "mark": MARKS[cell.level],
        "word": voice.say(LEVELS[cell.level]),
        "text": text.strip(),
        "events": cell.events,
        "ids": list(dict.fromkeys(one.id for one in cell.watchers)),
    }


def _number(number: int, *, trial: bool, only: bool) -> str:
    said = f"{number}{'*' * only}"
    return f"({said})" if trial else said
