"""`fenghuo oncall`: what a file of people and routes amounts to, in words."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import msgspec
from rich.console import Console
from rich.table import Table

from detectors.areas import Area, AreaTree
from detectors.taxonomy import Taxonomy
from rules.alert import Alert, Text
from rules.reading import nearest
from rules.selector import seconds
from streams.errors import NO_JSON, ConfigurationError, Fault
from streams.language import Lang
from streams.oncall.loading import OnCall
from streams.oncall.quiet import NEVER
from streams.oncall.routing import Step
from streams.oncall.walltime import told
from streams.settings import reason

_POSTS = ("owner", "police_owner", "emergency_unit")


def find_area(areas: AreaTree, name: str) -> Area | None:
    """Return an area by id or name, ``None`` for the city.

    Raises
    ------
    ConfigurationError
        When there is none, or there are several of this name.

    """
    if name in {"", areas.city, areas.name}:
        return None
    found = [one for one in _areas(areas, areas.city) if name in {one.id, one.name}]
    if len(found) == 1:
        return found[0]
    ids = ", ".join(one.id for one in found)
    said = f"several areas are called {name!r}: {ids}" if found else f"{areas.name} has no area {name!r}"
    raise ConfigurationError([Fault("--area", "", said)])


def find_kind(taxonomy: Taxonomy, name: str) -> str:
    """Return a kind by id or Chinese name.

    Raises
    ------
    ConfigurationError
        When there is none.

    """
    for id_, kind in taxonomy.kinds.items():
        if name in {id_, kind.zh, kind.en}:
            return id_
    said = f"the taxonomy has no kind {name!r}{nearest(name, taxonomy.kinds)}"
    raise ConfigurationError([Fault("--kind", "", said)])


def read_alert(path: Path) -> Alert:
    """Read an alert from a file: one JSON object, as `fenghuo alerts tail --json` prints it.

    Raises
    ------
    ConfigurationError
        When the file cannot be read, or holds none.

    """
    try:
        return msgspec.json.decode(path.read_bytes(), type=Alert)
    except OSError as error:
        raise ConfigurationError([Fault(str(path), "", f"cannot be read: {reason(error)}")]) from error
    except NO_JSON as error:
        raise ConfigurationError([Fault(str(path), "$", f"is no alert: {error}")]) from error


def show_trial(console: Console, oncall: OnCall, alert: Alert, at: float, lang: Lang) -> set[str]:
    """Print who would get an alert, over which channel, because of which route, and every route; return who."""
    routing, mute, zone = oncall.router.route(alert, at), oncall.quiet().why(alert, at), oncall.areas.zone
    title = f"【{alert.grade.value}】 {_in(alert.title, lang)}  {told(at, zone)}"
    console.print(title, markup=False, style="bold", soft_wrap=True)
    if mute is not None:
        until = "" if mute.until == NEVER else f" → {told(mute.until, zone)}"
        console.print(f"{mute.reason} {mute.by}{until}", style="yellow", markup=False, soft_wrap=True)
    table = Table("who", "channel", "route", "why", box=None, padding=(0, 2, 0, 0), header_style="bold")
    table.columns[3].overflow = "fold"
    for goes in routing.goes:
        table.add_row(goes.recipient.id, goes.recipient.channel, goes.route or "fallback", _in(goes.why, lang))
    console.print(table)
    for step in routing.steps:
        console.print(_step(step, lang), markup=False, soft_wrap=True, style="" if step.taken else "dim")
    return {goes.recipient.id for goes in routing.goes}


def show_summary(console: Console, oncall: OnCall, at: float) -> None:
    """Print that a file is sound, and how much of the city has somebody behind its posts."""
    file, areas = oncall.file, oncall.areas
    until = told(at + seconds(file.horizon), areas.zone)
    console.print(
        f"{len(file.people)} people, {len(file.rosters)} rosters, {len(file.routes)} routes, {len(file.offices)} "
        f"offices: no gap and no overlap without a rule until {until}",
        soft_wrap=True,
    )
    posts = {getattr(area, name) for area in _areas(areas, areas.city) for name in _POSTS} - {""}
    unnamed = sorted(post for post in posts if not oncall.router.answers(post))
    if unnamed:
        console.print(
            f"{len(unnamed)} of {len(posts)} posts of the area tree have no office, such as {unnamed[0]}: "
            "routes pass over them",
            style="yellow",
            soft_wrap=True,
        )


def _areas(areas: AreaTree, above: str) -> Iterator[Area]:
    for area in areas.children(above):
        yield area
        yield from _areas(areas, area.id)


def _step(step: Step, lang: Lang) -> str:
    if not step.taken:
        return f"✗ {step.route}"
    return "\n".join([f"✓ {step.route}", *(f"    {target}: {_in(found, lang)}" for target, found in step.found)])


def _in(text: Text, lang: Lang) -> str:
    return text.en if lang == "en" else text.zh
