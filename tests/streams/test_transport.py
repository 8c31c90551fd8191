"""What a fetch becomes."""

from __future__ import annotations

from typing import Any

import pytest

from streams.transport import BATCH_RECORDS, parts


@pytest.mark.parametrize("fetched", [0, 1, BATCH_RECORDS, BATCH_RECORDS + 1, 5 * BATCH_RECORDS - 1])
def test_a_long_fetch_is_worked_off_in_bounded_batches_that_join(fetched: int) -> None:
    batch: list[Any] = list(range(fetched))
    cut = parts(batch)
    assert all(0 < len(part) <= BATCH_RECORDS for part in cut)
    assert [record for part in cut for record in part] == batch
