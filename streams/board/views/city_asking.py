"""What somebody wants to see of the city, and what a click makes of it; and what a page has to be told of it. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

import msgspec

from streams.board.views.city_heat import Span
from streams.board.views.city_tree import MAP_LEVELS, CityTree, MapLevel

Layer = Literal["index", "alerts", "heat"]


class Asked(msgspec.Struct, frozen=True, kw_only=True):
    """What somebody wants to see.

    Parameters
    ----------
    focus, level
        Below which area, and areas of which level.
    layer, span
        What they are coloured by, and events of how long.
    kind
        Only one kind or class; all without.
    at
        As it was then, epoch seconds; ``None``: as it is.
    selected
        The area whose details are shown; the focus without.

    """

    focus: str
    level: MapLevel
    layer: Layer = "index"
    span: Span = "day"
    kind: str = ""
    at: float | None = None
    selected: str = ""


def clicked(asked: Asked, tree: CityTree, id_: str) -> Asked:
    """Return what is shown after an area was clicked: one level down, or where there is none, its details."""
    if id_ in tree.nodes and not tree.children(id_):
        return msgspec.structs.replace(asked, selected="" if asked.selected == id_ else id_)
    return gone_to(asked, tree, id_)


def gone_to(asked: Asked, tree: CityTree, id_: str) -> Asked:
    """Return what is shown once one looks at an area: what it is divided into, or finer where that was asked for."""
    levels = tree.levels(id_)
    if not levels:
        return asked
    down = MAP_LEVELS.index(tree.nodes[id_].level) > MAP_LEVELS.index(tree.nodes[asked.focus].level)
    level = asked.level if down and asked.level in levels else levels[0]
    return msgspec.structs.replace(asked, focus=id_, selected="", level=level)


def asked_for(asked: Asked, tree: CityTree, name: str, value: str) -> Asked:
    """Return what is shown once something else was chosen; what cannot be chosen changes nothing."""
    allowed: dict[str, tuple[str, ...]] = {
        "layer": ("index", "alerts", "heat"),
        "span": ("hour", "day", "week"),
        "level": tuple(tree.levels(asked.focus)),
    }
    if name == "kind":
        return msgspec.structs.replace(asked, kind=value)
    return msgspec.structs.replace(asked, **{name: value}) if value in allowed.get(name, ()) else asked


def changes(before: Mapping[str, object], after: Mapping[str, object]) -> dict[str, object]:
    """Return what has to be told for `after` to be known where `before` is: of ``cells`` only those that differ."""
    found = {name: value for name, value in after.items() if name != "cells" and before.get(name) != value}
    old, new = before.get("cells"), after.get("cells")
    if isinstance(old, Mapping) and isinstance(new, Mapping):
        cells = {id_: cell for id_, cell in new.items() if old.get(id_) != cell}
        gone = [id_ for id_ in old if id_ not in new]
        if cells or gone:
            found |= {"cells": cells, "gone": gone}
    elif new is not None:
        found |= {"cells": new, "all": True}
    return found
