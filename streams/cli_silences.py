"""The command line: `fenghuo alerts silence`, `unsilence`, `silences`."""

# ruff: noqa: FBT002, PLC0415 - as in `streams.cli`
from __future__ import annotations

from typing import Annotated

import typer

from streams.cli_commands import By, Reason, Role, Why
from streams.options import Areas, Bootstrap, Prefix, settings_of

Many = list[str] | None
Id = Annotated[str, typer.Argument(metavar="SILENCE", help="Id of a silence.")]


def register(app: typer.Typer) -> None:
    """Put the commands on `fenghuo alerts`."""
    app.command("silence")(silence_alerts)
    app.command("unsilence")(unsilence_alerts)
    app.command("silences")(list_silences)


def silence_alerts(
    until: Annotated[str, typer.Option(help="When it ends, local time of the city: 2026-08-03T18:00.")],
    by: By,
    why: Reason,
    area: Annotated[Many, typer.Option(help="Id of an area, and all below; may be repeated.")] = None,
    kind: Annotated[Many, typer.Option(help="Kind of the taxonomy; may be repeated.")] = None,
    class_: Annotated[Many, typer.Option("--class", help="Class of the taxonomy; may be repeated.")] = None,
    grade: Annotated[Many, typer.Option(help="Grade; may be repeated.")] = None,
    rule: Annotated[Many, typer.Option(help="Id of a rule; may be repeated.")] = None,
    alert: Annotated[Many, typer.Option(help="Id of an alert; may be repeated.")] = None,
    red: Annotated[bool, typer.Option("--red", help="Red alerts too; without it they are told all the same.")] = False,
    name: Annotated[str, typer.Option(help="Id of the silence; one of the same id is replaced.")] = "",
    role: Role = "",
    bootstrap: Bootstrap = None,
    prefix: Prefix = None,
    areas: Areas = None,
) -> None:
    """Have nobody told of some alerts until then (静默); all that is given must hold. At most seven days."""
    settings = settings_of(bootstrap, prefix, areas=areas)
    from streams.bars import console
    from streams.declaring import instant_of
    from streams.intake.places import load_areas
    from streams.silencing import silence

    given = {"areas": area, "kinds": kind, "classes": class_, "grades": grade, "rules": rule, "alerts": alert}
    matcher = {field: ",".join(values) for field, values in given.items() if values}
    city = load_areas(settings.areas)
    ends = instant_of(until, city, "--until")
    command, confirmed = silence(
        settings, {**matcher, **({"red": "true"} if red else {})}, until=ends, by=by, why=why, role=role, id_=name
    )
    said = f"{command.alert}: silent until {ends.astimezone(city.zone):%Y-%m-%d %H:%M}"
    console().print(said, markup=False, soft_wrap=True)
    _insist(confirmed=confirmed)


def unsilence_alerts(
    silence: Id,
    by: By,
    why: Why = "",
    role: Role = "",
    bootstrap: Bootstrap = None,
    prefix: Prefix = None,
) -> None:
    """End a silence early: what still stands goes out."""
    settings = settings_of(bootstrap, prefix)
    from streams.silencing import unsilence

    _insist(confirmed=unsilence(settings, silence, by=by, why=why, role=role))


def list_silences(
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object a line.")] = False,
    bootstrap: Bootstrap = None,
    prefix: Prefix = None,
    areas: Areas = None,
) -> None:
    """List the silences that hold, the one that ends first first; those of the file are in the file."""
    settings = settings_of(bootstrap, prefix, areas=areas)
    from datetime import UTC, datetime

    from streams.bars import console
    from streams.silencing import show_silences

    show_silences(console(), settings, datetime.now(UTC), as_json=as_json)


def _insist(*, confirmed: bool) -> None:
    """Leave with a fault when no worker has answered."""
    if not confirmed:
        typer.echo("fenghuo: sent, but no worker has confirmed it: is one running?", err=True)
        raise typer.Exit(1)
