"""The command line: `fenghuo`. Everything a command needs is imported when it runs, so that help comes at once."""

# ruff: noqa: FBT001, FBT002, PLC0415 - options that are flags; imports inside commands, or help would wait for Kafka and numpy
from __future__ import annotations

import errno
import io
import logging
import os
import sys
from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

from streams.backtest.cli import backtest
from streams.board.cli import board
from streams.cli_alerts import alerts_app
from streams.cli_audit import show_audit
from streams.cli_context import context_app
from streams.cli_deadletters import dead_app
from streams.cli_demo import demo
from streams.cli_events import events_app
from streams.cli_index import index
from streams.cli_links import links
from streams.cli_oncall import oncall_app
from streams.cli_people import people_app
from streams.cli_silences import register
from streams.cli_topics import topics_app
from streams.configuration.cli import config_app
from streams.delivery.cli import deliver
from streams.errors import BrokerUnavailable, ConfigurationError, Fault, FenghuoError
from streams.explain_cli import explain_app
from streams.interrupt import before_the_start
from streams.options import (
    Areas,
    Bootstrap,
    Language,
    Lessons,
    Prefix,
    Scenarios,
    Speed,
    settings_of,
    settings_to_start,
)
from streams.report.cli import report_on
from streams.rules_cli import rules_app

FAILED, MISCONFIGURED, NO_BROKER, INTERRUPTED = 1, 2, 3, 130

app = typer.Typer(
    name="fenghuo",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
register(alerts_app)
_PARTS = {"topics": topics_app, "alerts": alerts_app, "events": events_app, "dead-letters": dead_app}
_PARTS |= {"context": context_app, "rules": rules_app, "oncall": oncall_app, "config": config_app}
_PARTS |= {"people": people_app}
for _name, _part in _PARTS.items():
    app.add_typer(_part, name=_name)
for _name, _command in (("backtest", backtest), ("audit", show_audit), ("report", report_on)):
    app.command(_name)(_command)
for _service in (index, deliver, links, board, demo):
    app.command()(_service)
app.add_typer(explain_app)


def main() -> None:
    """Run the command line; leaves with 0, 1 (failed), 2 (wrong input), 3 (no broker) or 130 (Ctrl-C)."""
    for name in ("kafka", "aiokafka"):
        logging.getLogger(name).setLevel(logging.CRITICAL)  # what they have to say comes as an exception too
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")  # a terminal of GBK has no ✓
    try:
        app()
    except FenghuoError as error:
        complain(error)
        sys.exit(_code(error))
    except KeyboardInterrupt:
        sys.exit(INTERRUPTED)
    except BrokenPipeError:
        sys.stderr.close()  # whoever read us has gone: `fenghuo ... | head`
        sys.exit(0)
    except OSError as error:
        full = error.filename is None and error.errno in {errno.ENOSPC, errno.EDQUOT}
        if not full and not isinstance(error.filename, str):
            raise
        where, said = ("output", "written") if full else (error.filename, "used")
        complain(ConfigurationError([Fault(where, "", f"cannot be {said}: {error.strerror}")]))
        if full:
            sys.stderr.flush()
            os._exit(MISCONFIGURED)  # what could not be written would be tried once more
        sys.exit(MISCONFIGURED)


def complain(error: FenghuoError) -> None:
    """Say on standard error what is wrong, one line a fault."""
    from rich.console import Console

    console = Console(stderr=True, highlight=False, soft_wrap=True, markup=False)
    faults = error.faults if isinstance(error, ConfigurationError) else [error]
    for fault in faults:
        console.print(f"fenghuo: {fault}", style="bold red")


def _code(error: FenghuoError) -> int:
    if isinstance(error, ConfigurationError):
        return MISCONFIGURED
    return NO_BROKER if isinstance(error, BrokerUnavailable) else FAILED


def _tell_version(asked: bool) -> None:
    if asked:
        from importlib.metadata import version as release

        typer.echo(f"fenghuo {release('fenghuo')}")
        raise typer.Exit


@app.callback()
def options(
    _version: Annotated[
        bool, typer.Option("--version", help="Say which release this is.", callback=_tell_version, is_eager=True)
    ] = False,
) -> None:
    """烽火: events of a city stream in, graded warnings stream out."""


@app.command()
def version() -> None:
    """Say which release this is."""
    _tell_version(asked=True)


@app.command()
def mappings() -> None:
    """List the mappings that come with the package: how foreign files become reports."""
    from streams.commands import list_mappings

    list_mappings()


@app.command()
def worker(
    bootstrap: Bootstrap = None,
    prefix: Prefix = None,
    areas: Areas = None,
    group: Annotated[str | None, typer.Option(help="Consumer group, instead of FENGHUO_GROUP.")] = None,
    http_port: Annotated[int | None, typer.Option(help="Port of /metrics and /health.")] = None,
    people: Annotated[str | None, typer.Option(help="Accounts with roles (YAML), instead of FENGHUO_PEOPLE.")] = None,
) -> None:
    """Run a worker: raw records to events to alerts. As many as there are partitions may share the work."""
    with before_the_start("the worker") as go_on:
        over = {"areas": areas, "group": group, "http_port": http_port, "people": people}
        settings = settings_to_start(bootstrap, prefix, **over)
        from streams.running import run

        go_on()
        code = run(settings)
    raise typer.Exit(code)


@app.command()
def feed(
    inputs: Annotated[list[str], typer.Argument(metavar="MAPPING FILE... [MAPPING FILE...]", show_default=False)],
    bootstrap: Bootstrap = None,
    prefix: Prefix = None,
    speed: Speed = None,
) -> None:
    """Send files to their topics in the order of event time, as fast as it goes or at `--speed`.

    A mapping says how rows become reports: a name from `fenghuo mappings`, or a .yaml of your own. It holds for the
    files after it, up to the next mapping.
    """
    settings = settings_of(bootstrap, prefix)
    from streams.commands import feed_files
    from streams.feed import read_inputs

    feed_files(read_inputs(inputs), settings, speed)


@app.command()
def replay(
    inputs: Annotated[
        list[str] | None, typer.Argument(metavar="[MAPPING FILE... [MAPPING FILE...]]", show_default=False)
    ] = None,
    topic: Annotated[bool, typer.Option("--topic", help="Replay the recorded events topic instead of files.")] = False,
    book: Annotated[str | None, typer.Option(help="Folder of the rule book, instead of FENGHUO_BOOK.")] = None,
    areas: Areas = None,
    context: Annotated[
        Path | None, typer.Option(help="Declarations (JSON lines), each from its issued_at on; with files.")
    ] = None,
    lessons: Lessons = None,
    out: Annotated[Path | None, typer.Option(help="Write the alerts here, one JSON object a line.")] = None,
    out_restricted: Annotated[
        Path | None, typer.Option(help="Write those for the duty desk only here; --out never has them.")
    ] = None,
    versions: Annotated[bool, typer.Option("--versions", help="Write every version, not only the last.")] = False,
    dead: Annotated[Path | None, typer.Option(help="Write rows that cannot become events here, with why.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the summary as JSON.")] = False,
    bootstrap: Bootstrap = None,
    prefix: Prefix = None,
    lang: Language = "zh",
) -> None:
    """Run files, or the recorded events of a live run, through the pipeline; no worker, no waiting."""
    if topic == bool(inputs):
        raise typer.BadParameter("give MAPPING FILE..., or --topic")
    if topic and context is not None:
        raise typer.BadParameter("--context goes with files: the recorded topic holds what was declared")
    if topic and lessons is not None:
        raise typer.BadParameter("--lessons goes with files: on the recorded topic events have their kinds")
    settings = settings_of(bootstrap, prefix, book=book, areas=areas)
    from streams.feed import read_inputs
    from streams.intake.places import load_areas
    from streams.interrupt import Interrupt
    from streams.language import voice_of
    from streams.replay_cli import print_summary, replay_files, replay_recorded

    stop = Interrupt()
    try:
        if topic:
            name = settings.areas
            summary, _ = replay_recorded(
                settings,
                out=out,
                out_restricted=out_restricted,
                every_version=versions,
                published=book is None,
                interrupt=stop,
            )
        else:
            files = read_inputs(inputs or [])
            name = areas or files[0][0].areas
            summary, _ = replay_files(
                files,
                settings,
                areas=areas,
                context=context,
                lessons=lessons,
                out=out,
                out_restricted=out_restricted,
                dead=dead,
                every_version=versions,
                interrupt=stop,
            )
    except KeyboardInterrupt:
        typer.echo("fenghuo: interrupted before there was anything to sum up; no file was written", err=True)
        raise
    print_summary(summary, voice_of(load_areas(name), lang), as_json=as_json, interrupted=stop.came)
    raise typer.Exit(INTERRUPTED if stop.came else 0 if summary.adds_up() else FAILED)


@app.command()
def simulate(
    out: Annotated[Path, typer.Option(help="File of the reports, .jsonl or .jsonl.gz.", dir_okay=False)],
    truth: Annotated[Path | None, typer.Option(help="File of what was staged, .jsonl or .jsonl.gz.")] = None,
    days: Annotated[float, typer.Option(help="How long, days.", min=0.01, max=3_660)] = 1.0,
    seed: Annotated[int, typer.Option(help="Same seed, same bytes.")] = 1,
    start: Annotated[
        datetime | None, typer.Option(help="Local beginning; the demo's day without.", formats=["%Y-%m-%d"])
    ] = None,
    daily_events: Annotated[
        float, typer.Option(help="Mean reports a day of plain life.", min=0, max=10_000_000)
    ] = 3000.0,
    scenario: Scenarios = None,
    areas: Areas = None,
) -> None:
    """Write a simulated city's reports, as the mapping `fenghuo` reads them, and the truth about what was staged."""
    settings = settings_of(None, None, areas=areas)
    from streams.commands import simulate_to

    simulate_to(
        out, truth, settings, start=start, days=days, seed=seed, daily_events=daily_events, scenarios=scenario or ()
    )


if __name__ == "__main__":
    main()
