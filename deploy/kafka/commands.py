"""The command line of broker.py."""

from __future__ import annotations

import argparse
import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path
from types import FrameType
from typing import NoReturn

from broker import Broker, BrokerError

DOES_NOT_RUN, DOES_NOT_ANSWER = 1, 2


def main(arguments: list[str] | None = None) -> int:
    """Do what the command line says; returns the exit code."""
    options = _parser().parse_args(arguments)
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, _leave)
    try:
        code: int = options.act(options)
    except BrokerError as error:
        print(error, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 128 + signal.SIGINT
    return code


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="broker.py", description="A real Kafka broker on this machine, on localhost.")
    commands = parser.add_subparsers(dest="command", required=True)
    for act, what in (
        (start, "start it, wait until it answers, print the address"),
        (stop, "shut it down"),
        (status, "print the address; exit code 1: does not run, 2: runs and does not answer"),
        (run, "run a command with KAFKA_BOOTSTRAP_SERVERS set to it, then shut it down unless it ran before"),
    ):
        command = commands.add_parser(act.__name__, help=what, description=what)
        command.set_defaults(act=act)
        command.add_argument("--dir", required=True, type=Path, help="where its data, port and log stay")
        if act in (start, run):
            command.add_argument("--port", type=int, default=0, help="default: that of last time, or a free one")
            command.add_argument("--heap-mb", type=int, default=1024, help="largest Java heap in MiB (default: 1024)")
    detach = "leave it running; without this, Ctrl-C stops it"
    commands.choices["start"].add_argument("--detach", action="store_true", help=detach)
    remove = "delete the folder afterwards, unless the command failed"
    commands.choices["run"].add_argument("--remove", action="store_true", help=remove)
    commands.choices["run"].add_argument("argv", nargs="+", metavar="COMMAND", help="put -- before it")
    return parser


def start(options: argparse.Namespace) -> int:
    """Start the broker and, unless detached, stay until it or the user ends it."""
    broker = Broker(options.dir, port=options.port, heap_mb=options.heap_mb)
    print(broker.start(), flush=True)
    if options.detach:
        return 0
    try:
        broker.wait()
    finally:
        broker.stop()
    print(f"Kafka ended by itself; see {broker.log}", file=sys.stderr)
    return 1


def stop(options: argparse.Namespace) -> int:
    """Shut the broker down."""
    print("stopped" if Broker(options.dir).stop() else "was not running")
    return 0


def status(options: argparse.Namespace) -> int:
    """Print the address of a broker that answers."""
    broker = Broker(options.dir)
    if broker.answers():
        print(broker.bootstrap)
        return 0
    if broker.pid is None:
        print("not running", file=sys.stderr)
        return DOES_NOT_RUN
    print("running, but does not answer", file=sys.stderr)
    return DOES_NOT_ANSWER


def run(options: argparse.Namespace) -> int:
    """Run a command against the broker; returns its exit code (128 + the signal that ended it, as shells do)."""
    broker = Broker(options.dir, port=options.port, heap_mb=options.heap_mb)
    found = broker.pid is not None
    environment = {**os.environ, "KAFKA_BOOTSTRAP_SERVERS": broker.start()}
    try:
        code = _run(options.argv, environment)
    finally:
        if not found:
            broker.stop()
    if options.remove and code in {0, 128 + signal.SIGINT}:
        shutil.rmtree(broker.folder)
    return code if code >= 0 else 128 - code


def _run(argv: list[str], environment: dict[str, str]) -> int:
    try:
        child = subprocess.Popen(argv, env=environment)
    except OSError as error:
        raise BrokerError(f"Could not run {argv[0]}: {error.strerror}.") from error
    # The command decides when it ends; Ctrl-C reaches it by itself, the others through here.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, lambda received, _: child.send_signal(received))
    return child.wait()


def _leave(number: int, _: FrameType | None) -> NoReturn:
    sys.exit(128 + number)
