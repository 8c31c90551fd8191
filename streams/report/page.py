"""A report as one self-contained HTML page: nothing is fetched, no script; language, dark and print by style alone."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from html import escape

from rules.alert import Text
from streams.backtest.figures import Ratio
from streams.backtest.markup import Head, badge, both, section, table
from streams.backtest.style import STYLE
from streams.backtest.wording import DASH, GRADE_WORDS, percent
from streams.language import Lang
from streams.report import wording
from streams.report.charts import bar, interval, kept_bar, slot_chart
from streams.report.figures import Case, Deadlines, Figures, Line, Report
from streams.report.lengths import length
from streams.report.style import OURS

_MOST_KINDS = 20
_PartOf = Callable[[Line], Text | None]


def page(report: Report, lang: Lang) -> str:
    """Return the page.

    Parameters
    ----------
    report
        What to show.
    lang
        Language it opens in; it holds both.

    """
    title = wording.title(report)
    name = title.zh if lang == "zh" else title.en
    switches = "".join(
        f'<input type="radio" name="lang" id="{one}" class="switch"{" checked" if one == lang else ""}>'
        for one in ("zh", "en")
    )
    parts = [_head(report, title), *(both(note, "div", ' class="warn"') for note in report.notes), _cards(report)]
    parts += [_grades(report), _kinds(report), _areas(report), _signing(report), _waiting(report), _open(report)]
    parts += [_precision(report), _cases_section(report), both(wording.COMPARED, "p", ' class="def"')]
    return (
        f'<!DOCTYPE html>\n<html lang="{lang}"><head><meta charset="utf-8"><title>{escape(name)}</title>'
        f'<meta name="viewport" content="width=device-width, initial-scale=1"><style>{STYLE}{OURS}</style></head>'
        f"<body>{switches}<main>{''.join(parts)}</main></body></html>\n"
    )


def _head(report: Report, title: Text) -> str:
    switch = '<nav><label for="zh">中文</label><label for="en">English</label></nav>'
    return f"{switch}<h1>{both(title)}</h1>{_dim(wording.span(report))}"


def _dim(text: Text) -> str:
    return both(text, "p", ' class="dim"')


def _defined(text: Text) -> str:
    return both(text, "p", ' class="def"')


def _narrow(content: str) -> str:
    return f'<div class="narrow">{content}</div>'


def _cards(report: Report) -> str:
    now, before = report.now, report.before
    share, was = now.signing_by_grade[-1], before.signing_by_grade[-1]
    precise, precise_before = now.precision[-1].precision, before.precision[-1].precision
    open_now, open_before = sum(now.open_at_end.values()), sum(before.open_at_end.values())
    cards = [
        (Text("预警", "alerts"), f"{now.total:,}", f"{before.total:,}", False),
        (Text("红 + 橙", "red + orange"), _urgent(now), _urgent(before), False),
        (Text("按时签收率", "signed in time"), _share(share.kept), _share(was.kept), False),
        (Text("逾期未签", "overdue"), f"{now.overdue:,}", f"{before.overdue:,}", now.overdue > 0),
        (Text("期末未解除", "open at the end"), f"{open_now:,}", f"{open_before:,}", False),
        (Text("查准率", "precision"), _share(precise), _share(precise_before), False),
        (Text("误报", "false alarms"), f"{now.false_alarms:,}", f"{before.false_alarms:,}", False),
        (Text("重开", "reopened"), f"{now.reopened:,}", f"{before.reopened:,}", now.reopened > 0),
    ]
    word = wording.before_word(now.period)
    said = [
        _card(name, value, Text(f"{word.zh} {old}", f"{word.en} {old}"), bad=bad) for name, value, old, bad in cards
    ]
    return f'<div class="cards">{"".join(said)}</div>'


def _card(name: Text, value: str, below: Text, *, bad: bool) -> str:
    mark = ' class="bad"' if bad else ""
    return f"<div{mark}>{both(name, 'small')}<b>{value}</b>{both(below, 'small')}</div>"


def _urgent(figures: Figures) -> str:
    return f"{figures.grades['red'] + figures.grades['orange']:,}"


def _share(one: Ratio | None) -> str:
    return percent(one, briefly=True)


def _keys() -> str:
    return "".join(both(word, "span", f' class="key {grade}"') + " " for grade, word in GRADE_WORDS.items())


def _grades(report: Report) -> str:
    now, before = report.now, report.before
    word = wording.before_word(now.period)
    pale = both(Text(f"每组左侧浅色为{word.zh}。", f"On the left of each, paler: the {word.en}."))
    chart = f"<figure>{slot_chart(now.slots, before.slots)}<figcaption>{_keys()}{pale}</figcaption></figure>"
    heads = [Head(Text("", ""), number=False), *(Head(one) for one in GRADE_WORDS.values()), Head(wording.ALL)]
    heads += [Head(text) for text in (Text("撤销", "withdrawn"), Text("演练", "exercises"), Text("试运行", "on trial"))]
    rows = [_totals(both(Text("本期", "this period")), now), _totals(both(word), before)]
    title = Text("预警数", "Alerts") if now.period.kind != "week" else Text("每日预警数", "Alerts a day")
    return section(title, chart, _narrow(table(heads, rows)), _defined(wording.COUNTED))


def _totals(name: str, figures: Figures) -> list[str]:
    left_out = (figures.withdrawn, figures.exercises, figures.shadow)
    return [name, *(_number(n) for n in figures.grades.values()), f"<b>{figures.total:,}</b>", *map(_number, left_out)]


def _number(count: int) -> str:
    return f"{count:,}" if count else DASH


def _kinds(report: Report) -> str:
    now = report.now
    classes = {line.id: line.name for line in now.classes}
    kinds = _lines(Text("类别", "kind"), now.kinds[:_MOST_KINDS], report, lambda line: classes.get(line.part_of))
    rest = len(now.kinds) - _MOST_KINDS
    more = (
        both(Text(f"另有{rest}类，见 JSON。", f"{rest} more are in the JSON."), "p", ' class="dim"') if rest > 0 else ""
    )
    grouped = _lines(Text("大类", "class"), now.classes, report)
    body = f'<div class="two"><div>{grouped}</div><div>{kinds}{more}</div></div>'
    return section(Text("按类别", "By kind"), body, _defined(wording.BY_KIND))


def _areas(report: Report) -> str:
    areas = {line.id: line.name for line in report.now.areas}
    districts = _lines(Text("区县", "district"), report.now.areas, report)
    places = _lines(Text("地点", "place"), report.now.places, report, lambda line: areas.get(line.part_of))
    left = f"<div>{districts}{_defined(wording.BY_AREA)}</div>"
    right = f"<div>{places}{_defined(wording.PLACES)}</div>"
    return section(Text("按区域与地点", "By area and place"), f'<div class="two">{left}{right}</div>')


def _lines(head: Text, lines: Sequence[Line], report: Report, part_of: _PartOf = lambda _: None) -> str:
    """Return a table of lines, each with a bar; under the name what it is part of."""
    if not lines:
        return _dim(wording.NOTHING)
    most = max(line.total for line in lines)
    heads = [Head(head, number=False), Head(Text("", ""), number=False), Head(wording.ALL)]
    heads += [*(Head(word) for word in GRADE_WORDS.values()), Head(wording.before_word(report.now.period))]
    rows = []
    for line in lines:
        whole = part_of(line)
        named = both(line.name) + (f" {both(whole, 'small')}" if whole is not None else "")
        counts = [_number(n) for n in line.grades.values()]
        was = f'<span class="was">{_number(line.before)}</span>'
        rows.append([named, bar(line.grades, most), f"<b>{line.total:,}</b>", *counts, was])
    return table(heads, rows)


def _signing(report: Report) -> str:
    now, before = report.now, report.before
    said = Text(
        f"{now.escalated} 条预警因超期提级（{wording.before_word(now.period).zh} {before.escalated} 条），"
        f"连同到顶后的反复催办共 {now.escalations} 次；未经核实即发出 {now.unconfirmed} 条；"
        f"一小时内反复变化 {now.flapping} 条。",
        f"{now.escalated} alerts went up because nobody acted in time ({wording.before_word(now.period).en}: "
        f"{before.escalated}), {now.escalations} times with those called out again at the top; {now.unconfirmed} went "
        f"out unconfirmed, {now.flapping} changed four times within an hour.",
    )
    by_grade = _deadlines(
        Text("等级", "grade"), [(_grade_cell(line.id), line) for line in now.signing_by_grade], before.signing_by_grade
    )
    by_level = _deadlines(
        Text("层级", "level"),
        [(both(wording.level_word(line.id)), line) for line in now.signing_by_level if line.clocks or not line.id],
        before.signing_by_level,
    )
    keys = (
        ("good", Text("按时", "in time")), ("yellow", Text("超时", "late")), ("red", Text("逾期", "overdue")),
        ("idle", Text("免签", "no need")), ("wait", Text("计时中", "running")),
    )  # fmt: skip
    legend = "".join(both(word, "span", f' class="key {kind}"') + " " for kind, word in keys)
    return section(
        Text("签收与到场", "Signing and being on site"), both(said, "p"), f'<p class="dim">{legend}</p>', by_grade,
        _defined(wording.SIGNING), by_level, _defined(wording.BY_LEVEL), *_on_site(report),
    )  # fmt: skip


def _on_site(report: Report) -> tuple[str, str]:
    """Return what became of the clocks to be on site by, where any ran."""
    lines = [(_grade_cell(line.id), line) for line in report.now.on_site_by_grade]
    if not lines[-1][1].clocks:
        return "", ""
    table_ = _deadlines(Text("到场", "on site"), lines, report.before.on_site_by_grade)
    return table_, _defined(wording.ON_SITE)


def _deadlines(head: Text, lines: Sequence[tuple[str, Deadlines]], before: Sequence[Deadlines]) -> str:
    heads = [Head(head, number=False), Head(Text("", ""), number=False)]
    heads += [Head(text) for text in (
        Text("时限", "clocks"), Text("按时", "in time"), Text("超时", "late"), Text("逾期", "overdue"),
        Text("免签", "no need"), Text("计时中", "running"), Text("中位用时", "median"), Text("90%用时", "90th pct."),
        Text("按时率", "share in time"), Text("前期", "before"),
    )]  # fmt: skip
    known = {line.id: line for line in before}
    rows = []
    for name, line in lines:
        counts = [line.clocks, line.in_time, line.late, line.overdue, line.stopped, line.running]
        times = [both(length(line.median_s)), both(length(line.p90_s))]
        was = known.get(line.id)
        old = f'<span class="was">{_share(was.kept) if was is not None else DASH}</span>'
        rows.append([name, kept_bar(line), *map(_number, counts), *times, percent(line.kept), old])
    return table(heads, rows, last_is_sum=True)


def _grade_cell(grade: str) -> str:
    return badge(grade, GRADE_WORDS[grade]) if grade else both(wording.ALL)


def _waiting(report: Report) -> str:
    heads = (Text("应签收单位", "who has to sign"), Text("应于", "due"))
    rows = _cases(report, report.waiting, heads)
    n = report.now.overdue
    return section(Text(f"逾期未签：{n}", f"Overdue: {n}"), rows, _defined(wording.WAITING))


def _open(report: Report) -> str:
    now, before = report.now, report.before
    heads = [Head(Text("", ""), number=False), *(Head(one) for one in GRADE_WORDS.values()), Head(wording.ALL)]
    heads += [Head(Text("此前遗留", "from before")), Head(Text("其中未签收", "of them unsigned"))]
    rows = []
    for name, figures in ((both(Text("本期末", "at the end")), now), (both(wording.before_word(now.period)), before)):
        counts = [*figures.open_at_end.values()]
        rest = (figures.open_from_before, figures.unsigned_at_end)
        rows.append([name, *map(_number, counts), f"<b>{sum(counts):,}</b>", *map(_number, rest)])
    return section(Text("期末未解除", "Open at the end"), _narrow(table(heads, rows)), _defined(wording.OPEN))


def _precision(report: Report) -> str:
    now = report.now
    before = {line.id: line for line in report.before.precision}
    heads = [Head(Text("规则", "rule"), number=False), Head(Text("", ""), number=False)]
    heads += [Head(text) for text in (
        Text("预警", "alerts"), Text("已核实", "judged"), Text("属实", "true"), Text("误报", "false"),
        Text("查准率", "precision"), Text("前期", "before"),
    )]  # fmt: skip
    rows = []
    for line in now.precision:
        number = f"{line.number} " if line.id else ""
        name = both(Text(f"{number}{line.name.zh}", f"{number}{line.name.en}"))
        counts = [line.alerts, line.true + line.false, line.true, line.false]
        was = before.get(line.id)
        old = f'<span class="was">{_share(was.precision) if was is not None else DASH}</span>'
        rows.append([name, interval(line.precision), *map(_number, counts), percent(line.precision), old])
    said = Text(
        f"{now.total:,}条预警中{now.judged:,}条有结论，{now.changed:,}条改判过；"
        f"签发至结论的中位用时 {length(now.verdict_s).zh}。",
        f"{now.judged:,} of {now.total:,} alerts were judged, {now.changed:,} of them otherwise before; median time "
        f"from issue to verdict {length(now.verdict_s).en}.",
    )
    title = Text("核实与查准率", "Verdicts and precision")
    return section(title, both(said, "p"), table(heads, rows, last_is_sum=True), _defined(wording.PRECISION))


def _cases_section(report: Report) -> str:
    false, again = report.now.false_alarms, report.now.reopened
    heads = (Text("判定人", "judged by"), Text("判定时间", "judged at"))
    said = section(
        Text(f"误报：{false}", f"False alarms: {false}"),
        _cases(report, report.false_alarms, heads),
        _defined(wording.FALSE),
    )
    heads = (Text("", ""), Text("重开时间", "open again at"))
    return said + section(
        Text(f"重开：{again}", f"Reopened: {again}"), _cases(report, report.reopened, heads), _defined(wording.REOPENED)
    )


def _cases(report: Report, cases: Sequence[Case], heads: tuple[Text, Text]) -> str:
    """Return a table of alerts, or that there are none."""
    if not cases:
        return _dim(wording.NOTHING)
    period = report.now.period
    columns = (Text("等级", "grade"), Text("预警", "alert"), Text("提出时间", "raised"), *heads, Text("编号", "id"))
    rows = []
    for case in cases:
        at = wording.local(case.at, period) if case.at is not None else DASH
        raised = wording.local(case.raised_at, period)
        rows.append([
            badge(case.grade, GRADE_WORDS[case.grade]), both(case.title), raised, both(case.who), at,
            f"<code>{escape(case.id)}</code>",
        ])  # fmt: skip
    return table([Head(column, number=False) for column in columns], rows)
