"""`fenghuo context cap`: weather warnings from files onto the topic ``context``, or into a file for a replay."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

from rich.console import Console

from detectors.areas import AreaTree
from rules.surroundings import Declaration
from streams import topics
from streams.cap.ledger import Ledger, Taken
from streams.cap.reading import LARGEST, CapMessage, read_cap
from streams.codec import encode
from streams.context import declares
from streams.declaring import latest_records
from streams.errors import BadInput, ConfigurationError, Fault
from streams.intake.places import load_areas
from streams.outputs import output_faults
from streams.publishing import publish_all
from streams.settings import Settings, reason

STDIN = "-"


def take_files(
    settings: Settings, console: Console, files: Sequence[str], *, holds_s: float, write: Path | None = None
) -> None:
    """Take the messages in files in the order they were sent; say what became of each.

    Parameters
    ----------
    settings
        The city, and the cluster.
    console
        Where to say it.
    files
        Paths, or ``-``.
    holds_s
        How long a warning without ``<expires>`` holds, seconds.
    write
        File for the declarations, one JSON object a line, in place of the topic; what is in force is then only what
        these messages say.

    Raises
    ------
    ConfigurationError
        With every file that cannot be read or understood; then none is taken.
    BrokerUnavailable
        When the broker does not answer, or the topics are not there.

    """
    areas = load_areas(settings.areas)
    if faults := output_faults({"--write": write}, [Path(file) for file in files if file != STDIN]):
        raise ConfigurationError(faults)
    ledger = Ledger(areas, holds_s)
    messages = _read(files)
    if write is None:
        ledger.note(latest_records(settings))
    taken = list(_taken(ledger, messages))
    made = [one for _, found in taken for one in found.declarations]
    if write is not None:
        _write(write, made)
    elif made:
        publish_all(settings, topics.CONTEXT, [(one.id, encode(one)) for one in made])
    for message, found in taken:
        for line in _said(message, found, areas):
            console.print(line, markup=False, soft_wrap=True)


def _read(files: Sequence[str]) -> list[tuple[str, CapMessage]]:
    found: list[tuple[str, CapMessage]] = []
    faults: list[Fault] = []
    for file in files:
        try:
            found.append((file, read_cap(_bytes(file))))
        except BadInput as bad:
            faults.append(Fault(file, bad.path, bad.message))
        except OSError as error:
            faults.append(Fault(file, "", f"cannot be read: {reason(error)}"))
    if faults:
        raise ConfigurationError(faults)
    return sorted(found, key=lambda one: (one[1].sent, one[1].identifier))


def _bytes(file: str) -> bytes:
    if file == STDIN:
        return sys.stdin.buffer.read(LARGEST + 1)
    with Path(file).open("rb") as opened:
        return opened.read(LARGEST + 1)


def _taken(ledger: Ledger, messages: Sequence[tuple[str, CapMessage]]) -> Iterator[tuple[CapMessage, Taken]]:
    """Yield what becomes of every message.

    Raises
    ------
    ConfigurationError
        With every message that cannot be understood.

    """
    faults: list[Fault] = []
    for file, message in messages:
        try:
            yield message, ledger.take(message)
        except BadInput as bad:
            faults.append(Fault(file, bad.path, bad.message))
    if faults:
        raise ConfigurationError(faults)


def _write(path: Path, declarations: Sequence[Declaration]) -> None:
    try:
        path.write_bytes(b"".join(encode(one) + b"\n" for one in declarations))
    except OSError as error:
        raise ConfigurationError([Fault(str(path), "--write", f"cannot be written: {reason(error)}")]) from error


def _said(message: CapMessage, found: Taken, areas: AreaTree) -> Iterator[str]:
    name = f"{message.identifier} ({message.msg_type})"
    if found.why_not:
        yield f"{name}: not taken: {found.why_not}"
    for one in found.declarations:
        what = ", ".join(declares(one))
        if what and one.until_at is not None:
            place = f"{areas.name_of(one.area)} ({one.area})" if one.area else areas.name
            since, until = (f"{at.astimezone(areas.zone):%Y-%m-%d %H:%M}" for at in (one.issued_at, one.until_at))
            yield f"{name}: {what} in {place} from {since} until {until}"
        elif not what:
            yield f"{name}: ends {one.id}"
