"""A receiver of messages on the loopback, and delivery processes to be killed."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import msgspec

from rules.alert import Alert
from streams import topics
from streams.codec import encode
from streams.delivery.policy import Policy
from streams.delivery.record import Delivery
from streams.producing import Outbox, new_producer
from streams.settings import Settings
from streams.tail import Tail
from tests.builders import an_alert
from tests.integration.harness import ROOT, free_port

QUICK = Policy(first_retry_s=0.2, most_retry_s=1.0, probe_after_s=0.5, probe_most_s=1.0)
Behaviour = Callable[[dict[str, object]], "tuple[int, str] | None"]


def accept(_: dict[str, object]) -> tuple[int, str]:
    """What a server does that is well."""
    return 200, "ok"


class _Server(ThreadingHTTPServer):
    request_queue_size = 128  # with the usual 5, a burst of connections waits a second for a second try of TCP's


class Receiver:
    """A server that keeps what it accepts; `behaves` says status and text of an answer, ``None`` for no answer."""

    def __init__(self) -> None:
        self.accepted: list[dict[str, object]] = []
        self.at: dict[str, float] = {}
        self.behaves: dict[str, Behaviour] = {}
        self.before_answer: Callable[[dict[str, object]], None] = lambda _: None
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = msgspec.json.decode(self.rfile.read(int(self.headers["Content-Length"])))
                answer = outer.behaves.get(body["to"], accept)(body)
                if answer is None:
                    time.sleep(3.0)  # longer than the channel waits
                    self.close_connection = True
                    return
                if answer == (200, "ok"):
                    outer.accepted.append(body)
                    outer.at.setdefault(body["key"], time.time())
                    outer.before_answer(body)
                with suppress(OSError):
                    self.send_response(answer[0])
                    self.send_header("Retry-After", "1")
                    self.send_header("Content-Length", str(len(answer[1])))
                    self.end_headers()
                    self.wfile.write(answer[1].encode())

            def log_message(self, *_: object) -> None:
                pass

        self.server = _Server(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}/"
        self.thread = threading.Thread(target=self.server.serve_forever, args=(0.05,))
        self.thread.start()

    def stop(self) -> None:
        self.server.shutdown()
        self.thread.join()
        self.server.server_close()


async def notice(settings: Settings, *alerts: Alert | bytes) -> None:
    producer = new_producer(settings.client())
    await producer.start()
    outbox = Outbox(producer, 1)
    for alert in alerts:
        value = alert if isinstance(alert, bytes) else encode(alert)
        outbox.add(settings.topic(topics.NOTICES), b"k", value)
    await outbox.send()
    await producer.stop()


def deliveries(settings: Settings) -> list[Delivery]:
    with Tail(settings, [topics.DELIVERIES], from_beginning=True) as tail:
        return [msgspec.json.decode(record.value or b"", type=Delivery) for record in tail.to_end()]


@contextmanager
def a_process(
    settings: Settings, urls: dict[str, str], folder: Path, *, oncall: bool = False
) -> Iterator[subprocess.Popen[bytes]]:
    """A delivery process of its own."""
    env = {name: value for name, value in os.environ.items() if not name.startswith("FENGHUO_")}
    for name in ("bootstrap", "prefix", "group", "partitions"):
        env[f"FENGHUO_{name.upper()}"] = str(getattr(settings, name))
    env["FENGHUO_HTTP_PORT"] = str(free_port())
    given = msgspec.json.encode({"urls": urls, "policy": QUICK, "oncall": oncall}).decode()
    with (folder / f"deliver-{env['FENGHUO_HTTP_PORT']}.log").open("wb") as out:
        process = subprocess.Popen(
            [sys.executable, "-m", "tests.plainly", given], env=env, cwd=ROOT, stdout=out, stderr=out
        )
    process.port = int(env["FENGHUO_HTTP_PORT"])  # type: ignore[attr-defined]
    try:
        yield process
    finally:
        if process.poll() is None:
            process.send_signal(signal.SIGTERM)
            process.wait(20)


def kills(settings: Settings, receiver: Receiver, folder: Path, times: int) -> tuple[int, int, int]:
    """Kill the process that often when a message arrived and it cannot know; return lost, doubles, unmarked doubles."""
    asyncio.run(notice(settings, *(an_alert(str(number)) for number in range(3 * times))))
    for number in range(times):
        with a_process(settings, {"wecom": receiver.url}, folder) as process:
            receiver.before_answer = lambda _, process=process: process.kill()  # type: ignore[misc]
            assert process.wait(60) == -signal.SIGKILL, max(folder.glob("*.log")).read_text()[-2000:]
            if number % 2:
                asyncio.run(notice(settings, an_alert(f"more{number}")))
    receiver.before_answer = lambda _: None
    wanted = {f"{n}/1/wecom/desk" for n in range(3 * times)} | {f"more{n}/1/wecom/desk" for n in range(1, times, 2)}
    with a_process(settings, {"wecom": receiver.url}, folder):
        end = time.monotonic() + 60
        while wanted - {str(body["key"]) for body in receiver.accepted} and time.monotonic() < end:
            time.sleep(0.1)
        time.sleep(1.0)
    came = Counter(str(body["key"]) for body in receiver.accepted)
    unmarked = Counter(str(body["key"]) for body in receiver.accepted if not body["again"])
    return len(wanted - came.keys()), sum(came.values()) - len(came), sum(n - 1 for n in unmarked.values() if n > 1)
