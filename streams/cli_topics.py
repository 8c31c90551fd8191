"""The command line: `fenghuo topics`."""

# ruff: noqa: FBT002, PLC0415 - as in `streams.cli`
from __future__ import annotations

from enum import StrEnum
from typing import Annotated

import typer

from streams.options import Bootstrap, Prefix, settings_of

topics_app = typer.Typer(
    help="Kafka topics: create them, list them, say who may do what with them.", no_args_is_help=True
)


class Role(StrEnum):
    """Those of `streams.rights.ROLES`, by name: help does without what they are made of."""

    WORKER = "worker"
    DELIVER = "deliver"
    LINKS = "links"
    BOARD = "board"
    FEEDER = "feeder"
    OPERATOR = "operator"
    ADMIN = "admin"


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
    from streams.topicadmin import create_topics as create
    from streams.topics import CITY, specs

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


@topics_app.command("acls")
def give_rights(
    roles: Annotated[
        list[Role] | None, typer.Argument(metavar="[ROLE]...", help="All when none is given.", show_default=False)
    ] = None,
    user: Annotated[str | None, typer.Option(help="User of the cluster, of one role; called as it without.")] = None,
    apply: Annotated[bool, typer.Option("--apply", help="Give the rights, in place of printing commands.")] = False,
    bootstrap: Bootstrap = None,
    prefix: Prefix = None,
    group: Annotated[str | None, typer.Option(help="Consumer group, instead of FENGHUO_GROUP.")] = None,
) -> None:
    """Print what gives each role the least rights it needs, for kafka-acls.sh; or give them.

    Rights that a role has besides are left alone. A user that begins with `User:` is taken as it is, as in
    `User:CN=worker` for one who is known by a certificate.
    """
    if user is not None and len(roles or ()) != 1:
        raise typer.BadParameter("--user goes with one role")
    settings = settings_of(bootstrap, prefix, group=group)
    from streams.acls import apply as give
    from streams.acls import commands
    from streams.rights import rights

    for role in roles or list(Role):
        name = user or role.value
        principal = name if name.startswith("User:") else f"User:{name}"
        wanted = rights(role.value, settings)
        if apply:
            typer.echo(f"{principal}: {give(settings, principal, wanted)} rights of {role.value}")
        else:
            typer.echo(f"# {role.value}\n" + "\n".join(commands(settings, principal, wanted)))
