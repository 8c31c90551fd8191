"""Every variable that can be set: what it means, its default, whether it is secret, and which commands use it."""

from __future__ import annotations

import re
from inspect import cleandoc
from typing import Any, NamedTuple

import msgspec

from streams.settings import SECRETS, Settings, variable_of
from streams.settings_checks import LOGIN

ALL = "all"
"""Every command that asks Kafka or reads a city."""


class About(NamedTuple):
    """One variable.

    Parameters
    ----------
    variable
        Its name.
    default
        Value without it, as it is written; empty for none.
    meaning
        In a sentence.
    commands
        Those of ``fenghuo`` that go by it.
    secret
        Whether its value must not be shown.

    """

    variable: str
    default: str
    meaning: str
    commands: tuple[str, ...]
    secret: bool = False


_MAKERS = ("worker", "replay", "backtest", "demo")
_USED_BY: dict[str, tuple[str, ...]] = {
    "bootstrap": (ALL,),
    "prefix": (ALL,),
    "areas": (ALL,),
    "group": ("worker", "deliver", "board"),
    "partitions": (ALL,),
    "replication": ("topics",),
    "book": (*_MAKERS, "board", "explain", "report"),
    "hazards": _MAKERS,
    "people": ("worker", "board"),
    "reporter_key": (*_MAKERS, "board"),
    "reporter_key_file": (*_MAKERS, "board"),
    "lateness_s": (*_MAKERS, "explain"),
    "idle_s": ("worker",),
    "snapshot_s": ("worker",),
    "http_host": ("worker", "deliver", "links", "board"),
    "http_port": ("worker", "deliver", "links", "board"),
    "stalled_s": ("worker", "deliver"),
    "exercise": ("worker", "replay"),
    "channels": ("deliver",),
    "oncall": ("deliver",),
    "links": ("deliver",),
    "outlines": ("board",),
    "reports": ("board",),
    "passwords": ("board",),
    "access": ("board",),
}
_BOARD = "board_"
_LINKS = ("deliver", "links")
OTHERS = (
    About("FENGHUO_LANG", "zh", "Language of what is shown: `zh` or `en`.", (ALL,)),
    About("FENGHUO_TOKEN_KEY", "", "Secret that links in messages are signed with, at least 16 bytes.", _LINKS, True),
    About("FENGHUO_TOKEN_KEY_FILE", "", "File that holds it, in its place.", _LINKS),
    About("FENGHUO_TOKEN_KEY_OLD", "", "The secret of before, while a new one takes its place.", _LINKS, True),
    About("FENGHUO_TOKEN_KEY_OLD_FILE", "", "File that holds it, in its place.", _LINKS),
    About("FENGHUO_SKIP_KAFKA", "", "`1`: the tests do without Kafka.", ("tests/run.sh",)),
)
"""Variables that are no settings, but read in other places."""


def abouts() -> list[About]:
    """Return every variable: the settings in the order they are written, then the others."""
    meanings = _meanings()
    return [_about(field, meanings) for field in msgspec.structs.fields(Settings)] + list(OTHERS)


def _about(field: msgspec.structs.FieldInfo, meanings: dict[str, str]) -> About:
    name = field.name
    used = ("board",) if name.startswith(_BOARD) else (ALL,) if name.startswith(LOGIN) else _USED_BY.get(name, ())
    return About(variable_of(name), written(field.default), meanings[name], used, name in SECRETS)


def written(value: Any) -> str:  # noqa: ANN401 - of any setting
    """Return a value as it is written in a variable."""
    if isinstance(value, bool):
        return str(value).lower()
    return f"{value:g}" if isinstance(value, float) else str(value)


def _meanings() -> dict[str, str]:
    """Return what the docstring of the settings says of each."""
    listed = cleandoc(Settings.__doc__ or "").split("----------\n", 1)[1]
    found: dict[str, str] = {}
    for names, text in re.findall(r"^(\S.*)\n((?:    .*\n?)+)", listed, re.MULTILINE):
        for name in names.split(", "):
            found[name] = re.sub(r"``(.*?)``", r"`\1`", " ".join(text.split()))
    return found
