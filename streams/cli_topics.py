"""The command line: `fenghuo topics`."""

# ruff: noqa: PLC0415 - as in `streams.cli`
from __future__ import annotations

from typing import Annotated

import typer

from streams.options import Bootstrap, Prefix, settings_of

topics_app = typer.Typer(help="Kafka topics: create them, list them.", no_args_is_help=True)


@topics_app.command("create")
def create_topics(
    bootstrap: Bootstrap = None,
    prefix: Prefix = None,
    partitions: Annotated[int | None, typer.Option(help="Of every topic, instead of FENGHUO_PARTITIONS.")] = None,
    replication: Annotated[int | None, typer.Option(help="Copies of every record.")] = None,
) -> None:
    """Create the topics that do not exist yet."""
    settings = settings_of(bootstrap, prefix, partitions=partitions, replication=replication)
    from streams.bookshop import publish_again
    from streams.topics import CITY, specs
    from streams.topics import create_topics as create

    made = create(settings)
    for spec in specs():
        if settings.topic(spec.name) in made:
            typer.echo(f"created {settings.topic(spec.name)} ({spec.partitions or settings.partitions} partitions)")
    if not made:
        typer.echo("all topics exist already")
    elif settings.topic(CITY) in made and (digest := publish_again(settings)) is not None:
        typer.echo(f"sent the rule book in force, {digest}, once more: events.city knew of none")


@topics_app.command("list")
def list_topics(bootstrap: Bootstrap = None, prefix: Prefix = None) -> None:
    """List the topics and how many records each holds."""
    settings = settings_of(bootstrap, prefix)
    from streams.commands import list_topics as listed

    listed(settings)
