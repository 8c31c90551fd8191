"""What a mapped file yields: one row for every row of data, usable or not."""

from __future__ import annotations

import msgspec

from detectors.event import Source
from streams.sources.report import Report


class RowOk(msgspec.Struct, frozen=True, gc=False):
    """A row that is a report.

    Parameters
    ----------
    report
        The report, as the source's topic takes it.
    t
        Event time, epoch seconds: ``report.occurred_at`` as a number.
    size
        Length of the row in the file, bytes.
    file, line
        Where it was read: the path as it was given, and the line the row begins on, from 1; empty and 0 elsewhere.

    """

    report: Report
    t: float
    size: int
    file: str = ""
    line: int = 0


class RowBad(msgspec.Struct, frozen=True, gc=False):
    """A row that cannot be a report; it goes to the dead letters as it stands.

    Parameters
    ----------
    source
        Source the row was meant for; the mapping's default where the row itself would have told.
    raw
        Its bytes in the file.
    reason
        ``ENCODING``, ``NOT_CSV`` (quotes or number of columns), ``NOT_JSON``, ``TIME`` or ``SCHEMA`` (a value the
        report cannot hold, or none where one is needed).
    path
        JSONPath of the fault: ``$.DATETIMEINIT``; ``$`` for the whole row.
    message
        What is wrong, without repeating the value.
    line, file
        Line of the file the row begins on, from 1, and the file's path as it was given.

    """

    source: Source
    raw: bytes
    reason: str
    path: str
    message: str
    line: int
    file: str = ""


Row = RowOk | RowBad
