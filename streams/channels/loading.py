"""Finds the types of channels, and opens those that one YAML file configures."""

from __future__ import annotations

import importlib
import pkgutil
import re
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

import msgspec

from detectors.areas import AreaTree
from rules.reading import At, Reading, nearest, path_of
from rules.rulefile import Document, line_of
from streams import channels
from streams.channels.base import Channel
from streams.channels.settings import ChannelSettings, Tools
from streams.errors import ConfigurationError, Fault
from streams.intake.places import load_areas
from streams.messages import Composer, load_templates
from streams.messages.templates import open_document
from streams.secret import Said, Secret, find_secret
from streams.settings import Settings

_NAME = re.compile(r"[a-z0-9][a-z0-9_.-]{0,63}")


@cache
def channel_types() -> dict[str, type[ChannelSettings]]:
    """Find every type of channel in this folder: a new one is one new file.

    Returns
    -------
    dict
        Settings by the name of the type.

    """
    for module in pkgutil.iter_modules(channels.__path__):
        importlib.import_module(f"{channels.__name__}.{module.name}")
    kinds = (kind for kind in _below(ChannelSettings) if "type" in vars(kind))
    return {kind.type: kind for kind in sorted(kinds, key=lambda kind: kind.type)}


def _below(kind: type[ChannelSettings]) -> Iterator[type[ChannelSettings]]:
    for one in kind.__subclasses__():
        yield one
        yield from _below(one)


def load_channels(path: Path, env: Mapping[str, str], *, areas: AreaTree | None = None) -> dict[str, Channel]:
    """Open the channels that a file configures; none connects before it sends.

    Parameters
    ----------
    path
        YAML: ``channels``, each name with a ``type`` and what it needs, and ``templates``, the path of a file.
        Paths in it are relative to its folder.
    env
        Variables that secrets are taken from.
    areas
        City whose names and clock messages use; by default the one ``FENGHUO_AREAS`` names, as for a worker.

    Raises
    ------
    ConfigurationError
        With every fault. None of them repeats a secret.

    """
    document = open_document(path)
    faults = [Fault(str(path), path_of(at), message, line) for line, at, message in document.doubles]

    def say(at: At, message: str) -> None:
        faults.append(Fault(str(path), path_of(at), message, line_of(document.node, at)))

    planned = list(_planned(document, path.parent, env, say))
    try:
        composer = _composer(document, path.parent, env, areas)
    except ConfigurationError as error:
        faults += error.faults
    if faults:
        raise ConfigurationError(faults)
    return {name: settings.open(name, Tools(secrets, composer)) for name, settings, secrets in planned}


class _Planned(NamedTuple):
    name: str
    settings: ChannelSettings
    secrets: dict[str, Secret]


def _composer(document: Document, folder: Path, env: Mapping[str, str], areas: AreaTree | None) -> Composer:
    given = document.data.get("templates") if isinstance(document.data, Mapping) else None
    templates = load_templates(folder / given if isinstance(given, str) else None)
    return Composer(areas or load_areas(env.get("FENGHUO_AREAS", Settings().areas)), templates)


def _planned(document: Document, folder: Path, env: Mapping[str, str], say: Said) -> Iterator[_Planned]:
    """Yield every channel that has no fault; tell the faults of the others."""
    content = document.data
    if not isinstance(content, Mapping) or not isinstance(content.get("channels"), Mapping):
        say((), "expected channels: names, each with a type and its settings")
        return
    for name in content.keys() - {"channels", "templates"}:
        say((str(name),), f"unknown field {str(name)!r}; known: channels, templates")
    if not isinstance(content.get("templates", ""), str):
        say(("templates",), "expected the path of a file")
    for name, given in content["channels"].items():
        at: At = ("channels", str(name))
        if not isinstance(name, str) or not _NAME.fullmatch(name):
            say(at, "a name has small letters, digits, dots, dashes and underscores, 64 at most")
        elif not isinstance(given, Mapping) or not isinstance(given.get("type"), str):
            say(at, f"expected a type and its settings; types: {', '.join(channel_types())}")
        elif given["type"] not in channel_types():
            known = channel_types()
            close = nearest(given["type"], known) or f"; types: {', '.join(known)}"
            say((*at, "type"), f"there is no type {given['type']!r}{close}")
        elif found := _one(name, given, folder, env, lambda path, message, at=at: say((*at, *path), message)):  # type: ignore[misc]
            yield found


def _one(name: str, given: Mapping[str, Any], folder: Path, env: Mapping[str, str], say: Said) -> _Planned | None:
    """Return one channel, ``None`` when it has a fault."""
    kind = channel_types()[given["type"]]
    told: list[At] = []

    def fault(at: At, message: str) -> None:
        told.append(at)
        say(at, message)

    hidden = {f"{secret}{end}" for secret in kind.secrets for end in ("", "_from", "_file")}
    secrets = {one: find_secret(one, given, folder, env, fault, needed=kind.secrets[one]) for one in kind.secrets}
    open_fields = {key: value for key, value in given.items() if key != "type" and key not in hidden}
    reading = Reading()
    settings: ChannelSettings = reading.value(kind, open_fields)
    for at, message in reading.faults:
        fault(at, message)
    if told:
        return None
    chosen = {key: given[key] for key in hidden if key in given}
    settings = msgspec.structs.replace(settings, **chosen)
    for field, message in settings.faults(secrets):
        fault((field,), message)
    return None if told else _Planned(name, settings, secrets)
