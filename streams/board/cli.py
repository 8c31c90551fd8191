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
    outlines: Annotated[
        str | None, typer.Option(help="Outlines of the areas (GeoJSON), instead of FENGHUO_OUTLINES.", metavar="FILE")
    ] = None,
    people: Annotated[
        str | None, typer.Option(help="Accounts with roles (YAML), instead of FENGHUO_PEOPLE.", metavar="FILE")
    ] = None,
    passwords: Annotated[
        str | None, typer.Option(help="Hashes of their passwords (YAML), instead of FENGHUO_PASSWORDS.", metavar="FILE")
    ] = None,
    access: Annotated[
        str | None, typer.Option(help="Other ways to sign in (YAML), instead of FENGHUO_ACCESS.", metavar="FILE")
    ] = None,
    host: Annotated[str | None, typer.Option(help="Address it answers at, instead of FENGHUO_BOARD_HOST.")] = None,
    port: Annotated[int | None, typer.Option(help="Its port, instead of FENGHUO_BOARD_PORT.")] = None,
    http_port: Annotated[int, typer.Option(help="Port of /metrics and /health.", envvar="FENGHUO_HTTP_PORT")] = 6069,
    reports: Annotated[
        str | None, typer.Option(help="Folder of backtest reports to list, instead of FENGHUO_REPORTS.", metavar="DIR")
    ] = None,
    lang: Language = "zh",
) -> None:
    """Show the duty board: what is open, one alert, the city, how the system is, the rules. Ctrl-C ends it."""
    files = {"areas": areas, "outlines": outlines, "reports": reports}
    signing_in = {"people": people, "passwords": passwords, "access": access}
    where = {"board_host": host, "board_port": port, "http_port": http_port}
    settings = settings_of(bootstrap, prefix, **where, **files, **signing_in)
    from streams.board.running import run

    raise typer.Exit(run(settings, lang))
