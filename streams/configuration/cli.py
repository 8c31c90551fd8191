"""The command line: `fenghuo config`."""

# ruff: noqa: FBT002, PLC0415 - as in `streams.cli`
from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from streams.configuration.checking import Report
    from streams.configuration.effective import Effective
    from streams.errors import Fault

config_app = typer.Typer(help="What can be set, what is set, and whether it can be used.")

_FAULTY = 1


class Command(StrEnum):
    """What a configuration can be for."""

    WORKER = "worker"
    DELIVER = "deliver"
    LINKS = "links"
    BOARD = "board"


AsJson = Annotated[bool, typer.Option("--json", help="As JSON, for programs.")]


@config_app.callback(invoke_without_command=True)
def config(
    context: typer.Context,
    show: Annotated[bool, typer.Option("--print", help="The same as `fenghuo config print`.")] = False,
    as_json: AsJson = False,
) -> None:
    """Tell what can be set, what is set, and whether it can be used."""
    if context.invoked_subcommand is not None:
        if show or as_json:
            raise typer.BadParameter("give options after the name of the command")
        return
    if not show:
        typer.echo(context.get_help())
        raise typer.Exit
    _print(as_json=as_json)


@config_app.command("print")
def print_config(as_json: AsJson = False) -> None:
    """Print what is in force and where each value comes from; of secrets only whether they are set, and where."""
    _print(as_json=as_json)


@config_app.command("check")
def check_config(
    commands: Annotated[
        list[Command] | None, typer.Option("--for", help="What is to be run with it; may be repeated.")
    ] = None,
    kafka: Annotated[bool, typer.Option("--kafka", help="Ask the cluster, too: topics, partitions, policies.")] = False,
    as_json: AsJson = False,
) -> None:
    """Look at every setting and every file they name; tell what is fine and every fault at once, and leave with 1.

    A file that is not named is not missed, but for what `--for` needs: a worker, when nothing is said.
    """
    from streams.configuration.checking import check
    from streams.settings import read_settings

    settings, wrong = read_settings()
    report = check(settings, wrong, tuple(one.value for one in commands or [Command.WORKER]))
    here = {"bootstrap", "prefix", "partitions"}
    if kafka and not any(name in here or name.startswith("kafka_") for name in wrong):
        from streams.configuration.cluster import check_cluster

        check_cluster(settings, report, [one.value for one in commands or [Command.WORKER]])
    _tell(report, as_json=as_json)
    raise typer.Exit(_FAULTY if report.faults else 0)


def _tell(report: Report, *, as_json: bool) -> None:
    if as_json:
        import msgspec

        typer.echo(msgspec.json.encode(report))
        return
    for line in report.fine:
        typer.echo(f"✓ {line}")
    for line in report.skipped:
        typer.echo(f"– {line}")
    for fault in report.faults:
        typer.secho(f"✗ {fault}", fg="red", err=True)


def _print(*, as_json: bool) -> None:
    import os

    import msgspec

    from streams.configuration.effective import effective

    rows, unknown = effective(os.environ)
    if as_json:
        typer.echo(msgspec.json.encode({"settings": rows, "faults": unknown}))
    else:
        _table(rows)
    _complain(rows, unknown)


def _table(rows: list[Effective]) -> None:
    width = max(len(row.variable) for row in rows)
    values = [_value(row) for row in rows]
    beside = min(40, max(map(len, values)))
    for row, value in zip(rows, values, strict=True):
        source = "" if row.source == row.variable else f"  {row.source}"
        typer.echo(f"{row.variable:{width}}  {value:{beside}}{source or '  set'}".rstrip())


def _value(row: Effective) -> str:
    if row.secret:
        return "(set, not shown)" if row.is_set else "(not set)"
    return row.value or "–"


def _complain(rows: list[Effective], unknown: list[Fault]) -> None:
    """Say what of it is not in force, and leave with 1 when that is anything."""
    for row in rows:
        if row.fault:
            typer.secho(f"fenghuo: {row.source}: {row.fault}", fg="red", err=True)
    for fault in unknown:
        typer.secho(f"fenghuo: {fault}", fg="red", err=True)
    if unknown or any(row.fault for row in rows):
        raise typer.Exit(_FAULTY)
