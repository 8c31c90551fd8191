"""Alerts and events in which every text tries to become a part of the page that shows it."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import Any, TypeVar

import msgspec

Record = TypeVar("Record", bound=msgspec.Struct)

HOSTILE = (
    "</title></textarea></script><img class=injected src=/nowhere onerror=window.injected=1>"
    "<script>window.injected=1</script><svg class=injected onload=window.injected=1>"
    "\"'><a class=injected href=javascript:window.injected=1>{{constructor.constructor('window.injected=1')()}}"
    "${window.injected=1}\\u003cscript>\u202e"
)
IDS = frozenset({"kind", "category", "rule", "level", "key", "district", "street", "community", "grid", "districts"})
"""What has to be known to the city for a record to be found where it belongs."""


def hostile(record: Record, keep: Collection[str] = ()) -> Record:
    """Return the record with the text in place of every other that its type allows to be any text.

    Its id stays, and the fields to `keep`, wherever they are.
    """
    content = _whole(record)
    for path in list(_texts(content)):
        if path == ("id",) or not set(path).isdisjoint(keep):
            continue
        before = _at(content, path)
        _put(content, path, HOSTILE if isinstance(before, str) else [HOSTILE])
        try:
            msgspec.convert(content, type(record))
        except msgspec.ValidationError:
            _put(content, path, before)
    return msgspec.convert(content, type(record))


def _whole(record: Any) -> Any:
    """Return a record with every field, also those that are not on the wire while they have their defaults."""
    if isinstance(record, msgspec.Struct):
        return {name: _whole(getattr(record, name)) for name in record.__struct_fields__}
    if isinstance(record, list | tuple | set | frozenset):
        return [_whole(one) for one in record]
    if isinstance(record, dict):
        return {key: _whole(one) for key, one in record.items()}
    return msgspec.to_builtins(record)


def _texts(content: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Yield where texts are, and lists without anything, which may be meant for texts."""
    if isinstance(content, str) or content == []:
        yield path
    elif isinstance(content, dict):
        for key, value in content.items():
            yield from _texts(value, (*path, key))
    elif isinstance(content, list):
        for number, value in enumerate(content):
            yield from _texts(value, (*path, number))


def _at(content: Any, path: tuple[Any, ...]) -> Any:
    for step in path:
        content = content[step]
    return content


def _put(content: Any, path: tuple[Any, ...], value: object) -> None:
    _at(content, path[:-1])[path[-1]] = value
