"""`fenghuo links`."""

# ruff: noqa: PLC0415 - imports inside the command, or help would wait for Kafka
from __future__ import annotations

from typing import Annotated

import typer

from streams.errors import ConfigurationError, Fault
from streams.options import Areas, Bootstrap, Prefix, settings_of


def links(
    bootstrap: Bootstrap = None,
    prefix: Prefix = None,
    areas: Areas = None,
    http_port: Annotated[int, typer.Option(help="Port of the page.", envvar="FENGHUO_HTTP_PORT")] = 6068,
) -> None:
    """Answer the links in messages: their readers sign for an alert, or say that it is false. Ctrl-C ends it."""
    import asyncio
    import os
    import time
    from functools import partial

    from streams.admission import admit
    from streams.commanding import send
    from streams.intake.places import load_areas
    from streams.linkpage import LinkPage
    from streams.pages import serve as open_pages
    from streams.tokens import KEY, token_keys

    settings = settings_of(bootstrap, prefix, areas=areas, http_port=http_port)
    keys = token_keys(os.environ)
    if keys is None:
        raise ConfigurationError([Fault(KEY, "", "is not set: it has to be the key of `fenghuo deliver`")])
    zone = load_areas(settings.areas).zone
    admit(settings, "links")

    async def serve() -> None:
        page = LinkPage(keys, partial(send, settings), time.time, zone)
        runner = await open_pages(page.app(), settings)
        typer.echo(f"fenghuo: links are answered on {settings.http_host}:{settings.http_port}", err=True)
        try:
            await asyncio.Event().wait()
        finally:
            await runner.cleanup()

    asyncio.run(serve())
