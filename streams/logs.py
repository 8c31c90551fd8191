"""The log of a process: JSON lines on standard error."""

from __future__ import annotations

import json
import logging
import sys
from datetime import UTC, datetime

log = logging.getLogger("fenghuo")


class JsonLines(logging.Formatter):
    """One JSON object a line: time, level, logger, message, and the exception when there is one."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the line."""
        line = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
        }
        if record.exc_info:
            line["exception"] = self.formatException(record.exc_info)
        return json.dumps(line, ensure_ascii=False)


class Harmless(logging.Filter):
    """Leaves out what is warned of and nobody can do anything about.

    - It finds the "sensor state" of a rebalance missing when an app has no sensors: their state is an empty mapping.
    - Its timer for commits "is overlapping" when one took longer than half a second, as it does during a rebalance or
      on a busy machine; the next commit holds what this one would have.

    And what uvicorn says of bytes that are no HTTP: anybody could fill the log with it.
    """

    KNOWN = (
        ("faust.app.base", "Missing sensor state for rebalance"),
        ("mode.timers", "Timer commit is overlapping"),
        ("uvicorn.error", "Invalid HTTP request received."),
        ("uvicorn.error", "Unsupported upgrade request."),
    )

    def filter(self, record: logging.LogRecord) -> bool:
        """Tell whether a record is to be logged."""
        return not any(record.name == name and what in record.getMessage() for name, what in self.KNOWN)


def log_to_stderr(level: int = logging.INFO) -> None:
    """Send our log to standard error as JSON lines, and of others only what is amiss."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(JsonLines())
    handler.addFilter(Harmless())
    logging.basicConfig(level=logging.WARNING, handlers=[handler], force=True)
    log.setLevel(level)
