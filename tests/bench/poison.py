"""Poison: what a flood of it costs in memory and in time, where the good events pass.

Run from the root of the repository: ``python tests/bench/poison.py [--count 1000000]``; no Kafka is needed. Intake and
the pipelines of both stages take in, one flood after another, each in a process of its own:

``places``
    Events of as many places that are in no list, all different.
``ids``
    As many different ids and reporters at one place.
``again``
    The same feed from its start, so that every event is a duplicate.
``garbage``
    What can become no event: random bytes, deep nesting, wrong types (``tests/integration/poison.py``).

The last line is one JSON object, for each flood: ``rss_mb`` (what it added at most), ``slope_mb`` (what its second half
added to that of the first), ``us`` a record, ``verdicts``. Beside them ``slowest_ms``: the longest any hostile text of
100,000 characters took intake, and which it was.
"""

from __future__ import annotations

import argparse
import itertools
import json
import multiprocessing
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT), str(ROOT / "deploy" / "kafka")]

from streams.assembly import Parts, assembled, tune_the_process  # noqa: E402
from streams.errors import BadInput  # noqa: E402
from streams.settings import Settings  # noqa: E402
from tests.integration.poison import of_sources  # noqa: E402

START = datetime(2026, 3, 11, tzinfo=UTC)
SPAN_S = 86_400.0
HOSTILE = [
    "1",
    "1 ",
    "1-",
    "13",
    "3栋",
    "3栋5",
    "王",
    "王先生",
    "a@",
    ".",
    "(",
    "6222",
    "京A",
    "电话",
    "姓名：",
    "apt ",
    "# ",
]
HOSTILE += [
    "1巷",
    "单元",
    "欧阳",
    "1380013800",
    "[",
    "\u0000",
    "　",
    "１",
    "本人",
    "-",
    "9 ",
    "x@x.",
    "煤气",
    "不",
    "百",
    "\n",
    "😀",
]


def rss_mb() -> float:
    """Return the memory of this process now."""
    status = Path("/proc/self/status").read_text(encoding="ascii")
    return int(next(line for line in status.splitlines() if line.startswith("VmRSS:")).split()[1]) / 1024


def a_report(number: int, count: int, **over: object) -> bytes:
    """Return a report, spread over a day."""
    at = START + timedelta(seconds=SPAN_S * number / count)
    base = {"id": f"x{number}", "occurred_at": at.isoformat(), "text": "停水", "district": "440507"}
    return json.dumps(base | over, ensure_ascii=False).encode()


def places(count: int) -> Iterator[bytes]:
    """Yield reports of places that are all different, and unknown at every level."""
    for n in range(count):
        yield a_report(
            n, count, street=f"假街{n}", community=f"假社区{n}", grid=f"G{n}", spot=f"假小区{n}", kind="noise"
        )


def ids(count: int) -> Iterator[bytes]:
    """Yield reports of as many people about one place."""
    for n in range(count):
        yield a_report(n, count, caller=f"1{3 * 10**9 + n}", street="金霞街道", spot="幸福里小区", kind="noise")


def again(count: int) -> Iterator[bytes]:
    """Yield a tenth of that, and all of it nine times more."""
    tenth = list(ids(count // 10))
    yield from itertools.chain.from_iterable(itertools.repeat(tenth, 10))


def garbage(count: int) -> Iterator[bytes]:
    """Yield what can become no event."""
    return itertools.islice(of_sources(), count)


FLOODS: dict[str, Callable[[int], Iterator[bytes]]] = {"places": places, "ids": ids, "again": again, "garbage": garbage}


def flood(name: str, count: int) -> dict[str, Any]:
    """Take a flood in; return what it cost."""
    tune_the_process()
    parts = assembled(Settings(reporter_key="a key for tests only"))
    pipelines = [parts.new_pipeline("district"), parts.new_pipeline("city")]
    verdicts: Counter[str] = Counter()
    before, half, most, due, began = rss_mb(), 0.0, 0.0, 0.0, time.process_time()
    for number, raw in enumerate(FLOODS[name](count)):
        t = _take(parts, pipelines, raw, verdicts, due)
        if t > due:
            due = t + 300.0
        if number % 10_000 == 0:
            for pipeline in pipelines:
                pipeline.dirty()  # as a worker writes it down
            most = max(most, rss_mb() - before)
            half = most if number <= count // 2 else half
    took = time.process_time() - began
    return {
        "rss_mb": round(most),
        "slope_mb": round(most - 2 * half),
        "us": round(took / count * 1e6, 1),
        "verdicts": dict(verdicts),
    }


def _take(parts: Parts, pipelines: list[Any], raw: bytes, verdicts: Counter[str], due: float) -> float:
    """Take one record in; return the time of its event, 0 when it is none."""
    try:
        event = parts.intake.normalise(parts.intake.decode("hotline", raw), time.time())
    except BadInput:
        verdicts["DEAD"] += 1
        return 0.0
    t = event.occurred_at.timestamp()
    for number, pipeline in enumerate(pipelines):
        if t > due:
            pipeline.advance(t - 600.0)
        outcome = pipeline.process(event)
        verdicts[outcome.verdict] += not number  # the stages see the same events
    return t


def slowest() -> tuple[float, str]:
    """Return how long intake took for the worst of the hostile texts, milliseconds, and which that is."""
    parts, found = assembled(Settings(reporter_key="a key for tests only")), []
    for text in HOSTILE:
        raw = a_report(0, 1, text=(text * 100_000)[:100_000], title=(text * 2_000)[:2_000], spot=(text * 200)[:200])
        began = time.process_time()
        _take(parts, [], raw, Counter(), 0.0)
        found.append(((time.process_time() - began) * 1_000, text))
    return max(found)


def main() -> None:
    """Print the figures."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--count", type=int, default=1_000_000)
    parser.add_argument("--only", action="append", choices=list(FLOODS), default=[])
    given = parser.parse_args()
    figures: dict[str, Any] = {"count": given.count}
    with multiprocessing.get_context("spawn").Pool(1, maxtasksperchild=1) as pool:
        for name in given.only or FLOODS:
            figures[name] = pool.apply(flood, (name, given.count))
            print(name, figures[name], flush=True)
    took, text = slowest()
    figures |= {"slowest_ms": round(took, 1), "slowest_text": text}
    print(json.dumps(figures, ensure_ascii=False))


if __name__ == "__main__":
    main()
