"""The command line: `fenghuo rules`."""

# ruff: noqa: PLC0415 - as in `streams.cli`
from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from streams.options import Bootstrap, Language, Prefix, settings_of

FAILED = 1

rules_app = typer.Typer(help="The rule book: check it, test it, read it.", no_args_is_help=True)

Folder = Annotated[
    str | None, typer.Argument(metavar="[DIR]", help="Folder of the rule book, instead of FENGHUO_BOOK.")
]
Book = Annotated[str | None, typer.Option(help="Folder of the rule book, instead of FENGHUO_BOOK.")]


@rules_app.command("check")
def check_rules(folder: Folder = None, lang: Language = "zh") -> None:
    """Say every fault of every file with its line, its path and what to do; examples are run too."""
    from streams.rulebook import Shelf

    shelf = Shelf(folder, lang)
    shelf.say_sound(shelf.load())


@rules_app.command("test")
def try_rules(
    folder: Folder = None,
    rule: Annotated[str | None, typer.Option(help="Only this one.", metavar="ID")] = None,
    lang: Language = "zh",
) -> None:
    """Run the examples and say of each whether it came out as it says."""
    from streams.rulebook import Shelf

    shelf = Shelf(folder, lang)
    book = shelf.load(examples=False)
    if not shelf.test(book, book.rules if rule is None else shelf.find(book, rule)):
        raise typer.Exit(FAILED)


@rules_app.command("list")
def list_rules(folder: Folder = None, lang: Language = "zh") -> None:
    """List the rules: number, id, name, status, sources, grade."""
    from streams.rulebook import Shelf

    shelf = Shelf(folder, lang)
    shelf.list(shelf.load(examples=False))


@rules_app.command("show")
def show_rule(
    rule: Annotated[str, typer.Argument(metavar="ID", help="Id of the rule, or its number.")],
    book: Book = None,
    lang: Language = "zh",
) -> None:
    """Say what a rule does in a Chinese and an English sentence, with its file, version, status and examples."""
    from streams.rulebook import Shelf

    shelf = Shelf(book, lang)
    loaded = shelf.load(examples=False)
    for found in shelf.find(loaded, rule):
        shelf.show(loaded, found)


@rules_app.command("schema")
def show_schema() -> None:
    """Print the JSON Schema of a rule file, for editors; `schema.json` beside the shipped rules is the same."""
    from detectors.taxonomy import load_taxonomy
    from rules.loader import tags_of
    from rules.schema import render_schema

    taxonomy = load_taxonomy()
    typer.echo(render_schema(taxonomy.kinds, tags_of(taxonomy)), nl=False)


@rules_app.command("publish")
def publish_rules(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="Folder of the rule book.")],
    bootstrap: Bootstrap = None,
    prefix: Prefix = None,
) -> None:
    """Check a book with its examples, and send it to the workers: they switch to it while they run."""
    settings = settings_of(bootstrap, prefix)
    from streams.bars import console
    from streams.bookshop import publish_book

    publish_book(settings, folder, console())
