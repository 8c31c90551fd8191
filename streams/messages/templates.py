"""Templates of messages: what stands in a line, which line goes first when there is no room; shipped, and overridden.

A template is text with ``{field}``, ``*bold*`` and ``[left out when a field in it is empty]``; a backslash takes the
next character as it is. A line with an empty field outside such brackets is left out.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from importlib import resources
from pathlib import Path
from typing import Any, Literal, NamedTuple

import msgspec

from rules.reading import At, Reading, path_of
from rules.rulefile import Document, NotYaml, line_of, read_document
from streams.errors import ConfigurationError, Fault
from streams.settings import reason

Lang = Literal["zh", "en"]

FIELDS = frozenset(
    {"exercise", "again", "check", "grade", "change", "kind", "place", "grid", "districts", "when", "sources", "count"}
    | {"norm", "why", "grading", "advice", "plan", "owner", "others", "missed", "until", "handled", "ended", "judged"}
    | {"ref"}
)
MARKS = frozenset({"exercise", "again", "check"})
"""Fields that are empty more often than not: they leave nothing out."""
_ALWAYS = MARKS | {"grade", "change", "kind", "place", "number", "total", "grades"}
_DIGEST = frozenset({"exercise", "again", "total", "grades"})
_ITEM = frozenset({"number", "grade", "change", "kind", "place", "until"})
_NEEDED = {"head": frozenset({"exercise", "again", "grade", "kind", "place"}), "sign": frozenset({"until"})}
_TOKEN = re.compile(
    r"\\(?P<plain>.)|\{(?P<field>[a-z_]+)\}|(?P<mark>[*\[\]])|(?P<text>[^\\{*\[\]]+)|(?P<odd>.)", re.DOTALL
)


class Words(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Marks, names of links, and what is said of what was left out."""

    exercise: str
    again: str
    shortened: str
    exercise_brief: str
    again_brief: str
    shortened_brief: str
    check: str
    reminder: str
    escalation: str
    resolved: str
    sign: str
    false: str
    open: str
    more: str

    def in_brief(self) -> Words:
        """Return the words for where there is little room."""
        return msgspec.structs.replace(
            self, exercise=self.exercise_brief, again=self.again_brief, shortened=self.shortened_brief
        )


class Line(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One line: its text, when it is cut (small numbers first; never without one), which field is shortened before."""

    text: str
    cut: int | None = None
    trim: str = ""


class Digest(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """First line of a digest, and the line of each of its alerts."""

    head: str
    item: str


class Templates(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """All templates of one language; ``brief`` ones are for text messages and mentions."""

    words: Words
    lines: dict[str, Line]
    brief: dict[str, Line]
    digest: Digest
    digest_brief: Digest


class Piece(NamedTuple):
    """Literal text, or the name of a field; pieces of one optional group share its number, 0 is outside of all."""

    value: str
    is_field: bool
    bold: bool
    group: int


def parse(text: str) -> tuple[Piece, ...]:
    """Split a template into its pieces.

    Raises
    ------
    ValueError
        When a mark is not closed, groups are nested, or a brace is no field's.

    """
    pieces: list[Piece] = []
    bold, group, groups = False, 0, 0
    for token in _TOKEN.finditer(text):
        match token.lastgroup:
            case "field":
                pieces.append(Piece(token["field"], True, bold, group))
            case "plain" | "text":
                pieces.append(Piece(token[token.lastgroup], False, bold, group))
            case "odd":
                raise ValueError(f"{token[0]!r} at character {token.start() + 1} belongs to no field")
            case _ if token[0] == "*":
                bold = not bold
            case _ if (token[0] == "[") == bool(group):
                raise ValueError(f"{token[0]!r} at character {token.start() + 1} does not fit: groups are not nested")
            case _:
                groups += token[0] == "["
                group = groups if token[0] == "[" else 0
    if bold or group:
        raise ValueError("a * or a [ is not closed")
    return tuple(pieces)


def load_templates(path: Path | None = None) -> dict[Lang, Templates]:
    """Load the shipped templates, with those of a file in place of the ones it names.

    Parameters
    ----------
    path
        YAML: ``zh`` and ``en``, each with any part of the shipped files; ``None`` for the shipped ones alone.

    Raises
    ------
    ConfigurationError
        With every fault of the file.

    """
    shipped = {lang: _shipped(lang) for lang in ("zh", "en")}
    if path is None:
        return {lang: msgspec.convert(data, Templates) for lang, data in shipped.items()}  # type: ignore[misc]
    document = open_document(path)
    faults = [Fault(str(path), path_of(at), message, line) for line, at, message in document.doubles]
    loaded: dict[Lang, Templates] = {}
    found = document.data if isinstance(document.data, Mapping) else {}
    if found is not document.data or not set(found) <= set(shipped):
        faults.append(Fault(str(path), "$", "expected zh and en, each with templates"))
    for lang, base in shipped.items():
        over = found.get(lang, {})
        reading = Reading()
        merged = _merged(base, over) if isinstance(over, Mapping) else over
        read: Templates = reading.value(Templates, merged, (lang,))
        said = reading.faults or [((lang, *at), message) for at, message in _faults(read)]
        faults += [Fault(str(path), path_of(at), message, line_of(document.node, at)) for at, message in said]
        loaded[lang] = read  # type: ignore[index]
    if faults:
        raise ConfigurationError(faults)
    return loaded


def open_document(path: Path) -> Document:
    """Read a YAML file.

    Raises
    ------
    ConfigurationError
        When it cannot be read, or is no YAML.

    """
    try:
        return read_document(path.read_text(encoding="utf-8"))
    except NotYaml as error:
        raise ConfigurationError([Fault(str(path), "$", str(error), error.line)]) from error
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigurationError([Fault(str(path), "", f"cannot be read: {reason(error)}")]) from error


def _shipped(lang: str) -> Any:  # noqa: ANN401 - YAML
    return read_document((resources.files("streams.messages") / f"{lang}.yaml").read_text(encoding="utf-8")).data


def _merged(base: Mapping[str, Any], over: Mapping[str, Any]) -> dict[str, Any]:
    """Return `base` with what `over` says in its place, level by level; the order stays."""
    merged = dict(base)
    for name, value in over.items():
        both = isinstance(value, Mapping) and isinstance(base.get(name), Mapping)
        merged[name] = _merged(base[name], value) if both else value
    return merged


def _faults(templates: Templates) -> Iterator[tuple[At, str]]:
    """Yield what is wrong with templates that have the right form."""
    for layout in ("lines", "brief"):
        lines: dict[str, Line] = getattr(templates, layout)
        for name, line in lines.items():
            at = (layout, name)
            yield from _text_faults((*at, "text"), line.text, FIELDS, _NEEDED.get(name, frozenset()))
            if line.trim and f"{{{line.trim}}}" not in line.text:
                yield (*at, "trim"), f"{line.trim!r} is no field of this line"
            if line.cut is not None and name in _NEEDED:
                yield (*at, "cut"), "this line always stays"
    for layout in ("digest", "digest_brief"):
        digest: Digest = getattr(templates, layout)
        yield from _text_faults((layout, "head"), digest.head, _DIGEST, _DIGEST)
        yield from _text_faults((layout, "item"), digest.item, _ITEM, _ITEM - {"number", "change", "until"})
    yield from _text_faults(("words", "more"), templates.words.more, frozenset({"left"}), frozenset({"left"}))


def _text_faults(at: At, text: str, known: frozenset[str], needed: frozenset[str]) -> Iterator[tuple[At, str]]:
    """Yield what is wrong with one template; what it needs is always there, so nothing else may take it away."""
    try:
        pieces = [piece for piece in parse(text) if piece.is_field]
    except ValueError as error:
        yield at, str(error)
        return
    fields = {piece.value for piece in pieces}
    for name in sorted({piece.value for piece in pieces if not piece.group} - needed - _ALWAYS) if needed else ():
        yield at, f"put {{{name}}} and what belongs to it in [ ]: where it is empty, the whole line would be left out"
    for name in sorted(fields - known):
        yield at, f"there is no field {{{name}}} here; known: {', '.join(sorted(known))}"
    for name in sorted(needed - fields):
        yield at, f"{{{name}}} is missing: it is never left out"
