"""The dead letter of a row that a mapping could not read."""

from __future__ import annotations

from datetime import datetime

from streams.codec import DeadLetter, kept_of
from streams.sources import source_types
from streams.sources.mapping_row import RowBad


def letter_of(row: RowBad, fed_at: datetime) -> DeadLetter:
    """Return why the row is none, where it stands in which file, and its bytes.

    Parameters
    ----------
    row
        As the mapping left it.
    fed_at
        When it was fed.

    """
    raw, cut_from, said = kept_of(row.raw)
    return DeadLetter(
        topic=source_types()[row.source].topic,
        partition=-1,
        offset=row.line,
        received_at=fed_at,
        reason=row.reason,
        path=row.path,
        message=row.message + said,
        raw=raw,
        file=row.file,
        cut_from=cut_from,
    )
