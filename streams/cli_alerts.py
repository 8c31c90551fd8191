"""The command line: `fenghuo alerts`."""

# ruff: noqa: FBT002, PLC0415 - as in `streams.cli`
from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING, Annotated

import typer

from streams.cli_commands import Restricted, register
from streams.dossier.cli import show_history
from streams.options import Areas, Bootstrap, Language, Prefix, settings_of

if TYPE_CHECKING:
    from rules.alert import Alert as Judged
    from streams.settings import Settings

Days = Annotated[int | None, typer.Option(help="Only verdicts of the last days, so many.", min=1, max=36_500)]

alerts_app = typer.Typer(
    help="Alerts as they are issued, who takes them over, what is done about them, what they turn out to be.",
    no_args_is_help=True,
)
alerts_app.command("history")(show_history)


register(alerts_app)


@alerts_app.command("precision")
def show_precision(
    days: Days = None,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object a line.")] = False,
    restricted: Restricted = False,
    bootstrap: Bootstrap = None,
    prefix: Prefix = None,
    areas: Areas = None,
    lang: Language = "zh",
) -> None:
    """Show how many alerts turned out true, by detector and rule, with Jeffreys' interval of 95 %."""
    settings = settings_of(bootstrap, prefix, areas=areas)
    from detectors.taxonomy import load_taxonomy
    from streams.bars import console
    from streams.bookshop import book_in_force
    from streams.intake.places import load_areas
    from streams.language import voice_of
    from streams.precision import precision_of, precision_table

    voice, taxonomy = voice_of(load_areas(settings.areas), lang), load_taxonomy()
    alerts = _judged(settings, days, restricted=restricted)
    book = book_in_force(settings, taxonomy)
    found = precision_of(alerts, book)
    if as_json:
        for one in found:
            typer.echo(json.dumps(one.as_dict(), ensure_ascii=False))
    elif found:
        console().print(precision_table(found, voice))
    else:
        console().print(voice.pick("尚无属实或误报的结论", "nobody has given a verdict yet"), style="dim")


@alerts_app.command("verdicts")
def list_verdicts(
    days: Days = None,
    restricted: Restricted = False,
    bootstrap: Bootstrap = None,
    prefix: Prefix = None,
) -> None:
    """Print the verdicts given on alerts, one JSON object a line, as `fenghuo backtest --feedback` reads them."""
    settings = settings_of(bootstrap, prefix)
    from streams.precision import verdict_lines

    for line in verdict_lines(_judged(settings, days, restricted=restricted)):
        typer.echo(json.dumps(line, ensure_ascii=False))


def _judged(settings: Settings, days: int | None, *, restricted: bool) -> list[Judged]:
    """Return the alerts with a verdict of the last `days`, or any."""
    from datetime import UTC, datetime, timedelta

    from streams.precision import judged_alerts, since

    found = judged_alerts(settings, restricted=restricted)
    return found if days is None else since(found, datetime.now(UTC) - timedelta(days=days))


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
