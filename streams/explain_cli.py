"""The command line: `fenghuo explain` and `fenghuo why-not`."""

# ruff: noqa: PLC0415 - as in `streams.cli`
from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from streams.options import Areas, Bootstrap, Language, Lessons, Prefix, settings_of

if TYPE_CHECKING:
    from streams.explain import Answer

explain_app = typer.Typer()
Inputs = Annotated[
    list[str] | None,
    typer.Argument(metavar="[MAPPING FILE... [MAPPING FILE...]]", show_default=False, help="Files; else live topics."),
]
Book = Annotated[str | None, typer.Option(help="Folder of the rule book, instead of what was published.")]
Context = Annotated[Path | None, typer.Option(help="What was declared of areas, one JSON object a line; with files.")]
Json = Annotated[bool, typer.Option("--json", help="Print it as one JSON object.")]


@explain_app.command()
def explain(
    alert: Annotated[str, typer.Argument(metavar="ALERT", help="Id of an alert, or how it alone begins.")],
    inputs: Inputs = None,
    book: Book = None,
    areas: Areas = None,
    context: Context = None,
    lessons: Lessons = None,
    restricted: Annotated[bool, typer.Option("--restricted", help="Also of those for the duty desk only.")] = False,  # noqa: FBT002 - a flag
    as_json: Json = False,  # noqa: FBT002 - a flag
    bootstrap: Bootstrap = None,
    prefix: Prefix = None,
    lang: Language = "zh",
) -> None:
    """Say why an alert is what it is: condition by condition, the events counted, and what was left out."""
    settings = settings_of(bootstrap, prefix, book=book, areas=areas)
    from streams.explain import Source, explain_alert
    from streams.feed import read_inputs

    own = book is not None
    source = Source(read_inputs(inputs or []), settings, areas, context, lessons, own_book=own, restricted=restricted)
    _print(explain_alert(alert, source), lang, as_json=as_json)


@explain_app.command("why-not")
def why_not(
    rule: Annotated[str, typer.Argument(metavar="RULE", help="Id or number of a rule.")],
    inputs: Inputs = None,
    place: Annotated[str, typer.Option(help="Name or id of an area or a spot.")] = ...,  # type: ignore[assignment]
    at: Annotated[str, typer.Option(help="Local time, 2026-01-15T14:31; a date alone means its noon.")] = ...,  # type: ignore[assignment]
    kind: Annotated[str, typer.Option(help="Only this kind of event.")] = "",
    book: Book = None,
    areas: Areas = None,
    context: Context = None,
    lessons: Lessons = None,
    as_json: Json = False,  # noqa: FBT002 - a flag
    bootstrap: Bootstrap = None,
    prefix: Prefix = None,
    lang: Language = "zh",
) -> None:
    """Say why a rule said nothing of a place at a time, within half a day to either side."""
    settings = settings_of(bootstrap, prefix, book=book, areas=areas)
    from streams.explain import Source, why_no_alert
    from streams.feed import read_inputs

    source = Source(read_inputs(inputs or []), settings, areas, context, lessons, own_book=book is not None)
    _print(why_no_alert(rule, place, at, kind, source), lang, as_json=as_json)


def _print(answer: Answer, lang: Language, *, as_json: bool) -> None:
    import msgspec

    from streams.bars import console
    from streams.explain_book import warnings
    from streams.explain_show import Page
    from streams.language import voice_of

    if as_json:
        said = msgspec.to_builtins(answer.said)
        told = {**said, "book": answer.book.as_dict(), "warnings": warnings(answer.said, answer.book)}
        told["learned_kinds"] = {id_: sure for id_, sure in answer.learned.items() if id_ in answer.told}
        typer.echo(msgspec.json.encode(told).decode())
    else:
        Page(answer, voice_of(answer.areas, lang)).show(console())
