"""From what a YAML file holds to the types of the rule language, with every fault and its place instead of the first.

What is at fault is replaced by a stand-in, so that reading goes on; what is later found wrong only because of a
stand-in is no fault of the file (`Reading.rests_on_faults`).
"""

from __future__ import annotations

import difflib
import enum
import re
import types
from collections.abc import Collection, Iterable, Mapping
from datetime import date
from functools import cache
from typing import Annotated, Any, Literal, Union, get_args, get_origin, get_type_hints

import msgspec

At = tuple[str | int, ...]
"""Names and numbers that lead from the root to a value."""

_DURATION = "min|h|d"
_HOURS = "[01][0-9]"
_WITH_UNIT = re.compile(r"([0-9]+(?:\.[0-9]+)?)\s*([^\s0-9]+)")
_UNITS = {
    **dict.fromkeys(("s", "sec", "secs", "second", "seconds", "秒"), "s"),
    **dict.fromkeys(("m", "min", "mins", "minute", "minutes", "分", "分钟"), "min"),
    **dict.fromkeys(("h", "hr", "hrs", "hour", "hours", "小时", "时"), "h"),
    **dict.fromkeys(("d", "day", "days", "天", "日"), "d"),
    **dict.fromkeys(("w", "week", "weeks", "周"), "w"),
}
_LIMIT = re.compile(r"Expected `(int|float)` (<=|>=|<|>) (\S+)")
_WANTED = {str: "text", int: "a whole number", float: "a number", bool: "true or false"}
_BOUND = {"<=": "at most", ">=": "at least", "<": "less than", ">": "more than"}


def path_of(at: At) -> str:
    """Return the JSONPath of a place: ``$.raises[0].to``."""
    return "$" + "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in at)


def nearest(word: str, known: Iterable[str]) -> str:
    """Return a suggestion for a misspelt name, empty when nothing is close."""
    close = difflib.get_close_matches(word, sorted(known), n=1, cutoff=0.6)
    return f": did you mean {close[0]!r}?" if close else ""


class Reading:
    """One file being read.

    Attributes
    ----------
    faults
        Places and what is wrong there.

    """

    def __init__(self) -> None:
        self.faults: list[tuple[At, str]] = []
        self._spoilt: set[At] = set()

    def rests_on_faults(self, places: Collection[At]) -> bool:
        """Tell whether something at, above or below any of these places was replaced by a stand-in."""
        return any(at[: len(bad)] == bad or bad[: len(at)] == at for at in places for bad in self._spoilt)

    def value(self, hint: Any, data: Any, at: At = ()) -> Any:  # noqa: ANN401 - whatever the hint says
        """Return `data` as the type `hint` says, or a stand-in where it is none."""
        base = _plain(hint)
        if get_origin(base) in {Union, types.UnionType}:
            if data is None:
                return None
            hint = next(one for one in get_args(base) if one is not type(None))
            base = _plain(hint)
        if isinstance(base, type) and issubclass(base, msgspec.Struct):
            return self._struct(base, data, at)
        if get_origin(base) is tuple:
            return self._list(get_args(base)[0], data, at)
        if get_origin(base) is dict:
            key, member = get_args(base)
            return self._table(key, member, data, at)
        if choices := _choices(base):
            return self._choice(choices, data, at)
        return self._leaf(hint, data, at)

    def _fault(self, at: At, message: str) -> None:
        self.faults.append((at, message))
        self._spoilt.add(at)

    def _struct(self, type_: type[msgspec.Struct], data: Any, at: At) -> Any:  # noqa: ANN401
        if not isinstance(data, Mapping):
            self._fault(at, f"expected names and values, found {_kind_of(data)}")
            return _stand_in(type_)
        fields, found, meant = _fields(type_), {}, set()
        for name, one in data.items():
            here = (*at, str(name))
            if name in fields:
                found[name] = self.value(fields[name], one, here)
                continue
            close = difflib.get_close_matches(str(name), sorted(fields.keys() - data.keys()), n=1, cutoff=0.6)
            meant.update(close)
            hint = f": did you mean {close[0]!r}?" if close else f"; known: {', '.join(fields)}"
            self._fault(here, f"unknown field {str(name)!r}{hint}")
        for one in _members(type_):
            here = (*at, one.name)
            if one.name in meant:
                self._spoilt.add(here)
            elif one.required and one.name not in found:
                self._fault(here, "is missing")
            if here in self._spoilt:
                found.pop(one.name, None)
            if one.required:
                found.setdefault(one.name, _stand_in(fields[one.name]))
        return type_(**found)

    def _list(self, member: Any, data: Any, at: At) -> tuple[Any, ...]:  # noqa: ANN401
        if isinstance(data, list | tuple):
            return tuple(self.value(member, one, (*at, index)) for index, one in enumerate(data))
        self._fault(at, f"expected a list, found {_kind_of(data)}; one member is a list too: [{data}]")
        return ()

    def _table(self, key: Any, value: Any, data: Any, at: At) -> dict[Any, Any]:  # noqa: ANN401
        if not isinstance(data, Mapping):
            self._fault(at, f"expected names and values, found {_kind_of(data)}")
            return {}
        found = {}
        for name, one in data.items():
            here, faults = (*at, str(name)), len(self.faults)
            name = self.value(key, name, here)  # noqa: PLW2901 - as the type says
            read = self.value(value, one, here)
            if len(self.faults) == faults:
                found[name] = read
        return found

    def _choice(self, choices: Mapping[str, Any], data: Any, at: At) -> Any:  # noqa: ANN401
        if isinstance(data, str) and data in choices:
            return choices[data]
        self._fault(at, f"{str(data)!r} is none of {', '.join(choices)}{nearest(str(data), choices)}")
        return next(iter(choices.values()))

    def _leaf(self, hint: Any, data: Any, at: At) -> Any:  # noqa: ANN401
        try:
            return msgspec.convert(data, hint)
        except msgspec.ValidationError as error:
            self._fault(at, _in_words(str(error), hint, data, at))
            return _stand_in(hint)


def _in_words(said: str, hint: Any, data: Any, at: At) -> str:  # noqa: ANN401
    """Return what is wrong with a single value as an operator would say it."""
    if _DURATION in _pattern(hint):
        return _no_duration(data)
    if _HOURS in _pattern(hint):
        return f"{str(data)!r} is no time of day: write the hours from and until, such as 22:00-06:00"
    if "regex" in said:
        return f"{str(data)!r} is no id: 2 to 41 small letters, digits and hyphens, a letter first"
    return _no_value(said, _plain(hint), data, str(at[-1]) if at else "")


def _no_value(said: str, base: Any, data: Any, name: str) -> str:  # noqa: ANN401
    if isinstance(data, date):
        return f"YAML takes {data} for a date: put it in quotes"
    if base in {int, float} and isinstance(data, str) and (match := _WITH_UNIT.fullmatch(data.strip())):
        named = ", the unit is in the name" if name.endswith(f"_{match[2]}") else ""
        return f"{data!r} is not a number: write {match[1]}{named}"
    if limit := _LIMIT.search(said):
        return f"{data} is out of range: {_WANTED[base]}, {_BOUND[limit[2]]} {limit[3]}"
    return f"expected {_WANTED.get(base, 'another value')}, found {_kind_of(data)}"


def _no_duration(data: Any) -> str:  # noqa: ANN401
    """Return how a length of time is written, and how the one given was meant."""
    match = _WITH_UNIT.fullmatch(str(data).strip())
    unit = _UNITS.get(match[2].lower()) if match is not None else None
    if match is None or unit is None:
        return f"{str(data)!r} is not a duration: write a number and s, min, h or d, such as 30min"
    meant = f"{float(match[1]) * 7:g}d" if unit == "w" else f"{match[1]}{unit}"
    return f"{str(data)!r} is not a duration: write {meant} (units are s, min, h and d)"


def _kind_of(data: Any) -> str:  # noqa: ANN401
    if isinstance(data, Mapping):
        return "names and values"
    if isinstance(data, list | tuple):
        return "a list"
    if data is None:
        return "nothing"
    return f"{data!r}" if isinstance(data, str | int | float | bool) else type(data).__name__


def _plain(hint: Any) -> Any:  # noqa: ANN401
    return get_args(hint)[0] if get_origin(hint) is Annotated else hint


def _pattern(hint: Any) -> str:  # noqa: ANN401
    """Return the regular expression a text has to match, empty when there is none."""
    return next((str(one.pattern) for one in getattr(hint, "__metadata__", ()) if one.pattern), "")


def _choices(base: Any) -> dict[str, Any]:  # noqa: ANN401
    """Return what a type with a few values allows, by how it is written."""
    if get_origin(base) is Literal:
        return {str(one): one for one in get_args(base)}
    if isinstance(base, type) and issubclass(base, enum.Enum):
        return {str(one.value): one for one in base}
    return {}


def _stand_in(hint: Any) -> Any:  # noqa: ANN401
    """Return a value of a type, for what cannot be read."""
    base = _plain(hint)
    if choices := _choices(base):
        return next(iter(choices.values()))
    if _DURATION in _pattern(hint):
        return "1h"
    if isinstance(base, type) and issubclass(base, msgspec.Struct):
        needed = [one.name for one in _members(base) if one.required]
        return base(**{name: _stand_in(_fields(base)[name]) for name in needed})
    return base()


@cache
def _fields(type_: type[msgspec.Struct]) -> dict[str, Any]:
    hints = get_type_hints(type_, include_extras=True)
    return {name: hints[name] for name in type_.__struct_fields__}


@cache
def _members(type_: type[msgspec.Struct]) -> tuple[msgspec.structs.FieldInfo, ...]:
    return msgspec.structs.fields(type_)
