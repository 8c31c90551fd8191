"""Tells which events a selector means: every selector is compiled once into a function of event and time."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from functools import partial
from operator import attrgetter
from typing import Any

import cel
import re2

from detectors.event import Event, Place
from rules.selector import Selector, TextMatch
from rules.surroundings import Surroundings, minutes_of

Matches = Callable[[Event, float, Surroundings], bool]
_REGEX_MEMORY = 1 << 20
_REGEX_LONGEST = 500


def compile_regex(pattern: str) -> Callable[[str], bool]:
    """Return a function that tells whether RE2 finds `pattern` in a text.

    Raises
    ------
    ValueError
        When it is no expression RE2 can run in linear time, or too large.

    """
    if len(pattern) > _REGEX_LONGEST:
        raise ValueError(f"an expression of {len(pattern)} characters; at most {_REGEX_LONGEST}: list words instead")
    options = re2.Options()
    options.log_errors = False
    options.max_mem = _REGEX_MEMORY
    try:
        search = re2.compile(pattern, options).search
    except re2.error as error:
        said = error.args[0] if error.args else error
        said = said.decode(errors="replace") if isinstance(said, bytes) else str(said)
        raise ValueError(
            f"not an expression RE2 can run: {said} (no look-around, no back-references, repeats of at most 1000)"
        ) from error
    return lambda text: search(text) is not None


def compile_expression(text: str) -> Callable[[Event], bool]:
    """Return a function that tells whether a CEL expression over ``event`` is true.

    CEL has no loops, no side effects and no access to anything but the event. An expression that cannot be worked out
    for an event (a division by zero, say) is not true of it.

    Raises
    ------
    ValueError
        When it is not CEL, or uses anything but ``event`` and CEL's own functions, or names no field of an event.

    """
    try:
        program = cel.compile(text)
    except (ValueError, RuntimeError) as error:
        raise ValueError(f"not a CEL expression: {str(error).splitlines()[0]}") from error
    strange = sorted(set(program.variables()) - {"event"})
    if strange:
        raise ValueError(f"unknown name {strange[0]!r}: an expression knows `event` and its fields only")
    try:
        result = program.execute({"event": _SAMPLE})
    except Exception as error:  # the library raises KeyError, TypeError, RuntimeError and others
        raise ValueError(f"cannot be worked out: {error} (fields: {', '.join(_SAMPLE)})") from error
    if not isinstance(result, bool):
        raise ValueError(f"gives {type(result).__name__}, not true or false")  # noqa: TRY004 - of what was written
    fields = _fields_of(text)
    return lambda event: _evaluate(program, {name: _FIELDS[name](event) for name in fields})


def _fields_of(text: str) -> list[str]:
    """Return the fields an expression can ask for: those after ``event.``; all, when it takes the event otherwise."""
    named = re.findall(r"\bevent\s*\.\s*(\w+)", text)
    direct = len(named) == len(re.findall(r"\bevent\b", text))
    return sorted({name for name in named if name in _FIELDS}) if direct else list(_FIELDS)


def _evaluate(program: Any, event: dict[str, Any]) -> bool:  # noqa: ANN401 - the library ships no types
    try:
        return program.execute({"event": event}) is True
    except Exception:  # noqa: BLE001 - what cannot be worked out is not true; said in `compile_expression`
        return False


_FIELDS: dict[str, Callable[[Event], Any]] = {
    **{name: attrgetter(name) for name in ("id", "source", "kind", "status", "text")},
    "tags": lambda event: list(event.tags),
    **{name: attrgetter(name) for name in ("people", "injured", "depth_cm")},
    **{name: attrgetter(f"place.{name}") for name in ("district", "street", "community", "grid", "spot")},
    "scenes": lambda event: list(event.place.scenes),
}


def _plain(event: Event) -> dict[str, Any]:
    return {name: value_of(event) for name, value_of in _FIELDS.items()}


_SAMPLE = _plain(Event(id="x", source="hotline", kind="x", occurred_at=datetime.fromtimestamp(0, UTC), place=Place()))


def compile_selector(selector: Selector) -> Matches:
    """Return a function that tells of an event, its epoch second and surroundings whether `selector` means it.

    Raises
    ------
    ValueError
        When its expression or regular expression cannot be used.

    """
    checks = [*_facts(selector), *_times(selector)]
    if selector.text is not None:
        checks.append(_text(selector.text))
    if selector.expr:
        expression = compile_expression(selector.expr)
        checks.append(lambda event, _t, _a: expression(event))
    if len(checks) == 1:
        return checks[0]

    def matches(event: Event, t: float, around: Surroundings) -> bool:
        for check in checks:  # noqa: SIM110 - all() over a generator costs twice as much, and this runs per event
            if not check(event, t, around):
                return False
        return True

    return matches


def _facts(selector: Selector) -> Iterator[Matches]:
    """Yield the checks of what the event is."""
    yield lambda event, _t, _a: event.status == selector.status
    if selector.sources:
        sources = frozenset(selector.sources)
        yield lambda event, _t, _a: event.source in sources
    if selector.kinds:
        kinds = frozenset(selector.kinds)
        yield lambda event, _t, _a: event.kind in kinds
    if selector.scenes:
        scenes = frozenset(selector.scenes)
        yield lambda event, _t, _a: not scenes.isdisjoint(event.place.scenes)
    if selector.tags:
        tags = frozenset(selector.tags)
        yield lambda event, _t, _a: not tags.isdisjoint(event.tags)
    for name, least in selector.number.items():
        yield partial(_reaches, name, least)


def _times(selector: Selector) -> Iterator[Matches]:
    """Yield the checks of when it was."""
    if selector.hours is not None:
        since, until = minutes_of(selector.hours)
        yield lambda _e, t, around: around.in_hours(t, since, until)
    if selector.days is not None:
        days = selector.days
        yield lambda _e, t, around: around.is_day(t, days)


def _reaches(name: str, least: float, event: Event, t: float, around: Surroundings) -> bool:
    del t, around
    return bool(getattr(event, name) >= least)


def _text(match: TextMatch) -> Matches:
    found = compile_regex(match.regex) if match.regex else None

    def matches(event: Event, t: float, around: Surroundings) -> bool:
        del t, around
        text = event.text
        return (
            (not match.any or any(word in text for word in match.any))
            and all(word in text for word in match.all)
            and not any(word in text for word in match.none)
            and (found is None or found(text))
        )

    return matches
