"""Grafana's dashboards, written with its own SDK; the JSON beside is what is provisioned.

``python deploy/grafana/dashboards.py`` writes ``deploy/grafana/dashboards/*.json`` anew, ``--check`` tells whether they
are as the code says.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))

import alerting  # noqa: E402 - the line above makes them importable
import citywide  # noqa: E402
import delivering  # noqa: E402
import operations  # noqa: E402
import rulebook  # noqa: E402
import workings  # noqa: E402
from assembling import Sheet, assembled  # noqa: E402
from grafana_foundation_sdk.cog.encoder import JSONEncoder  # noqa: E402

SHEETS: tuple[Sheet, ...] = tuple(one.SHEET for one in (operations, alerting, citywide, rulebook, workings, delivering))
FOLDER = HERE / "dashboards"


def written() -> Iterator[tuple[Path, str]]:
    """Yield every file with what it has to say; panels are numbered in their order, so that links to them last."""
    for sheet in SHEETS:
        model = json.loads(JSONEncoder(sort_keys=True).encode(assembled(sheet).build()))
        for number, panel in enumerate(model["panels"], 1):
            panel["id"] = number
        yield FOLDER / f"{sheet.uid}.json", json.dumps(model, ensure_ascii=False, indent=1, sort_keys=True) + "\n"


def main() -> int:
    """Write the files, or with ``--check`` look at them; return the exit code."""
    stale = [path for path, text in written() if not path.exists() or path.read_text(encoding="utf-8") != text]
    if "--check" in sys.argv:
        print("\n".join(f"{path.name} is not what the code says" for path in stale), end="\n" if stale else "")
        return 1 if stale else 0
    FOLDER.mkdir(exist_ok=True)
    for path, text in written():
        path.write_text(text, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
