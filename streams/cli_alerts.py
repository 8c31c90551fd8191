"""The command line: `fenghuo alerts`."""

# ruff: noqa: FBT002, PLC0415 - as in `streams.cli`
from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from streams.options import Areas, Bootstrap, Language, Prefix, settings_of

if TYPE_CHECKING:
    from rules.alert import Alert as Judged
    from streams.language import Lang
    from streams.settings import Settings
    from streams.signing import Signed

Restricted = Annotated[bool, typer.Option("--restricted", help="Those for the duty desk only as well.")]

Alert = Annotated[str, typer.Argument(metavar="ALERT", help="Id of an alert, or how it alone begins.")]
Why = Annotated[str, typer.Option(help="A note to go with it.")]
FoundOut = Annotated[str, typer.Option("--by", help="Who found out: an account of the duty desk or of an office.")]
Days = Annotated[int | None, typer.Option(help="Only verdicts of the last days, so many.", min=1, max=36_500)]

alerts_app = typer.Typer(
    help="Alerts as they are issued, who takes them over, what they turn out to be.", no_args_is_help=True
)


@alerts_app.command("sign")
def sign_alert(
    alert: Alert,
    by: Annotated[str, typer.Option(help="Who signs: an account of the duty desk or of an office.")],
    why: Why = "",
    restricted: Restricted = False,
    bootstrap: Bootstrap = None,
    prefix: Prefix = None,
    areas: Areas = None,
    lang: Language = "zh",
) -> None:
    """Take an alert over (签收): its clock stops, and it goes no further up."""
    settings = settings_of(bootstrap, prefix, areas=areas)
    from streams.signing import sign

    _show(sign(settings, alert, by=by, why=why, restricted=restricted), settings, lang)


@alerts_app.command("true")
def call_true(
    alert: Alert,
    by: FoundOut,
    why: Why = "",
    restricted: Restricted = False,
    bootstrap: Bootstrap = None,
    prefix: Prefix = None,
    areas: Areas = None,
    lang: Language = "zh",
) -> None:
    """Say that an alert is what it says (属实); detectors' rules ask for less from then on."""
    _judge("true", alert, by, why, settings_of(bootstrap, prefix, areas=areas), lang, restricted=restricted)


@alerts_app.command("false")
def call_false(
    alert: Alert,
    by: FoundOut,
    why: Why = "",
    restricted: Restricted = False,
    bootstrap: Bootstrap = None,
    prefix: Prefix = None,
    areas: Areas = None,
    lang: Language = "zh",
) -> None:
    """Call an alert a false alarm (误报): its clock stops; detectors' rules ask for more from then on."""
    _judge("false", alert, by, why, settings_of(bootstrap, prefix, areas=areas), lang, restricted=restricted)


def _judge(
    verdict: Literal["true", "false"],
    alert: str,
    by: str,
    why: str,
    settings: Settings,
    lang: Lang,
    *,
    restricted: bool,
) -> None:
    from streams.judging import judge

    _show(judge(settings, alert, verdict, by=by, why=why, restricted=restricted), settings, lang)


def _show(done: Signed, settings: Settings, lang: Lang) -> None:
    """Print what came of a command; what no worker has confirmed is a fault."""
    from streams.bars import console
    from streams.bulletin import bulletin
    from streams.intake.places import load_areas
    from streams.language import voice_of

    voice = voice_of(load_areas(settings.areas), lang)
    console().print(bulletin(done.alert, voice))
    if done.confirmed:
        return
    said = voice.pick(
        "已发出，但无工作进程确认：是否有在运行的？", "sent, but no worker has confirmed it: is one running?"
    )
    if done.alert.status != "open":
        said += voice.pick("解除31天后不再受理。", " An alert that is over is remembered for 31 days.")
    typer.echo(f"fenghuo: {said}", err=True)
    raise typer.Exit(1)


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
    from streams.assembly import read_book
    from streams.bars import console
    from streams.bookshop import last_published
    from streams.intake.places import load_areas
    from streams.language import voice_of
    from streams.precision import precision_of, precision_table

    voice, taxonomy = voice_of(load_areas(settings.areas), lang), load_taxonomy()
    alerts = _judged(settings, days, restricted=restricted)
    published = last_published(settings, taxonomy)
    book = published[1] if published is not None else read_book(settings.book, taxonomy, examples=False)
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
