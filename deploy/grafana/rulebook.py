"""Rules and detectors: what fires, how often it is right, what chance is allowed, and how old the models are."""

from __future__ import annotations

from assembling import Sheet
from look import BLUE, ORANGE, RED, WARN_ABOVE_ZERO, YELLOW, Panel, Query, Row

HERE = 'rule=~"$rule"'
DAY_S = 86_400
SHADOW = f'sum by (rule) (increase(fenghuo_shadow_versions_total{{change="new",{HERE}}}[1d])) or on () vector(0)'

RULES = (
    Panel(
        "bars",
        ("规则命中（24 小时）", "Rules that fired, 24 h"),
        ("各规则新发现的情形数。", "What each rule found anew."),
        (
            Query(
                f'topk(20, sum by (rule) (increase(fenghuo_finding_versions_total{{change="new",{HERE}}}[1d])))',
                "{{rule}}",
            ),
        ),
        w=8,
        h=12,
    ),
    Panel(
        "bars",
        ("规则精确率", "Precision by rule"),
        (
            "近 450 天属实 /（属实 + 误报）；样本少时仅供参考。",
            "True / (true + false) of the last 450 days; few verdicts say little.",
        ),
        (Query(f"fenghuo:rule_precision:ratio{{{HERE}}}", "{{rule}}"),),
        unit="percentunit",
        steps=((0, RED), (0.3, ORANGE), (0.5, YELLOW), (0.7, BLUE)),
        high=1.0,
        w=8,
        h=12,
    ),
    Panel(
        "table",
        ("规则与等级（24 小时）", "Rules and grades, 24 h"),
        ("由该规则主导的预警版本。", "Versions of alerts the rule leads."),
        (Query(f"sum by (rule, grade) (increase(fenghuo_alert_versions_total{{{HERE}}}[1d]))"),),
        columns={"rule": "规则 Rule", "grade": "等级 Grade", "Value": "版本 Versions"},
        w=8,
        h=12,
    ),
    Panel(
        "lines",
        ("命中速率", "Findings"),
        ("每分钟新的命中。", "What rules found anew a minute."),
        (
            Query(
                f'60 * sum by (rule) (rate(fenghuo_finding_versions_total{{change="new",{HERE}}}[$__rate_interval]))',
                "{{rule}}",
            ),
        ),
        unit="cpm",
        w=12,
    ),
    Panel(
        "bars",
        ("影子规则命中（24 小时）", "Shadow rules, 24 h"),
        ("试运行的规则，不通知任何人。", "Rules on trial, which notify nobody."),
        (
            Query(
                SHADOW,
                "{{rule}}",
            ),
        ),
        w=12,
    ),
)
DETECTORS = (
    Panel(
        "lines",
        ("检测信号", "Signals by detector"),
        ("每分钟各检测器的信号。", "Signals of each detector a minute."),
        (Query("60 * sum by (detector) (rate(fenghuo_signals_total[$__rate_interval]))", "{{detector}}"),),
        unit="cpm",
        w=12,
    ),
    Panel(
        "bars",
        ("模型学习时长（事件时间）", "Age of models, event time"),
        (
            "自见到第一个事件起；不足一至三周仍在预热。",
            "Since the first event; below one to three weeks most still warm up.",
        ),
        (Query("fenghuo:detector_learning_seconds:max", "{{detector}}"),),
        unit="s",
        steps=((7 * DAY_S, YELLOW), (21 * DAY_S, BLUE)),
        least=ORANGE,
        w=12,
    ),
    Panel(
        "bars",
        ("告警预算使用", "Alarm budget used"),
        (
            "近 30 天由统计规则主导的预警与偶然所允许之比；真实突增也计入，远超 1 时应查。",
            "Alerts of 30 days led by statistical rules against what chance may make; real surges count as well.",
        ),
        (Query("fenghuo:budget_used:ratio", "{{grade}}"),),
        unit="none",
        steps=((1, YELLOW), (3, ORANGE)),
        w=8,
    ),
    Panel(
        "table",
        ("预算明细", "The budget in figures"),
        ("近 30 天实有与允许。", "Alerts of 30 days, and how many are allowed."),
        (
            Query(
                'label_replace(sum by (grade) (fenghuo_budget_alerts), "which", "实有 had", "", "") or '
                'label_replace(max by (grade) (fenghuo_budget_allowed_alerts), "which", "允许 allowed", "", "")'
            ),
        ),
        columns={"grade": "等级 Grade", "which": "项 Which", "Value": "预警 Alerts"},
        w=8,
    ),
    Panel(
        "lines",
        ("类别识别", "Kinds found by learning"),
        ("词典无法判定时，分类器的回答。", "What the classifier answers where the lexicon finds no kind."),
        (
            Query(
                "60 * (sum by (answer) (rate(fenghuo_kind_answers_total[$__rate_interval])) or on () vector(0))",
                "{{answer}}",
            ),
        ),
        unit="cpm",
        w=8,
    ),
)
BOOK = (
    Panel(
        "table",
        ("生效的规则册", "Rule book in force"),
        (
            "各分区所用规则册的摘要；切换时才会同时有两册。",
            "Digest of the book partitions go by: two only while they are switched.",
        ),
        (Query("sum by (digest) (fenghuo_book_info)"),),
        columns={"digest": "摘要 Digest", "Value": "分区 Partitions"},
    ),
    Panel(
        "stat",
        ("被拒绝的规则册（24 小时）", "Books refused, 24 h"),
        ("发布了但无法使用；旧册继续生效。", "Published, and not usable; the one before stays in force."),
        (Query("sum(increase(fenghuo_book_refused_total[1d]))"),),
        steps=WARN_ABOVE_ZERO,
        w=4,
    ),
    Panel(
        "stat",
        ("改类教学", "Corrections learned"),
        ("生效中的类别纠正。", "Corrections of kinds that hold."),
        (Query("max(fenghuo_lessons)"),),
        w=4,
    ),
    Panel(
        "lines",
        ("纠正中的差错率", "Share of corrections that were needed"),
        ("被查看的事件中，原类别有误的比例。", "Share of the events people looked at whose kind was wrong."),
        (Query("max(fenghuo_correction_ratio)", "差错率 wrong"),),
        unit="percentunit",
        high=1.0,
    ),
)
SHEET = Sheet(
    uid="fenghuo-rules",
    title=("烽火 规则与检测器", "Fenghuo rules and detectors"),
    about=("哪些规则在响、准不准、预算与模型。", "Which rules fire, how often they are right, budgets and models."),
    rows=(
        Row(("规则", "Rules"), RULES),
        Row(("检测器", "Detectors"), DETECTORS),
        Row(("规则册与教学", "The book, and what was taught"), BOOK),
    ),
    variables=("rule",),
    since="now-24h",
)
