"""What stands beside a progress bar."""

from __future__ import annotations

import pytest

from streams.bars import done_of


@pytest.mark.parametrize(
    ("done", "total", "said"),
    [(0, None, ""), (1_200, None, "1,200"), (0, 3_000, "0/3,000"), (1_200, 3_000, "1,200/3,000")],
)
def test_how_much_is_done_and_of_how_much_when_that_is_known(done: int, total: int | None, said: str) -> None:
    assert done_of(done, total) == said
