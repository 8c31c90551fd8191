"""The command line: `fenghuo index`."""

# ruff: noqa: FBT002, PLC0415 - as in `streams.cli`
from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Annotated, Literal

import typer

from streams.options import Areas, Language, settings_of


def index(
    inputs: Annotated[list[str], typer.Argument(metavar="MAPPING FILE... [MAPPING FILE...]", show_default=False)],
    day: Annotated[
        datetime | None, typer.Option(help="The day; the last whole one without.", formats=["%Y-%m-%d"])
    ] = None,
    level: Annotated[
        Literal["city", "district", "street", "community"], typer.Option(help="Level of the areas shown.")
    ] = "district",
    out: Annotated[Path | None, typer.Option(help="Write all scores here, one JSON object a line.")] = None,
    config: Annotated[
        Path | None, typer.Option(help="Weights and formula, instead of the shipped rules/index.yaml.")
    ] = None,
    context: Annotated[Path | None, typer.Option(help="Declarations (JSON lines), as for `replay`.")] = None,
    areas: Areas = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON, one object a line.")] = False,
    lang: Language = "zh",
) -> None:
    """Work out the area index of files: 0 to 100 for every area and day, and what took most off."""
    settings = settings_of(None, None, areas=areas)
    from streams.bars import console
    from streams.feed import read_inputs
    from streams.index_replay import Asked, index_files

    asked = Asked(day.date() if day is not None else None, level, out, as_json)
    index_files(read_inputs(inputs), settings, console(), asked, areas=areas, config=config, context=context, lang=lang)
