"""Quix Streams: `window` is a tumbling window with `reduce` and `current`, `state` a stateful `apply`.

Both as its documentation has them, with its defaults: state in RocksDB with a changelog topic, at least once, orjson.
"""

from __future__ import annotations

import sys
from datetime import timedelta
from typing import Any

from quixstreams import Application, State

BOOTSTRAP, RAW, ALERTS, THRESHOLD, FOLDER, VARIANT = *sys.argv[1:4], int(sys.argv[4]), *sys.argv[5:7]


def first(report: dict[str, Any]) -> dict[str, Any]:
    return {"who": [report["reporter"]], "crossed": False}


def further(held: dict[str, Any], report: dict[str, Any]) -> dict[str, Any]:
    who, reporter = held["who"], report["reporter"]
    held["crossed"] = False
    if len(who) < THRESHOLD and reporter not in who:
        who.append(reporter)
        held["crossed"] = len(who) == THRESHOLD
    return held


def counted(report: dict[str, Any], state: State) -> dict[str, int] | None:
    hour = int(report["t"] // 3_600)
    held = state.get("held")
    if held is None or held["hour"] != hour:
        held = first(report) | {"hour": hour}
    elif len(held["who"]) >= THRESHOLD:
        return None
    else:
        held = further(held, report)
    state.set("held", held)
    return {"hour": hour} if held["crossed"] else None


def main() -> None:
    app = Application(
        BOOTSTRAP, consumer_group=ALERTS, auto_offset_reset="earliest", state_dir=FOLDER, loglevel="WARNING"
    )
    raw = app.topic(RAW, key_deserializer="str", value_deserializer="json")
    alerts = app.topic(ALERTS, key_serializer="str", value_serializer="json")
    stream = app.dataframe(raw)
    if VARIANT == "window":
        windows = stream.tumbling_window(timedelta(hours=1)).reduce(further, first).current()
        crossed = windows.filter(lambda window: window["value"]["crossed"])
        said = crossed.apply(lambda window: {"hour": window["start"] // 3_600_000})
    else:
        said = stream.apply(counted, stateful=True).filter(lambda alert: alert is not None)
    said.to_topic(alerts)
    app.run()


main()
