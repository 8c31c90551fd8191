"""Stock faust-streaming: an agent and a table with its changelog topic.

A plain table that holds the hour: a windowed one costs more. orjson is installed, which Faust then uses.
"""

from __future__ import annotations

import sys

import faust

BOOTSTRAP, RAW, ALERTS, THRESHOLD, FOLDER = *sys.argv[1:4], int(sys.argv[4]), sys.argv[5]
sys.argv = sys.argv[:1]

app = faust.App(
    ALERTS,
    broker=f"kafka://{BOOTSTRAP}",
    datadir=FOLDER,
    web_enabled=False,
    topic_partitions=1,
    topic_replication_factor=1,
    topic_disable_leader=True,
    consumer_auto_offset_reset="earliest",
    broker_max_poll_records=2_000,
)
raw = app.topic(RAW, key_type=str, key_serializer="raw", value_serializer="json", value_type=None)
alerts = app.topic(ALERTS, key_serializer="raw", value_serializer="json", value_type=None)
table = app.Table("who", key_type=str, value_type=None, default=lambda: [0, []])


@app.agent(raw)
async def job(stream) -> None:  # noqa: ANN001 - faust ships no types
    async for key, report in stream.items():
        hour = int(report["t"] // 3_600)
        since, who = table[key]
        if since != hour:
            who = []
        if len(who) < THRESHOLD and report["reporter"] not in who:
            table[key] = [hour, [*who, report["reporter"]]]
            if len(who) + 1 == THRESHOLD:
                await alerts.send(key=key, value={"hour": hour})


faust.Worker(app, loglevel="warning").execute_from_commandline()
