"""Tells an open page that its visitor may no longer do what he could, and takes it to where it belongs now."""

from __future__ import annotations

from urllib.parse import quote

from nicegui import context, ui

from streams.board.access.guard import Guard
from streams.board.access.signpage import SIGN_IN_PATH
from streams.board.access.visitor import Visitor

_LOOK_S = 1.0


def follow(guard: Guard) -> Visitor | None:
    """Return the visitor of the page that is being built, and watch from now on whether he stays the same.

    When his session ends the page goes to where he signs in, and comes back from there; when the account's roles, areas
    or name change the page is loaded anew. Until then whatever he does is looked up again (`Guard.visitor`).
    """
    client = context.client
    asked = client.request
    before = guard.visitor(asked)

    def look() -> None:
        now = guard.visitor(asked)
        if now == before:
            return
        watch.deactivate()
        if now is None:
            here = asked.url.path + (f"?{asked.url.query}" if asked.url.query else "")
            ui.navigate.to(f"{SIGN_IN_PATH}?told=ended&next={quote(here, safe='')}")
        else:
            ui.navigate.reload()

    watch = ui.timer(_LOOK_S, look)
    return before
