"""One rule file: from its text to a rule, with every fault, its line and its path."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, NamedTuple

import yaml

from rules.check import Vocabulary, rule_faults
from rules.reading import At, Reading, path_of
from rules.rule import Rule

_Loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)  # libyaml reads a book ten times as fast
_LARGEST = 50_000
_DEEPEST = 100
"""Lists within lists: libyaml's composer calls itself for each, and ends the process when the stack is full."""


@dataclass(frozen=True, slots=True)
class BookFault:
    """One thing wrong in a rule file."""

    file: str
    line: int | None
    path: str
    message: str


@dataclass(frozen=True, slots=True)
class RuleFile:
    """One file as far as it could be read.

    Parameters
    ----------
    rule
        ``None`` when it is no rule at all; with stand-ins in place of what is at fault.
    knows_id
        The id is the one in the file.

    """

    name: str
    node: yaml.Node | None
    rule: Rule | None
    knows_id: bool
    faults: list[BookFault]

    def fault(self, at: At, message: str) -> None:
        """Add a fault at a place of the file."""
        self.faults.append(BookFault(self.name, line_of(self.node, at), path_of(at), message))


def unread(name: str, message: str, line: int | None = None) -> RuleFile:
    """Return a file of which nothing could be read."""
    return RuleFile(name, None, None, False, [BookFault(name, line, "$", message)])


def read_rule(name: str, text: str, known: Vocabulary) -> RuleFile:
    """Read the text of one file.

    Parameters
    ----------
    name
        What faults call the file.
    text
        YAML.
    known
        Kinds and marks a rule may name.

    """
    try:
        node, data, doubles = read_document(text)
    except NotYaml as error:
        return unread(name, str(error), error.line)
    reading = Reading()
    rule: Rule = reading.value(Rule, data)
    file = RuleFile(name, node, rule, not reading.rests_on_faults([("id",)]), [])
    file.faults.extend(BookFault(name, line, path_of(at), message) for line, at, message in doubles)
    for at, message in reading.faults:
        file.fault(at, message)
    for found in rule_faults(rule, known):
        if not reading.rests_on_faults([path_steps(path) for path in found.rests_on]):
            file.fault(path_steps(found.path), found.message)
    return file


class NotYaml(ValueError):
    """A text that is no YAML document, or none that can be taken on; `line` is where, as far as that is known."""

    def __init__(self, message: str, line: int | None) -> None:
        self.line = line
        super().__init__(message)


class Document(NamedTuple):
    """A YAML document: its nodes, its content, and every name that stands twice with its line and place."""

    node: yaml.Node | None
    data: Any
    doubles: list[tuple[int, At, str]]


def read_document(text: str, most: int = _LARGEST) -> Document:
    """Read a text as one YAML document.

    Parameters
    ----------
    text
        The text.
    most
        As many values it may have, once aliases are written out.

    Raises
    ------
    NotYaml
        When it is none, or holds itself.

    """
    try:
        _check_depth(text)
        loader = _Loader(text)
        node = loader.get_single_node()
        check_size(node, most)
        doubles = list(names_twice(node))  # before merge keys (<<) are resolved: to override one is no fault
        return Document(node, loader.construct_document(node) if node is not None else None, doubles)
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        mark = getattr(error, "problem_mark", None)
        said = f"not YAML: {getattr(error, 'problem', None) or getattr(error, 'reason', None) or error}"
        raise NotYaml(said, mark.line + 1 if mark else None) from error


def _check_depth(text: str) -> None:
    """Raise `ValueError` when collections are nested deeper than anything somebody has written."""
    depth = 0
    for event in yaml.parse(text, Loader=_Loader):
        depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
        if depth > _DEEPEST:
            raise ValueError(f"more than {_DEEPEST} lists or mappings within each other")


def _measure(node: yaml.Node | None, known: dict[int, int], most: int) -> int:
    """Return how many nodes there are once aliases are written out.

    Raises
    ------
    ValueError
        When a node holds itself, or there are too many.

    """
    if not isinstance(node, yaml.CollectionNode):
        return 1
    if id(node) not in known:
        known[id(node)] = most  # for as long as it is being measured
        members = [one for pair in node.value for one in pair] if isinstance(node, yaml.MappingNode) else node.value
        known[id(node)] = 1 + sum(_measure(member, known, most) for member in members)
    if known[id(node)] >= most:
        raise ValueError(f"aliases that hold themselves, or more than {most} values")
    return known[id(node)]


def names_twice(node: yaml.Node | None, at: At = ()) -> Iterator[tuple[int, At, str]]:
    """Yield every name that stands twice in one mapping: YAML would let the last one win in silence."""
    members: list[tuple[str | int, yaml.Node]] = []
    if isinstance(node, yaml.MappingNode):
        first: dict[Any, int] = {}
        for key, value in node.value:
            line, name = key.start_mark.line + 1, str(key.value)
            if name in first:
                yield line, (*at, name), f"stands twice, first on line {first[name]}"
            first.setdefault(name, line)
            members.append((name, value))
    elif isinstance(node, yaml.SequenceNode):
        members = list(enumerate(node.value))
    for step, member in members:
        if member.start_mark.index > (node.start_mark.index if node else 0):  # an alias points back
            yield from names_twice(member, (*at, step))


def path_steps(path: str) -> At:
    """Split a JSONPath such as ``$.raises[0].to`` into its steps."""
    return tuple(int(index) if index else name for name, index in re.findall(r"\.([A-Za-z_][\w-]*)|\[(\d+)\]", path))


def line_of(node: yaml.Node | None, at: At) -> int | None:
    """Return the line on which a place stands in a composed document, or that of its nearest parent."""
    if node is None:
        return None
    line = node.start_mark.line + 1
    for step in at:
        child: yaml.Node | None = None
        if isinstance(node, yaml.MappingNode):
            for key, value in node.value:
                if str(key.value) == str(step):
                    line, child = key.start_mark.line + 1, value
        elif isinstance(node, yaml.SequenceNode) and isinstance(step, int) and step < len(node.value):
            child = node.value[step]
            line = child.start_mark.line + 1
        if child is None:
            break
        node = child
    return line


def check_size(node: yaml.Node | None, most: int = _LARGEST) -> None:
    """Refuse what aliases make too large to be read.

    Raises
    ------
    ValueError
        When a node holds itself, or there are too many.

    """
    _measure(node, {}, most)
