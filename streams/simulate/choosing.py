"""Where a scenario takes place."""

from __future__ import annotations

from collections.abc import Container, Sequence
from dataclasses import dataclass

from detectors.area import Area, spellings, token
from detectors.event import Level
from streams.errors import ConfigurationError, Fault
from streams.simulate.city import City, Site
from streams.simulate.dice import Uniform, pick, shuffled
from streams.simulate.schema import Scenario, Where


@dataclass(frozen=True, slots=True)
class Stage:
    """One place of a scenario: an area or a single spot, and the sites in it.

    Parameters
    ----------
    level
        Level of the place.
    sites
        Where its reports can be from; one for a spot.
    area
        The area, ``None`` for the whole city and for a spot.

    """

    level: Level
    sites: Sequence[Site]
    area: Area | None = None


def stages(scenario: Scenario, city: City, u: Uniform) -> list[Stage]:
    """Return the places of a scenario.

    Raises
    ------
    ConfigurationError
        When the city has no such place.

    """
    where = scenario.where
    inside = _area_called(city, where.inside) if where.inside else city.areas.city
    if inside is None:
        raise _fault(scenario, "inside", f"{where.inside!r} is no area of {city.areas.name}")
    sites = city.within(inside, where.sorts)
    if not sites:
        raise _fault(scenario, "sorts", f"no spot of {', '.join(where.sorts)} in {where.inside or city.areas.name}")
    if where.level == "city":
        return [Stage("city", sites)]
    if where.level == "spot":
        return _spots(where, sites, u)
    return _areas(where, city, sites, u)


def _spots(where: Where, sites: list[Site], u: Uniform) -> list[Stage]:
    """Return spots; where several are asked for, all of one street that has as many."""
    if where.count > 1:
        streets = {site.street.id: [one for one in sites if one.street is site.street] for site in sites}
        rich = [found for found in streets.values() if len(found) >= where.count]
        sites = pick(rich, u) if rich else sites
    return [Stage("spot", [site]) for site in shuffled(sites, u)[: where.count]]


def _areas(where: Where, city: City, sites: list[Site], u: Uniform) -> list[Stage]:
    """Return areas that have such spots: the first drawn, the others as near to it as neighbours reach."""
    by_area: dict[str, list[Site]] = {}
    for site in sites:
        by_area.setdefault(_at(site, where.level), []).append(site)
    reaches = (_reach(first, where.count, city, by_area, u) for first in shuffled(sorted(by_area), u))
    widest: list[str] = []
    for reached in reaches:
        widest = max(widest, reached, key=len)
        if len(widest) == where.count:
            break
    return [Stage(where.level, by_area[one], city.areas.get(one)) for one in widest]


def _reach(first: str, count: int, city: City, among: Container[str], u: Uniform) -> list[str]:
    """Return an area and as many areas as asked for that neighbours lead to, the nearest first."""
    reached = [first]
    for one in reached:
        area = city.areas.get(one)
        around = shuffled(area.neighbours if area else (), u)
        reached += [other for other in around if other in among and other not in reached]
    return reached[:count]


def _at(site: Site, level: Level) -> str:
    """Return the id of the area of this level that a site lies in."""
    areas = {"district": site.district.id, "street": site.street.id, "community": site.community.id}
    return areas.get(level) or site.grid or site.community.id


def _area_called(city: City, name: str) -> str | None:
    """Return the id of the area with this id, code or name."""
    if city.areas.get(name):
        return name
    for site in city.sites:
        for area in (site.district, site.street, site.community):
            if token(name) in spellings(area):
                return area.id
    return None


def _fault(scenario: Scenario, field: str, message: str) -> ConfigurationError:
    return ConfigurationError([Fault(f"scenario {scenario.id}", f"$.where.{field}", message)])
