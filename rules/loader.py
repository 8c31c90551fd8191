"""Reads a rule book, and reports every fault of every file at once with file, line and path."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from rules.book import Book
from rules.check import rule_faults
from rules.reading import At, Reading, nearest, path_of
from rules.rule import Rule

BOOK = Path(__file__).parent / "book"


@dataclass(frozen=True, slots=True)
class BookFault:
    """One thing wrong in a rule file."""

    file: str
    line: int | None
    path: str
    message: str


class BookFaults(ValueError):
    """A book that cannot be used; nothing of it is loaded."""

    def __init__(self, faults: list[BookFault]) -> None:
        self.faults = faults
        super().__init__("\n".join(f"{f.file}:{f.line or 1}: {f.path}: {f.message}" for f in faults))


@dataclass(frozen=True, slots=True)
class _RuleFile:
    """One file as far as it could be read; `rule` is ``None`` when it is no rule at all."""

    name: str
    node: yaml.Node | None
    rule: Rule | None
    knows_id: bool
    faults: list[BookFault]

    def fault(self, at: At, message: str) -> None:
        self.faults.append(BookFault(self.name, line_of(self.node, at), path_of(at), message))


def load_book(folder: Path = BOOK, *, kinds: frozenset[str]) -> Book:
    """Load every ``*.yaml`` of `folder` as one book.

    Parameters
    ----------
    folder
        Where the rule files are; one rule a file.
    kinds
        The taxonomy's kinds: a rule about any other is a fault.

    Returns
    -------
    Book
        The rules in the order of their numbers, with the book's hash.

    Raises
    ------
    BookFaults
        With every fault of every file.

    """
    digest = hashlib.sha256()
    read: list[_RuleFile] = []
    faults: list[BookFault] = _stray(folder)
    for file in sorted(folder.glob("*.yaml")):
        try:
            text = file.read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as error:
            said = "not UTF-8: save it as UTF-8" if isinstance(error, UnicodeDecodeError) else f"{error.strerror}"
            read.append(_RuleFile(file.name, None, None, False, [BookFault(file.name, None, "$", said)]))
            continue
        digest.update(f"{file.name}\n{text}\n".encode())
        read.append(_read(file.name, text, kinds))
    _check_ids(read)
    for one in read:
        faults += sorted(one.faults, key=lambda fault: fault.line or 0)
    if faults:
        raise BookFaults(faults)
    ordered = sorted((one.rule for one in read if one.rule is not None), key=lambda rule: (rule.number, rule.id))
    return Book(rules=tuple(ordered), digest=digest.hexdigest()[:12])


def _stray(folder: Path) -> list[BookFault]:
    """Return what is wrong with the folder itself."""
    if not folder.is_dir():
        said = "is a file: give the folder the rule files are in" if folder.exists() else "no such folder"
        return [BookFault(str(folder), None, "$", said)]
    if not any(folder.glob("*.yaml")):
        return [BookFault(str(folder), None, "$", "no rule files (*.yaml) here")]
    return [BookFault(file.name, None, "$", "rule files end in .yaml: rename it") for file in folder.glob("*.yml")]


def _check_ids(read: list[_RuleFile]) -> None:
    """See that ids are unique and that modifiers name rules there are."""
    owner: dict[str, str] = {}
    for file in read:
        if file.rule is None or not file.knows_id:
            continue
        if file.rule.id in owner:
            file.fault(("id",), f"{file.rule.id!r} is also the id of {owner[file.rule.id]}")
        owner.setdefault(file.rule.id, file.name)
    if not all(file.knows_id for file in read):
        return  # the rule that is meant may be the one whose id cannot be read
    for file in read:
        for index, other in enumerate(file.rule.modifies if file.rule is not None else ()):
            if other and other != "all" and other not in owner:
                file.fault(("modifies", index), f"no rule has the id {other!r}{nearest(other, owner)}")


def _read(name: str, text: str, kinds: frozenset[str]) -> _RuleFile:
    try:
        node = yaml.compose(text, Loader=yaml.SafeLoader)
        data = yaml.safe_load(text)
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        mark = getattr(error, "problem_mark", None)
        said = f"not YAML: {getattr(error, 'problem', None) or getattr(error, 'reason', None) or error}"
        return _RuleFile(name, None, None, False, [BookFault(name, mark.line + 1 if mark else None, "$", said)])
    reading = Reading()
    rule: Rule = reading.value(Rule, data)
    file = _RuleFile(name, node, rule, not reading.rests_on_faults([("id",)]), [])
    file.faults.extend(BookFault(name, line, path_of(at), message) for line, at, message in _twice(node))
    for at, message in reading.faults:
        file.fault(at, message)
    for found in rule_faults(rule, kinds):
        if not reading.rests_on_faults([path_steps(path) for path in found.rests_on]):
            file.fault(path_steps(found.path), found.message)
    return file


def _twice(node: yaml.Node | None, at: At = ()) -> Iterator[tuple[int, At, str]]:
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
            yield from _twice(member, (*at, step))


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
