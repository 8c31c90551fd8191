"""Alerts: what stands, whose clocks run, and how long people take."""

from __future__ import annotations

from assembling import Sheet
from look import BAD_ABOVE_ZERO, ORANGE, RED, YELLOW, Panel, Query, Row

HERE = 'district=~"$district"'
NAMED_KIND = "* on (kind) group_left (name) max by (kind, name) (fenghuo_kind_info)"
NAMED_DISTRICT = "* on (district) group_left (name) max by (district, name) (fenghuo_district_info)"


def took(metric: str, share: float) -> str:
    """Return the query of a quantile over the last day, by grade."""
    return f"histogram_quantile({share}, sum by (le, grade) (increase({metric}_bucket[1d])))"


STANDING = (
    Panel(
        "lines",
        ("开放预警", "Open alerts"),
        (
            "所选区县中尚未结束的预警，按等级堆叠。",
            "Alerts that are not over in the chosen districts, stacked by grade.",
        ),
        (Query(f"sum by (grade) (fenghuo_alerts_open{{{HERE}}})", "{{grade}}"),),
        stacked=True,
        w=12,
    ),
    Panel(
        "bars",
        ("按事项", "By kind"),
        (
            "开放预警最多的十二类。仅限值班室的预警合为一类。",
            "The twelve kinds with the most open alerts. Those for the duty desk only are told as one.",
        ),
        (Query(f"topk(12, sum by (name) (sum by (kind) (fenghuo_alerts_open{{{HERE}}}) {NAMED_KIND}))", "{{name}}"),),
        w=6,
    ),
    Panel(
        "bars",
        ("按区县", "By district"),
        ("开放预警数。", "Open alerts."),
        (Query(f"sum by (name) (sum by (district) (fenghuo_alerts_open{{{HERE}}}) {NAMED_DISTRICT})", "{{name}}"),),
        w=6,
    ),
    Panel(
        "lines",
        ("处置状态", "States"),
        ("开放预警处在哪一步：待核实、待签收、已签收、已派单、到场、办结。", "Where open alerts are in their life."),
        (Query("sum by (state) (fenghuo_alerts_in_state)", "{{state}}"),),
        stacked=True,
    ),
    Panel(
        "lines",
        ("新发与升级", "New and upgraded"),
        ("每分钟新发、重开和升级的预警。", "Alerts that are new, came back or went up, a minute."),
        (
            Query(
                "60 * sum by (grade) (rate(fenghuo_alerts_graded_total[$__rate_interval]))",
                "{{grade}}",
            ),
        ),
        unit="cpm",
    ),
    Panel(
        "lines",
        ("变化种类", "Changes"),
        ("每分钟发出的预警版本，按变化种类。", "Versions of alerts a minute, by what changed."),
        (Query("60 * sum by (change) (rate(fenghuo_alert_versions_total[$__rate_interval]))", "{{change}}"),),
        unit="cpm",
    ),
)
CLOCKS = (
    Panel(
        "bars",
        ("在等谁", "Clocks that run"),
        ("等待核实、签收、到场的预警。", "Alerts waiting to be confirmed, signed, or attended to."),
        (Query("sum by (clock, grade) (fenghuo_alerts_waiting)", "{{clock}} {{grade}}"),),
    ),
    Panel(
        "bars",
        ("已超时", "Overdue"),
        ("时限已过，仍无人响应。", "The time is over, and nobody has acted."),
        (Query("sum by (clock, grade) (fenghuo_alerts_overdue)", "{{clock}} {{grade}}"),),
        steps=BAD_ABOVE_ZERO,
    ),
    Panel(
        "stat",
        ("错过的时限（24 小时）", "Clocks missed, 24 h"),
        ("每错过一次上提一级督办。", "With each one an alert goes one level up."),
        (
            Query('sum(increase(fenghuo_clocks_missed_total{clock="sign"}[1d])) or on () vector(0)', "签收 sign"),
            Query('sum(increase(fenghuo_clocks_missed_total{clock="on_site"}[1d])) or on () vector(0)', "到场 on site"),
        ),
        steps=((1, ORANGE), (10, RED)),
    ),
    Panel(
        "lines",
        ("签收用时（90 分位）", "Time to sign, 90th percentile"),
        (
            "近 24 小时从发出到签收。时限：红 15 分、橙 30 分、黄 1 小时。",
            "Last 24 h, from being raised. Limits: red 15 min, orange 30 min, yellow 1 h.",
        ),
        (Query(took("fenghuo_sign_seconds", 0.9), "{{grade}}"),),
        unit="s",
        steps=((900, YELLOW), (1800, ORANGE), (3600, RED)),
    ),
    Panel(
        "lines",
        ("到场用时（90 分位）", "Time to be on site, 90th percentile"),
        (
            "近 24 小时从发出到到场。时限：红 2、橙 4、黄 8 小时。",
            "Last 24 h, from being raised. Limits: red 2 h, orange 4 h, yellow 8 h.",
        ),
        (Query(took("fenghuo_on_site_seconds", 0.9), "{{grade}}"),),
        unit="s",
        steps=((7200, YELLOW), (14_400, ORANGE), (28_800, RED)),
    ),
    Panel(
        "bars",
        ("红橙按时签收率", "Red and orange signed in time"),
        ("近 24 小时：红 15 分钟内、橙 30 分钟内签收的比例。", "Last 24 h: share signed within 15 and 30 minutes."),
        tuple(
            Query(
                f'sum(increase(fenghuo_sign_seconds_bucket{{grade="{grade}",le="{limit}"}}[1d])) '
                f'/ sum(increase(fenghuo_sign_seconds_count{{grade="{grade}"}}[1d]))',
                grade,
            )
            for grade, limit in (("red", "900.0"), ("orange", "1800.0"))
        ),
        unit="percentunit",
        high=1.0,
    ),
)
PEOPLE = (
    Panel(
        "lines",
        ("人的操作", "What people do"),
        ("每小时执行的指令。", "Commands obeyed an hour."),
        (
            Query(
                '3600 * sum by (action) (rate(fenghuo_commands_total{outcome="OBEYED"}[$__rate_interval]))',
                "{{action}}",
            ),
        ),
        unit="short",
        w=12,
    ),
    Panel(
        "bars",
        ("被拒绝的指令（24 小时）", "Commands refused, 24 h"),
        ("按原因：已签收、权限不符等。", "By reason: signed already, not within one's role …"),
        (
            Query(
                'sum by (outcome) (increase(fenghuo_commands_total{outcome!="OBEYED"}[1d])) or on () vector(0)',
                "{{outcome}}",
            ),
        ),
        w=12,
    ),
)
SHEET = Sheet(
    uid="fenghuo-alerts",
    title=("烽火 预警", "Fenghuo alerts"),
    about=("开放的预警、在走的时限、人的响应。", "Alerts that stand, clocks that run, and how people answer."),
    rows=(
        Row(("开放预警", "Standing"), STANDING),
        Row(("时限", "Clocks"), CLOCKS),
        Row(("处置", "People"), PEOPLE),
    ),
    variables=("district",),
)
