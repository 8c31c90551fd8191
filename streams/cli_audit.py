"""The command line: `fenghuo audit`."""

# ruff: noqa: FBT002, PLC0415 - as in `streams.cli`
from __future__ import annotations

from datetime import datetime
from typing import Annotated

import typer

from streams.options import Areas, Bootstrap, Language, Prefix, settings_of


def show_audit(
    by: Annotated[str, typer.Option(help="Only what this account did.")] = "",
    subject: Annotated[str, typer.Option(help="Only what was done to this, or to what begins so.")] = "",
    since: Annotated[
        datetime | None, typer.Option(help="Local time from which on.", formats=["%Y-%m-%d", "%Y-%m-%dT%H:%M"])
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object a line.")] = False,
    bootstrap: Bootstrap = None,
    prefix: Prefix = None,
    areas: Areas = None,
    lang: Language = "zh",
) -> None:
    """Tell who saw what unmasked and who did what: reveals, commands and what became of them, books, declarations."""
    settings = settings_of(bootstrap, prefix, areas=areas)
    from streams.audittrail import Wanted, read_trail, trail_table
    from streams.bars import console
    from streams.codec import encode
    from streams.intake.places import load_areas
    from streams.language import voice_of

    voice = voice_of(load_areas(settings.areas), lang)
    begin = None if since is None else since.replace(tzinfo=voice.zone)
    found = read_trail(settings, Wanted(by, subject, begin))
    if as_json:
        for entry in found:
            typer.echo(encode(entry).decode())
    elif found:
        console().print(trail_table(found, voice))
    else:
        console().print(voice.pick("没有符合的记录", "nothing of the kind is on record"), style="dim")
