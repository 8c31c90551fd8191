"""Where delivery goes on."""

from __future__ import annotations

import pytest

from streams.delivery.reached import Reached, Resumption, read_reached, resume


@pytest.mark.parametrize("reached", [Reached(0), Reached(12), Reached(12, "pFoQ5aXyRk-_")])
def test_what_was_reached_comes_back_as_it_was(reached: Reached) -> None:
    assert read_reached(reached.encoded()) == reached


def test_what_is_no_position_is_not_taken_for_one() -> None:
    with pytest.raises(ValueError, match="invalid literal"):
        read_reached(b"twelve")


@pytest.mark.parametrize(
    ("reached", "topic", "begin", "end", "wanted"),
    [
        (Reached(7, "a"), "a", 0, 9, Resumption(7)),
        (Reached(9, "a"), "a", 0, 9, Resumption(9)),
        (Reached(7), "a", 0, 9, Resumption(7)),  # written by a version that did not know it
        (Reached(7, "a"), "", 0, 9, Resumption(7)),  # the broker does not say
        (Reached(7, "a"), "a", 9, 12, Resumption(9, gone=2)),
        (Reached(7, "a"), "b", 0, 12, Resumption(0, anew=True)),
        (Reached(7, "a"), "b", 3, 12, Resumption(3, anew=True)),
        (Reached(7, "a"), "a", 0, 5, Resumption(0, anew=True)),
    ],
)
def test_it_goes_on_where_it_was_as_far_as_that_is_there(
    reached: Reached, topic: str, begin: int, end: int, wanted: Resumption
) -> None:
    assert resume(reached, topic=topic, begin=begin, end=end) == wanted
