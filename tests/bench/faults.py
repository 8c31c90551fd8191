"""The fault campaign: known days are fed while faults happen, and held against a replay without any.

::

    python tests/bench/faults.py --list
    python tests/bench/faults.py --runs 200 --seed 1 --log faults.jsonl      # again: goes on where it stopped
    python tests/bench/faults.py --self-check       # a day without faults, judged; then again after deliberate damage
    python tests/bench/faults.py --report --log faults.jsonl                 # what is in the log by now

A run is one fault that struck while a feed was under way and records were fed that nobody had acknowledged; several
strike in one day, one after the other, each when all was well again after the one before. The comparison is made at the
end of the day, when everything is worked off. Needs root for the network faults (`cut-*`), which are left out without.
"""

from __future__ import annotations

import argparse
import json
import logging
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT), str(ROOT / "deploy" / "kafka")]

from streams.assembly import tune_the_process  # noqa: E402
from tests.faults.campaign import Log, campaign, self_check, summary  # noqa: E402
from tests.faults.registry import faults  # noqa: E402


def main() -> None:
    """Run a campaign, or tell what came of one."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--runs", type=int, default=200)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--only", action="append", default=[], metavar="NAME")
    parser.add_argument("--log", type=Path, default=Path("faults.jsonl"))
    parser.add_argument("--folder", type=Path, help="keep logs of processes here; of good days they are removed")
    parser.add_argument("--list", action="store_true")
    parser.add_argument("--report", action="store_true")
    parser.add_argument("--self-check", action="store_true", help="prove that the comparison can fail")
    given = parser.parse_args()
    known = faults()
    if unknown := set(given.only) - known.keys():
        parser.error(f"no fault is called {', '.join(sorted(unknown))}: --list names them")
    if given.list:
        for one in known.values():
            print(f"{one.name:20} {one.weight:5g}  {one.about}")
        return
    tune_the_process()
    logging.getLogger().addHandler(logging.NullHandler())  # what clients say of a broker that is down on purpose
    if given.self_check:
        with tempfile.TemporaryDirectory() as own:
            sys.exit(self_check(known["nothing"], given.seed, Path(own)))
    log = Log(given.log)
    if not given.report:
        with tempfile.TemporaryDirectory() as own:
            campaign(known, given.runs, given.seed, given.only, log, given.folder or Path(own))
    print(json.dumps(summary(log), ensure_ascii=False))


if __name__ == "__main__":
    main()
