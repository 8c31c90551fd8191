"""A report as one self-contained HTML page: nothing is fetched, no script; language, dark and print by style alone."""

from __future__ import annotations

from html import escape

from rules.alert import Text
from streams.backtest.charts import Dots, day_chart, dot_chart, shift_chart
from streams.backtest.differing import difference_section
from streams.backtest.markup import Head, badge, both, section, table
from streams.backtest.report import Report, TruthLine
from streams.backtest.scoring import RuleLine
from streams.backtest.style import STYLE
from streams.backtest.wording import (
    DASH,
    GRADE_WORDS,
    NO_TRUTH,
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
from streams.language import Lang

_LONGEST = 40


def page(report: Report, lang: Lang) -> str:
    """Return the page.

    Parameters
    ----------
    report
        What to show.
    lang
        Language it opens in; it holds both.

    """
    title = Text(f"回测 {report.city.zh}", f"Backtest {report.city.en}")
    name = title.zh if lang == "zh" else title.en
    switches = "".join(
        f'<input type="radio" name="lang" id="{one}" class="switch"{" checked" if one == lang else ""}>'
        for one in ("zh", "en")
    )
    sections = [_head(report, title), _cards(report), "" if report.scored else _warn(NO_TRUTH)]
    sections += [_days(report), _shifts(report), _rules(report)]
    sections += [_scores(report)] if report.scored else []
    sections += [_happenings(report)] if report.truth else []
    sections += [difference_section(report, report.difference)] if report.difference else []
    sections.append(section(Text("口径", "Definitions"), *(both(one, "p") for one in how_it_is_matched(report))))
    return (
        f'<!DOCTYPE html>\n<html lang="{lang}"><head><meta charset="utf-8"><title>{escape(name)}</title>'
        f'<meta name="viewport" content="width=device-width, initial-scale=1"><style>{STYLE}</style></head>'
        f"<body>{switches}<main>{''.join(sections)}</main></body></html>\n"
    )


def _head(report: Report, title: Text) -> str:
    switch = '<nav><label for="zh">中文</label><label for="en">English</label></nav>'
    books = f"<code>{escape(report.new.name)}</code> ({escape(report.new.digest)})"
    if report.old:
        against = both(Text(" 对照 ", " against "))
        books += f"{against}<code>{escape(report.old.name)}</code> ({escape(report.old.digest)})"
    source = f"<p>{both(Text('来源：', 'Source: '))}{both(report.source)}</p>"
    book = f"<p>{both(Text('规则库：', 'Book: '))}{books}</p>"
    read = both(what_was_read(report), "p", ' class="dim"')
    return f"{switch}<h1>{both(title)}</h1>{source}{book}{read}"


def _warn(text: Text) -> str:
    return both(text, "div", ' class="warn"')


def _cards(report: Report) -> str:
    new, old = report.new.whole, report.old.whole if report.old else None
    cards = [
        (Text("预警", "alerts"), moved(f"{old.total:,}" if old else None, f"{new.total:,}"), _a_day(report)),
        (Text("红 + 橙", "red + orange"), moved(_urgent(old) if old else None, _urgent(new)), Text()),
        _shift_card(report),
    ]
    if new.hits:
        before = old.hits if old else None
        cards += [
            (
                Text("查准率", "precision"),
                moved(
                    percent(before.precision, briefly=True) if before else None,
                    percent(new.hits.precision, briefly=True),
                ),
                _of(new, "precision"),
            ),
            (
                Text("查全率", "recall"),
                moved(percent(before.recall, briefly=True) if before else None, percent(new.hits.recall, briefly=True)),
                _of(new, "recall"),
            ),
            (
                Text("时延（中位）", "delay (median)"),
                both(span(new.hits.delay_s.median if new.hits.delay_s else None)),
                Text(),
            ),
            (
                Text("误报 / 日", "false alarms a day"),
                moved(f"{before.false_a_day:.1f}" if before else None, f"{new.hits.false_a_day:.1f}"),
                Text(),
            ),
        ]
    return f'<div class="cards">{"".join(_card(*card) for card in cards)}</div>'


def _card(name: Text, value: str, below: Text) -> str:
    return f"<div>{both(name, 'small')}<b>{value}</b>{both(below, 'small') if below.zh else ''}</div>"


def _a_day(report: Report) -> Text:
    rate = report.new.whole.total / report.days
    return Text(f"每日 {rate:.1f}", f"{rate:.1f} a day")


def _urgent(line: RuleLine) -> str:
    return f"{line.alerts['red'] + line.alerts['orange']:,}"


def _shift_card(report: Report) -> tuple[Text, str, Text]:
    load, old = report.new.shifts[-1], report.old.shifts[-1] if report.old else None
    most = moved(f"{old.most}" if old else None, f"{load.most}")
    value = moved(f"{old.mean:.1f}" if old else None, f"{load.mean:.1f}")
    return Text("每班平均", "a shift, on average"), value, Text(f"最多 {most}", f"at most {most}")


def _of(line: RuleLine, which: str) -> Text:
    one = getattr(line.hits, which)
    if one is None:
        return Text()
    said = f"{one.hits}/{one.of} ({100 * one.low:.0f}–{100 * one.high:.0f}%)"
    return Text(said, said)


def _days(report: Report) -> str:
    keys = "".join(both(word, "span", f' class="key {grade}"') + " " for grade, word in GRADE_WORDS.items())
    old = report.old.days if report.old else None
    faint = both(Text("每日左侧浅色为对照库。", "On the left of each day, paler: the other book.")) if old else ""
    chart = f"<figure>{day_chart(report.new.days, old)}<figcaption>{keys}{faint}</figcaption></figure>"
    heads = [
        Head(Text("日期", "day"), number=False),
        *(Head(word) for word in GRADE_WORDS.values()),
        Head(Text("合计", "all")),
    ]
    before = {day.on: day for day in old or ()}
    rows = []
    for day in report.new.days:
        beside = before.get(day.on)
        counts = [moved(_number(beside.alerts[g]) if beside else None, _number(n)) for g, n in day.alerts.items()]
        rows.append([str(day.on), *counts, moved(f"{beside.total:,}" if beside else None, f"{day.total:,}")])
    title = Text("每日预警（按提出时间、最终等级）", "Alerts a day (by when they were raised, final grade)")
    return section(title, chart, table(heads, rows))


def _shifts(report: Report) -> str:
    old = report.old.shifts if report.old else None
    heads = (
        Text("班次", "shift"), Text("班数", "shifts"), Text("平均", "mean"), Text("第95百分位", "95th percentile"),
        Text("最多", "most"), Text("其中红橙（平均）", "red + orange (mean)"),
    )  # fmt: skip
    rows = []
    for n, load in enumerate(report.new.shifts):
        was = old[n] if old else load
        figures = ((was.mean, load.mean), (was.p95, load.p95), (was.most, load.most), (was.urgent, load.urgent))
        name = escape(load.name) or both(Text("全部", "all"))
        rows.append([name, str(load.shifts), *(moved(_figure(a), _figure(b)) for a, b in figures)])
    caption = Text(
        "条为平均，竖线为第95百分位，点为最多。只计数据覆盖过半的班次。",
        "Bar: mean; mark: 95th percentile; dot: most. Only shifts the data cover by half or more.",
    )
    chart = f"<figure>{shift_chart(report.new.shifts, old)}{both(caption, 'figcaption')}</figure>"
    title = Text("每班预警量（当地时间）", "Alerts a shift (local time)")
    return section(title, chart, table([Head(head, number=n > 0) for n, head in enumerate(heads)], rows))


def _number(count: int) -> str:
    return f"{count:,}" if count else DASH


def _figure(value: float) -> str:
    return f"{value:.0f}" if value == int(value) else f"{value:.1f}"


def _rules(report: Report) -> str:
    heads = [
        Head(Text("规则", "rule"), number=False), *(Head(word) for word in GRADE_WORDS.values()),
        *(Head(text) for text in (
            Text("合计", "all"), Text("地点", "places"), Text("撤销", "withdrawn"),
            Text("历时（中位）", "open (median)"),
            Text("未解除", "still open"),
        )),
    ]  # fmt: skip
    before = {line.id: line for line in report.old.rules} if report.old else {}
    rows = []
    for line in report.new.rules:
        old = before.get(line.id)
        withdrawn = f"{100 * line.withdrawn_share:.0f}%" if line.withdrawn else DASH
        counts = [moved(_number(old.alerts[g]) if old else None, _number(n)) for g, n in line.alerts.items()]
        total = moved(f"{old.total:,}" if old else None, f"{line.total:,}")
        rest = [f"{line.places:,}", withdrawn, both(span(line.open_s)), f"{line.still_open:,}"]
        rows.append([both(rule_name(line)), *counts, total, *rest])
    return section(Text("各规则的预警", "Alerts by rule"), table(heads, rows, last_is_sum=True))


def _scores(report: Report) -> str:
    before = {line.id: line.hits for line in report.old.rules} if report.old else {}
    lines = [(line, line.hits) for line in report.new.rules if line.hits and (line.total or line.hits.recall)]
    dots, rows = [], []
    for line, hits in lines:
        old = before.get(line.id)
        pairs = ((hits.precision, old.precision if old else None), (hits.recall, old.recall if old else None))
        dots.append(Dots(_label(line), pairs))
        shares = [moved(percent(was, briefly=True) if old else None, percent(now)) for now, was in pairs]
        counts = [f"{count:,}" for count in (hits.true, hits.false, hits.unjudged)]
        times = [both(spread(hits.delay_s)), both(spread(hits.lead_s)), f"{hits.false_a_day:.1f}"]
        looked = [f"{hits.looked_into:,}"] if report.feedback else []
        rows.append([both(rule_name(line)), *looked, *counts, *shares, f"{hits.found} ({hits.alone})", *times])
    heads = (
        Text("规则", "rule"), *([Text("有反馈", "looked into")] if report.feedback else []),
        Text("属实", "true"), Text("误报", "false"), Text("未判", "unjudged"),
        Text("查准率", "precision"), Text("查全率", "recall"), Text("发现（独自）", "found (alone)"),
        Text("时延（四分位）", "delay (quartiles)"),
        Text("提前量（四分位）", "lead (quartiles)"), Text("误报/日", "false a day"),
    )  # fmt: skip
    chart = dot_chart(dots, (Text("查准率", "precision"), Text("查全率", "recall")))
    rings = Text("横线为95%区间；空心为对照库。", "Lines: 95 % intervals; rings: the other book.")
    figure = f"<figure>{chart}{both(rings, 'figcaption')}</figure>"
    return section(
        against_what(report),
        figure,
        table([Head(h, number=n > 0) for n, h in enumerate(heads)], rows, last_is_sum=True),
    )


def _happenings(report: Report) -> str:
    assert report.truth is not None  # noqa: S101 - the caller has looked
    origin = report.truth.origin
    heads = [Head(text, number=False) for text in (
        Text("开始", "begins"), Text("事件", "what"), Text("地点", "where"), Text("发现它的规则", "found by rules"),
        Text("对照库", "other book"),
    )][: 5 if report.old else 4]  # fmt: skip
    rows = []
    for one in report.truth.happenings:
        what = both(one.what) if one.what.zh else escape(", ".join(one.kinds))
        grade = badge(one.grade, GRADE_WORDS[one.grade]) + " " if one.grade else ""
        met = [_met(one, one.new)] + ([_met(one, one.old or [])] if report.old else [])
        rows.append([moment(one.starts_at, report.zone).replace(" ", "&nbsp;"), grade + what, escape(one.place), *met])
    title = Text(f"真值：{len(rows)}件", f"Truth: {len(rows)} happenings")
    return section(title, both(origin, "p", ' class="dim"'), table(heads, rows))


def _met(one: TruthLine, rules: list[int]) -> str:
    """Return the rules that spoke about a happening, and whether that is as it ought to be."""
    named = ", ".join(map(str, rules))
    if one.expected:
        return named or both(Text("漏报", "missed"), "span", ' class="false"')
    if not rules:
        return both(Text("未扰（应静默）", "silent, as it ought to be"), "span", ' class="dim"')
    return both(Text(f"误扰：{named}", f"disturbed by {named}"), "span", ' class="false"')


def _label(line: RuleLine) -> Text:
    name = rule_name(line)
    return name if len(name.en) <= _LONGEST else Text(name.zh, f"{name.en[: _LONGEST - 1]}…")
