"""The dead letter of a row that a mapping could not read."""

from __future__ import annotations

import base64
from datetime import datetime

from streams.codec import DeadLetter
from streams.sources import source_types
from streams.sources.mapping_row import RowBad

_LARGEST_RAW = 8_000_000  # in Base64 it still fits the topic


def letter_of(row: RowBad, fed_at: datetime) -> DeadLetter:
    """Return why the row is none, where it stands in which file, and its bytes.

    Parameters
    ----------
    row
        As the mapping left it.
    fed_at
        When it was fed.

    """
    size = len(row.raw)
    cut = f" (of its {size:,} bytes the first {_LARGEST_RAW:,} are kept)" if size > _LARGEST_RAW else ""
    return DeadLetter(
        topic=source_types()[row.source].topic,
        partition=-1,
        offset=row.line,
        received_at=fed_at,
        reason=row.reason,
        path=row.path,
        message=row.message + cut,
        raw=base64.b64encode(row.raw[:_LARGEST_RAW]).decode(),
        file=row.file,
    )
