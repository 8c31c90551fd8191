"""The ``<area>`` blocks of an alert: names, codes, and a circle where a point is known."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import NamedTuple

from rules.alert import Alert
from streams.language import Voice

RADIUS_KM = 0.2
"""Of the circle around a point: a door is not told from its neighbours."""
_CODE = re.compile(r"\d{6}(\d{3}|\d{6})?")


class AreaBlock(NamedTuple):
    """One ``<area>``: its description, its official code, and ``lat,lon radius``; empty where there is none."""

    name: str
    code: str
    circle: str = ""


def areas_of(alert: Alert, voice: Voice, code_of: Callable[[str], str]) -> list[AreaBlock]:
    """Return the place of an alert, then every further district it touches.

    Coordinates are rounded to a thousandth of a degree, about 100 m, and the circle has a radius of 200 m: the place as
    its description names it, not somebody's door. The code is that of the smallest area that has one.
    """
    place = alert.place
    circle = ""
    if place.lon is not None and place.lat is not None:
        circle = f"{place.lat:.3f},{place.lon:.3f} {RADIUS_KM:g}"
    ids = (place.community, place.street, place.district, "" if place.district else place.key)
    own = next((code for code in (_official(code_of(id_)) for id_ in ids if id_) if code), "")
    blocks = [AreaBlock(voice.place(alert) or place.name or place.key, own, circle)]
    further = [id_ for id_ in alert.districts if id_ != place.district]
    return blocks + [AreaBlock(voice.named(voice.name_of(id_)), _official(code_of(id_))) for id_ in further]


def _official(code: str) -> str:
    return code if _CODE.fullmatch(code) else ""
