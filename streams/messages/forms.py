"""How each channel writes: what marks bold text and links, what must not stand in a text, how length is counted."""

from __future__ import annotations

import html
import json
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import quote, urlsplit

_WIDE = str.maketrans(
    {mark: chr(ord(mark) + 0xFEE0) for mark in "\\`*_~#[]<>|&@"}  # the full-width twin: reads the same, marks nothing
)
_URL_SAFE = ":/?#@!$&+,;=%~-._"


def clean(text: str) -> str:
    """Return a text in one line, without control, formatting or unpaired surrogate characters."""
    kept = "".join(
        " " if one.isspace() else one
        for one in text
        if one.isspace() or unicodedata.category(one) not in {"Cc", "Cf", "Cs"}
    )
    return " ".join(kept.split())


def _tame(text: str) -> str:
    """Return a text in which nothing is made a link or a mention."""
    return clean(text).replace("://", "：//").replace("@", "＠")


def _widen(text: str) -> str:
    """Return a text in which nothing marks anything in Markdown, whichever dialect."""
    return _tame(text).translate(_WIDE)


def safe_url(url: str) -> str:
    """Return a URL in which nothing can end it in any form; empty when it is none of ``http`` or ``https``."""
    try:
        known = urlsplit(url).scheme in {"http", "https"}
    except ValueError:
        return ""
    return quote(url, safe=_URL_SAFE, errors="replace") if known else ""


def _utf8(text: str) -> int:
    return len(text.encode())


def _json(text: str) -> int:
    """Return how many bytes a text takes up in a request."""
    return len(json.dumps(text, ensure_ascii=False).encode()) - 2


def _utf16(text: str) -> int:
    """Return how many characters a text message has: those outside the basic plane count twice."""
    return len(text.encode("utf-16-le")) // 2


@dataclass(frozen=True)
class Form:
    """A way of writing.

    Parameters
    ----------
    name
        As in a configuration.
    escape, bold, link
        What becomes of a text, of a bold text (already escaped), of a link's label (already escaped) and URL.
    size
        Length as the other side counts it.
    between, before, after
        What stands between lines, and around each of them.
    brief
        Only what is essential, one link.

    """

    name: str
    escape: Callable[[str], str]
    bold: Callable[[str], str]
    link: Callable[[str, str], str]
    size: Callable[[str], int] = _utf8
    between: str = "\n"
    before: str = ""
    after: str = ""
    brief: bool = False

    def join(self, lines: list[str]) -> str:
        """Return lines as one text."""
        return self.between.join(f"{self.before}{line}{self.after}" for line in lines)


def _as_it_is(text: str) -> str:
    return text


def _stars(text: str) -> str:
    return f"**{text}**"


def _named_link(label: str, url: str) -> str:
    return f"[{label}]({url})"


TEXT = Form("text", _tame, _as_it_is, lambda label, url: f"{label} {url}")
BRIEF = Form("brief", _tame, _as_it_is, lambda _label, url: url, brief=True)
SMS = Form("sms", _tame, _as_it_is, lambda _label, url: url, size=_utf16, between=" ", brief=True)
WECOM = Form("wecom", _widen, _stars, _named_link)
DINGTALK = Form("dingtalk", _widen, _stars, _named_link, size=_json, between="\n\n")
FEISHU = Form("feishu", _widen, _stars, _named_link, size=_json)
MARKDOWN = Form("markdown", _widen, _stars, _named_link, between="\n\n")
HTML = Form(
    "html",
    lambda text: html.escape(clean(text)),
    lambda text: f"<b>{text}</b>",
    lambda label, url: f'<a href="{html.escape(url)}">{label}</a>',
    before="<p>",
    after="</p>",
)
FORMS = {form.name: form for form in (TEXT, BRIEF, SMS, WECOM, DINGTALK, FEISHU, MARKDOWN, HTML)}
