"""Settings of a process: read from the environment once, every fault reported together.

The table in deploy/SETTINGS.md is written from here: a setting means what the docstring of `Settings` says of it. Who
uses it, and what is secret, stands in `streams.configuration.about`.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from difflib import get_close_matches
from pathlib import Path
from typing import Any, NamedTuple

import msgspec

from streams.errors import ConfigurationError, Fault
from streams.login import Login
from streams.settings_checks import KINDS, LOGIN, NOT_SETTINGS, login_faults, value_faults

PREFIX = "FENGHUO_"
CLUSTER = "KAFKA_BOOTSTRAP_SERVERS"
LEAST_KEY_BYTES = 16
SECRETS = frozenset({"reporter_key", "kafka_password"})
"""Settings whose value is never shown. A path of a file that holds a secret is none."""


class Settings(msgspec.Struct, frozen=True, kw_only=True):
    """What a process is told; the variable of each is ``FENGHUO_`` and its name in capitals.

    Parameters
    ----------
    bootstrap
        Address of the Kafka cluster; also taken from ``KAFKA_BOOTSTRAP_SERVERS``, after its own variable.
    kafka_security
        How to get into it: ``plaintext``, ``ssl``, ``sasl_plaintext`` (not encrypted) or ``sasl_ssl``.
    kafka_mechanism
        Of logging in: ``SCRAM-SHA-512``, ``SCRAM-SHA-256`` or ``PLAIN``.
    kafka_user
        Name to log in with; each role has one of its own (SECURITY.md).
    kafka_password
        Its password.
    kafka_password_file
        File that holds it, in its place.
    kafka_ca
        File of the authorities (PEM) brokers' certificates come from; empty for those of the machine.
    kafka_certificate, kafka_key_file
        Files (PEM) of a certificate of one's own and its key, where the cluster knows clients by these.
    prefix
        Put before every topic name, so that several cities can share a cluster.
    group
        Consumer group; workers of one group share the partitions.
    partitions
        Of topics that are created, and of those that are there; topics for the whole city have one.
    replication
        Copies of every record, of topics that are created.
    areas
        Area tree: a shipped name or a path.
    book
        Folder of the rule book, until one is published; empty for the shipped one.
    hazards
        Hazard register (CSV), empty for none.
    people
        Accounts with their roles and areas (YAML), empty for none: everybody may do everything.
    reporter_key
        Secret with which reporters are hashed, at least 16 bytes, the same for all workers; a worker needs one.
    reporter_key_file
        File that holds it, in its place.
    lateness_s
        Allowed lateness: how far event times may run backwards within one raw partition, seconds.
    idle_s
        A raw partition without new records for so long no longer holds the watermark back, seconds.
    snapshot_s
        State is written and input acknowledged this often, seconds.
    http_host, http_port
        Where ``/metrics`` and ``/health`` answer, of links the page; deliver has port 6067, links 6068 and board 6069
        without it.
    stalled_s
        A worker with input waiting and no progress for so long is not healthy, seconds.
    exercise
        What is found from now on belongs to an exercise (演练), and says so wherever it goes; what is real stays so.
    channels
        File of the channels messages go out on (YAML).
    oncall
        File of people, rosters and routes (YAML).
    links
        Address under which people reach the page that takes the links of messages; none are made without.
    board_host, board_port
        Where the duty board answers; beyond this machine only with accounts.
    outlines
        Outlines of the areas (GeoJSON) for the board's map; empty for those that come with the area tree, if any.
    passwords
        Hashes of the accounts' passwords (YAML).
    access
        How people sign in besides, and what stands before the board (YAML).
    reports
        Folder of backtest reports (HTML) that the board lists.

    """

    bootstrap: str = "127.0.0.1:9092"
    kafka_security: str = "plaintext"
    kafka_mechanism: str = "SCRAM-SHA-512"
    kafka_user: str = ""
    kafka_password: str = ""
    kafka_password_file: str = ""
    kafka_ca: str = ""
    kafka_certificate: str = ""
    kafka_key_file: str = ""
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
    exercise: bool = False
    channels: str = ""
    oncall: str = ""
    reports: str = ""
    links: str = ""
    board_host: str = "127.0.0.1"
    board_port: int = 8080
    outlines: str = ""
    passwords: str = ""
    access: str = ""

    def __repr__(self) -> str:
        """Show every setting that is not a secret."""
        shown = (f"{name}={getattr(self, name)!r}" for name in self.__struct_fields__ if name not in SECRETS)
        return f"Settings({', '.join(shown)})"

    def topic(self, name: str) -> str:
        """Return the name of a topic on the cluster."""
        return f"{self.prefix}{name}"

    def client(self) -> dict[str, Any]:
        """Return what every client of Kafka is told: where the cluster is, and how to get in."""
        return {"bootstrap_servers": self.bootstrap, **self.login().options()}

    def login(self) -> Login:
        """Return how to get into the cluster.

        Raises
        ------
        ConfigurationError
            When the file of the password cannot be read.

        """
        password = self.kafka_password
        if self.kafka_password_file:
            password = _read(self.kafka_password_file).decode("utf-8", "replace")
        own = {name: getattr(self, f"{LOGIN}{name}") for name in Login.__struct_fields__ if name != "password"}
        return msgspec.convert({**own, "password": password}, Login)

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
            key = _read(where)
        if len(key) < LEAST_KEY_BYTES:
            what = "is not set" if not key else f"is shorter than {LEAST_KEY_BYTES} bytes"
            message = (
                f"{what}; reporters are only kept as keyed hashes, so a worker needs a secret: set "
                f"FENGHUO_REPORTER_KEY or FENGHUO_REPORTER_KEY_FILE to at least {LEAST_KEY_BYTES} bytes, the same "
                "for all workers"
            )
            raise ConfigurationError([Fault(where, "", message)])
        return key


def _read(path: str) -> bytes:
    """Return the secret a file holds."""
    try:
        return Path(path).read_bytes().strip()
    except OSError as error:
        raise ConfigurationError([Fault(path, "", f"cannot be read: {reason(error)}")]) from error


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
    given, faults = given_settings(environ, **over)
    data: dict[str, Any] = {}
    for name, (where, value) in given.items():
        for message in _faults(name, value):
            faults[name] = Fault(where, "", message)
        if name not in faults:
            data[name] = value
    settings = msgspec.convert(data, Settings, strict=False)
    if any(name.startswith(LOGIN) for name in faults):
        return settings, faults
    wrong = {
        name: Fault(given[name].where if name in given else variable_of(name), "", message)
        for name, message in login_faults(settings)
    }
    if wrong:
        rest = {name: value for name, value in data.items() if not name.startswith(LOGIN)}
        settings = msgspec.convert(rest, Settings, strict=False)
    return settings, faults | wrong


def given_settings(
    environ: Mapping[str, str] | None = None, **over: object
) -> tuple[dict[str, Given], dict[str, Fault]]:
    """Return the values that were given, each with where, and a fault for every variable that is no setting."""
    environ = os.environ if environ is None else environ
    given: dict[str, Given] = {}
    faults: dict[str, Fault] = {}
    if CLUSTER in environ:
        given["bootstrap"] = Given(CLUSTER, environ[CLUSTER])
    for variable in environ:
        name = variable.removeprefix(PREFIX).lower()
        if not variable.startswith(PREFIX) or variable in NOT_SETTINGS:
            continue
        if name in Settings.__struct_fields__:
            given[name] = Given(variable, environ[variable])
        else:
            faults[variable] = Fault(variable, "", f"no setting has this name{_closest(name)}")
    for name, value in over.items():
        if value is not None:
            given[name] = Given(f"--{name.removeprefix('board_').replace('_', '-')}", value)
    return given, faults


def _closest(name: str) -> str:
    found = get_close_matches(name, Settings.__struct_fields__, 1)
    return f": do you mean {variable_of(found[0])}?" if found else ""


def variable_of(name: str) -> str:
    """Return the variable of a setting."""
    return f"{PREFIX}{name.upper()}"


def _faults(name: str, value: Any) -> Iterator[str]:  # noqa: ANN401 - whatever was given
    """Yield what is wrong with the value of a setting."""
    try:
        fitting = getattr(msgspec.convert({name: value}, Settings, strict=False), name)
    except msgspec.ValidationError:
        kind = KINDS[Settings.__annotations__[name]]
        yield f"{value!r} is not {kind}" if kind.startswith("`") else f"{value!r} is no {kind}"
    else:
        yield from value_faults(name, fitting)


def reason(error: OSError | UnicodeDecodeError) -> str:
    """Say in plain words why a file cannot be read or written."""
    if isinstance(error, UnicodeDecodeError):
        return "it is not UTF-8 text"
    return (error.strerror or type(error).__name__).lower()
