"""What a report says in words, and what every figure in it is, in a sentence each."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

from rules.alert import Text
from streams.dossier.words import LEVELS
from streams.report.figures import Report
from streams.report.period import Period

_KINDS = {
    "day": Text("预警日报", "Alerts of the day"),
    "week": Text("预警周报", "Alerts of the week"),
    "shift": Text("交接班报告", "Shift report"),
}
_BEFORE = {
    "day": Text("前一日", "day before"),
    "week": Text("上一周", "week before"),
    "shift": Text("上一班", "shift before"),
}
_WEEKDAYS = tuple(zip("一二三四五六日", ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"), strict=True))

ALL = Text("合计", "all")
CITYWIDE = Text("全市", "whole city")

COUNTED = Text(
    "预警计在提出（满足条件的事件时间）之日，按其达到过的最高等级计一次；撤销的、演练的和试运行规则的不计。",
    "An alert counts once, in the period it was raised in (event time at which its condition was met), by the highest "
    "grade it reached; those withdrawn, of exercises and of rules on trial are left out.",
)
BY_KIND = Text(
    "按事项类别计，各类之和等于预警总数。",
    "By kind of matter; the kinds add up to all alerts.",
)
BY_AREA = Text(
    "按预警地点所在区县计，跨区预警计在其首要地点；各区之和等于预警总数。",
    "By the district of the alert's place, of several the first; the districts add up to all alerts.",
)
PLACES = Text(
    "预警最多的十个地点（点位、网格、社区或更大区域，以预警所指为准）。",
    "The ten places with the most alerts: spots, grids, communities or larger areas, whatever the alerts are about.",
)
SIGNING = Text(
    "时限自该等级的预警签发起算，升级或重开后重新起算；按时＝到期前签收，超时＝到期后签收，逾期＝到期而无人签收，"
    "免签＝到期前已判误报、解除或升级；按时率＝按时÷（按时＋超时＋逾期），括号内为95%区间（Wilson）；"
    "用时为签发至签收的中位数和第90百分位。",
    "A clock runs from when the alert was issued at a grade, anew when it is upgraded or reopened. In time: signed "
    "before it was due; late: after; overdue: due and not signed; no need: false, over or upgraded before it was due. "
    "Share: in time of in time, late and overdue, with Wilson's 95 % interval. Times are from issue to signature: "
    "median and 90th percentile.",
)
BY_LEVEL = Text(
    "层级为最终应签收的一级：每逾期一次提高一级（社区→街道→区→市）。",
    "The level is the one whose people had to sign in the end: one further up for every time nobody did.",
)
ON_SITE = Text(
    "到场时限自签收（或再次派单）起计用时，到期时刻为该等级规定的到场时刻；未到场即办结的计为免签，其余口径同签收。",
    "The clock to be on site runs from the signature, or from when somebody was sent again, until what the grade asks "
    "for; where it was dealt with before anybody was there, there was no need. All else as for signing.",
)
WAITING = Text(
    "截至统计时已到期、尚无人签收、未解除也未判误报的预警，最多列20条。",
    "Alerts due and neither signed, over nor called false by the time of counting; at most 20 are listed.",
)
OPEN = Text(
    "期末未解除＝期末之前提出、到期末尚未解除的预警（含此前遗留），按当时的等级计。",
    "Open at the end: alerts raised before the end of the period, or of an earlier one, and not over by then, by the "
    "grade they had then.",
)
PRECISION = Text(
    "查准率＝属实÷（属实＋误报），以每条预警最后一次结论为准，未核实的不计；横线和括号为95%区间（Wilson）。"
    "一条预警由几条规则的发现合成时，对每条规则各计一次，故各规则之和可大于总数。",
    "Precision: true of true and false, by the last verdict on each alert; those nobody judged do not count. Lines and "
    "brackets: Wilson's 95 % interval. An alert made of several rules' findings counts for each of them, so that rules "
    "may add up to more than all.",
)
FALSE = Text(
    "最后一次结论为误报的预警，最多列20条，最近判定的在前。",
    "Alerts whose last verdict is false; at most 20 are listed, those judged last first.",
)
REOPENED = Text(
    "解除或办结后又须重新处置的预警（再次上报或人工重开），最多列20条。",
    "Alerts that were over or dealt with and had to be looked at again, because more came or somebody reopened them; "
    "at most 20 are listed.",
)
COMPARED = Text(
    "“前期”为紧邻的前一日（周），统计口径与截至时间相同，因此它有更长的时间被签收和核实。",
    "The period before is counted likewise and until the same time, so that it had longer to be signed and judged.",
)
NOTHING = Text("无", "none")


def title(report: Report) -> Text:
    """Return what the report is called."""
    period, city = report.now.period, report.city
    drill = Text("【演练】", "EXERCISE: ") if report.exercise else Text()
    city = Text(f"{drill.zh}{city.zh}", f"{drill.en}{city.en}")
    zh, en = _KINDS[period.kind].zh, _KINDS[period.kind].en
    if period.kind == "week":
        return Text(f"{city.zh} {zh} {period.label}", f"{city.en}: {en} {period.label}")
    weekday = _WEEKDAYS[period.first().weekday()]
    return Text(f"{city.zh} {zh} {period.label} 周{weekday[0]}", f"{city.en}: {en} {period.label} ({weekday[1]})")


def span(report: Report) -> Text:
    """Return from when to when it counts, and until when what became of it."""
    period = report.now.period
    begins, ends, as_of = (local(at, period) for at in (period.begins_at, period.ends_at, report.now.as_of))
    desk = Text("，含仅限值班台的预警", ", with those for the duty desk only") if report.restricted else Text()
    return Text(
        f"{begins} 至 {ends}（{period.zone}），处置情况截至 {as_of}{desk.zh}；来源：{report.source.zh}",
        f"{begins} to {ends} ({period.zone}), what became of them until {as_of}{desk.en}; from {report.source.en}",
    )


def local(at: datetime, period: Period) -> str:
    """Return an instant in the city's time, to the minute."""
    return f"{at.astimezone(ZoneInfo(period.zone)):%Y-%m-%d %H:%M}"


def before_word(period: Period) -> Text:
    """Return what the period before is called."""
    return _BEFORE[period.kind]


def level_word(level: str) -> Text:
    """Return what a level of area is called."""
    return LEVELS.get(level, ALL) if level else ALL
