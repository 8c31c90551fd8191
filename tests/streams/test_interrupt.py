"""Ctrl-C in the middle of a demo: noted first, so that whatever was under way is counted to its end."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from typing import Any

import pytest

from streams import topics
from streams.assembly import assemble
from streams.codec import encode, origin
from streams.demo import _Direct
from streams.demo_day import Plan, stage
from streams.demo_live import _Live
from streams.feed import Fed
from streams.interrupt import Interrupt
from streams.settings import Settings
from streams.tail import Heard
from tests.builders import T0, an_event

ENDING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


@pytest.fixture(autouse=True)
def handlers() -> Iterator[None]:
    """Signals that end a demo are Ctrl-C, as the command makes them; afterwards they are what they were."""
    before = {number: signal.signal(number, signal.default_int_handler) for number in ENDING}
    yield
    for number, handler in before.items():
        signal.signal(number, handler)


def press(number: int = signal.SIGINT) -> None:
    os.kill(os.getpid(), number)


@pytest.mark.parametrize("number", ENDING)
def test_the_first_time_is_noted_the_second_is_pythons_own(number: int) -> None:
    interrupt = Interrupt()
    with interrupt.heard():
        press(number)
        assert interrupt.came
        with pytest.raises(KeyboardInterrupt):
            press(number)
    assert [signal.getsignal(each) for each in ENDING] == [signal.default_int_handler] * 3


def test_signals_that_mean_something_else_are_left_alone() -> None:
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    with Interrupt().heard():
        assert signal.getsignal(signal.SIGTERM) is signal.SIG_DFL


class Screen:
    """A view whose viewer presses Ctrl-C at the first alert."""

    def __init__(self) -> None:
        self._pressed = False

    def alert(self, *_: object) -> None:
        if not self._pressed:
            self._pressed = True
            press()

    def progress(self, progress: object) -> None: ...


def test_a_demo_without_kafka_ends_with_a_row_that_is_counted() -> None:
    plan = Plan(speed=1e9, history_days=0)
    parts = assemble(areas="shantou", book="", hazards="", reporter_key=b"a key for tests only")
    interrupt = Interrupt()
    view: Any = Screen()
    show = _Direct(plan, parts, 600.0, view, interrupt)
    day = stage(parts.areas, plan, 600.0)
    with interrupt.heard():
        show.run(day)
    summary = show.summary()
    assert summary.adds_up()
    assert 0 < summary.rows < len(day.reports)


def test_before_its_day_began_a_demo_has_nothing_to_show_for_itself() -> None:
    plan = Plan(speed=1e9, history_days=1)
    parts = assemble(areas="shantou", book="", hazards="", reporter_key=b"a key for tests only")
    interrupt = Interrupt()
    view: Any = Screen()
    show = _Direct(plan, parts, 600.0, view, interrupt)
    day = stage(parts.areas, plan, 600.0)
    with interrupt.heard():
        press()
        with pytest.raises(KeyboardInterrupt):
            show.run(day)


class Source:
    """Feeder and listener of a demo with three reports; Ctrl-C is pressed between two that came together."""

    done = True

    def __init__(self) -> None:
        self.fed = Fed(rows=3)

    def __enter__(self) -> None: ...

    def __exit__(self, *_: object) -> None: ...

    def check(self) -> None: ...

    def take(self, _: float) -> Iterator[tuple[float, Heard]]:
        came = [
            Heard(topics.EVENTS, 0, n, int(T0 * 1000), None, encode(an_event(str(n))), origin("hotline.calls/0", n))
            for n in range(3)
        ]
        for record in came:
            yield T0, record
            if record.offset == 0:
                press()


def test_a_demo_through_kafka_counts_what_had_come_when_it_was_told_to_stop() -> None:
    interrupt = Interrupt()
    fake: Any = Source()
    view: Any = Screen()
    show = _Live(Plan(), Settings(), fake, fake, interrupt)
    with interrupt.heard():
        show.run(fake, view)
    assert (show.account.settled, show.account.tally.rows) == (3, 3)
