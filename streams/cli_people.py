"""The command line: `fenghuo people`."""

# ruff: noqa: PLC0415 - as in `streams.cli`
from __future__ import annotations

from typing import Annotated

import typer

from streams.errors import ConfigurationError, Fault

people_app = typer.Typer(help="Accounts of the people who sign in to the board.", no_args_is_help=True)


@people_app.callback()
def people() -> None:
    """Accounts of the people who sign in to the board."""


@people_app.command("hash")
def hash_password(
    stdin: Annotated[  # noqa: FBT002 - a flag
        bool, typer.Option("--stdin", help="Read the password from standard input, its first line, once.")
    ] = False,
) -> None:
    """Print the hash of a password, for the file of FENGHUO_PASSWORDS. It is asked for twice, and never an argument."""
    from streams.board.access.passwords import hashed, refusal

    password = _from_stdin() if stdin else _asked()
    if refused := refusal(password):
        raise ConfigurationError([Fault("the password", "", refused)])
    typer.echo(hashed(password))


def _asked() -> str:
    """Return a password that was typed twice on a terminal."""
    import getpass
    import sys

    if not sys.stdin.isatty():
        raise ConfigurationError([Fault("the password", "", "is asked for on a terminal: give --stdin to pipe it in")])
    password = getpass.getpass("Password: ")
    if getpass.getpass("Once more: ") != password:
        raise ConfigurationError([Fault("the password", "", "was not the same twice")])
    return password


def _from_stdin() -> str:
    import sys

    from streams.board.access.passwords import LONGEST

    line = sys.stdin.buffer.readline(8 * LONGEST)
    try:
        return line.decode("utf-8").rstrip("\r\n")
    except UnicodeDecodeError as error:
        raise ConfigurationError([Fault("the password", "", "is not UTF-8 text")]) from error
