"""Sessions end when they should, are bounded, and cannot be guessed."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from streams.board.access.sessions import Sessions


class Clock:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def sessions(clock: Clock | None = None, most: int = 100) -> Sessions:
    return Sessions(clock or Clock(), idle_s=100, longest_s=1_000, most=most)


def test_who_does_nothing_for_long_is_signed_out_and_who_does_something_is_not() -> None:
    clock = Clock()
    found = sessions(clock)
    id_, session = found.begin("li", "password")
    for _ in range(5):
        clock.now += 99
        found.touch(session)
    assert found.find(id_) is session
    clock.now += 100
    assert found.find(id_) is None
    assert not found.lasts(session)


def test_nobody_stays_longer_than_the_longest() -> None:
    clock = Clock()
    found = sessions(clock)
    id_, session = found.begin("li", "password")
    while clock.now < 999:
        clock.now += 50
        found.touch(session)
    clock.now = 1_000
    assert found.find(id_) is None


def test_a_session_that_is_over_does_not_come_back() -> None:
    clock = Clock()
    found = sessions(clock)
    _, session = found.begin("li", "password")
    clock.now += 100
    found.touch(session)
    assert not found.lasts(session)
    _, other = found.begin("li", "password")
    other.ended = True
    found.touch(other)
    assert not found.lasts(other)


def test_there_is_a_bound_and_who_was_away_longest_goes_first() -> None:
    found = sessions(most=3)
    ids = [found.begin(f"a{n}", "password")[0] for n in range(3)]
    assert found.find(ids[0]) is not None
    found.begin("a3", "password")
    assert len(found) == 3
    assert found.find(ids[1]) is None
    assert found.find(ids[0]) is not None


def test_one_account_has_twenty_sessions_at_most() -> None:
    found = sessions()
    ids = [found.begin("li", "password")[0] for _ in range(25)]
    alive = [found.find(id_) is not None for id_ in ids]
    assert alive == [False] * 5 + [True] * 20


@given(st.text(max_size=60))
def test_no_other_text_is_an_id(text: str) -> None:
    found = sessions()
    id_, _ = found.begin("li", "password")
    assert (found.find(text) is not None) == (text == id_)


@given(st.text(max_size=60), st.text(max_size=80))
def test_a_form_only_fits_the_cookie_it_was_made_for(id_: str, token: str) -> None:
    found = sessions()
    assert found.fits("abc", found.token("abc"))
    assert not found.fits("abd", found.token("abc"))
    assert not found.fits("", found.token(""))
    assert not found.fits(id_, token)


def test_the_board_does_not_keep_what_the_browser_holds() -> None:
    found = sessions()
    id_, session = found.begin("li", "password")
    assert id_ not in repr(found._by_id)
    assert id_ not in repr(session)
