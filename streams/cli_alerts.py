"""The command line: `fenghuo alerts`."""

# ruff: noqa: FBT002, PLC0415 - as in `streams.cli`
from __future__ import annotations

import sys
from typing import Annotated

import typer

from streams.options import Areas, Bootstrap, Language, Prefix, settings_of

Restricted = Annotated[bool, typer.Option("--restricted", help="Those for the duty desk only as well.")]

alerts_app = typer.Typer(help="Alerts as they are issued, and who takes them over.", no_args_is_help=True)


@alerts_app.command("sign")
def sign_alert(
    alert: Annotated[str, typer.Argument(metavar="ALERT", help="Id of an alert, or how it alone begins.")],
    by: Annotated[str, typer.Option(help="Who signs: an account of the duty desk or of an office.")],
    why: Annotated[str, typer.Option(help="A note to go with it.")] = "",
    restricted: Restricted = False,
    bootstrap: Bootstrap = None,
    prefix: Prefix = None,
    areas: Areas = None,
    lang: Language = "zh",
) -> None:
    """Take an alert over (签收): its clock stops, and it goes no further up."""
    settings = settings_of(bootstrap, prefix, areas=areas)
    from streams.bars import console
    from streams.bulletin import bulletin
    from streams.intake.places import load_areas
    from streams.language import voice_of
    from streams.signing import sign

    voice = voice_of(load_areas(settings.areas), lang)
    signed = sign(settings, alert, by=by, why=why, restricted=restricted)
    console().print(bulletin(signed.alert, voice))
    if not signed.confirmed:
        said = voice.pick(
            "已发出，但无工作进程确认：是否有在运行的？", "sent, but no worker has confirmed it: is one running?"
        )
        typer.echo(f"fenghuo: {said}", err=True)
        raise typer.Exit(1)


@alerts_app.command("tail")
def tail_alerts(
    bootstrap: Bootstrap = None,
    prefix: Prefix = None,
    areas: Areas = None,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object a line.")] = False,
    current: Annotated[
        bool, typer.Option("--current/--all-versions", help="Only what stands now, or every version.")
    ] = False,
    from_beginning: Annotated[bool, typer.Option("--from-beginning", help="Those of before as well.")] = False,
    follow: Annotated[bool, typer.Option("--follow/--no-follow", help="Wait for more, or end at the end.")] = True,
    restricted: Restricted = False,
    lang: Language = "zh",
) -> None:
    """Show alerts as they are issued, until Ctrl-C."""
    settings = settings_of(bootstrap, prefix, areas=areas)
    from streams.alerttail import tail_alerts as tail
    from streams.intake.places import load_areas
    from streams.language import voice_of

    voice = voice_of(load_areas(settings.areas), lang)
    tail(
        settings,
        sys.stdout,
        as_json=as_json,
        current=current,
        from_beginning=from_beginning or not follow,
        follow=follow,
        voice=voice,
        restricted=restricted,
    )
