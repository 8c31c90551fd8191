"""What a report says in words, in Chinese and English, and how it writes its figures."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from zoneinfo import ZoneInfo

from rules.alert import GRADES, Text
from rules.wording import GRADE_NAMES
from streams.backtest.figures import Quartiles, Ratio
from streams.backtest.report import Report
from streams.backtest.scoring import RuleLine

DASH = "–"
GRADE_WORDS = {grade.value: Text(GRADE_NAMES[grade].zh.removesuffix("色"), grade.value) for grade in reversed(GRADES)}
WHAT_WORDS = {
    "appeared": Text("新增", "appeared"),
    "vanished": Text("消失", "vanished"),
    "regraded": Text("改级", "regraded"),
}
JUDGEMENT_WORDS = {
    "true": Text("属实", "true"),
    "false": Text("误报", "false"),
    "unjudged": Text("未判", "unjudged"),
}
_MINUTE_S, _HOUR_S, _DAY_S = 60.0, 3_600.0, 86_400.0

NO_TRUTH = Text(
    "未提供真值：查准率、查全率和提前量未知。--truth 文件 可对照标注，--feedback 文件 可按反馈计，"
    "--simulate 天数 可对照模拟情景。",
    "No truth given: precision, recall and lead time are unknown. --truth FILE scores against labels, --feedback FILE "
    "by verdicts, --simulate DAYS against staged scenarios.",
)
_BOTH = Text("对照真值和反馈", "Against the truth and feedback")
NO_CHANGE = Text("两本规则库给出的预警完全相同。", "Both books raise the same alerts with the same grades.")


def rule_name(line: RuleLine) -> Text:
    """Return number and name of a rule; of a whole book what it is called."""
    zh, en = ("（试运行）", " (shadow)") if line.shadow else ("", "")
    return Text(f"{line.number} {line.name.zh}{zh}", f"{line.number} {line.name.en}{en}") if line.id else line.name


def percent(one: Ratio | None, *, briefly: bool = False) -> str:
    """Return a share with its 95 % interval, ``67% (42–85)``, or without it."""
    if one is None:
        return DASH
    if briefly:
        return f"{100 * one.share:.0f}%"
    return f"{100 * one.share:.0f}% ({100 * one.low:.0f}–{100 * one.high:.0f})"


def moved(old: str | None, new: str) -> str:
    """Return a figure, with that of the other book before it where that is another."""
    return new if old is None or new.partition(" (")[0] == old else f"{old}→{new}"


def span(length_s: float | None) -> Text:
    """Return a length of time, briefly: ``45 min``, ``3.5 h``, ``2.1 d``."""
    if length_s is None:
        return Text(DASH, DASH)
    size, places, zh, en = _unit(length_s)
    said = f"{length_s / size:.{places}f}"
    return Text(f"{said}{zh}", f"{said} {en}")


def spread(one: Quartiles | None) -> Text:
    """Return a median with its quartiles in the unit of the larger one: ``2.4 h (1.5–3.9)``."""
    if one is None:
        return Text(DASH, DASH)
    size, places, zh, en = _unit(max(abs(one.lower), abs(one.upper)))
    median, lower, upper = (f"{value / size:.{places}f}" for value in (one.median, one.lower, one.upper))
    dash = "–" if one.lower >= 0 else " to "
    return Text(f"{median}{zh}（{lower}~{upper}）", f"{median} {en} ({lower}{dash}{upper})")


def _unit(length_s: float) -> tuple[float, int, str, str]:
    if abs(length_s) < 2 * _HOUR_S:
        return _MINUTE_S, 0, "分钟", "min"
    return (_HOUR_S, 1, "小时", "h") if abs(length_s) < 2 * _DAY_S else (_DAY_S, 1, "天", "d")


def moment(at: datetime, zone: str) -> str:
    """Return a local date and time."""
    return f"{at.astimezone(ZoneInfo(zone)):%m-%d %H:%M}"


def what_was_read(report: Report) -> Text:
    """Return what became of the rows, in a sentence."""
    zone = ZoneInfo(report.zone)
    first, last = (f"{at.astimezone(zone):%Y-%m-%d %H:%M}" for at in (report.first_at, report.last_at))
    n = {name: f"{count:,}" for name, count in report.verdicts.items()}
    told = report.declared
    return Text(
        f"{first} 至 {last}（{report.days:.1f}天）；读入{report.rows:,} = 事件{n['ACCEPTED']} + 重复{n['DUPLICATE']} "
        f"+ 迟到{n['LATE']} + 死信{n['DEAD']}" + ("" if told is None else f"；声明{told:,}条"),
        f"{first} to {last} ({report.days:.1f} days); {report.rows:,} read = {n['ACCEPTED']} events + {n['DUPLICATE']} "
        f"duplicates + {n['LATE']} late + {n['DEAD']} dead" + ("" if told is None else f"; declarations: {told:,}"),
    )


def how_it_is_matched(report: Report) -> list[Text]:
    """Return the definitions behind the figures, one a sentence."""
    truth, said = report.truth, list(_of_feedback(report))
    if truth is None:
        return said or [NO_TRUTH]
    early, late = span(truth.tolerance.early_s), span(truth.tolerance.late_s)
    said += [
        Text(
            "对应规则：类别相同（或属同一大类），地点相同、包含、被包含或在500米（或真值所给半径）内，"
            f"且预警提出时间在开始前{early.zh}至结束后{late.zh}之间。",
            "An alert is about a happening when its kind (or class) is one of the happening's, its place is the same, "
            "inside it, contains it or lies within 500 m (or the truth's own radius), and it was raised from "
            f"{early.en} before the beginning to {late.en} after the end.",
        ),
        Text(
            "提前量 = 有关部门另行获知的时间（真值的 known_at；没有则取结束时间）减去预警提出时间；"
            "时延 = 预警提出时间减去开始时间。均按事件时间计算，不含传输时延；取每件事的首个预警。",
            "Lead time: from the alert to when the city knew by other means (`known_at` of the truth; its end "
            "where there is none). Delay: from the beginning to the alert. Both in event time, without transport, of "
            "the first alert about each happening.",
        ),
        Text(
            "括号内为95%区间（Wilson）。查全率按各规则应发现的事件计：真值写明规则编号的按编号，否则按该规则报过的类别。",
            "In brackets 95 % intervals (Wilson). Recall is of what a rule ought to find: the happenings that name "
            "its number, or, where the truth names no rules, those of kinds it raised alerts about.",
        ),
        _completeness(complete=truth.complete),
    ]
    if not any(one.expected for one in truth.happenings):
        said.append(Text("真值中没有应预警的事件。", "The truth holds nothing that ought to raise an alert."))
    return said


def against_what(report: Report) -> Text:
    """Return what the figures of how right the alerts are were held against."""
    if report.truth is None:
        return Text("对照反馈", "Against feedback")
    return Text("对照真值", "Against the truth") if report.feedback is None else _BOTH


def _of_feedback(report: Report) -> Iterator[Text]:
    """Yield how many alerts somebody has looked into, and what that is good for."""
    if report.feedback is None or report.new.whole.hits is None:
        return
    of, n = report.new.whole.total, report.new.whole.hits.looked_into
    verdicts, unheard = report.feedback.verdicts, report.feedback.unheard
    yield Text(
        f"反馈：{verdicts:,}条，其中{unheard:,}条不对应任何预警；{of:,}条预警中{n:,}条有反馈。有反馈的以反馈为准。",
        f"Feedback: {verdicts:,} verdicts, {unheard:,} of them about no alert here; {n:,} of {of:,} alerts have one. "
        "Where there is a verdict it counts, whatever the truth says.",
    )
    if report.truth is None:
        yield Text(
            "查准率只按有反馈的预警计；未提供真值，查全率未知；提前量只按写明 known_at 的反馈计。",
            "Precision is of the alerts with a verdict. No truth was given: recall is unknown; lead times are of "
            "verdicts that say when the city knew (`known_at`).",
        )


def _completeness(*, complete: bool) -> Text:
    if complete:
        return Text(
            "不对应任何情景的预警计为误报；但单起即报、且该诉求属实的，不作判断"
            "（未判）：模拟的日常生活中也有零星的燃气泄漏、走失等。",
            "An alert that matches no scenario is false, unless it is about a single report that is real, though "
            "nobody staged it (plain life has a gas leak or a missing person now and then): that is not judged.",
        )
    return Text(
        "真值未涉及的类别，其预警不作判断（未判），不计入查准率。",
        "Alerts of kinds the truth does not speak of are not judged and do not count for precision.",
    )
