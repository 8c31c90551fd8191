"""A NiceGUI page behind the guard, as a process: ``python -m tests.browser.guarded FOLDER PORT``; no Kafka."""

from __future__ import annotations

import logging
import sys
from pathlib import Path

import uvicorn
from fastapi import FastAPI
from nicegui import app, context, ui

from streams.board.access.following import follow
from streams.board.access.guard import Guard
from streams.board.access.limits import uvicorn_options
from streams.settings import Settings
from tests.builders import an_area_tree

IMAGE = "<img src=x onerror=\"window.taken = 'by an image'\">"
HOSTILE = f"<script>window.taken = 'by text'</script>{IMAGE}"
SHAPES = {"type": "Polygon", "coordinates": [[[116.6, 23.3], [116.8, 23.3], [116.8, 23.5], [116.6, 23.3]]]}


def show(guard: Guard, *, hostile: bool) -> None:
    """Fill a page with what the board is made of: events, charts, a map, a timer, what came from outside."""
    visitor = follow(guard)
    assert visitor is not None
    asked = context.client.request
    ui.add_head_html('<link rel="stylesheet" href="/static/own.css">')
    ui.label(f"你好 {visitor.name} {'/'.join(visitor.roles)}").classes("who")
    ui.label(HOSTILE).classes("text")
    if hostile:
        ui.add_head_html("<script>window.taken = 'by the head'</script>")
        ui.add_body_html(HOSTILE)
        ui.html(IMAGE, sanitize=False)
        ui.add_body_html('<base href="https://evil.example/">')
        ui.add_body_html('<form action="https://evil.example/" method="post"><button id="away">away</button></form>')
    said = ui.label().classes("said")

    def sign() -> None:
        now = guard.visitor(asked)
        said.set_text("signed" if now is not None and now.may("sign") else "refused")

    ui.button("Sign", on_click=sign)
    ui.input("Name").on("keydown.enter", js_handler="() => emit('typed')")
    ui.echart({"xAxis": {"type": "category"}, "yAxis": {}, "series": [{"type": "line", "data": [1, 2, 3]}]})
    ui.leaflet(center=(23.35, 116.7), options={"attributionControl": False}).clear_layers()
    ui.run_javascript("document.body.dataset.evaluated = 'yes'")
    with ui.element("form").props('method="post" action="/sign-out"'):
        ui.element("input").props.update({"type": "hidden", "name": "token", "value": guard.form_token(asked)})
        with ui.element("button").props('type="submit" id="out"'):
            ui.label("Sign out")


def main() -> None:
    """Serve it."""
    folder, port = Path(sys.argv[1]), int(sys.argv[2])
    logging.basicConfig(level="INFO")
    settings = Settings(people=str(folder / "people.yaml"), passwords=str(folder / "passwords.yaml"))
    guard = Guard.open(settings, areas=an_area_tree())
    app.add_static_files("/static", folder)
    ui.page("/")(lambda: show(guard, hostile=False))
    ui.page("/hostile")(lambda: show(guard, hostile=True))
    around = FastAPI()
    ui.run_with(around, dark=True, tailwind=False, show_welcome_message=False)
    uvicorn.run(guard.wrap(around), port=port, log_config=None, **uvicorn_options())


if __name__ == "__main__":
    main()
