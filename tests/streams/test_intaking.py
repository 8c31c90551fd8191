"""What intake holds a batch against before it takes it in."""

from __future__ import annotations

import pytest

from streams.errors import StateError
from streams.rawpartition import RawPartition
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


def test_a_message_may_be_confirmed_once_its_last_record_was_put_out() -> None:
    raw = RawPartition("hotline.calls", "hotline", 0, ChannelClock(), 0)
    raw.owe("first", 1)
    raw.owe("second", 3)
    assert (raw.owes, raw.done()) == (True, [])
    for offset in range(3):
        raw.take_in(offset)
    assert (raw.done(), raw.owes) == (["first"], True)
    raw.take_in(3)
    assert (raw.done(), raw.owes) == (["second"], False)
