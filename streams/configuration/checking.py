"""Looks at the settings and at every file they name: what is fine, and every fault at once."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Mapping
from functools import partial
from ipaddress import ip_address
from pathlib import Path
from typing import TypeVar

import msgspec

from detectors.areas import AreaTree
from detectors.taxonomy import Taxonomy, load_taxonomy
from streams.assembly import read_book
from streams.board.access.config import load_access
from streams.board.access.passwords import load_passwords
from streams.board.outlines import load_outlines
from streams.channels.base import Channel
from streams.channels.loading import load_channels
from streams.delivery.links import links_from
from streams.errors import ConfigurationError, Fault
from streams.intake.hazards import load_hazards
from streams.intake.places import load_areas
from streams.oncall.loading import load_oncall
from streams.people import load_people
from streams.settings import Settings, variable_of
from streams.tokens import KEY, token_keys

_T = TypeVar("_T")

NEEDS = {
    "worker": {"reporter_key": "the secret reporters are hashed with"},
    "deliver": {"channels": "the file of channels", "oncall": "the file of people and rosters"},
    "links": {},
    "board": {},
}
"""What a command does not start without, by setting."""


class Report(msgspec.Struct, frozen=True):
    """What a look at the configuration found.

    Parameters
    ----------
    fine
        What can be used, and what it amounts to.
    faults
        What cannot.
    skipped
        What could not be looked at, and why.

    """

    fine: list[str] = msgspec.field(default_factory=list)
    faults: list[Fault] = msgspec.field(default_factory=list)
    skipped: list[str] = msgspec.field(default_factory=list)


def check(
    settings: Settings, wrong: Mapping[str, Fault], commands: tuple[str, ...], environ: Mapping[str, str] | None = None
) -> Report:
    """Look at all of it.

    Parameters
    ----------
    settings, wrong
        As `read_settings` returns them.
    commands
        What is to be run with them: those of `NEEDS`.
    environ
        Variables that secrets are taken from, those of the process by default.

    """
    return _Look(settings, wrong, os.environ if environ is None else environ).through(commands)


class _Look:
    """One look, and what it has found so far."""

    def __init__(self, settings: Settings, wrong: Mapping[str, Fault], environ: Mapping[str, str]) -> None:
        self._settings = settings
        self._wrong = wrong
        self._environ = environ
        self._taxonomy: Taxonomy = load_taxonomy()
        self._report = Report(faults=list(wrong.values()))

    def through(self, commands: tuple[str, ...]) -> Report:
        settings = self._settings
        areas = self._try("areas", partial(load_areas, settings.areas), _tree)
        self._try("book", lambda: read_book(settings.book, self._taxonomy), lambda book: f"{len(book.rules)} rules")
        self._secret(needed="worker" in commands)
        if areas is None:
            named = [
                name for name in ("outlines", "hazards", "people", "channels", "oncall") if getattr(settings, name)
            ]
            self._report.skipped.extend(f"{name}: which places there are is not known" for name in named)
        else:
            self._files(areas)
        self._links(needed="links" in commands)
        if "board" in commands:
            self._board()
        self._access()
        for command in commands:
            for name, what in NEEDS[command].items():
                if name != "reporter_key" and name not in self._wrong and not getattr(settings, name):
                    self._fault(variable_of(name), f"is not set: `fenghuo {command}` needs {what}")
        return self._report

    def _files(self, areas: AreaTree) -> None:
        settings, kinds = self._settings, self._taxonomy
        if settings.outlines:
            self._try("outlines", lambda: load_outlines(settings, areas), lambda found: f"{len(found)} areas")
        if settings.hazards:
            self._try(
                "hazards",
                lambda: load_hazards(Path(settings.hazards), areas),
                lambda register: f"{len(register)} hazards",
            )
        if settings.people:
            self._try(
                "people",
                lambda: load_people(Path(settings.people), areas),
                lambda found: f"{len(found.people)} accounts",
            )
        channels: dict[str, Channel] | None = None
        if settings.channels:
            path = Path(settings.channels)
            channels = self._try("channels", lambda: load_channels(path, self._environ, areas=areas), _listed)
        if settings.oncall:
            self._try(
                "oncall",
                lambda: load_oncall(
                    Path(settings.oncall), areas=areas, taxonomy=kinds, at=time.time(), channels=channels
                ),
                lambda found: f"{len(found.file.people)} people, {len(found.file.rosters)} rosters, no gap in any",
            )

    def _secret(self, *, needed: bool) -> None:
        settings = self._settings
        given = settings.reporter_key_file or ("FENGHUO_REPORTER_KEY" if settings.reporter_key else "")
        if self._wrong.keys() & {"reporter_key", "reporter_key_file"}:
            return
        if given or needed:
            self._try("reporter_key", settings.secret, lambda key: f"{len(key)} bytes, from {given}", show=False)

    def _links(self, *, needed: bool) -> None:
        def read() -> str:
            keys, links = token_keys(self._environ), links_from(self._settings.links, self._environ, time.time)
            if needed and keys is None:
                raise ConfigurationError(
                    [Fault(KEY, "", "is not set: `fenghuo links` needs the key of `fenghuo deliver`")]
                )
            if keys is None:
                return ""
            return (
                "a key to sign with" + (", and the one before" if keys.old else "") + (", an address" if links else "")
            )

        if "links" not in self._wrong:
            self._try("links", read, lambda said: said)

    def _board(self) -> None:
        host = self._settings.board_host
        if not self._settings.people and not _is_here(host):
            self._fault(
                variable_of("board_host"),
                f"{host} can be reached from elsewhere, where without FENGHUO_PEOPLE everybody may do everything: the "
                "board does not start",
            )

    def _access(self) -> None:
        settings = self._settings
        if settings.passwords:
            path = Path(settings.passwords)
            self._try("passwords", lambda: load_passwords(path), lambda found: f"{len(found.hashes)} passwords")
        if settings.access:
            file = Path(settings.access)
            self._try("access", lambda: load_access(file, self._environ), lambda _: "can be used")

    def _fault(self, where: str, message: str) -> None:
        self._report.faults.append(Fault(where, "", message))

    def _try(self, name: str, read: Callable[[], _T], tell: Callable[[_T], str], *, show: bool = True) -> _T | None:
        """Return what was read and take note that it is fine, or of its faults."""
        if name in self._wrong:
            return None
        try:
            found = read()
        except ConfigurationError as error:
            self._report.faults.extend(error.faults)
            return None
        value = str(getattr(self._settings, name)) if show else ""
        if said := tell(found):
            self._report.fine.append(f"{name}: {value or 'shipped'}: {said}" if show else f"{name}: {said}")
        return found


def _tree(areas: AreaTree) -> str:
    districts = areas.districts()
    below = sum(len(areas.children(district.id)) for district in districts)
    return f"{areas.name}, {len(districts)} districts, {below} streets" + (", open" if areas.open else "")


def _listed(channels: Mapping[str, Channel]) -> str:
    return f"{len(channels)} channels ({', '.join(channels)})"


def _is_here(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
