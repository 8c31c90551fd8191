"""What a worker's log leaves out, and what it must not."""

from __future__ import annotations

import logging

import pytest

from streams.logs import Harmless


@pytest.mark.parametrize(
    ("logger", "message", "kept"),
    [
        ("faust.app.base", "[^App]: Missing sensor state for rebalance #1", False),
        ("faust.app.base", "[^App]: Missing sensor state for rebalance end #2", False),
        ("mode.timers", "Timer commit is overlapping (interval=0.5 runtime=0.7)", False),
        ("mode.timers", "Timer livelock is overlapping (interval=0.5 runtime=0.7)", True),
        ("faust.app.base", "[^App]: Crashed", True),
        ("fenghuo", "Timer commit is overlapping", True),
    ],
)
def test_only_what_is_known_to_be_harmless_is_left_out(logger: str, message: str, kept: bool) -> None:  # noqa: FBT001
    record = logging.LogRecord(logger, logging.WARNING, __file__, 1, message, None, None)
    assert Harmless().filter(record) == kept
