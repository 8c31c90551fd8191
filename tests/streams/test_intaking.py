"""What intake holds a batch against before it takes it in."""

from __future__ import annotations

import pytest

from streams.errors import StateError
from streams.intaking import RawPartition
from streams.watermarks import ChannelClock


@pytest.mark.parametrize(
    ("taken", "start", "first", "gap"),
    [
        (-1, 0, 0, False),
        (-1, 0, 653, True),  # the first fetch was thrown away
        (-1, 40, 40, False),  # what came before is not kept any more
        (99, 0, 100, False),
        (99, 0, 60, False),  # read again after a restart
        (99, 0, 101, True),
        (99, 500, 500, False),
        (99, 500, 501, True),
    ],
)
def test_a_batch_follows_on_what_was_taken_in(taken: int, start: int, first: int, gap: bool) -> None:  # noqa: FBT001
    raw = RawPartition("hotline.calls", "hotline", 0, ChannelClock(offset=taken), start)
    if gap:
        with pytest.raises(StateError, match=r"hotline.calls/0: offsets \d+ to \d+ were never taken in"):
            raw.check_contiguous(first)
    else:
        raw.check_contiguous(first)
