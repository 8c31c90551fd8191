"""Settings of a worker: read from the environment once, every fault reported together."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping
from difflib import get_close_matches
from importlib import resources
from pathlib import Path
from typing import Any, NamedTuple

import msgspec

from streams.errors import ConfigurationError, Fault

PREFIX = "FENGHUO_"
LEAST_KEY_BYTES = 16


class Settings(msgspec.Struct, frozen=True, kw_only=True):
    """What a worker is told; the variable of each is ``FENGHUO_`` and its name in capitals.

    Parameters
    ----------
    bootstrap
        Address of the Kafka cluster; also taken from ``KAFKA_BOOTSTRAP_SERVERS``.
    prefix
        Put before every topic name, so that several cities can share a cluster.
    group
        Consumer group; workers of one group share the partitions.
    partitions, replication
        Of topics that are created.
    areas
        Area tree: a shipped name or a path.
    book
        Folder of the rule book; empty for the shipped one.
    hazards
        Hazard register (CSV), empty for none.
    people
        Accounts with their roles and areas (YAML), empty for none: everybody may do everything.
    reporter_key, reporter_key_file
        Secret with which reporters are hashed, or a file that holds it; at least 16 bytes.
    lateness_s
        Allowed lateness: how far event times may run backwards within one raw partition, seconds.
    idle_s
        A raw partition without new records for so long no longer holds the watermark back, seconds.
    snapshot_s
        State is written and input acknowledged this often, seconds.
    http_host, http_port
        Where ``/metrics`` and ``/health`` answer.
    stalled_s
        A worker with input waiting and no progress for so long is not healthy, seconds.
    data_dir
        Folder Faust may write to; empty for a temporary one.
    exercise
        What is found from now on belongs to an exercise (演练), and says so wherever it goes; what is real stays so.
    channels
        File of the channels messages go out on (YAML); for delivery.
    oncall
        File of people, rosters and routes (YAML); for delivery.
    reports
        Folder of reports of backtests (HTML) that the board lists; empty for none.
    links
        Address of the page that takes the links of messages, each with its token behind; none are made without.
    board_host, board_port
        Where the duty board answers; beyond this machine only with accounts.
    passwords
        Hashes of the accounts' passwords (YAML); for the board.
    access
        How people sign in besides, and what stands before the board (YAML); for the board.

    """

    bootstrap: str = "127.0.0.1:9092"
    prefix: str = ""
    group: str = "fenghuo"
    partitions: int = 4
    replication: int = 1
    areas: str = "shantou"
    book: str = ""
    hazards: str = ""
    people: str = ""
    reporter_key: str = ""
    reporter_key_file: str = ""
    lateness_s: float = 600.0
    idle_s: float = 10.0
    snapshot_s: float = 5.0
    http_host: str = "127.0.0.1"
    http_port: int = 6066
    stalled_s: float = 60.0
    data_dir: str = ""
    exercise: bool = False
    channels: str = ""
    oncall: str = ""
    reports: str = ""
    links: str = ""
    board_host: str = "127.0.0.1"
    board_port: int = 8080
    passwords: str = ""
    access: str = ""

    def topic(self, name: str) -> str:
        """Return the name of a topic on the cluster."""
        return f"{self.prefix}{name}"

    def secret(self) -> bytes:
        """Return the key reporters are hashed with.

        Raises
        ------
        ConfigurationError
            When there is none, or it is too short.

        """
        key = self.reporter_key.encode()
        where = "FENGHUO_REPORTER_KEY"
        if self.reporter_key_file:
            where = self.reporter_key_file
            try:
                key = Path(self.reporter_key_file).read_bytes().strip()
            except OSError as error:
                raise ConfigurationError([Fault(where, "", f"cannot be read: {reason(error)}")]) from error
        if len(key) < LEAST_KEY_BYTES:
            what = "is not set" if not key else f"is shorter than {LEAST_KEY_BYTES} bytes"
            message = (
                f"{what}; reporters are only kept as keyed hashes, so a worker needs a secret: set "
                f"FENGHUO_REPORTER_KEY or FENGHUO_REPORTER_KEY_FILE to at least {LEAST_KEY_BYTES} bytes, the same "
                "for all workers"
            )
            raise ConfigurationError([Fault(where, "", message)])
        return key


class Given(NamedTuple):
    """A value that was given, and where: a variable, or an option of the command line."""

    where: str
    value: Any


def load_settings(environ: Mapping[str, str] | None = None, **over: object) -> Settings:
    """Read the settings.

    Parameters
    ----------
    environ
        Variables to read, those of the process by default.
    over
        Values that go before the variables; ``None`` is ignored.

    Raises
    ------
    ConfigurationError
        With every variable that is unknown, or has a value that does not fit, is out of range or names no file.

    """
    settings, faults = read_settings(environ, **over)
    if faults:
        raise ConfigurationError(list(faults.values()))
    return settings


def read_settings(environ: Mapping[str, str] | None = None, **over: object) -> tuple[Settings, dict[str, Fault]]:
    """Read the settings as `load_settings`, but return the faults by setting; a setting at fault has its default."""
    environ = os.environ if environ is None else environ
    given: dict[str, Given] = {}
    faults: dict[str, Fault] = {}
    if "KAFKA_BOOTSTRAP_SERVERS" in environ:
        given["bootstrap"] = Given("KAFKA_BOOTSTRAP_SERVERS", environ["KAFKA_BOOTSTRAP_SERVERS"])
    for variable in environ:
        name = variable.removeprefix(PREFIX).lower()
        if not variable.startswith(PREFIX) or variable in _NOT_OURS:
            continue
        if name in Settings.__struct_fields__:
            given[name] = Given(variable, environ[variable])
        else:
            faults[variable] = Fault(variable, "", f"no setting has this name{_closest(name)}")
    for name, value in over.items():
        if value is not None:
            given[name] = Given(f"--{name.replace('_', '-')}", value)
    data: dict[str, Any] = {}
    for name, (where, value) in given.items():
        for message in _faults(name, value):
            faults[name] = Fault(where, "", message)
        if name not in faults:
            data[name] = value
    return msgspec.convert(data, Settings, strict=False), faults


def _closest(name: str) -> str:
    found = get_close_matches(name, Settings.__struct_fields__, 1)
    return f": do you mean {PREFIX}{found[0].upper()}?" if found else ""


def _faults(name: str, value: Any) -> Iterator[str]:  # noqa: ANN401 - whatever was given
    """Yield what is wrong with the value of a setting."""
    try:
        fitting = getattr(msgspec.convert({name: value}, Settings, strict=False), name)
    except msgspec.ValidationError:
        kind = _KINDS[Settings.__annotations__[name]]
        yield f"{value!r} is not {kind}" if kind.startswith("`") else f"{value!r} is no {kind}"
        return
    if name in _RANGES:
        low, high = _RANGES[name]
        if not low <= fitting <= high:  # not a number is out of every range
            yield f"{fitting} is not between {low:g} and {high:g}"
    elif name in _FORMS:
        form, message = _FORMS[name]
        if not form.fullmatch(fitting):
            yield f"{fitting!r} {message}"
    elif fitting and name in _FILES:
        yield from _FILES[name](fitting)


def shipped(name: str) -> bool:
    """Tell whether an area tree of this name comes with the package."""
    return name.isidentifier() and (resources.files("streams") / "areas" / f"{name}.yaml").is_file()


def _area_faults(name: str) -> Iterator[str]:
    if not shipped(name):
        folder = resources.files("streams") / "areas"
        names = sorted(one.name.removesuffix(".yaml") for one in folder.iterdir() if one.name.endswith(".yaml"))
        for message in _file_faults(name):
            yield f"{message}: give the path of an area file, or one of the shipped {', '.join(names)}"


def _file_faults(name: str) -> Iterator[str]:
    if Path(name).is_dir():
        yield f"{name} is a folder, not a file"
    elif not Path(name).exists():
        yield f"there is no file {name}"


def _folder_faults(name: str) -> Iterator[str]:
    if not Path(name).exists():
        yield f"there is no folder {name}"
    elif not Path(name).is_dir():
        yield f"{name} is a file, not a folder"


def reason(error: OSError | UnicodeDecodeError) -> str:
    """Say in plain words why a file cannot be read or written."""
    if isinstance(error, UnicodeDecodeError):
        return "it is not UTF-8 text"
    return (error.strerror or type(error).__name__).lower()


_NOT_OURS = {
    "FENGHUO_SKIP_KAFKA",
    "FENGHUO_LANG",
    "FENGHUO_TOKEN_KEY",
    "FENGHUO_TOKEN_KEY_OLD",
}
_DAY_S = 86_400.0
_KINDS = {"int": "whole number", "float": "number", "str": "text", "bool": "`true` or `false`"}
_RANGES: dict[str, tuple[float, float]] = {
    "partitions": (1, 1_000),
    "replication": (1, 99),
    "lateness_s": (0, _DAY_S / 2),
    "idle_s": (0.01, _DAY_S),
    "snapshot_s": (0.01, _DAY_S),
    "stalled_s": (0.01, _DAY_S),
    "http_port": (0, 65_535),
    "board_port": (0, 65_535),
}
_HOST_PORT = r"[^\s,:/]+:\d{1,5}|\[[0-9a-fA-F:.]+\]:\d{1,5}"
_TOPIC = "must be made of letters, digits, dots, dashes and underscores, 150 at most"
_FORMS = {
    "bootstrap": (re.compile(f"({_HOST_PORT})(,({_HOST_PORT}))*"), "is no HOST:PORT (several: with commas between)"),
    "prefix": (re.compile(r"[\w.-]{0,150}", re.ASCII), _TOPIC),
    "group": (re.compile(r"\S.{0,199}"), "must be a name of 1 to 200 characters"),
    "links": (re.compile(r"(https?://\S+)?"), "is no address of a page"),
    "http_host": (re.compile(r"\S+"), "is no host name or address"),
    "board_host": (re.compile(r"\S+"), "is no host name or address"),
}
_FILES = {
    "areas": _area_faults,
    "book": _folder_faults,
    "hazards": _file_faults,
    "people": _file_faults,
    "reporter_key_file": _file_faults,
    "channels": _file_faults,
    "oncall": _file_faults,
    "reports": _folder_faults,
    "passwords": _file_faults,
    "access": _file_faults,
}
