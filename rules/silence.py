"""Which alerts somebody does not want to be told of for a while (静默): the matcher, and what is known of a silence."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Literal

import msgspec

from rules.alert import Alert, Grade
from rules.selector import Part

LONGEST_S = 7 * 86_400.0

PlaceLevel = Literal["city", "district", "street", "community", "grid", "spot"]


class Matcher(Part, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """Which alerts are meant: all parts given must hold, and none given means any alert.

    Parameters
    ----------
    areas
        Ids of areas at any level; the alert lies in one of them or below.
    kinds, classes
        Kinds and classes of the taxonomy.
    grades, at_least
        One of these grades; this grade or a higher one.
    rules
        Ids of rules.
    alerts
        Ids of single alerts.
    levels
        How large the place is that the alert is about.
    exercise
        Belongs to an exercise, or does not; either, when not given.

    """

    areas: tuple[str, ...] = ()
    kinds: tuple[str, ...] = ()
    classes: tuple[str, ...] = ()
    grades: tuple[Grade, ...] = ()
    at_least: Grade | None = None
    rules: tuple[str, ...] = ()
    alerts: tuple[str, ...] = ()
    levels: tuple[PlaceLevel, ...] = ()
    exercise: bool | None = None

    @property
    def is_empty(self) -> bool:
        """Whether it means every alert because nothing is given."""
        return all(getattr(self, name) in {(), None} for name in Matcher.__struct_fields__)


class Silence(Part, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """Alerts of which nothing is told for a while.

    Parameters
    ----------
    id
        Unique; what ends it early names it.
    matcher
        Which alerts.
    from_at, until_at
        From when until when, aware.
    by, why
        Who wants it so, and the reason.
    red
        Red alerts too; without it a red alert is told whatever a silence says.

    """

    id: str
    matcher: Matcher
    from_at: datetime
    until_at: datetime
    by: str
    why: str
    red: bool = False


def silence_faults(silence: Silence, longest_s: float = LONGEST_S) -> Iterator[tuple[str, str]]:
    """Yield the path and the message of everything wrong with a silence.

    Parameters
    ----------
    silence
        As it was given.
    longest_s
        How long one may last, seconds.

    """
    if silence.matcher.is_empty:
        yield "$.matcher", "matches every alert: name an area (the city's id for all of it), kinds, grades or rules"
    for name in ("id", "by", "why"):
        if not getattr(silence, name).strip():
            yield f"$.{name}", "is empty"
    naive = [name for name in ("from_at", "until_at") if getattr(silence, name).tzinfo is None]
    yield from ((f"$.{name}", "has no offset from UTC") for name in naive)
    if naive:
        return
    lasts_s = (silence.until_at - silence.from_at).total_seconds()
    if lasts_s <= 0:
        yield "$.until_at", "is not after from_at"
    elif lasts_s > longest_s:
        yield "$.until_at", f"is {lasts_s / 86_400:.1f} days after from_at, at most {longest_s / 86_400:g} are allowed"


def matches(matcher: Matcher, alert: Alert, *, wholly: bool = False) -> bool:
    """Tell whether an alert is meant.

    Parameters
    ----------
    matcher
        What is asked for; an area that is the whole city must have been taken out (`for_city`).
    alert
        Any version.
    wholly
        An alert that touches several districts is only meant when all of them are; else when one of them is.

    """
    return (
        (not matcher.kinds or alert.kind in matcher.kinds)
        and (not matcher.classes or alert.category in matcher.classes)
        and (not matcher.grades or alert.grade in matcher.grades)
        and (matcher.at_least is None or alert.grade.rank >= matcher.at_least.rank)
        and (not matcher.rules or not rules_of(alert).isdisjoint(matcher.rules))
        and (not matcher.alerts or alert.id in matcher.alerts)
        and (not matcher.levels or level_of(alert) in matcher.levels)
        and (matcher.exercise is None or matcher.exercise == alert.exercise)
        and (not matcher.areas or _lies_in(matcher.areas, alert, wholly=wholly))
    )


def for_city(matcher: Matcher, city: str) -> Matcher:
    """Return the matcher as `matches` takes it: one that names the city means any area."""
    return msgspec.structs.replace(matcher, areas=()) if city in matcher.areas else matcher


def level_of(alert: Alert) -> str:
    """Return how large the place of an alert is: an alert without a district is the city's."""
    return alert.place.level if alert.place.district else "city"


def rules_of(alert: Alert) -> set[str]:
    """Return the ids of the rules that found something: the one that leads, and those of all findings."""
    return {alert.rule.id, *(finding.rule.id for finding in alert.findings)}


def areas_of(alert: Alert) -> set[str]:
    """Return the ids of the areas an alert lies in, from its own place up to the district."""
    place = alert.place
    return {place.key, place.grid, place.community, place.street, place.district} - {""}


def _lies_in(areas: tuple[str, ...], alert: Alert, *, wholly: bool) -> bool:
    touched = set(alert.districts) - {alert.place.district}
    inside = not areas_of(alert).isdisjoint(areas)
    if wholly:
        return inside and touched <= set(areas)
    return inside or not touched.isdisjoint(areas)
