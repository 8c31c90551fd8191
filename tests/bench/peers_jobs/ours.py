"""Ours: an agent on the batched transport. `state` keeps its state on Kafka as the stages of a worker do, `bare` not.

`state`: once a second the keys that changed go to a compacted topic in a transaction of `streams.state`, and only then
are the batches they contain confirmed; a restart begins with what is there.
"""

from __future__ import annotations

import asyncio
import os
import sys
import time
from typing import Any

import msgspec
import uvloop

from streams.app import new_app
from streams.assembly import tune_the_process
from streams.producing import Outbox, new_producer
from streams.settings import Settings
from streams.state import StateWriter, read_partition
from streams.transport import Raw

BOOTSTRAP, RAW, ALERTS, CROSSED_AT, _, VARIANT = sys.argv[1:]
THRESHOLD = int(CROSSED_AT)
SNAPSHOT_S = 1.0
LINGER_S = 0.02
AT_ONCE = 2_000


class Report(msgspec.Struct):
    reporter: str
    t: float


class Held(msgspec.Struct, array_like=True):
    """The reporters of one key in its latest hour, and the offset this contains."""

    hour: int
    who: set[str]


class Job:
    """The state of the job and what it writes."""

    def __init__(self, app: Any) -> None:
        self.app = app
        self.decode = msgspec.json.Decoder(Report).decode
        self.held: dict[bytes, Held] = {}
        self.offset = -1
        self.changed: set[bytes] = set()
        self.unconfirmed: list[Any] = []

    async def start(self) -> None:
        self.producer = new_producer({"bootstrap_servers": BOOTSTRAP})
        self.outbox = Outbox(self.producer, 1)
        await self.producer.start()
        if VARIANT == "state":
            self.writer = StateWriter({"bootstrap_servers": BOOTSTRAP}, f"{ALERTS}-state", 0, ALERTS)
            await self.writer.start()
            stored = await read_partition({"bootstrap_servers": BOOTSTRAP}, f"{ALERTS}-state", 0)
            self.offset = int(stored.pop("offset", b"-1"))
            self.held = {key.encode(): msgspec.msgpack.decode(data, type=Held) for key, data in stored.items()}

    def take(self, records: list[Any]) -> None:
        decode, every, changed = self.decode, self.held, self.changed
        for record in records:
            if record.offset <= self.offset:
                continue
            report, key = decode(record.value), record.key
            hour = int(report.t // 3_600)
            held = every.get(key)
            if held is None or held.hour != hour:
                held = every[key] = Held(hour, set())
            who = held.who
            if len(who) < THRESHOLD and report.reporter not in who:
                who.add(report.reporter)
                changed.add(key)
                if len(who) == THRESHOLD:
                    self.outbox.add(ALERTS, key, msgspec.json.encode({"hour": hour}), partition=0)
        self.offset = records[-1].offset

    async def run(self, stream: Any) -> None:
        async for event in stream.noack().events():
            self.take(event.value)
            self.unconfirmed.append(event.message)
            await asyncio.sleep(0)  # batches in a row would hold the loop

    async def put_out(self) -> None:
        """Send what there is to say and, when it is time, write the state; then confirm what that contains."""
        written_at = time.monotonic()
        while True:
            await asyncio.sleep(LINGER_S)
            if VARIANT == "bare":
                messages, self.unconfirmed = self.unconfirmed, []
                await self.outbox.send()
            elif time.monotonic() - written_at < SNAPSHOT_S:
                await self.outbox.send()
                continue
            else:
                written_at = time.monotonic()
                messages = await self.snapshot()
            for message in messages:
                self.app.consumer.confirm(message)

    async def snapshot(self) -> list[Any]:
        """Write the state that changed; return the messages it contains."""
        items = {key.decode(): msgspec.msgpack.encode(self.held[key]) for key in self.changed}
        items["offset"], messages = str(self.offset).encode(), self.unconfirmed
        self.changed, self.unconfirmed = set(), []
        await self.outbox.send()  # outputs before the state that says they are out
        await self.writer.write(items)
        return messages


async def main() -> None:
    app = new_app(Settings(bootstrap=BOOTSTRAP, group=ALERTS))
    app.batched_topics, app.batch_records = frozenset({RAW}), AT_ONCE
    job = Job(app)
    app.agent(app.topic(RAW, schema=Raw()), concurrency=1)(job.run)
    tune_the_process()
    await job.start()
    try:
        await app.start()
        await job.put_out()
    except BaseException as error:  # noqa: BLE001 - a job that stands still would be taken for a slow one
        print(repr(error), file=sys.stderr)
        os._exit(1)


with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
    runner.run(main())
