"""Throughput: the batched transport against stock Faust, the whole live path, and replay.

Run from the root of the repository: ``python tests/bench/throughput.py [--events 100000] [--small 200000]``; it starts
a broker of its own unless ``KAFKA_BOOTSTRAP_SERVERS`` is set. The last line is one JSON object:

``transport_us_per_event``
    CPU of a process that reads JSON events through the batched transport, decodes them and counts them per key and
    minute; nothing else.
``stock_faust_us_per_event``
    The same job as a stock Faust agent.
``live_events_per_s``, ``live_us_per_event``
    The whole worker, intake to alerts, on simulated city days fed as fast as it goes, by event time: events per second
    of wall time until nothing waits in any stage, and CPU per event of its process.
``replay_events_per_s``, ``replay_us_per_event``
    The same reports through `streams.replay` in one process; CPU time.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
import os
import subprocess
import sys
import tempfile
import time
import uuid
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT), str(ROOT / "deploy" / "kafka")]

from broker import Broker  # noqa: E402
from kafka import KafkaAdminClient  # noqa: E402
from kafka.admin import NewTopic  # noqa: E402

from streams.assembly import Parts, tune_the_process  # noqa: E402
from streams.clients import connect  # noqa: E402
from streams.feed import Parcel, feed_reports, parcels  # noqa: E402
from streams.producing import Outbox, new_producer  # noqa: E402
from streams.replay import Replay, drain  # noqa: E402
from streams.settings import Settings  # noqa: E402
from streams.simulate import simulate  # noqa: E402
from streams.sources.mapping_row import RowOk  # noqa: E402
from tests.integration.harness import City, a_city, metrics, unacknowledged, wait_ready  # noqa: E402

STOCK_EVENTS = 20_000
DAILY = 3_000
ONLY_CLOCKS = 200  # watermarks come for ever: fewer records than these waiting are no events
SMALL = '{{"id":"{i}","key":"street-{k}","kind":"noise","t":{t},"text":"楼下施工噪声扰民，请尽快处理"}}'
JOB = """
import asyncio, json, os, sys, time
from collections import defaultdict
import faust, msgspec
bootstrap, topic, total, stock = sys.argv[1], sys.argv[2], int(sys.argv[3]), sys.argv[4] == "stock"
class Small(msgspec.Struct):
    id: str
    key: str
    kind: str
    t: float
    text: str
app = faust.App(topic, broker=("kafka" if stock else "fenghuo") + "://" + bootstrap, topic_allow_declare=False,
    topic_disable_leader=True, consumer_auto_offset_reset="earliest", web_enabled=False, datadir=sys.argv[5],
    broker_max_poll_records=2000, **({} if stock else {"stream_buffer_maxsize": 8}))
app.batched_topics = frozenset() if stock else frozenset({topic})
counts, state = defaultdict(int), {"n": 0, "cpu": 0.0, "at": 0.0}
def begin():
    if not state["n"]:
        state["cpu"], state["at"] = time.process_time(), time.perf_counter()
def done(n):
    state["n"] += n
    if state["n"] >= total:
        us = (time.process_time() - state["cpu"]) / state["n"] * 1e6
        print(json.dumps({"us": us, "per_s": state["n"] / (time.perf_counter() - state["at"]), "keys": len(counts)}))
        sys.stdout.flush()
        os._exit(0)
if stock:
    @app.agent(app.topic(topic, value_type=None, value_serializer="json"))
    async def job(stream):
        async for value in stream:
            begin()
            counts[value["key"], int(value["t"] // 60)] += 1
            done(1)
else:
    from streams.live import Raw
    decode = msgspec.json.Decoder(Small).decode
    @app.agent(app.topic(topic, schema=Raw()))
    async def job(stream):
        async for event in stream.noack().events():
            begin()
            for record in event.value:
                value = decode(record.value)
                counts[value.key, int(value.t // 60)] += 1
            app.consumer.confirm(event.message)
            done(len(event.value))
async def main():
    await app.start()
    await asyncio.sleep(300)
asyncio.run(main())
"""


def main() -> None:
    """Run all four and print them."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--events", type=int, default=100_000, help="simulated reports for live and replay")
    parser.add_argument("--small", type=int, default=200_000, help="events of the small job")
    parser.add_argument("--partitions", type=int, default=4)
    arguments = parser.parse_args()
    with contextlib.ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        bootstrap = os.environ.get("KAFKA_BOOTSTRAP_SERVERS", "")
        if not bootstrap:
            bootstrap = stack.enter_context(Broker(folder / "broker")).bootstrap
        figures = {
            **small_job(bootstrap, folder, arguments.small),
            **live(bootstrap, folder, arguments.events, arguments.partitions),
        }
    print(json.dumps(figures))


def small_job(bootstrap: str, folder: Path, events: int) -> dict[str, float]:
    """Run the small job through the batched transport and through stock Faust."""
    topic = f"small-{uuid.uuid4().hex[:8]}"
    admin = connect(KafkaAdminClient, Settings(bootstrap=bootstrap))
    admin.create_topics([NewTopic(topic, 1, 1)])
    admin.close()
    asyncio.run(_produce(bootstrap, topic, events))
    ours = _job(bootstrap, topic, events, "batched", folder / "a")
    stock = _job(bootstrap, topic, min(events, STOCK_EVENTS), "stock", folder / "b")
    print(f"small job: batched {ours}, stock {stock}")
    return {"transport_us_per_event": round(ours["us"], 2), "stock_faust_us_per_event": round(stock["us"], 1)}


async def _produce(bootstrap: str, topic: str, events: int) -> None:
    producer = new_producer({"bootstrap_servers": bootstrap})
    await producer.start()
    outbox = Outbox(producer, 1)
    for i in range(events):
        outbox.add(topic, b"", SMALL.format(i=i, k=i % 500, t=i / 10).encode(), partition=0)
    await outbox.send()
    await producer.stop()


def _job(bootstrap: str, topic: str, total: int, which: str, folder: Path) -> dict[str, float]:
    command = [sys.executable, "-c", JOB, bootstrap, topic, str(total), which, str(folder)]
    done = subprocess.run(command, check=False, capture_output=True, text=True, cwd=ROOT, timeout=300)
    if done.returncode or not done.stdout.strip():
        raise SystemExit(f"the {which} job failed:\n{done.stderr[-2000:]}")
    figures: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    return figures


def live(bootstrap: str, folder: Path, events: int, partitions: int, *, replayed: bool = True) -> dict[str, float]:
    """Run a whole worker over waiting reports, then replay the same reports, if asked."""
    over = {"partitions": partitions, "lateness_s": 600.0, "snapshot_s": Settings().snapshot_s}
    with a_city(bootstrap, f"bench-{uuid.uuid4().hex[:8]}-", folder / "city", **over) as city:
        parts = city.parts()
        start = datetime(2026, 1, 5, tzinfo=ZoneInfo("Asia/Shanghai"))
        simulation = simulate(areas=parts.areas, start=start, days=events / DAILY, seed=1, daily_events=DAILY)
        rows = [RowOk(report, report.occurred_at.timestamp(), 0) for _, report in simulation.reports]
        rows.sort(key=lambda row: row.t)
        waiting: list[Parcel] = list(parcels(rows))
        worker = city.start_worker()
        wait_ready(worker, city)
        begun, cpu = time.perf_counter(), _cpu_s(worker.pid)
        feed_reports(iter(waiting), city.settings)
        _wait(city, worker, len(rows))
        figures = {
            "live_events_per_s": len(rows) / (time.perf_counter() - begun),
            "live_us_per_event": (_cpu_s(worker.pid) - cpu) / len(rows) * 1e6,
        }
    print(f"live: {figures}")
    return {
        **{name: round(value, 1) for name, value in figures.items()},
        **(_replayed(parts, rows) if replayed else {}),
    }


def _replayed(parts: Parts, rows: list[RowOk]) -> dict[str, float]:
    tune_the_process()
    started = time.process_time()
    replay = Replay(parts, lateness_s=600.0, now=time.time())
    drain(replay.run(rows))
    cpu = time.process_time() - started
    print(f"replay: {len(rows)} rows, {len(replay.tally.final)} alerts, {replay.tally.versions} versions")
    return {
        "replay_events_per_s": round(len(rows) / cpu),
        "replay_us_per_event": round(cpu / len(rows) * 1e6, 1),
    }


def _wait(city: City, worker: subprocess.Popen[bytes], rows: int) -> None:
    """Wait until every event has been through all stages, and what came of it."""
    for _ in _every(0.25, 600):
        if worker.poll() is not None:
            raise SystemExit("the worker died")
        counted = metrics(city)
        taken = sum(v for name, v in counted.items() if name.startswith("fenghuo_events_total") and "WATER" not in name)
        lost = sum(v for name, v in counted.items() if name.startswith("fenghuo_dead_letters_total"))
        if taken + lost >= rows and unacknowledged(city) < ONLY_CLOCKS:
            return


def _every(pause_s: float, limit_s: float) -> Iterator[None]:
    end = time.monotonic() + limit_s
    while time.monotonic() < end:
        time.sleep(pause_s)
        yield
    raise SystemExit("the worker did not finish")


def _cpu_s(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


if __name__ == "__main__":
    main()
