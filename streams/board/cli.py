"""`fenghuo board`."""

# ruff: noqa: PLC0415 - imports inside the command, or help would wait for NiceGUI
from __future__ import annotations

from typing import Annotated

import typer

from streams.options import Areas, Bootstrap, Language, Prefix, settings_of


def board(
    bootstrap: Bootstrap = None,
    prefix: Prefix = None,
    areas: Areas = None,
    host: Annotated[str, typer.Option(help="Address it answers at.", envvar="FENGHUO_BOARD_HOST")] = "127.0.0.1",
    port: Annotated[int, typer.Option(help="Its port.", envvar="FENGHUO_BOARD_PORT", min=0, max=65_535)] = 8080,
    reports: Annotated[
        str | None, typer.Option(help="Folder of backtest reports to list, instead of FENGHUO_REPORTS.", metavar="DIR")
    ] = None,
    lang: Language = "zh",
) -> None:
    """Show the duty board: what is open, one alert, the city, how the system is, the rules. Ctrl-C ends it."""
    settings = settings_of(bootstrap, prefix, areas=areas, reports=reports)
    from streams.board.running import run

    raise typer.Exit(run(settings, host=host, port=port, lang=lang))
