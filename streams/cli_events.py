"""The command line: `fenghuo events`."""

# ruff: noqa: FBT002, PLC0415 - as in `streams.cli`
from __future__ import annotations

from typing import Annotated

import typer

from streams.options import Bootstrap, Language, Prefix, settings_of

events_app = typer.Typer(help="Events, and what is learned from them.", no_args_is_help=True)


@events_app.command("correct")
def correct_event(
    event: Annotated[str, typer.Argument(metavar="EVENT", help="Id of an event, as in hotline:GD20260115000123.")],
    by: Annotated[str, typer.Option(help="Who says so: an account of the duty desk or of an office.")],
    kind: Annotated[str, typer.Option(help="Its kind; the one it has, to confirm that.")] = "",
    retract: Annotated[bool, typer.Option("--retract", help="Take back what was said of this event.")] = False,
    why: Annotated[str, typer.Option(help="A note to go with it.")] = "",
    bootstrap: Bootstrap = None,
    prefix: Prefix = None,
    lang: Language = "zh",
) -> None:
    """Say what kind an event is (纠正类别); intake learns it for events to come, what has happened stays as it is."""
    if bool(kind) == retract:
        raise typer.BadParameter("say what it is: --kind KIND, or --retract")
    settings = settings_of(bootstrap, prefix)
    from detectors.taxonomy import load_taxonomy
    from streams import correcting
    from streams.bars import console
    from streams.correcting_show import answer, unconfirmed
    from streams.language import Voice

    taxonomy, voice = load_taxonomy(), Voice(lang)
    if retract:
        said = correcting.retract(settings, taxonomy, event, by=by, why=why)
    else:
        said = correcting.correct(settings, taxonomy, event, kind, by=by, why=why)
    console().print(answer(said, taxonomy, voice), markup=False, soft_wrap=True)
    if not said.confirmed:
        typer.echo(f"fenghuo: {unconfirmed(voice)}", err=True)
        raise typer.Exit(1)


@events_app.command("lessons")
def list_lessons(
    bootstrap: Bootstrap = None,
    prefix: Prefix = None,
    as_json: Annotated[
        bool, typer.Option("--json", help="One JSON object a line, as `replay --lessons` reads.")
    ] = False,
    lang: Language = "zh",
) -> None:
    """List what was said of the kinds of events and holds, in the order it is learned."""
    settings = settings_of(bootstrap, prefix)
    from detectors.taxonomy import load_taxonomy
    from streams.bars import console
    from streams.codec import encode
    from streams.correcting import standing_lessons
    from streams.correcting_show import lesson_table
    from streams.language import Voice

    taxonomy = load_taxonomy()
    lessons = standing_lessons(settings, taxonomy)
    if as_json:
        for lesson in lessons:
            typer.echo(encode(lesson).decode())
    else:
        console().print(lesson_table(lessons, taxonomy, Voice(lang)))
