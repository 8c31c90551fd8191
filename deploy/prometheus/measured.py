"""The table of what is measured, for deploy/README.md: ``python deploy/prometheus/measured.py`` writes it anew."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from streams.metrics import BoardMetrics, DeliveryMetrics, Metrics  # noqa: E402 - the line above makes it importable

README = ROOT / "deploy" / "README.md"
BEGIN, END = "<!-- measured: written by prometheus/measured.py -->\n", "<!-- measured: end -->\n"
_PROCESSES = {
    "A worker (`fenghuo worker`, port 6066)": Metrics,
    "Delivery (`fenghuo deliver`, port 6067)": DeliveryMetrics,
    "The board (`fenghuo board`, port 6069)": BoardMetrics,
}


def table() -> str:
    """Return the tables of all processes; what all of them tell stands with the first."""
    return "\n".join(_lines())


def _lines() -> Iterator[str]:
    told: set[str] = set()
    for heading, metrics in _PROCESSES.items():
        yield f"\n**{heading}**\n\n| metric | kind | meaning |\n|---|---|---|"
        for one in metrics().described:
            if one.name not in told:
                labels = f"{{{','.join(one.labels)}}}" if one.labels else ""
                yield f"| `{one.name}{labels}` | {one.kind} | {one.help} |"
            told.add(one.name)
    yield ""


def written(text: str) -> str:
    """Return the README with the tables as the code says."""
    before, _, rest = text.partition(BEGIN)
    _, _, after = rest.partition(END)
    return f"{before}{BEGIN}{table()}\n{END}{after}"


if __name__ == "__main__":
    README.write_text(written(README.read_text(encoding="utf-8")), encoding="utf-8")
