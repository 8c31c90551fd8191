"""Pages and the frame around them: header, navigation, clock, language, and whether Kafka answers."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import NamedTuple

from nicegui import ui

from rules.alert import Text
from streams.board import pages
from streams.board.access.signpage import LANGUAGE_PATH, SIGN_OUT_PATH
from streams.board.access.visitor import Visitor
from streams.board.board import Board
from streams.language import Voice

_EVERY_S = 1.0
_APART_S = 60.0


class Page(NamedTuple):
    """One page.

    Parameters
    ----------
    path
        Where it is; may have parameters: ``/alert/{id}``.
    title
        What it is called.
    icon
        Name of a Material icon, empty for a page that is not in the navigation.
    order
        Its place in the navigation.
    build
        Fills it: called with board, visitor, and the parameters of the path.

    """

    path: str
    title: Text
    icon: str
    order: int
    build: Callable[..., Awaitable[None]]


def all_pages() -> list[Page]:
    """Return the pages, in the order of the navigation."""
    modules = (importlib.import_module(f"{pages.__name__}.{one.name}") for one in pkgutil.iter_modules(pages.__path__))
    return sorted((module.PAGE for module in modules if hasattr(module, "PAGE")), key=lambda page: page.order)


class Around(NamedTuple):
    """What the frame has to know of a request.

    Parameters
    ----------
    here
        Address of the page, to come back to after the language was chosen.
    token
        Of the forms to the guard.

    """

    here: str
    token: str


def frame(board: Board, visitor: Visitor, page: Page, around: Around) -> None:
    """Draw what stands around a page.

    Parameters
    ----------
    board, visitor
        What is known, and who looks.
    page
        Which page it is.
    around
        What is to be known of the request.

    """
    voice = board.voice(visitor.lang)
    ui.page_title(f"{voice.say(page.title)} · {voice.pick('烽火', 'Fenghuo')}")
    with ui.element("header").classes("bar"):
        with ui.link(target="/").classes("brand"):
            ui.label(voice.pick("烽火", "Fenghuo")).classes("name")
            ui.label(voice.named(board.areas.name)).classes("city")
        with ui.element("nav").props(f'aria-label="{voice.pick("页面", "pages")}"'):
            for one in all_pages():
                if one.icon:
                    _entry(voice.say(one.title), one, current=one.path == page.path)
        clock = ui.label().classes("clock")
        other, said = voice.pick(("en", "English"), ("zh", "中文"))
        _form(LANGUAGE_PATH, said, {"to": other, "next": around.here, "token": around.token}, lang=other)
        if not visitor.anybody:
            ui.label(visitor.name).classes("who")
            _form(SIGN_OUT_PATH, voice.pick("退出", "Sign out"), {"token": around.token})
    banner = ui.label().classes("stale").props('role="alert"')

    def tick() -> None:
        clock.set_text(_time(board, voice))
        since = board.stale_since()
        text = "" if since is None else _stale(board, visitor, since)
        if not text and not board.reader.ready.is_set():
            text = voice.pick("正在读取 Kafka 中的记录……", "Reading what is on Kafka …")
        banner.set_text(text)
        banner.set_visibility(bool(text))

    tick()
    ui.timer(_EVERY_S, tick)


def _time(board: Board, voice: Voice) -> str:
    """Return what time it is; in a replay that of the events, and that by which people have to sign."""
    shown = voice.moment(datetime.fromtimestamp(board.now(), UTC))
    if abs(board.now() - board.clock()) < _APART_S:
        return shown
    wall = f"{datetime.fromtimestamp(board.clock(), UTC).astimezone(board.areas.zone):%H:%M}"
    return voice.pick(f"回放 {shown} · 现在 {wall}", f"replay {shown} · now {wall}")


def _form(path: str, said: str, fields: dict[str, str], lang: str = "") -> None:
    """Draw a form that is only a button."""
    with ui.element("form").classes("language") as form:
        form.props.update({"method": "post", "action": path})
        for name, value in fields.items():
            ui.element("input").props.update({"type": "hidden", "name": name, "value": value})
        with ui.element("button") as button:
            button.props.update({"type": "submit", **({"lang": lang} if lang else {})})
            ui.label(said)


def _entry(title: str, page: Page, *, current: bool) -> None:
    with ui.link(target=page.path).classes("entry") as link:
        if current:
            link.props('aria-current="page"')
        ui.icon(page.icon).props('aria-hidden="true"')
        ui.label(title)


def _stale(board: Board, visitor: Visitor, since: float) -> str:
    voice = board.voice(visitor.lang)
    at = datetime.fromtimestamp(since, UTC).astimezone(board.areas.zone)
    return voice.pick(
        f"数据可能已过时：{at:%H:%M:%S} 起 Kafka 无响应，恢复后自动更新",
        f"This may be out of date: Kafka has not answered since {at:%H:%M:%S}; it goes on by itself",
    )
