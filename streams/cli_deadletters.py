"""The command line: `fenghuo dead-letters`."""

# ruff: noqa: FBT002, PLC0415 - as in `streams.cli`
from __future__ import annotations

from typing import Annotated

import typer

from streams.options import Bootstrap, Prefix, Reason, settings_of

dead_app = typer.Typer(help="Records that could not become events: list, count, send again.", no_args_is_help=True)


@dead_app.command("list")
def list_dead_letters(
    bootstrap: Bootstrap = None,
    prefix: Prefix = None,
    reason: Reason = None,
    limit: Annotated[int, typer.Option(help="At most so many, the newest.", min=1)] = 20,
    show_raw: Annotated[
        bool, typer.Option("--show-raw", help="Their outline too; with --by and --why the bytes: personal data!")
    ] = False,
    by: Annotated[str, typer.Option(help="Who is shown the original bytes: goes on record before.")] = "",
    why: Annotated[str, typer.Option(help="What for.")] = "",
) -> None:
    """List records that could not become events: which, why, and where in the record the fault is."""
    settings = settings_of(bootstrap, prefix)
    from streams.bars import console
    from streams.burials import Revealed, list_letters

    revealed = Revealed(by, why) if by or why else None
    list_letters(settings, console(), reason=reason, limit=limit, show_raw=show_raw, revealed=revealed)


@dead_app.command("count")
def count_dead_letters(
    bootstrap: Bootstrap = None,
    prefix: Prefix = None,
    as_json: Annotated[bool, typer.Option("--json", help="As JSON.")] = False,
) -> None:
    """Count them by topic and reason."""
    settings = settings_of(bootstrap, prefix)
    from streams.bars import console
    from streams.burials import count_letters

    count_letters(settings, console(), as_json=as_json)


@dead_app.command("resend")
def resend_dead_letters(
    bootstrap: Bootstrap = None,
    prefix: Prefix = None,
    reason: Reason = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say what would be sent.")] = False,
) -> None:
    """Put the original bytes back on their topics, after what was wrong has been mended."""
    settings = settings_of(bootstrap, prefix)
    from streams.bars import console
    from streams.burials import resend_letters

    resend_letters(settings, console(), reason=reason, dry_run=dry_run)
