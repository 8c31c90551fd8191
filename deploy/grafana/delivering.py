"""Delivery and on-call: whether people are told, how fast, and who is there."""

from __future__ import annotations

from assembling import Sheet
from look import BAD_ABOVE_ZERO, BLUE, ORANGE, RED, YELLOW, Panel, Query, Row, pace, quantile

HERE = 'channel=~"$channel"'
BREAKER = {"0": ("通 closed", BLUE), "1": ("试探 half open", YELLOW), "2": ("断 open", RED)}


MESSAGES = (
    Panel(
        "lines",
        ("投递结果", "Deliveries by outcome"),
        ("每分钟。GIVEN_UP 表示谁也没收到。", "A minute. GIVEN_UP is a message nobody got."),
        (
            Query(
                f"60 * sum by (channel, outcome) (rate(fenghuo_deliveries_total{{{HERE}}}[$__rate_interval]))",
                "{{channel}} {{outcome}}",
            ),
        ),
        unit="cpm",
        w=12,
    ),
    Panel(
        "lines",
        ("从预警到送达（95 分位）", "From version to receipt, 95th percentile"),
        (
            "预警版本写入 Kafka 到渠道确认，按等级；汇总消息除外。",
            "From the version in Kafka to the receipt, by grade; without digests.",
        ),
        (Query(quantile(0.95, "fenghuo_delivery_from_version_seconds", "grade", HERE), "{{grade}}"),),
        unit="s",
        steps=((10, YELLOW), (60, RED)),
        w=12,
    ),
    Panel(
        "stat",
        ("放弃的消息（24 小时）", "Messages given up, 24 h"),
        ("谁也没收到。", "Nobody got them."),
        (Query('sum(increase(fenghuo_deliveries_total{outcome="GIVEN_UP"}[1d])) or on () vector(0)'),),
        steps=BAD_ABOVE_ZERO,
        w=4,
    ),
    Panel(
        "bars",
        ("原因（24 小时）", "Reasons, 24 h"),
        (
            "重试、改道、放弃、按规则不发的原因。",
            "Why messages were tried again, went another way, were given up or left out.",
        ),
        (
            Query(
                "sum by (outcome, reason) (increase(fenghuo_delivery_reasons_total[1d])) or on () vector(0)",
                "{{outcome}} {{reason}}",
            ),
        ),
        w=10,
    ),
    Panel(
        "lines",
        ("渠道应答（95 分位）", "Channels' answers, 95th percentile"),
        ("渠道接受一条消息所用时间。", "Time a channel takes to accept a message."),
        (Query(quantile(0.95, "fenghuo_delivery_attempt_seconds", "channel", HERE), "{{channel}}"),),
        unit="s",
        w=10,
    ),
)
CHANNELS = (
    Panel(
        "stat",
        ("渠道状态", "Breakers"),
        (
            "连续失败的渠道会被断开，稍后试探。",
            "A channel that fails again and again is left alone and tried now and then.",
        ),
        (Query(f"max by (channel) (fenghuo_delivery_breaker{{{HERE}}})", "{{channel}}"),),
        says=BREAKER,
        steps=((1, YELLOW), (2, RED)),
        least=BLUE,
    ),
    Panel(
        "bars",
        ("排队消息", "Messages waiting"),
        ("各渠道等待发送的消息。", "By channel."),
        (Query(f"sum by (channel) (fenghuo_delivery_waiting{{{HERE}}})", "{{channel}}"),),
        steps=((50, YELLOW), (500, ORANGE)),
    ),
    Panel(
        "bars",
        ("最久的等待", "The longest wait"),
        ("排队最久的消息已等多久。", "How long the oldest message has waited, by channel."),
        (Query(f"max by (channel) (fenghuo_delivery_oldest_waiting_seconds{{{HERE}}})", "{{channel}}"),),
        unit="s",
        steps=((60, YELLOW), (600, RED)),
    ),
    Panel(
        "stat",
        ("待计划的通知", "Notices waiting"),
        ("投递进程尚未读取的预警版本。", "Versions of alerts that delivery has not read yet."),
        (Query("max(fenghuo_notices_lag_records)"),),
        steps=((100, YELLOW), (1000, RED)),
        w=6,
    ),
    Panel(
        "stat",
        ("在途消息", "On their way"),
        ("已交给渠道、尚无回音。", "Handed to a channel, without an answer yet."),
        (Query("sum(fenghuo_delivery_in_flight)"),),
        w=6,
    ),
    Panel(
        "lines",
        ("从通知到交出（95 分位）", "From notice to channel, 95th percentile"),
        ("含计划与写入状态的时间，按等级。", "Planning and the state write included, by grade."),
        (
            Query(
                quantile(0.95, "fenghuo_notice_seconds", "grade"),
                "{{grade}}",
            ),
        ),
        unit="s",
        w=12,
    ),
)
ONCALL = (
    Panel(
        "bars",
        ("值班人数", "People on duty"),
        ("各班表当前在岗人数；0 为空档。", "By roster, now; 0 is a gap."),
        (Query("max by (roster) (fenghuo_oncall_on_duty)", "{{roster}}"),),
        steps=((1, BLUE),),
        least=RED,
        w=8,
    ),
    Panel(
        "bars",
        ("在等人的预警", "Alerts waiting for people"),
        ("等待核实、签收、到场。", "To be confirmed, signed, attended to."),
        (Query("sum by (clock) (fenghuo_alerts_waiting)", "{{clock}}"),),
        w=8,
    ),
    Panel(
        "lines",
        ("错过的时限", "Clocks missed"),
        ("每小时错过的签收与到场时限。", "Sign and on-site clocks missed an hour."),
        (
            Query(
                pace("fenghuo_clocks_missed_total", "clock, grade", per_s=3600),
                "{{clock}} {{grade}}",
            ),
        ),
        w=8,
    ),
)
BOARD = (
    Panel(
        "stat",
        ("大屏数据新旧", "Age of what the board shows"),
        ("大屏最近读到记录距今。", "Time since the board read its newest record."),
        (Query("time() - max(fenghuo_board_newest_record_timestamp_seconds)"),),
        unit="s",
        steps=((60, YELLOW), (300, RED)),
        w=6,
    ),
    Panel(
        "bars",
        ("大屏指令（24 小时）", "Commands from the board, 24 h"),
        ("按结果。", "By outcome."),
        (Query("sum by (outcome) (increase(fenghuo_board_commands_total[1d])) or on () vector(0)", "{{outcome}}"),),
        w=6,
    ),
    Panel(
        "lines",
        ("登录失败", "Sign-in failures"),
        ("每分钟，按原因。", "A minute, by reason."),
        (
            Query(
                pace("fenghuo_board_sign_in_failures_total", "reason"),
                "{{reason}}",
            ),
        ),
        unit="cpm",
        steps=((10, ORANGE),),
        w=6,
    ),
    Panel(
        "lines",
        ("页面推送", "Pushes to pages"),
        ("每秒推送到页面的变化。", "Changes pushed to open pages a second."),
        (Query("sum(rate(fenghuo_board_pushes_total[$__rate_interval]))", "推送 pushes"),),
        unit="cps",
        w=6,
    ),
)
SHEET = Sheet(
    uid="fenghuo-delivery",
    title=("烽火 投递与值班", "Fenghuo delivery and on-call"),
    about=("消息是否送到、多快、谁在岗。", "Whether people are told, how fast, and who is there."),
    rows=(
        Row(("消息", "Messages"), MESSAGES),
        Row(("渠道", "Channels"), CHANNELS),
        Row(("值班", "On call"), ONCALL),
        Row(("大屏", "The board"), BOARD),
    ),
    variables=("channel",),
)
