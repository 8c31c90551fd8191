"""Pipeline health: from raw records to alerts, stage by stage."""

from __future__ import annotations

from assembling import Sheet
from look import BLUE, ORANGE, RED, YELLOW, Panel, Query, Row, quantile

HERE = 'instance=~"$instance"'
READY = {"0": ("未就绪 not ready", RED), "1": ("就绪 ready", BLUE)}

INPUT = (
    Panel(
        "lines",
        ("待处理记录", "Records waiting"),
        ("按主题；持续上升即处理不过来。", "By topic; rising for long means that workers cannot keep up."),
        (Query(f"sum by (topic) (fenghuo_lag_records{{{HERE}}})", "{{topic}}"),),
        steps=((10_000, ORANGE),),
    ),
    Panel(
        "lines",
        ("事件时间落后", "Watermark behind the clock"),
        ("事件时间距现在；回放与演示中可能很大。", "How far event time is behind now; large in a replay or a demo."),
        (Query(f"time() - min by (partition) (fenghuo_watermark_timestamp_seconds{{{HERE}}})", "{{partition}}"),),
        unit="s",
    ),
    Panel(
        "lines",
        ("事件结果", "Events by verdict"),
        ("每秒：接入、重复、迟到、再次发送。", "A second: accepted, known already, late, sent again."),
        (Query(f"sum by (verdict) (rate(fenghuo_events_total{{{HERE}}}[$__rate_interval]))", "{{verdict}}"),),
        unit="cps",
    ),
    Panel(
        "lines",
        ("迟到程度", "Lateness of events"),
        (
            "事件时间落后于同分区最新事件的程度，99 分位；虚线为允许值。",
            "How far event times run backwards, 99th percentile by source; beside what is allowed.",
        ),
        (
            Query(
                quantile(0.99, "fenghuo_event_lateness_seconds", "source", HERE),
                "{{source}}",
            ),
            Query(f"max(fenghuo_lateness_allowed_seconds{{{HERE}}})", "允许 allowed"),
        ),
        unit="s",
    ),
    Panel(
        "bars",
        ("死信原因（1 小时）", "Dead letters by reason, 1 h"),
        ("`fenghuo dead-letters` 查看与重送。", "`fenghuo dead-letters` lists them and sends them again."),
        (
            Query(
                f"sum by (topic, reason) (increase(fenghuo_dead_letters_total{{{HERE}}}[1h]))", "{{topic}} {{reason}}"
            ),
        ),
        steps=((1, YELLOW), (100, ORANGE)),
    ),
    Panel(
        "lines",
        ("记录去向", "Records by outcome"),
        ("每秒各主题记录的去向。", "What became of records, by topic, a second."),
        (
            Query(
                f"sum by (topic, outcome) (rate(fenghuo_records_total{{{HERE}}}[$__rate_interval]))",
                "{{topic}} {{outcome}}",
            ),
        ),
        unit="cps",
    ),
)
STAGES = (
    Panel(
        "lines",
        ("批处理用时（95 分位）", "Time a batch takes, 95th percentile"),
        ("按环节：接入、检测、全市、预警。", "By stage: intake, detect, city, alerts."),
        (
            Query(
                quantile(0.95, "fenghuo_batch_seconds", "stage", HERE),
                "{{stage}}",
            ),
        ),
        unit="s",
    ),
    Panel(
        "lines",
        ("环节占用", "Share of time at work"),
        ("各环节处理批次所占时间。", "Share of the time each stage spends on batches."),
        (Query(f"sum by (stage) (rate(fenghuo_batch_seconds_sum{{{HERE}}}[$__rate_interval]))", "{{stage}}"),),
        unit="percentunit",
        stacked=True,
    ),
    Panel(
        "lines",
        ("从上报到预警", "From report to alert"),
        ("50、95、99 分位。", "50th, 95th and 99th percentile."),
        tuple(
            Query(
                quantile(share, "fenghuo_alert_latency_seconds", "", HERE),
                name,
            )
            for share, name in ((0.5, "p50"), (0.95, "p95"), (0.99, "p99"))
        ),
        unit="s",
        steps=((2, YELLOW), (10, RED)),
    ),
)
STATE = (
    Panel(
        "lines",
        ("状态大小", "State"),
        ("各环节在 Kafka 上的状态字节数。", "Bytes of state on Kafka, by stage."),
        (Query(f"sum by (stage) (fenghuo_state_bytes{{{HERE}}})", "{{stage}}"),),
        unit="bytes",
        stacked=True,
    ),
    Panel(
        "bars",
        ("距上次快照", "Since the last snapshot"),
        ("状态多久前写入并确认；通常几秒。", "How long ago state was written and input acknowledged; usually seconds."),
        (Query(f"time() - min by (stage) (fenghuo_snapshot_timestamp_seconds{{{HERE}}})", "{{stage}}"),),
        unit="s",
        steps=((30, YELLOW), (120, RED)),
    ),
    Panel(
        "lines",
        ("快照用时与写入", "Snapshots"),
        ("95 分位用时；写入速率见下。", "Time to write one, 95th percentile."),
        (
            Query(
                quantile(0.95, "fenghuo_snapshot_seconds", "", HERE),
                "p95",
            ),
        ),
        unit="s",
    ),
    Panel(
        "lines",
        ("状态写入速率", "State written"),
        ("每秒写入 Kafka 的状态字节。", "Bytes of state written to Kafka a second."),
        (Query(f"sum(rate(fenghuo_snapshot_bytes_total{{{HERE}}}[$__rate_interval]))", "写入 written"),),
        unit="Bps",
        w=12,
    ),
    Panel(
        "stat",
        ("恢复时读回的状态", "State read back"),
        ("启动与再均衡以来读回的字节。", "Bytes read back at starts and rebalances."),
        (Query(f"sum(fenghuo_restored_bytes_total{{{HERE}}})"),),
        unit="bytes",
        w=12,
    ),
)
PROCESSES = (
    Panel(
        "stat",
        ("就绪", "Ready"),
        ("恢复状态时尚未就绪。", "A worker that reads its state back is not ready yet."),
        (Query(f'fenghuo_ready{{job="fenghuo-worker",{HERE}}}', "{{instance}}"),),
        says=READY,
        steps=((1, BLUE),),
        least=RED,
        w=6,
    ),
    Panel(
        "table",
        ("分区归属", "Partitions owned"),
        ("各进程各环节的分区数。", "By process and stage."),
        (Query(f"sum by (instance, stage) (fenghuo_partitions{{{HERE}}})"),),
        columns={"instance": "进程 Process", "stage": "环节 Stage", "Value": "分区 Partitions"},
        w=6,
    ),
    Panel(
        "lines",
        ("内存", "Memory"),
        ("常驻内存。", "Resident memory."),
        (Query('process_resident_memory_bytes{job=~"fenghuo-.*"}', "{{job}} {{instance}}"),),
        unit="bytes",
        w=6,
    ),
    Panel(
        "lines",
        ("处理器", "CPU"),
        ("每个进程占用的核数；工作进程只用一核。", "Cores in use; a worker uses one at most."),
        (Query('rate(process_cpu_seconds_total{job=~"fenghuo-.*"}[$__rate_interval])', "{{job}} {{instance}}"),),
        unit="percentunit",
        steps=((0.9, ORANGE),),
        w=6,
    ),
    Panel(
        "table",
        ("版本", "Releases"),
        ("各进程的版本。", "What runs where."),
        (Query("sum by (job, instance, process, version, python) (fenghuo_build_info)"),),
        columns={"process": "进程 Process", "instance": "地址 Address", "version": "版本 Version", "python": "Python"},
        w=12,
    ),
    Panel(
        "stat",
        ("24 小时内重启", "Restarts in 24 h"),
        ("工作进程重新启动的次数。", "How often worker processes started again."),
        (Query('sum(changes(process_start_time_seconds{job="fenghuo-worker"}[1d]))'),),
        steps=((1, YELLOW), (5, RED)),
        w=12,
    ),
)
SHEET = Sheet(
    uid="fenghuo-pipeline",
    title=("烽火 流水线健康", "Fenghuo pipeline health"),
    about=("从原始记录到预警，逐环节。", "From raw records to alerts, stage by stage."),
    rows=(
        Row(("输入", "Input"), INPUT),
        Row(("环节", "Stages"), STAGES),
        Row(("状态", "State"), STATE),
        Row(("进程", "Processes"), PROCESSES),
    ),
    variables=("instance",),
)
