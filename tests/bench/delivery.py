"""Delivery on a bad day: 10,000 events an hour, three scenarios and a broken feed at once.

Run from the root of the repository: ``python tests/bench/delivery.py [--hours 4] [--seed 1] [--kills 50]``; it starts a
broker of its own unless ``KAFKA_BOOTSTRAP_SERVERS`` is set. Events of the simulated city go through the pipeline, and
what comes of it to alerts and their clocks; nobody ever signs, so that all of them run out (``signed``: nine of ten
alerts are signed within two to twelve minutes). The versions are told to
the people of the demo's file (``streams/oncall/demo.yaml``):

- in virtual time, with the limits of the channels (20 a minute for robots), answers after .3 s, every fiftieth attempt
  without an answer for 10 s, one robot down for ten minutes;
- on a real Kafka, the hour with most versions, `--speed` times as fast, to a real HTTP server;
- and the process is killed `--kills` times after a message arrived and before it can know.

The last line is one JSON object:

``p99_red_ms``
    From a red version that is new, upgraded or escalated being handed to Kafka to its message being at the receiver.
``p99_red_virtual_ms``, ``most_red_virtual_ms``
    The same in virtual time, between the version and the receipt of the first message that tells a person of it; and
    the longest.
``most_red_alert_virtual_ms``
    The longest any red version took until the first of all its people had it.
``messages_per_person_hour``, ``messages_per_person_hour_off_desk``, ``tellings_per_person_hour``, ``messages_mean``
    The most messages any person or group (no program) got in any hour; of those who are not on the city's desk,
    which gets every red one on two channels; with one on several channels counted once; the mean of those who got any.
``duplicates``, ``unmarked``, ``lost``
    Over all three parts: messages that came twice, those of them that did not say so, and messages nobody got.

Measured (seed 1, 2 hours, 5,978 versions, two cores with a load of 7 to 10): red in virtual time 300 ms, which is
the channel's own time; a person whose only way is the robot that is down waits until it is back (538 s with seed 2,
before the demo's people had another way), the alert itself never did; on Kafka 64 to 173 ms in the median and 137 to
975 ms at the 99th percentile from run to run; at most 75 messages a person and hour (the city's desk, nobody signing;
56 when nine of ten sign), 18 off the desk; state writes 16 ms in the mean; twice 50 kills: lost 0, doubles 237 and 189,
all marked.
"""

from __future__ import annotations

import argparse
import asyncio
import heapq
import json
import math
import os
import random
import subprocess
import sys
import tempfile
import time
import uuid
from collections import Counter, defaultdict
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT), str(ROOT / "deploy" / "kafka")]

import msgspec  # noqa: E402
from broker import Broker  # noqa: E402

from rules.alert import Alert, Grade  # noqa: E402
from rules.command import Command  # noqa: E402
from rules.duty import Duty  # noqa: E402
from streams import topics  # noqa: E402
from streams.assembly import assemble, tune_the_process  # noqa: E402
from streams.codec import encode  # noqa: E402
from streams.delivery.dispatch import Dispatch  # noqa: E402
from streams.delivery.handing import cut_s  # noqa: E402
from streams.delivery.sender import Answer, Attempt, Sender  # noqa: E402
from streams.delivery.wiring import Ways  # noqa: E402
from streams.oncall.planner import Planner  # noqa: E402
from streams.producing import Outbox, new_producer  # noqa: E402
from streams.replay import Replay  # noqa: E402
from streams.settings import Settings  # noqa: E402
from streams.simulate import Scenario, load_scenarios, simulate  # noqa: E402
from streams.sources.mapping_row import RowOk  # noqa: E402
from streams.topicadmin import create_topics  # noqa: E402
from tests.integration.delivering import Receiver, a_process, deliveries, kills  # noqa: E402
from tests.plainly import demo_oncall  # noqa: E402

EVENTS_AN_HOUR = 10_000
SCENARIOS = ["gas-leak", "typhoon-waterlogging", "school-illness", "feed-dies"]
ROBOTS = 20
DOWN = "wecom"
OVER = {"SENT", "SUPPRESSED"}


def versions(hours: float, seed: int, signed: float) -> list[tuple[float, Alert]]:
    """Every version the day brings, with the moment it is there, when that share of alerts is signed in time."""
    parts = assemble(areas="shantou", book="", hazards="", reporter_key=b"for this bench only")
    start = datetime(2025, 9, 17, 12, tzinfo=ZoneInfo("Asia/Shanghai"))
    city = simulate(
        areas=parts.areas,
        start=start,
        days=hours / 24,
        seed=seed,
        daily_events=24 * EVENTS_AN_HOUR,
        scenarios=[begins(one, 0.25 + 0.05 * index) for index, one in enumerate(load_scenarios(SCENARIOS))],
    )
    now = [0.0]

    def rows() -> Iterator[RowOk]:
        for at, report in city.reports:
            now[0] = at
            yield RowOk(report, report.occurred_at.timestamp(), 0)

    desk, minute = Desk(parts.new_duty(), signed, seed), 0.0
    for told in Replay(parts, lateness_s=600.0, now=time.time()).run(rows()):
        minute = minute or now[0]
        while minute < now[0]:
            desk.pass_time(minute)
            minute += 60.0
        desk.take(now[0], told.alerts)
    return desk.found


class Desk:
    """People who sign some of the alerts, two to twelve minutes after they were told."""

    def __init__(self, duty: Duty, signed: float, seed: int) -> None:
        self.found: list[tuple[float, Alert]] = []
        self._duty = duty
        self._signed = signed
        self._dice = random.Random(seed)
        self._signs: list[tuple[float, str]] = []

    def take(self, now: float, alerts: list[Alert]) -> None:
        """Take in what the rules say."""
        self._keep(now, self._duty.note(alerts))

    def pass_time(self, now: float) -> None:
        """Let clocks run out, and people sign."""
        while self._signs and self._signs[0][0] <= now:
            at, alert = heapq.heappop(self._signs)
            when = datetime.fromtimestamp(at, UTC)
            done = self._duty.obey(Command(id=f"{alert}/{at}", action="sign", alert=alert, by="desk", at=when))
            self._keep(now, [] if isinstance(done, str) else done)
        self._keep(now, self._duty.advance(now))

    def _keep(self, now: float, alerts: list[Alert]) -> None:
        self.found += [(now, alert) for alert in alerts]
        for alert in alerts:
            if alert.revision.change in {"new", "upgrade"} and self._dice.random() < self._signed:
                heapq.heappush(self._signs, (now + self._dice.uniform(120, 720), alert.id))


def begins(scenario: Scenario, at_h: float) -> Scenario:
    """Let a scenario begin so many hours after the beginning."""
    return msgspec.structs.replace(scenario, at_h=at_h)


class Virtual:
    """Planner and sender in virtual time."""

    def __init__(self, found: list[tuple[float, Alert]], seed: int) -> None:
        self.oncall = demo_oncall()
        names = {one.channel for person in self.oncall.file.people.values() for one in person.reach}
        limits = {name: ROBOTS if "wecom" in name or "dingtalk" in name else None for name in names}
        sender = Sender(limits, None, Ways(self.oncall.people))
        self.dispatch = Dispatch(Planner(self.oncall), sender)
        self.found = found
        self.count = 0
        self.dice = random.Random(seed)
        self.flying: list[tuple[float, int, Attempt, Answer]] = []
        self.told_at: dict[tuple[str, int], float] = {}
        self.sent: list[tuple[float, Attempt]] = []
        self.outcomes: Counter[str] = Counter()
        self.last: dict[str, str] = {}
        self.down = (found[0][0] + 1_800, found[0][0] + 2_400)

    def run(self) -> None:
        """Go from event to event until nothing waits."""
        coming = iter([*self.found, (math.inf, None)])
        at, alert = next(coming)
        now, end = at, self.found[-1][0] + 7_200
        while now < end:
            while at <= now and alert is not None:
                self.told_at[alert.id, alert.revision.version] = at
                self.dispatch.note(alert, now)
                at, alert = next(coming)
            while self.flying and self.flying[0][0] <= now:
                _, _, attempt, answer = heapq.heappop(self.flying)
                self.dispatch.settle(attempt.key, answer, now)
                if answer.verdict == "SENT":
                    self.sent.append((now, attempt))
            for attempt in self.dispatch.turn(now):
                self.count += 1
                took, answer = self.answer(attempt, now)
                heapq.heappush(self.flying, (now + took, self.count, attempt, answer))
            self.keep()
            now = max(now + 1e-3, min(at, self.dispatch.next_at(now), self.flying[0][0] if self.flying else math.inf))

    def answer(self, attempt: Attempt, now: float) -> tuple[float, Answer]:
        """What the channel will say, and after how long."""
        silent_s = min(10.0, cut_s(attempt.message))
        silent = silent_s, Answer("RETRY", "TIMEOUT", took_ms=1_000.0 * silent_s)
        if attempt.message.recipient.channel == DOWN and self.down[0] <= now < self.down[1]:
            return silent
        if self.dice.random() < 0.02:
            return silent
        return 0.3, Answer("SENT", took_ms=300.0)

    def keep(self) -> None:
        for one in self.dispatch.records():
            self.outcomes[f"{one.outcome} {one.reason}".strip()] += 1
            if one.recipient:
                self.last[one.key] = one.outcome
        self.dispatch.dirty()

    def figures(self) -> dict[str, object]:
        """What the run came to."""
        people = self.oncall.people
        hours: Counter[tuple[str, int]] = Counter()
        told = defaultdict[tuple[str, int], set[object]](set)
        by_grade: Counter[str] = Counter()
        first: dict[tuple[str, int, str], float] = {}
        for at, attempt in self.sent:
            message = attempt.message
            who, alert = message.recipient.id, message.alerts[0]
            by_grade[alert.grade.value] += 1
            if not people[who].system:
                hours[who, int(at // 3600)] += 1
                told[who, int(at // 3600)].add((alert.id, alert.revision.version, message.what))
            if is_urgent(alert) and message.what in {"alert", "escalation"} and not people[who].system:
                key = (alert.id, alert.revision.version, who)
                first[key] = min(first.get(key, math.inf), at - self.told_at[key[:2]])
        keys = Counter(attempt.message.key for _, attempt in self.sent)
        waited = sorted(first.values())
        alerts: dict[tuple[str, int], float] = {}
        for (id_, version, _), late in first.items():
            alerts[id_, version] = min(late, alerts.get((id_, version), math.inf))
        return {
            "versions": len(self.found),
            "sent": len(self.sent),
            "by_grade": dict(by_grade),
            "red_messages": len(waited),
            "p99_red_virtual_ms": round(1e3 * quantile(waited, 0.99)),
            "most_red_virtual_ms": round(1e3 * waited[-1]) if waited else None,
            "most_red_alert_virtual_ms": round(1e3 * max(alerts.values())) if alerts else None,
            "messages_per_person_hour": max(hours.values(), default=0),
            "messages_per_person_hour_off_desk": max(
                (n for (who, _), n in hours.items() if not people[who].desk), default=0
            ),
            "tellings_per_person_hour": max(map(len, told.values()), default=0),
            "messages_mean": round(sum(hours.values()) / max(1, len(hours)), 1),
            "virtual_duplicates": sum(keys.values()) - len(keys),
            "virtual_lost": sum(outcome not in OVER for outcome in self.last.values()),
            "outcomes": dict(self.outcomes.most_common()),
        }


def is_urgent(alert: Alert) -> bool:
    """Whether a version is red and to be told at once: further reports of the same are spaced out on purpose."""
    return alert.grade is Grade.RED and alert.revision.change in {"new", "upgrade", "escalated"}


def quantile(values: list[float], q: float) -> float:
    """Return a quantile of sorted values."""
    return values[min(len(values) - 1, int(q * len(values)))] if values else math.nan


def busiest(found: list[tuple[float, Alert]]) -> list[tuple[float, Alert]]:
    """Return the hour with the most versions."""
    counted = Counter(int(at // 3600) for at, _ in found)
    hour = counted.most_common(1)[0][0]
    return [(at, alert) for at, alert in found if at // 3600 == hour]


async def play(settings: Settings, found: list[tuple[float, Alert]], speed: float) -> dict[str, float]:
    """Put versions on ``notices``, `speed` times as fast; return when each was handed to Kafka."""
    producer = new_producer(settings.client())
    await producer.start()
    outbox, sent = Outbox(producer, 1), dict[str, float]()
    begun, first = time.time(), found[0][0]
    for at, alert in found:
        await asyncio.sleep(max(0.0, begun + (at - first) / speed - time.time()))
        sent[f"{alert.id}/{alert.revision.version}"] = time.time()
        outbox.add(settings.topic(topics.NOTICES), alert.id.encode(), encode(alert))
        await outbox.send()
    await producer.stop()
    return sent


def on_kafka(bootstrap: str, found: list[tuple[float, Alert]], speed: float, folder: Path) -> dict[str, object]:
    """Tell the busiest hour on a real Kafka to a real server."""
    settings, receiver = cluster(bootstrap), Receiver()
    names = {one.channel for person in demo_oncall().file.people.values() for one in person.reach}
    try:
        with a_process(settings, dict.fromkeys(sorted(names), receiver.url), folder, oncall=True) as process:
            time.sleep(8.0)
            sent = asyncio.run(play(settings, found, speed))
            time.sleep(15.0)
            cpu_s = cpu_of(process)
    finally:
        receiver.stop()
    red = {f"{alert.id}/{alert.revision.version}" for _, alert in found if is_urgent(alert)}
    waited = defaultdict[str, list[float]](list)
    for key, at in receiver.at.items():
        version = "/".join(key.split("/")[:2])
        if version in sent and key.count("/") == 3:
            waited["red" if version in red else "other"].append(at - sent[version])
    reds = sorted(waited["red"])
    last = {one.key: one.outcome for one in deliveries(settings) if one.recipient}
    came = Counter(str(body["key"]) for body in receiver.accepted)
    return {
        "kafka_versions": len(found),
        "kafka_messages": sum(came.values()),
        "kafka_red_messages": len(reds),
        "p50_red_ms": round(1e3 * quantile(reds, 0.5)),
        "p99_red_ms": round(1e3 * quantile(reds, 0.99)),
        "most_red_ms": round(1e3 * reds[-1]) if reds else None,
        "kafka_duplicates": sum(came.values()) - len(came),
        "kafka_lost": sum(outcome not in OVER for outcome in last.values()),
        "cpu_ms_per_message": round(1e3 * cpu_s / max(1, sum(came.values())), 1),
    }


def cpu_of(process: subprocess.Popen[bytes]) -> float:
    """CPU seconds a process has used."""
    fields = Path(f"/proc/{process.pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def cluster(bootstrap: str) -> Settings:
    """Topics of one's own."""
    prefix = f"b{uuid.uuid4().hex[:8]}-"
    settings = Settings(bootstrap=bootstrap, prefix=prefix, group=f"{prefix}group", partitions=1)
    create_topics(settings)
    return settings


def main() -> None:
    """Run all of it."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--hours", type=float, default=4.0)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--speed", type=float, default=30.0)
    parser.add_argument("--kills", type=int, default=50)
    given = parser.parse_args()
    tune_the_process()
    found = versions(given.hours, given.seed, 0.0)
    print(f"{len(found)} versions, {Counter(a.grade.value for _, a in found)}", flush=True)
    virtual = Virtual(found, given.seed)
    virtual.run()
    figures = virtual.figures()
    manned = Virtual(versions(given.hours, given.seed, 0.9), given.seed)
    manned.run()
    wanted = (
        "messages_per_person_hour",
        "messages_per_person_hour_off_desk",
        "tellings_per_person_hour",
        "messages_mean",
        "p99_red_virtual_ms",
    )
    figures["signed"] = {name: value for name, value in manned.figures().items() if name.startswith(wanted)}
    print(json.dumps(figures, ensure_ascii=False), flush=True)
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        bootstrap = os.environ.get("KAFKA_BOOTSTRAP_SERVERS") or stack.enter_context(Broker(folder / "kafka")).bootstrap
        figures |= on_kafka(bootstrap, busiest(found), given.speed, folder)
        print(json.dumps(figures, ensure_ascii=False), flush=True)
        receiver = Receiver()
        stack.callback(receiver.stop)
        lost, doubles, unmarked = kills(cluster(bootstrap), receiver, folder, given.kills) if given.kills else (0, 0, 0)
    figures |= {"kills": given.kills, "kill_doubles": doubles, "unmarked": unmarked}
    figures["lost"] = lost + int(str(figures["virtual_lost"])) + int(str(figures["kafka_lost"]))
    duplicates = (doubles, figures["virtual_duplicates"], figures["kafka_duplicates"])
    figures["duplicates"] = sum(int(str(one)) for one in duplicates)
    print(json.dumps(figures, ensure_ascii=False))


if __name__ == "__main__":
    main()
