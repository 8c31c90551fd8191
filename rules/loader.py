"""Reads a rule book, and reports every fault of every file at once with file, line and path."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec
import yaml

from rules.book import Book
from rules.check import nearest, rule_faults
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
    faults: list[BookFault] = []
    rules: dict[str, tuple[str, Rule]] = {}
    digest = hashlib.sha256()
    files = sorted(folder.glob("*.yaml"))
    if not files:
        raise BookFaults([BookFault(str(folder), None, "$", "no rule files (*.yaml) here")])
    for file in files:
        text = file.read_text(encoding="utf-8")
        digest.update(f"{file.name}\n{text}\n".encode())
        rule = _read(file.name, text, kinds, faults)
        if rule is None:
            continue
        if rule.id in rules:
            faults.append(BookFault(file.name, None, "$.id", f"{rule.id!r} is also the id of {rules[rule.id][0]}"))
        rules[rule.id] = (file.name, rule)
    for name, rule in rules.values():
        faults.extend(
            BookFault(name, None, "$.modifies", f"no rule has the id {other!r}{nearest(other, list(rules))}")
            for other in rule.modifies
            if other != "all" and other not in rules
        )
    if faults:
        raise BookFaults(faults)
    ordered = sorted((rule for _, rule in rules.values()), key=lambda rule: (rule.number, rule.id))
    return Book(rules=tuple(ordered), digest=digest.hexdigest()[:12])


def _read(name: str, text: str, kinds: frozenset[str], faults: list[BookFault]) -> Rule | None:
    try:
        node = yaml.compose(text, Loader=yaml.SafeLoader)
        data = yaml.safe_load(text)
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else None
        faults.append(BookFault(name, line, "$", f"not YAML: {error.problem}"))
        return None
    found: list[tuple[str, str]] = []
    rule = _convert(data, found)
    if rule is not None:
        found += rule_faults(rule, kinds)
    faults.extend(BookFault(name, line_of(node, path), path, message) for path, message in found)
    return None if found else rule


def _convert(data: Any, found: list[tuple[str, str]]) -> Rule | None:  # noqa: ANN401 - whatever YAML holds
    """Convert, setting faulty members aside one by one so that every fault is seen, not only the first."""
    for _ in range(50):
        try:
            return msgspec.convert(data, Rule)
        except msgspec.ValidationError as error:
            message, _, at = str(error).partition(" - at `")
            path = at.rstrip("`") or "$"
            unknown = re.search(r"unknown field `(.+)`", message)
            if unknown:
                path = f"{path}.{unknown[1]}"
                message = f"unknown field {unknown[1]!r}{nearest(unknown[1], _field_names())}"
            if "matching regex" in message and "min|h|d" in message:
                message = "not a duration: write a number and s, min, h or d, such as 30min"
            found.append((path, message[:1].lower() + message[1:]))
            if not _drop(data, path):
                return None
    return None


def _drop(data: Any, path: str) -> bool:  # noqa: ANN401 - whatever YAML holds
    """Remove what stands at `path`; tell whether there was something to remove."""
    steps = path_steps(path)
    for step in steps[:-1]:
        try:
            data = data[step]
        except (KeyError, IndexError, TypeError):
            return False
    if not steps or not isinstance(data, dict | list):
        return False
    if isinstance(data, dict) and steps[-1] in data:
        del data[steps[-1]]
        return True
    if isinstance(data, list) and isinstance(steps[-1], int) and steps[-1] < len(data):
        del data[steps[-1]]
        return True
    return False


def path_steps(path: str) -> list[str | int]:
    """Split a JSONPath such as ``$.raises[0].to`` into its steps."""
    return [int(index) if index else name for name, index in re.findall(r"\.([A-Za-z_][\w-]*)|\[(\d+)\]", path)]


def line_of(node: yaml.Node | None, path: str) -> int | None:
    """Return the line on which `path` stands in a composed document, or that of its nearest parent."""
    if node is None:
        return None
    line = node.start_mark.line + 1
    for step in path_steps(path):
        child: yaml.Node | None = None
        if isinstance(node, yaml.MappingNode):
            for key, value in node.value:
                if key.value == step:
                    line, child = key.start_mark.line + 1, value
        elif isinstance(node, yaml.SequenceNode) and isinstance(step, int) and step < len(node.value):
            child = node.value[step]
            line = child.start_mark.line + 1
        if child is None:
            break
        node = child
    return line


def _field_names() -> list[str]:
    from rules import rule as language  # noqa: PLC0415 - its types, not its names

    structs = [getattr(language, name) for name in ("Rule", "Raise", "Condition", "Count", "Tail")]
    return sorted({field for struct in structs for field in struct.__struct_fields__})
