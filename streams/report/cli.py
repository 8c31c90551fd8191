"""The command line: `fenghuo report`."""

# ruff: noqa: FBT002, PLC0415 - as in `streams.cli`
from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

from streams.options import Areas, Bootstrap, Language, Prefix, settings_of


def report_on(
    day: Annotated[str | None, typer.Option(help="A local day: 2026-01-05.")] = None,
    week: Annotated[str | None, typer.Option(help="A week from Monday on: 2026-W02.")] = None,
    out: Annotated[Path | None, typer.Option(help="Write it here as one self-contained page.")] = None,
    json: Annotated[Path | None, typer.Option(help="Write the figures here as JSON.")] = None,
    alerts: Annotated[
        Path | None, typer.Option(help="Of what `fenghuo replay --versions --out FILE` wrote, instead of the topics.")
    ] = None,
    as_of: Annotated[
        datetime | None,
        typer.Option(help="Local time until when what became of alerts counts; now.", formats=["%Y-%m-%dT%H:%M"]),
    ] = None,
    restricted: Annotated[bool, typer.Option("--restricted", help="Those for the duty desk only as well.")] = False,
    exercise: Annotated[
        bool, typer.Option("--exercise", help="The alerts of exercises (演练), and no others.")
    ] = False,
    bootstrap: Bootstrap = None,
    prefix: Prefix = None,
    areas: Areas = None,
    lang: Language = "zh",
) -> None:
    """Report on a day or a week: how many alerts, signed in time or not, still open, true or false, and where."""
    settings = settings_of(bootstrap, prefix, areas=areas)
    from streams.bars import console
    from streams.errors import ConfigurationError
    from streams.language import voice_of
    from streams.outputs import output_faults
    from streams.report.command import make_report, read_period, write
    from streams.report.tables import print_report

    faults = output_faults({"--out": out, "--json": json}, [alerts] if alerts is not None else [])
    if faults:
        raise ConfigurationError(faults)
    parts = read_period(settings, day, week)
    report = make_report(settings, parts, as_of=as_of, restricted=restricted, file=alerts, exercise=exercise)
    written = write(report, lang, page_to=out, json_to=json)
    print_report(report, voice_of(parts.areas, lang), console(), written)
