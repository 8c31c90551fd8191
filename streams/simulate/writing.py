"""Simulated reports and their truth as JSON Lines."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import msgspec

from streams.outputs import open_output
from streams.simulate.simulation import Simulation

BATCH = 1000


def write_jsonl(
    simulation: Simulation, path: Path, truth_path: Path | None, progress: Callable[[int], None] | None = None
) -> int:
    """Write a simulation and return the number of reports.

    Each line is one report in order of arrival: ``source`` and ``arrived_at`` (RFC 3339), then the fields of the
    source's contract. The same simulation gives the same bytes, compressed or not.

    Parameters
    ----------
    simulation
        What to write; its reports are used up.
    path
        File of the reports; compressed when its name ends in ``.gz``.
    truth_path
        File of the truth, one `Truth` a line; none when ``None``.
    progress
        Called with the number of reports written so far, every thousand and at the end.

    """
    encoder = msgspec.json.Encoder()
    count = 0
    with open_output(path) as file:
        for arrives, report in simulation.reports:
            at = datetime.fromtimestamp(arrives, tz=UTC).isoformat(timespec="milliseconds")
            file.write(b'{"source":"%b","arrived_at":"%b",' % (report.source.encode(), at.encode()))
            file.write(encoder.encode(report)[1:] + b"\n")
            count += 1
            if progress and count % BATCH == 0:
                progress(count)
    if truth_path is not None:
        with open_output(truth_path) as file:
            for truth in simulation.truth:
                file.write(encoder.encode(truth) + b"\n")
    if progress:
        progress(count)
    return count
