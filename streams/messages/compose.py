"""From a message to a text that a channel takes: as long as allowed, the least important cut first, and saying so."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import NamedTuple

import msgspec

from detectors.areas import AreaTree
from streams.channels.base import Message
from streams.language import Voice, voice_of
from streams.messages.facts import facts, most_urgent_first, overview
from streams.messages.filling import fill
from streams.messages.fitting import elide, elide_within, longest
from streams.messages.forms import Form, safe_url
from streams.messages.templates import Lang, Line, Templates

_LINKS = ("sign", "false", "open")
_ASIDES = ("missed", "judged", "owner", "grid", "check", "change")
"""What essential lines say besides, the first to go first."""
_TITLE = 100
_LEAST = 12
_REASONABLE = 60
"""Longer names are shortened before anything else is."""
_LONG, _BRIEF, _LEAST_OF_ALL = (40, 30), (12, 15), (6, 6)
"""What is left of place and kind before something else has to go, and in the end."""


class Composed(NamedTuple):
    """A text.

    Parameters
    ----------
    title
        What its first line says, in plain words, for where there is room for a title.
    text
        All of it.
    rest
        What is left to be said below the title: without the first line, where the title says all of it.
    shortened
        Whether something had to be left out.

    """

    title: str
    text: str
    rest: str
    shortened: bool


class DoesNotFit(ValueError):
    """Not even what is essential fits."""


@dataclass(frozen=True)
class Composer:
    """Writes messages for one city.

    Parameters
    ----------
    areas
        Names of places, and the time zone clocks are told in.
    templates
        By language.

    """

    areas: AreaTree
    templates: Mapping[Lang, Templates]

    def compose(self, message: Message, form: Form, limit: int, *, brief: bool = False) -> Composed:
        """Write a message.

        Parameters
        ----------
        message
            What is to be told.
        form
            How the channel writes.
        limit
            How long the text may be, in what the form counts: bytes, or characters of a text message.
        brief
            Only what is essential, whatever the form says.

        Raises
        ------
        DoesNotFit
            When grade, kind, place and time limit alone are longer.

        """
        lang, brief = message.recipient.language, brief or form.brief
        templates = self.templates[lang]
        if brief:
            templates = msgspec.structs.replace(templates, words=templates.words.in_brief())
        page = Page(message, form, limit, voice_of(self.areas, lang), templates, brief)
        if message.what == "digest" or len(message.alerts) != 1:
            return _digest(page)
        return _Single(page).compose()


class Page(NamedTuple):
    """What a message is written on: how, in whose words, and how much of it there is."""

    message: Message
    form: Form
    limit: int
    voice: Voice
    templates: Templates
    brief: bool

    def fits(self, lines: list[str]) -> bool:
        """Tell whether lines are short enough."""
        return self.form.size(self.form.join(lines)) <= self.limit

    def composed(self, title: str, lines: list[str], *, shortened: bool) -> Composed:
        """Return lines as a text under a title."""
        below = lines if self.brief or len(title) > _TITLE else lines[1:]
        return Composed(elide(title, _TITLE), self.form.join(lines), self.form.join(below or lines), shortened)

    def shortened(self) -> str:
        """Return the line that says that something is gone."""
        return self.form.escape(self.templates.words.shortened)

    def links(self, at_most: int) -> list[str]:
        """Return the line with the links, the most important first; nothing where there is none."""
        urls = {name: safe_url(self.message.links.get(name, "")) for name in _LINKS}
        words = self.templates.words
        made = [self.form.link(self.form.escape(getattr(words, name)), url) for name, url in urls.items() if url]
        return [" ".join(made[: min(at_most, 1) if self.brief else at_most])] if made and at_most else []


class _Single:
    """One alert: the lines of the template, less and less of them."""

    def __init__(self, page: Page) -> None:
        self._page = page
        self._lines: dict[str, Line] = dict(page.templates.brief if page.brief else page.templates.lines)
        self._values = facts(page.message, page.message.alerts[0], page.voice, page.templates.words, brief=page.brief)
        self._links = len(_LINKS)
        self._whole = True

    def compose(self) -> Composed:
        title = fill(self._page.templates.lines["head"].text, self._values)
        if self._fits():
            return self._page.composed(title, self._written(), shortened=False)
        self._whole = False
        for _ in self._steps():
            if self._fits():
                return self._page.composed(title, self._written(), shortened=True)
        raise DoesNotFit(f"what is essential does not fit into {self._page.limit}")

    def _fits(self) -> bool:
        return self._page.fits(self._written())

    def _written(self) -> list[str]:
        lines = [fill(line.text, self._values, self._page.form) for line in self._lines.values()]
        told = [] if self._whole else [self._page.shortened()]
        return [*filter(None, lines), *told, *self._page.links(self._links)]

    def _steps(self) -> Iterator[None]:
        """Take away one thing after another; the link last of all."""
        for name in ("owner", "place", "kind"):
            yield from self._trim(name, _REASONABLE, elide_within)
        going = sorted((line.cut, name) for name, line in self._lines.items() if line.cut is not None)
        for _, name in going:
            if trim := self._lines[name].trim:
                yield from self._trim(trim, _LEAST, elide)
            del self._lines[name]
            yield
        self._links = 1
        yield
        place, kind = _BRIEF if self._page.brief else _LONG
        yield from self._trim("place", place, elide_within)
        yield from self._trim("kind", kind, elide)
        for name in _ASIDES:
            if name != "change" or self._values["until"]:  # that it has ended is no aside
                self._values[name] = ""
                yield
        place, kind = _LEAST_OF_ALL
        yield from self._trim("place", place, elide_within)
        yield from self._trim("kind", kind, elide)
        self._links = 0
        yield

    def _trim(self, name: str, least: int, shorten: Callable[[str, int], str]) -> Iterator[None]:
        """Make a value just as short as it has to be, `least` characters at least."""
        value = self._values[name]

        def fits(length: int) -> bool:
            self._values[name] = shorten(value, length)
            return self._fits()

        self._values[name] = shorten(value, longest(least, len(value), fits) or least)
        yield


def _digest(page: Page) -> Composed:
    """Return a list of alerts, as many as there is room for, and how many there are besides."""
    alerts = most_urgent_first(page.message.alerts)
    words, form = page.templates.words, page.form
    template = page.templates.digest_brief if page.brief else page.templates.digest
    overall = overview(page.message, page.voice, words)
    items = [
        fill(
            template.item,
            {**facts(page.message, alert, page.voice, words, brief=page.brief), "number": str(number)},
            form,
        )
        for number, alert in enumerate(alerts, 1)
    ]

    def written(shown: int, links: int) -> list[str]:
        left = len(items) - shown
        more = [fill(words.more, {"left": str(left)}, form)] if left else []
        return [fill(template.head, overall, form), *items[:shown], *more, *page.links(links)]

    title = fill(template.head, overall)
    for links in (len(_LINKS), 1, 0):
        shown = longest(0, len(items), lambda count, links=links: page.fits(written(count, links)))  # type: ignore[misc]
        if shown is not None:
            short = shown < len(items) or not page.fits(written(shown, len(_LINKS)))
            return page.composed(title, written(shown, links), shortened=short)
    raise DoesNotFit(f"the first line of a digest does not fit into {page.limit}")
