"""What is wrong with a selector: names nobody knows, expressions that cannot run, parts that always or never hold."""

from __future__ import annotations

import difflib
import math
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import NamedTuple

from rules.matching import compile_expression, compile_regex
from rules.reading import nearest
from rules.rule import Rule
from rules.selector import Number, Selector, TextMatch, seconds

LONGEST_S = 400 * 86_400.0

SCENES = frozenset(
    (
        *(
            "airport",
            "bank",
            "bridge",
            "bus_stop",
            "care_home",
            "chemical_park",
            "clinic",
            "construction_site",
            "factory",
        ),
        *("gas_station", "hospital", "hotel", "kindergarten", "library", "market", "metro", "mine", "nursery"),
        *("old_gas_pipe", "park", "port", "power_station", "prison", "reservoir", "river", "school", "shelter", "site"),
        *("stadium", "station", "subway", "substation", "theatre", "tunnel", "underpass", "university", "warehouse"),
        *("water_works", "risk_blue", "risk_yellow", "risk_orange", "risk_red"),
    )
)
"""Usual marks of places: those of the shipped area trees and register, and others a city is likely to add."""

_MISSPELT = 0.82


class RuleFault(NamedTuple):
    """One thing that does not go together.

    Parameters
    ----------
    path
        JSONPath of the fault.
    message
        What is wrong.
    rests_on
        What it follows from, JSONPaths: where something there could not be read, this is no fault of its own.

    """

    path: str
    message: str
    rests_on: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """What a rule may name.

    Parameters
    ----------
    kinds
        Kinds of the taxonomy.
    tags
        Marks intake puts on events; ``None`` when they are not known, then any will do.

    """

    kinds: frozenset[str]
    tags: frozenset[str] | None = None


def fault(path: str, message: str, *rests_on: str) -> RuleFault:
    """Return a fault at `path`, which rests on itself when nothing else is given."""
    return RuleFault(path, message, rests_on or (path,))


def unknown(named: Collection[str], known: Collection[str] | None, path: str, what: str) -> Iterator[RuleFault]:
    """Yield the names of a list that the taxonomy does not have."""
    for index, name in enumerate(named):
        if known is not None and name not in known:
            yield fault(f"{path}[{index}]", f"the taxonomy has no {what} {name!r}{nearest(name, known)}")


def scene_faults(scenes: Collection[str], path: str) -> Iterator[RuleFault]:
    """Yield marks of places that are a usual one misspelt; a city's own register may hold any other."""
    for index, scene in enumerate(scenes):
        close = difflib.get_close_matches(scene.casefold(), SCENES, n=1, cutoff=_MISSPELT)
        if scene not in SCENES and close:
            yield fault(f"{path}[{index}]", f"places are not marked {scene!r}: did you mean {close[0]!r}?")
        elif not scene.strip():
            yield fault(f"{path}[{index}]", "an empty mark: no place has it")


def length_faults(duration: str, path: str) -> Iterator[RuleFault]:
    """Yield what is wrong with the length of a window: none at all, or longer than anything is kept."""
    length = seconds(duration)
    if length <= 0:
        yield fault(path, "must be more than 0")
    if length > LONGEST_S:
        yield fault(path, "windows are at most 400d: everything in a window is kept")


def number_faults(number: Mapping[Number, float], path: str) -> Iterator[RuleFault]:
    """Yield numbers that every event reaches."""
    for name, least in number.items():
        if least <= 0:
            yield fault(f"{path}.{name}", f"{least:g} is always reached; an event without the number has 0")
        elif not math.isfinite(least):
            yield fault(f"{path}.{name}", f"{least:g} is never reached")


def selector_faults(
    selector: Selector, path: str, rule: Rule, known: Vocabulary, *, counted: bool
) -> Iterator[RuleFault]:
    """Yield what is wrong with a selector of `rule`.

    Parameters
    ----------
    selector, path
        The selector and where it stands.
    rule
        The rule it belongs to.
    known
        Kinds and marks it may name.
    counted
        It picks from what the rule counts; otherwise from everything in the group.

    """
    yield from unknown(selector.kinds, known.kinds, f"{path}.kinds", "kind")
    if not rule.modifies:
        yield from _reach(selector, path, rule, known, counted=counted)
    yield from unknown(selector.tags, known.tags, f"{path}.tags", "tag")
    yield from scene_faults(selector.scenes, f"{path}.scenes")
    yield from number_faults(selector.number, f"{path}.number")
    if selector.hours is not None:
        yield from _hours(selector.hours, f"{path}.hours")
    if selector.text is not None:
        yield from _text(selector.text, f"{path}.text")
    if selector.expr:
        try:
            compile_expression(selector.expr)
        except ValueError as error:
            yield fault(f"{path}.expr", " ".join(str(error).split()))


def _reach(selector: Selector, path: str, rule: Rule, known: Vocabulary, *, counted: bool) -> Iterator[RuleFault]:
    """Yield kinds and sources that never come to where the selector looks."""
    apart = not counted and not rule.together and len(rule.kinds) != 1
    for index, kind in enumerate(selector.kinds):
        at = f"{path}.kinds[{index}]"
        if counted and kind in known.kinds and not rule.covers(kind):
            yield fault(at, f"the rule does not count {kind!r}: name it in `kinds` too", at, "$.kinds", "$.not_kinds")
        elif apart and kind in known.kinds:
            said = f"each kind is a group of its own, so that {kind!r} only ever meets itself: `together: true`"
            yield fault(at, said, at, "$.kinds", "$.together")
    for index, source in enumerate(selector.sources if counted else ()):
        if source not in rule.sources:
            at = f"{path}.sources[{index}]"
            yield fault(at, f"the rule does not count {source!r}: name it in `sources` too", at, "$.sources")


def _hours(hours: str, path: str) -> Iterator[RuleFault]:
    since, until = hours.split("-")
    if since == until:
        yield fault(path, f"{hours} is no time at all; for the whole day leave `hours` out")
    if until > "24:00":
        yield fault(path, f"{until} is after the end of the day, 24:00")


def _text(match: TextMatch, path: str) -> Iterator[RuleFault]:
    if not (match.any or match.all or match.none or match.regex):
        yield fault(path, "give any, all, none or regex")
    for name, words in (("any", match.any), ("all", match.all), ("none", match.none)):
        for index, word in enumerate(words):
            if not word.strip():
                yield fault(f"{path}.{name}[{index}]", "an empty word stands in every text")
            elif name != "none" and word in match.none:
                yield fault(
                    f"{path}.{name}[{index}]", f"{word!r} is among `none` too", f"{path}.{name}", f"{path}.none"
                )
    if match.regex:
        try:
            compile_regex(match.regex)
        except ValueError as error:
            yield fault(f"{path}.regex", " ".join(str(error).split()))
