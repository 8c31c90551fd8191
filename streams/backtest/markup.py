"""Pieces of HTML: escaped text, text in both languages, tables. The page shows one language at a time."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from html import escape
from typing import NamedTuple

from rules.alert import Text


class Head(NamedTuple):
    """The head of a column, and whether it holds numbers."""

    text: Text
    number: bool = True


def both(text: Text, tag: str = "span", also: str = "") -> str:
    """Return a text in both languages, once where they agree; `also` are further attributes."""
    if text.zh == text.en:
        return f"<{tag}{also}>{escape(text.zh)}</{tag}>"
    return "".join(
        f'<{tag} lang="{lang}"{also}>{escape(said)}</{tag}>' for lang, said in (("zh", text.zh), ("en", text.en))
    )


def table(heads: Sequence[Head], rows: Iterable[Sequence[str]], *, last_is_sum: bool = False) -> str:
    """Return a table; the cells are HTML already."""
    kinds = [' class="n"' if head.number else "" for head in heads]
    top = "".join(f"<th{kind}>{both(head.text)}</th>" for head, kind in zip(heads, kinds, strict=True))
    lines = [
        "<tr>" + "".join(f"<td{kind}>{cell}</td>" for cell, kind in zip(row, kinds, strict=True)) + "</tr>"
        for row in rows
    ]
    if last_is_sum and lines:
        lines[-1] = lines[-1].replace("<tr>", '<tr class="sum">', 1)
    return f'<div class="scroll"><table><thead><tr>{top}</tr></thead><tbody>{"".join(lines)}</tbody></table></div>'


def section(title: Text, *content: str) -> str:
    """Return a section of the page."""
    return f"<section><h2>{both(title)}</h2>{''.join(content)}</section>"


def badge(grade: str | None, word: Text | None) -> str:
    """Return a grade as a coloured mark, a dash where there is none."""
    return f'<b class="grade {grade}">{both(word)}</b>' if grade and word else "–"
