"""Signals that come while a process still loads: it ends in a line, whatever they cut off."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator

import pytest
import typer

from streams.interrupt import before_the_start


@pytest.fixture(autouse=True)
def handlers() -> Iterator[None]:
    """Put back the handlers there were."""
    before = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
    yield
    for number, handler in before.items():
        signal.signal(number, handler)


def start(number: signal.Signals, instead: Exception | None) -> None:
    """Start something; while it is imported a signal comes, of which the import makes something else, or nothing."""
    with before_the_start("the worker") as go_on:
        try:
            os.kill(os.getpid(), number)
        except KeyboardInterrupt:
            if instead is not None:
                raise instead from None
        go_on()
        pytest.fail("it went on")


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
@pytest.mark.parametrize("instead", [None, ImportError("cannot import name")])
def test_a_signal_ends_it_in_a_line_whatever_an_import_makes_of_it(
    number: signal.Signals, instead: Exception | None, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(typer.Exit) as ended:
        start(number, instead)
    assert ended.value.exit_code == 0
    assert capsys.readouterr().err == "fenghuo: the worker was stopped before it had started\n"


def test_what_goes_wrong_without_a_signal_is_told_as_ever() -> None:
    with pytest.raises(ImportError), before_the_start("the worker"):
        raise ImportError
