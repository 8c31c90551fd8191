"""`fenghuo deliver`."""

# ruff: noqa: PLC0415 - imports inside the command, or help would wait for Kafka and numpy
from __future__ import annotations

from typing import Annotated

import typer

from streams.interrupt import before_the_start
from streams.options import Areas, Bootstrap, Prefix, settings_of


def deliver(
    channels: Annotated[str | None, typer.Option(help="File of the channels, instead of FENGHUO_CHANNELS.")] = None,
    oncall: Annotated[str | None, typer.Option(help="File of who is told, instead of FENGHUO_ONCALL.")] = None,
    bootstrap: Bootstrap = None,
    prefix: Prefix = None,
    areas: Areas = None,
    group: Annotated[str | None, typer.Option(help="Consumer group, instead of FENGHUO_GROUP.")] = None,
    http_port: Annotated[int, typer.Option(help="Port of /metrics and /health.", envvar="FENGHUO_HTTP_PORT")] = 6067,
) -> None:
    """Tell people of alerts, over the channels and by the rosters of two files. A second process stands by."""
    with before_the_start("delivery") as go_on:
        over = {"channels": channels, "oncall": oncall, "areas": areas, "group": group, "http_port": http_port}
        settings = settings_of(bootstrap, prefix, **over)
        import os

        from streams.delivery.running import run
        from streams.delivery.wiring import compose

        go_on()
        code = run(compose(settings, os.environ))
    raise typer.Exit(code)
