"""The command line: `fenghuo context`."""

# ruff: noqa: FBT002, PLC0415 - as in `streams.cli`
from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

import typer

from streams.options import Areas, Bootstrap, Prefix, settings_of

context_app = typer.Typer(
    help="What is declared of areas: weather warnings, emergency mode, events.", no_args_is_help=True
)

Id = Annotated[str, typer.Argument(metavar="ID", help="What is declared, as in weather/440507.")]
At = Annotated[
    str | None, typer.Option(help="From when on, instead of now; the city's time without an offset.", metavar="TIME")
]


@context_app.command("set")
def set_context(
    id_: Id,
    area: Annotated[str, typer.Option(help="Id of an area; the whole city without.")] = "",
    weather: Annotated[
        list[str] | None, typer.Option(help="Warning in force, as in rainstorm_red; may be repeated.")
    ] = None,
    mode: Annotated[Literal["normal", "emergency"] | None, typer.Option(help="Mode of the area.")] = None,
    event: Annotated[str, typer.Option(help="A declared event that is on.")] = "",
    at: At = None,
    until: Annotated[str | None, typer.Option(help="When it ends by itself.", metavar="TIME")] = None,
    bootstrap: Bootstrap = None,
    prefix: Prefix = None,
    areas: Areas = None,
) -> None:
    """Declare something of an area, in place of what was declared under the same id."""
    if not (weather or mode or event):
        raise typer.BadParameter("say what is declared: --weather, --mode or --event")
    settings = settings_of(bootstrap, prefix, areas=areas)
    from streams.bars import console
    from streams.declaring import declare

    given = {"area": area, "weather": tuple(weather or ()), "mode": mode, "event": event}
    declare(settings, console(), id_, at=at, until=until, **given)  # type: ignore[arg-type]


@context_app.command("clear")
def clear_context(
    id_: Id, at: At = None, bootstrap: Bootstrap = None, prefix: Prefix = None, areas: Areas = None
) -> None:
    """End what was declared under an id."""
    settings = settings_of(bootstrap, prefix, areas=areas)
    from streams.bars import console
    from streams.declaring import declare

    declare(settings, console(), id_, at=at)


@context_app.command("cap")
def take_cap(
    files: Annotated[list[str], typer.Argument(metavar="FILE...", help="CAP messages; - for standard input.")],
    holds: Annotated[float, typer.Option(help="Hours a warning without <expires> holds.", min=0.1)] = 24.0,
    write: Annotated[
        Path | None, typer.Option("--write", help="Write JSON lines for `replay --context` here; ask no Kafka.")
    ] = None,
    bootstrap: Bootstrap = None,
    prefix: Prefix = None,
    areas: Areas = None,
) -> None:
    """Take weather warnings in CAP 1.2 as declarations; an Update replaces, a Cancel ends what it refers to.

    The same message may be taken any number of times. Only those with status Actual count.
    """
    settings = settings_of(bootstrap, prefix, areas=areas)
    from streams.bars import console
    from streams.cap.taking import take_files

    take_files(settings, console(), files, holds_s=holds * 3_600.0, write=write)


@context_app.command("list")
def list_context(
    bootstrap: Bootstrap = None,
    prefix: Prefix = None,
    areas: Areas = None,
    as_json: Annotated[bool, typer.Option("--json", help="As JSON.")] = False,
) -> None:
    """List what is declared and has not ended."""
    settings = settings_of(bootstrap, prefix, areas=areas)
    from datetime import UTC, datetime

    from streams.bars import console
    from streams.declaring import list_declared

    list_declared(settings, console(), datetime.now(UTC), as_json=as_json)
