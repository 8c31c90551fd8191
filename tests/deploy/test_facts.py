"""What deployments are held against tells right from wrong itself."""

from __future__ import annotations

import pytest
from typer.exceptions import TyperException

from tests.deploy.facts import METRICS, PORTS, is_pinned, parsed


@pytest.mark.parametrize("wrong", [["wroker"], ["worker", "--port", "1"], ["topics", "make"], ["worker", "x"]])
def test_a_command_line_that_does_not_exist_is_found_out(wrong: list[str]) -> None:
    with pytest.raises((KeyError, TyperException)):
        parsed(wrong)


def test_a_command_line_that_exists_is_parsed() -> None:
    assert parsed(["worker", "--http-port", "6061"]).params["http_port"] == 6061
    assert parsed(["topics", "create"]).info_name == "create"


def test_every_process_has_a_port_of_its_own() -> None:
    assert len({*PORTS.values(), *METRICS.values()}) == len({*PORTS, "metrics of the board"})


@pytest.mark.parametrize(
    ("image", "pinned"),
    [("a/b:1.2", True), ("a/b", False), ("a/b:latest", False), ("r:5000/a/b", False), ("a@sha256:00", True)],
)
def test_an_image_is_pinned_by_a_release(image: str, pinned: bool) -> None:  # noqa: FBT001 - a case
    assert is_pinned(image) is pinned
