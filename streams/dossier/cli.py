"""The command line: `fenghuo alerts history`."""

# ruff: noqa: FBT002, PLC0415 - as in `streams.cli`
from __future__ import annotations

from typing import Annotated

import typer

from streams.options import Areas, Bootstrap, Language, Prefix, settings_of


def show_history(
    alert: Annotated[str, typer.Argument(metavar="ALERT", help="Id of an alert, or how it alone begins.")],
    restricted: Annotated[bool, typer.Option("--restricted", help="Those for the duty desk only as well.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object.")] = False,
    bootstrap: Bootstrap = None,
    prefix: Prefix = None,
    areas: Areas = None,
    lang: Language = "zh",
) -> None:
    """Tell the whole life of an alert: versions, commands, messages, who decided, how long each step took."""
    settings = settings_of(bootstrap, prefix, areas=areas)
    from datetime import UTC, datetime

    from detectors.taxonomy import load_taxonomy
    from streams.bars import console
    from streams.bookshop import book_in_force
    from streams.codec import encode
    from streams.dossier.compose import compose
    from streams.dossier.reading import gather
    from streams.dossier.show import Dossier
    from streams.intake.places import load_areas
    from streams.language import voice_of

    voice, taxonomy = voice_of(load_areas(settings.areas), lang), load_taxonomy()
    material = gather(settings, alert, restricted=restricted)
    book = book_in_force(settings, taxonomy)
    history = compose(material, book, datetime.now(UTC))
    if as_json:
        typer.echo(encode(history).decode())
    else:
        Dossier(history, voice).show(console())
