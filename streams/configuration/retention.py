"""Writes the table of all topics: ``python -m streams.configuration.retention`` writes deploy/TOPICS.md."""

from __future__ import annotations

from pathlib import Path

from streams.contents import purpose
from streams.topics import TopicSpec, raw_topics, specs

PATH = Path(__file__).resolve().parents[2] / "deploy" / "TOPICS.md"

_HEAD = """# Topics and how long they keep

What `fenghuo topics create` sets when it creates them. `fenghuo config check --kafka` tells when a cluster differs in
what must not: partitions, compaction, the size of records, and topics with originals that keep them without end. Other
retention is yours to change.

**Originals** are what sources wrote, personal data included: only the topics marked so have it. Kafka deletes whole
segments, by the newest record in them; these topics begin one a day, so that a record is gone a day after its time at
the latest. Let nobody read them but intake, and those who may be shown originals. A compacted topic keeps the newest
record of each key until one without a value ends it. Nothing personal is on any topic that is not marked:
`tests/integration/test_privacy.py`.

Written from the code by `python -m streams.configuration.retention`: do not edit.

| topic | partitions | kept | what is on it |
|---|---|---|---|
"""


def render() -> str:
    """Return the whole page."""
    return _HEAD + "".join(f"{_row(spec)}\n" for spec in specs())


def _row(spec: TopicSpec) -> str:
    kept = "newest of each key" if spec.keep_days is None else f"{spec.keep_days} days"
    what = purpose(spec.name) or (
        "What a source sends." if spec.name in raw_topics() else "State of workers and delivery."
    )
    cells = (
        f"`{spec.name}`",
        str(spec.partitions or "as set"),
        kept,
        f"**Originals.** {what}" if spec.originals else what,
    )
    return f"| {' | '.join(cells)} |"


if __name__ == "__main__":
    PATH.write_text(render(), encoding="utf-8")
