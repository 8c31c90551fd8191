"""Plans days until enough faults have struck, and keeps a line for each run and each day."""

from __future__ import annotations

import json
import os
import random
import shutil
import traceback
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import msgspec

from tests.faults.registry import FOR_ROOT, Fault
from tests.faults.running import Plan, a_day_of_faults, run_day
from tests.faults.sabotage import FIELDS as COUNTED
from tests.faults.sabotage import sabotage, unnoticed

A_DAY = 8
WORKERS = ("kill-worker", "kill-both", "kill-again", "stop-worker", "rebalance", "zombie", "zombie-alone")


class Log:
    """Lines of JSON in a file that is only added to: a campaign that was stopped still reports."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def add(self, line: Mapping[str, Any]) -> None:
        """Write one line."""
        with self._path.open("a", encoding="utf-8") as out:
            out.write(json.dumps(line, ensure_ascii=False) + "\n")

    def days(self) -> list[dict[str, Any]]:
        """Every day that was judged, with its runs."""
        if not self._path.exists():
            return []
        return [json.loads(line) for line in self._path.read_text("utf-8").splitlines()]


def campaign(known: Mapping[str, Fault], runs: int, seed: int, only: Sequence[str], log: Log, folder: Path) -> None:
    """Run days until the log holds so many runs of this seed; those it holds already count."""
    chosen = [known[name] for name in only] or [one for one in known.values() if one.weight]
    if os.geteuid() != 0:
        chosen = [one for one in chosen if not one.needs & FOR_ROOT]
    mine = [day for day in log.days() if day["seed"] == seed]
    done, number = sum(len(day["runs"]) for day in mine), len(mine)
    while done < runs:
        faults = a_plan(chosen, min(A_DAY, runs - done), random.Random(f"{seed}/{number}"))
        done += len(_one_day(Plan(faults, seed=1000 * seed + number), seed, log, folder))
        number += 1


def a_plan(chosen: Sequence[Fault], runs: int, dice: random.Random) -> list[Fault]:
    """Choose the faults of a day by their weights; one that wants a day of its own gets it.

    Days with a board, a fence, or a small disk are days apart: a board is as dear as a worker.
    """
    first = dice.choices(chosen, [one.weight or 1.0 for one in chosen])[0]
    if first.alone:
        return [first]
    beside = [one for one in chosen if not one.alone and one.needs == first.needs]
    return [first, *dice.choices(beside, [one.weight or 1.0 for one in beside], k=runs - 1)]


def _one_day(plan: Plan, seed: int, log: Log, folder: Path) -> list[Any]:
    own = folder / f"day-{plan.seed}"
    shutil.rmtree(own, ignore_errors=True)
    told: list[Any] = []
    line: dict[str, Any] = {"seed": seed, "day": plan.seed, "planned": [one.name for one in plan.faults], "runs": told}
    try:
        runs, verdict = run_day(plan, own, tell=lambda said: print(said, flush=True))
        told += msgspec.to_builtins(runs)
        line |= msgspec.to_builtins(verdict)
        good = verdict.good
    except Exception as error:  # noqa: BLE001 - a day that does not come to its end is a result as well
        line["failed"] = "".join(traceback.format_exception(error))[-4000:]
        good = False
    log.add(line)
    print(json.dumps({k: v for k, v in line.items() if k != "runs"}, ensure_ascii=False), flush=True)
    if good:
        shutil.rmtree(own, ignore_errors=True)
    return told


def self_check(nothing: Fault, seed: int, folder: Path) -> int:
    """Judge a day without faults, and again after what must not happen was done by hand; return an exit code."""
    with a_day_of_faults(Plan([nothing], seed, rate=100.0, events=1_500.0), folder) as ended:
        whole = ended.judge()
        sabotage(ended.scene)
        damaged = ended.judge()
    missed = unnoticed(damaged)
    print("\n".join(damaged.told))
    print(json.dumps({"whole": whole.told, **{name: getattr(damaged, name) for name in COUNTED}, "unnoticed": missed}))
    return int(bool(missed or not whole.good))


def summary(log: Log) -> dict[str, Any]:
    """What the log comes to."""
    days = [day for day in log.days() if "failed" not in day]
    rows = [run for day in days for run in day["runs"]]
    found: dict[str, Any] = {"runs": len(rows), "days": len(days), "failed_days": len(log.days()) - len(days)}
    found |= {name: sum(day[name] for day in days) for name in COUNTED}
    found["worst_recovery_s"] = max((run["recovery_s"] for run in rows if run["fault"] in WORKERS), default=0.0)
    found["worst_late_s"] = round(max((day["worst_late_s"] for day in days), default=0.0), 2)
    found["faults"] = dict(_by_fault(rows))
    return found


def _by_fault(rows: Sequence[dict[str, Any]]) -> Iterator[tuple[str, dict[str, float]]]:
    by_name: defaultdict[str, list[dict[str, Any]]] = defaultdict(list)
    for run in rows:
        by_name[run["fault"]].append(run)
    for name, runs in sorted(by_name.items()):
        took = sorted(run["recovery_s"] for run in runs)
        yield name, {"runs": len(runs), "median_recovery_s": took[len(took) // 2], "worst_recovery_s": took[-1]}
