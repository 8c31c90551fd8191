"""What deployments are held against: commands with their options and ports, and the variables that mean something."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import msgspec
import typer

from streams.cli import app
from streams.configuration.about import abouts
from streams.settings import Settings

ROOT = Path(__file__).resolve().parents[2]
DEPLOY = ROOT / "deploy"
VARIABLES = {one.variable: one for one in abouts()}
SECRET = {one.variable for one in abouts() if one.secret}
_DEFAULTS = {field.name: field.default for field in msgspec.structs.fields(Settings)}


def parsed(arguments: Sequence[str]) -> Any:
    """Parse a command line as `fenghuo` does, without running it; raises what it would complain of."""
    command: Any = typer.main.get_command(app)
    left = list(arguments)
    while hasattr(command, "commands"):
        name, left = left[0], left[1:]
        command = command.commands[name]
    return command.make_context(name, left)


PORTS: dict[str, int] = {
    "worker": _DEFAULTS["http_port"],
    "deliver": parsed(["deliver"]).params["http_port"],
    "links": parsed(["links"]).params["http_port"],
    "board": _DEFAULTS["board_port"],
}
METRICS = {**{name: PORTS[name] for name in ("worker", "deliver")}, "board": parsed(["board"]).params["http_port"]}
ALIVE = {"worker": "/health", "deliver": "/health", "board": "/alive"}


def is_pinned(image: str) -> bool:
    """Tell whether an image names a release: a tag with a digit that is not ``latest``, or a digest."""
    if "@sha256:" in image:
        return True
    tag = image.rpartition("/")[2].partition(":")[2]
    return tag != "latest" and any(letter.isdigit() for letter in tag)
