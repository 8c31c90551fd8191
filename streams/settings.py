"""Settings of a worker: read from the environment once, every fault reported together."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

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

    """

    bootstrap: str = "127.0.0.1:9092"
    prefix: str = ""
    group: str = "fenghuo"
    partitions: int = 4
    replication: int = 1
    areas: str = "shantou"
    book: str = ""
    hazards: str = ""
    reporter_key: str = ""
    reporter_key_file: str = ""
    lateness_s: float = 600.0
    idle_s: float = 10.0
    snapshot_s: float = 5.0
    http_host: str = "127.0.0.1"
    http_port: int = 6066
    stalled_s: float = 60.0
    data_dir: str = ""

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
                raise ConfigurationError([Fault(where, "", f"cannot be read: {error.strerror}")]) from error
        if len(key) < LEAST_KEY_BYTES:
            what = "is not set" if not key else f"is shorter than {LEAST_KEY_BYTES} bytes"
            message = (
                f"{what}; reporters are only kept as keyed hashes, so a worker needs a secret: set "
                f"FENGHUO_REPORTER_KEY or FENGHUO_REPORTER_KEY_FILE to at least {LEAST_KEY_BYTES} bytes, the same "
                "for all workers"
            )
            raise ConfigurationError([Fault(where, "", message)])
        return key


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
        With every variable that is unknown or has a value that does not fit.

    """
    environ = os.environ if environ is None else environ
    data: dict[str, Any] = {}
    faults: list[Fault] = []
    known = set(Settings.__struct_fields__)
    if "KAFKA_BOOTSTRAP_SERVERS" in environ:
        data["bootstrap"] = environ["KAFKA_BOOTSTRAP_SERVERS"]
    for variable, value in environ.items():
        name = variable.removeprefix(PREFIX).lower()
        if not variable.startswith(PREFIX) or variable in _NOT_OURS:
            continue
        if name not in known:
            faults.append(Fault(variable, "", "no setting has this name"))
        else:
            data[name] = value
    data |= {name: value for name, value in over.items() if value is not None}
    for name, value in data.items():
        try:
            msgspec.convert({name: value}, Settings, strict=False)
        except msgspec.ValidationError as error:
            faults.append(Fault(f"{PREFIX}{name.upper()}", "", str(error).partition(" - at ")[0]))
    if faults:
        raise ConfigurationError(faults)
    settings = msgspec.convert(data, Settings, strict=False)
    faults = [
        Fault(f"{PREFIX}{name.upper()}", "", f"{getattr(settings, name):g} is not more than 0")
        for name in ("partitions", "replication", "idle_s", "snapshot_s", "stalled_s")
        if getattr(settings, name) <= 0
    ]
    if settings.lateness_s < 0 or settings.lateness_s > _LONGEST_LATENESS_S:
        faults.append(Fault("FENGHUO_LATENESS_S", "", "must be between 0 and 43200 (12 hours)"))
    if faults:
        raise ConfigurationError(faults)
    return settings


_NOT_OURS = {"FENGHUO_SKIP_KAFKA", "FENGHUO_LANG"}
_LONGEST_LATENESS_S = 43_200.0
