"""What a value of a setting has to be: in range, of a form, the name of something that is there."""

from __future__ import annotations

import re
from collections.abc import Iterator
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING, Any

from streams.errors import ConfigurationError
from streams.login import MECHANISMS, SECURITIES

if TYPE_CHECKING:
    from streams.settings import Settings

LOGIN = "kafka_"
"""How the settings of how to get into the cluster begin."""
NOT_SETTINGS = frozenset(
    {
        "FENGHUO_LANG",
        "FENGHUO_SKIP_KAFKA",
        "FENGHUO_TOKEN_KEY",
        "FENGHUO_TOKEN_KEY_FILE",
        "FENGHUO_TOKEN_KEY_OLD",
        "FENGHUO_TOKEN_KEY_OLD_FILE",
    }
)
"""Variables with the prefix that are read elsewhere; `streams.configuration.about` tells of each."""
KINDS = {"int": "whole number", "float": "number", "str": "text", "bool": "`true` or `false`"}
_DAY_S = 86_400.0
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
_PORT = r"(6553[0-5]|655[0-2]\d|65[0-4]\d\d|6[0-4]\d{3}|[0-5]?\d{1,4})"
_HOST_PORT = rf"[^\s,:/]+:{_PORT}|\[[0-9a-fA-F:.]+\]:{_PORT}"
_TOPIC = "must be made of letters, digits, dots, dashes and underscores, 150 at most"
_NO_HOST = "is no host name or address"
_FORMS = {
    "bootstrap": (
        re.compile(f"({_HOST_PORT})(,({_HOST_PORT}))*"),
        "is no HOST:PORT (several: commas between, no spaces)",
    ),
    "kafka_security": (re.compile("|".join(SECURITIES)), f"is none of {', '.join(SECURITIES)}"),
    "kafka_mechanism": (re.compile("|".join(MECHANISMS)), f"is none of {', '.join(MECHANISMS)}"),
    "prefix": (re.compile(r"[\w.-]{0,150}", re.ASCII), _TOPIC),
    "group": (re.compile(r"\S.{0,199}"), "must be a name of 1 to 200 characters"),
    "links": (re.compile(r"(https?://\S+)?"), "is no address of a page"),
    "http_host": (re.compile(r"\S+"), _NO_HOST),
    "board_host": (re.compile(r"\S+"), _NO_HOST),
}


def value_faults(name: str, value: Any) -> Iterator[str]:  # noqa: ANN401 - of the type of its setting
    """Yield what is wrong with the value of a setting that has the right type."""
    if name in _RANGES:
        low, high = _RANGES[name]
        if not low <= value <= high:  # not a number is out of every range
            yield f"{value} is not between {low:g} and {high:g}"
    elif name in _FORMS:
        form, message = _FORMS[name]
        if not form.fullmatch(value):
            yield f"{value!r} {message}"
    elif value and name in _FILES:
        yield from _FILES[name](value)


def login_faults(settings: Settings) -> Iterator[tuple[str, str]]:
    """Yield settings of how to get into the cluster that do not go together, or name files that hold no such thing."""
    if settings.kafka_password and settings.kafka_password_file:
        yield f"{LOGIN}password_file", "give the password or its file, not both"
        return
    try:
        found = list(settings.login().faults())
    except ConfigurationError as error:
        found = [("password_file", str(error))]
    yield from ((f"{LOGIN}{name}", message) for name, message in found)


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


_FILES = {
    "areas": _area_faults,
    "book": _folder_faults,
    "hazards": _file_faults,
    "people": _file_faults,
    "reporter_key_file": _file_faults,
    "kafka_password_file": _file_faults,
    "kafka_ca": _file_faults,
    "kafka_certificate": _file_faults,
    "kafka_key_file": _file_faults,
    "channels": _file_faults,
    "oncall": _file_faults,
    "outlines": _file_faults,
    "reports": _folder_faults,
    "passwords": _file_faults,
    "access": _file_faults,
}
