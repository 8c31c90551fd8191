"""Operations overview: what a shift leader wants to know in ten seconds."""

from __future__ import annotations

from assembling import Sheet
from look import BAD_ABOVE_ZERO, BLUE, ORANGE, RED, WARN_ABOVE_ZERO, YELLOW, Panel, Query, Row, quantile

INDEX = ((0, RED), (70, ORANGE), (80, YELLOW), (90, BLUE))
"""Below 70 red, to 80 orange, to 90 yellow; from 90 on all is well."""


def standing(grade: str) -> Query:
    """Return the query of the open alerts of a grade; none is a zero."""
    return Query(f'sum(fenghuo_alerts_open{{grade="{grade}"}}) or on () vector(0)', grade)


NOW = (
    Panel(
        "stat",
        ("开放预警", "Open alerts"),
        ("尚未结束的预警，按等级。", "Alerts that are not over, by grade."),
        tuple(standing(grade) for grade in ("red", "orange", "yellow", "blue")),
        w=10,
        h=5,
    ),
    Panel(
        "stat",
        ("待签收", "Waiting for a signature"),
        ("无人签收的预警。", "Alerts nobody has signed."),
        (Query('sum(fenghuo_alerts_waiting{clock="sign"})'),),
        w=3,
        h=5,
    ),
    Panel(
        "stat",
        ("超期未签收", "Signature overdue"),
        ("签收时限已过，仍无人签收。", "The time to sign is over, and nobody has."),
        (Query('sum(fenghuo_alerts_overdue{clock="sign"})'),),
        steps=BAD_ABOVE_ZERO,
        w=3,
        h=5,
    ),
    Panel(
        "stat",
        ("城市风险指数", "City risk index"),
        ("0 最差，100 最好；低于 70 为红。", "0 is worst, 100 best; below 70 is red."),
        (Query('max(fenghuo_area_index{level="city"})'),),
        unit="none",
        steps=INDEX,
        high=100,
        w=4,
        h=5,
    ),
    Panel(
        "stat",
        ("本系统告警", "Alarms about ourselves"),
        (
            "平台自身正在触发的告警：滞后、断流、投递失败等。",
            "What is wrong with the platform itself: lag, silent feeds, failing delivery.",
        ),
        (Query('count(ALERTS{alertstate="firing"}) or on () vector(0)'),),
        steps=BAD_ABOVE_ZERO,
        w=4,
        h=5,
    ),
)
FLOW = (
    Panel(
        "lines",
        ("事件速率", "Events taken in"),
        ("每秒接入的事件，重复与迟到的不计。", "Events accepted a second; repeated and late ones are not among them."),
        (Query("fenghuo:events:rate5m", "事件 events"),),
        unit="cps",
    ),
    Panel(
        "lines",
        ("从上报到预警", "From report to alert"),
        (
            "原始记录进入 Kafka 到预警发出，中位与 99 分位。",
            "From the raw record in Kafka to the alert: median and 99th percentile.",
        ),
        (
            Query(
                quantile(0.5, "fenghuo_alert_latency_seconds"),
                "p50",
            ),
            Query(
                quantile(0.99, "fenghuo_alert_latency_seconds"),
                "p99",
            ),
        ),
        unit="s",
        steps=((2, YELLOW), (10, RED)),
    ),
    Panel(
        "lines",
        ("待处理记录", "Records waiting"),
        (
            "各主题尚未处理的记录，应回到零附近。",
            "Records not worked off yet, by topic: they should come back to about nothing.",
        ),
        (Query("fenghuo:lag_records:sum", "{{topic}}"),),
        steps=((10_000, ORANGE),),
    ),
    Panel(
        "bars",
        ("数据源静默时长", "Silence of feeds"),
        ("距各来源最近一条记录的时间。", "Time since the newest record of each source."),
        (Query("fenghuo:feed_silence_seconds:min", "{{source}}"),),
        unit="s",
        steps=((900, YELLOW), (3600, ORANGE), (21_600, RED)),
    ),
    Panel(
        "lines",
        ("死信占比", "Share of dead letters"),
        ("无法成为事件的记录占比，按主题。", "Share of records that could not become events, by topic."),
        (Query("fenghuo:dead_letters:ratio5m", "{{topic}}"),),
        unit="percentunit",
        steps=((0.05, ORANGE),),
    ),
    Panel(
        "lines",
        ("消息投递", "Messages delivered"),
        ("每分钟送达与放弃的消息。", "Messages sent, and given up, a minute."),
        (
            Query(
                '60 * (sum(rate(fenghuo_deliveries_total{outcome="SENT"}[$__rate_interval])) or on () vector(0))',
                "送达 sent",
            ),
            Query(
                '60 * (sum(rate(fenghuo_deliveries_total{outcome="GIVEN_UP"}[$__rate_interval])) or on () vector(0))',
                "放弃 given up",
            ),
        ),
        unit="cpm",
    ),
)
PROCESSES = (
    Panel(
        "stat",
        ("就绪的工作进程", "Workers ready"),
        ("正在工作的处理进程数。", "Worker processes that do their work."),
        (Query('sum(fenghuo_ready{job="fenghuo-worker"})'),),
        steps=((1, BLUE),),
        least=RED,
        w=6,
        h=4,
    ),
    Panel(
        "stat",
        ("投递进程", "Delivery"),
        ("负责投递的进程数：必须恰好一个。", "Processes that deliver: exactly one."),
        (Query("sum(fenghuo_delivery_owner)"),),
        steps=((1, BLUE), (2, RED)),
        least=RED,
        w=6,
        h=4,
    ),
    Panel(
        "stat",
        ("大屏打开数", "Open board pages"),
        ("浏览器中打开的值班大屏。", "Pages of the duty board open in browsers."),
        (Query("sum(fenghuo_board_open_pages)"),),
        w=6,
        h=4,
    ),
    Panel(
        "stat",
        ("迟到事件（1 小时）", "Late events, 1 h"),
        ("超出允许迟到时间、另行存放的事件。", "Events beyond the allowed lateness; they are kept aside."),
        (Query('sum(increase(fenghuo_records_total{outcome="LATE"}[1h])) or on () vector(0)'),),
        steps=WARN_ABOVE_ZERO,
        w=6,
        h=4,
    ),
)
SHEET = Sheet(
    uid="fenghuo-operations",
    title=("烽火 运行总览", "Fenghuo operations overview"),
    about=("全局一屏：预警、数据、平台自身。", "Everything at a glance: alerts, data, and the platform itself."),
    rows=(
        Row(("此刻", "Now"), NOW),
        Row(("数据流", "Flow"), FLOW),
        Row(("进程", "Processes"), PROCESSES),
    ),
)
