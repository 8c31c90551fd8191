"""YAML with the line of every value, so that a fault in a mapping is found at a glance.

Scalars stay the text they were written as: whether ``0610`` is a code or a number is for the reader of the field to
say.
"""

from __future__ import annotations

import difflib
from collections.abc import Collection
from dataclasses import dataclass

import yaml

from rules.rulefile import check_size
from streams.errors import Fault


@dataclass(frozen=True, slots=True)
class Item:
    """One value of the file, where it stands and how it is reached from the root."""

    value: str | list[Item] | dict[str, Item]
    path: str
    line: int


class Reader:
    """Reads items and keeps every fault it meets instead of stopping at the first.

    Parameters
    ----------
    file
        Name of the file, for the faults.

    """

    def __init__(self, file: str) -> None:
        self.file = file
        self.faults: list[Fault] = []

    def fault(self, item: Item, message: str) -> None:
        """Keep one fault."""
        self.faults.append(Fault(file=self.file, path=item.path, message=message, line=item.line))

    def parse(self, text: str) -> Item | None:
        """Read a whole file; ``None`` when it is no YAML."""
        try:
            node = yaml.compose(text, Loader=yaml.SafeLoader)
            check_size(node)
        except yaml.MarkedYAMLError as error:
            line = error.problem_mark.line + 1 if error.problem_mark else None
            self.faults.append(Fault(self.file, "", f"no YAML: {error.problem}", line))
        except (yaml.YAMLError, ValueError, RecursionError) as error:
            self.faults.append(Fault(self.file, "", f"no YAML: {error}"))
        else:
            return self._item(node, "$", 1) if node is not None else Item({}, "$", 1)
        return None

    def _item(self, node: yaml.Node, path: str, line: int) -> Item:
        if isinstance(node, yaml.MappingNode):
            found: dict[str, Item] = {}
            for key, value in node.value:
                at = key.start_mark.line + 1
                name = str(key.value) if isinstance(key, yaml.ScalarNode) else "?"
                where = f"{path}.{name}"
                if name in found:
                    self.faults.append(Fault(self.file, where, f"stands twice, first on line {found[name].line}", at))
                found[name] = self._item(value, where, at)
            return Item(found, path, line)
        if isinstance(node, yaml.SequenceNode):
            members = [
                self._item(one, f"{path}[{index}]", one.start_mark.line + 1) for index, one in enumerate(node.value)
            ]
            return Item(members, path, line)
        return Item("" if node.tag == "tag:yaml.org,2002:null" else str(node.value), path, line)

    def table(self, item: Item, known: Collection[str] | None, needed: Collection[str] = ()) -> dict[str, Item]:
        """Return a mapping's members; unknown and missing names are faults, the unknown ones are left out."""
        if not isinstance(item.value, dict):
            self.fault(item, f"expected a mapping, found {_what(item)}")
            return {}
        for name in sorted(set(needed) - set(item.value)):
            self.fault(item, f"`{name}` is missing")
        if known is None:
            return item.value
        for name in item.value:
            if name not in known:
                self.fault(item.value[name], f"unknown name `{name}`{nearest(name, known)}")
        return {name: one for name, one in item.value.items() if name in known}

    def text(self, item: Item) -> str:
        """Return a scalar as it was written."""
        if isinstance(item.value, str):
            return item.value
        self.fault(item, f"expected text, found {_what(item)}")
        return ""

    def texts(self, item: Item) -> list[Item]:
        """Return a list of scalars, or one scalar as a list of one."""
        members = item.value if isinstance(item.value, list) else [item]
        return [one for one in members if self.is_text(one)]

    def is_text(self, item: Item) -> bool:
        """Tell whether it is a scalar; a fault if not."""
        if not isinstance(item.value, str):
            self.fault(item, f"expected text, found {_what(item)}")
        return isinstance(item.value, str)

    def choice(self, item: Item, choices: Collection[str], what: str) -> str:
        """Return one of `choices`, the empty text when it is none of them."""
        value = self.text(item)
        if value in choices:
            return value
        if isinstance(item.value, str):
            self.fault(item, f"unknown {what} `{value}`{nearest(value, choices)}")
        return ""

    def number(self, item: Item) -> float | None:
        """Return a number."""
        try:
            return float(self.text(item))
        except ValueError:
            self.fault(item, "expected a number")
            return None


def _what(item: Item) -> str:
    return {str: "text", list: "a list", dict: "a mapping"}[type(item.value)]


def nearest(name: str, known: Collection[str]) -> str:
    """Return a suggestion to end a message with."""
    close = difflib.get_close_matches(name, known, n=1, cutoff=0.6)
    if not close:
        close = [one for one in known if one.casefold() == name.casefold()]
    if close:
        return f"; did you mean `{close[0]}`?"
    return f"; known: {', '.join(sorted(known))}" if len(known) <= 30 else ""  # noqa: PLR2004
