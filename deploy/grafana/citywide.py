"""City and districts: the index, what is reported where, and what stands there."""

from __future__ import annotations

from alerting import HERE, NAMED_DISTRICT, NAMED_KIND
from assembling import Sheet
from look import ORANGE, RED, YELLOW, Panel, Query, Row
from operations import INDEX

INDEXED = (
    'label_replace(max by (area) (fenghuo_area_index{level="district",area=~"$district"}), '
    '"district", "$1", "area", "(.*)")'
)
EVENTS = f"fenghuo_reported_events_total{{{HERE}}}"

INDEX_ROW = (
    Panel(
        "stat",
        ("全市", "The city"),
        ("风险指数，0 最差，100 最好。", "Risk index, 0 worst, 100 best."),
        (Query('max(fenghuo_area_index{level="city"})'),),
        unit="none",
        steps=INDEX,
        high=100,
        w=4,
    ),
    Panel(
        "bars",
        ("各区县风险指数", "Risk index by district"),
        ("低于 70 红、80 橙、90 黄。", "Below 70 red, 80 orange, 90 yellow."),
        (Query(f"sum by (name) ({INDEXED} {NAMED_DISTRICT})", "{{name}}"),),
        unit="none",
        steps=INDEX,
        high=100,
        w=8,
    ),
    Panel(
        "lines",
        ("指数变化", "Index over time"),
        ("每小时（事件时间）更新一次。", "Told once an hour of event time."),
        (Query(f"sum by (name) ({INDEXED} {NAMED_DISTRICT})", "{{name}}"),),
        unit="none",
        low=None,
        high=100,
        w=12,
    ),
)
REPORTED = (
    Panel(
        "lines",
        ("各区县事件", "Events by district"),
        ("每分钟接入的事件。", "Events accepted a minute."),
        (
            Query(
                f"sum by (name) (60 * sum by (district) (rate({EVENTS}[$__rate_interval])) {NAMED_DISTRICT})",
                "{{name}}",
            ),
        ),
        unit="cpm",
        w=12,
    ),
    Panel(
        "bars",
        ("事项前十五（24 小时）", "Top fifteen kinds, 24 h"),
        ("近 24 小时接入最多的事项。", "What was reported most in the last 24 h."),
        (Query(f"topk(15, sum by (name) (sum by (kind) (increase({EVENTS}[1d])) {NAMED_KIND}))", "{{name}}"),),
        w=12,
        h=10,
    ),
    Panel(
        "table",
        ("区县与事项（24 小时）", "Districts and kinds, 24 h"),
        ("近 24 小时事件最多的五十组。", "The fifty pairs with the most events in the last 24 h."),
        (Query(f"topk(50, sum by (district, kind) (increase({EVENTS}[1d])))"),),
        columns={"district": "区县 District", "kind": "事项 Kind", "Value": "事件 Events"},
        w=12,
        h=10,
    ),
    Panel(
        "table",
        ("开放预警明细", "Open alerts in detail"),
        ("按区县、事项、等级。", "By district, kind and grade."),
        (Query(f"sum by (district, kind, grade) (fenghuo_alerts_open{{{HERE}}})"),),
        columns={"district": "区县 District", "kind": "事项 Kind", "grade": "等级 Grade", "Value": "预警 Alerts"},
        w=12,
        h=10,
    ),
)
FEEDS = (
    Panel(
        "bars",
        ("数据源静默时长", "Silence of feeds"),
        ("断流不等于平安：先看来源是否还在上报。", "A dead feed is not a quiet city: look here first."),
        (Query("fenghuo:feed_silence_seconds:min", "{{source}}"),),
        unit="s",
        steps=((900, YELLOW), (3600, ORANGE), (21_600, RED)),
        w=12,
    ),
    Panel(
        "lines",
        ("各来源记录", "Records by feed"),
        ("每分钟每个原始主题的记录。", "Records of each raw topic a minute."),
        (
            Query(
                '60 * sum by (topic) (rate(fenghuo_records_total{outcome=~"ACCEPTED|LATE|DEAD",'
                'topic!~"context|rules|commands|findings"}[$__rate_interval]))',
                "{{topic}}",
            ),
        ),
        unit="cpm",
        w=12,
    ),
)
SHEET = Sheet(
    uid="fenghuo-city",
    title=("烽火 城市与区县", "Fenghuo city and districts"),
    about=("风险指数、各地上报的事件和开放的预警。", "The risk index, what is reported where, and what stands there."),
    rows=(
        Row(("风险指数", "Risk index"), INDEX_ROW),
        Row(("事件与预警", "Events and alerts"), REPORTED),
        Row(("数据源", "Feeds"), FEEDS),
    ),
    variables=("district",),
    since="now-24h",
)
