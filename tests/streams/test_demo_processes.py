"""What runs beside a demo is asked for before anything is made, and nobody real is told of it."""

from __future__ import annotations

import os
import signal
import subprocess
from pathlib import Path
from typing import Any
from urllib.request import Request, urlopen

import msgspec
import pytest

from streams.children import Children, environment, free_port
from streams.configuration.checking import check
from streams.demo_day import Plan
from streams.demo_inbox import open_inbox
from streams.demo_processes import _told, check_plan
from streams.errors import ConfigurationError
from streams.settings import Settings, load_settings, read_settings


def test_prometheus_that_is_not_there_is_told_before_anything_is_made(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nowhere")
    check_plan(Plan())
    with pytest.raises(ConfigurationError, match="apt-get install prometheus"):
        check_plan(Plan(prometheus=True))


def test_every_way_to_reach_the_demos_people_ends_in_its_inbox(tmp_path: Path) -> None:
    with open_inbox() as url:
        settings, wrong = read_settings({}, **_told(tmp_path, url))
        report = check(settings, wrong, ("deliver",), {})
        assert report.faults == []
        request = Request(url, data=b"{}", method="POST")  # noqa: S310 - on this machine
        with urlopen(request, timeout=5) as answer:  # noqa: S310
            assert answer.status == 204


def test_a_process_is_given_the_settings_of_the_demo_and_no_others(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FENGHUO_GROUP", "another")
    monkeypatch.setenv("KAFKA_BOOTSTRAP_SERVERS", "another:1")
    settings = Settings(bootstrap="k:1", prefix="p-", exercise=True, lateness_s=30.0)
    given = environment(settings)
    assert load_settings(given) == settings
    assert given["PATH"] == os.environ["PATH"]
    assert msgspec.structs.asdict(settings).keys() <= {name.removeprefix("FENGHUO_").lower() for name in given}


def test_a_port_that_is_taken_is_not_taken_again() -> None:
    with open_inbox() as url:
        taken = int(url.rstrip("/").rpartition(":")[2])
        assert free_port(taken) != taken
    assert free_port(taken) == taken


def test_what_a_process_said_last_is_told_when_it_ends(tmp_path: Path) -> None:
    with Children(tmp_path) as children:
        child = children.start("some thing", ["sh", "-c", "echo said this; exit 7"], 1)
        child.process.wait(10)
        with pytest.raises(
            Exception, match=r"some thing ended with code 7\nthe end of .*some-thing.log:\n    said this"
        ):
            children.check()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_process_that_was_being_started_when_ctrl_c_was_pressed_is_stopped_too(
    number: signal.Signals, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun: list[subprocess.Popen[bytes]] = []

    class Pressed(subprocess.Popen):  # type: ignore[type-arg]
        """One that exists when the signal comes, and is not yet known to whoever starts it."""

        def __init__(self, *arguments: Any, **options: Any) -> None:
            super().__init__(*arguments, **options)
            begun.append(self)
            signal.raise_signal(number)

    monkeypatch.setattr(subprocess, "Popen", Pressed)
    before = signal.signal(number, signal.default_int_handler)
    try:
        with pytest.raises(KeyboardInterrupt), Children(tmp_path) as children:
            children.start("some thing", ["sleep", "60"], 1)
    finally:
        signal.signal(number, before)
    (process,) = begun
    still_running, _ = process.poll() is None, process.kill()
    process.wait(10)
    assert not still_running
