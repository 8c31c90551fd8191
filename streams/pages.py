"""Pages of a process: the two that every one answers, ``/metrics`` and ``/health``, and how any are opened."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from aiohttp import web

from streams.errors import ConfigurationError, Fault
from streams.promptness import PromptRunner
from streams.settings import Settings

_UNWELL = 503


async def open_pages(
    settings: Settings, metrics: Callable[[], bytes], health: Callable[[], tuple[bool, Mapping[str, object]]]
) -> web.AppRunner:
    """Open the pages at the address of the settings; whoever asked for them cleans them up.

    Parameters
    ----------
    settings
        Host and port.
    metrics
        Returns all metrics in the text format of Prometheus.
    health
        Returns whether the process is well, and what to say: 503 when it is not.

    Raises
    ------
    ConfigurationError
        When the port is taken.

    """

    async def show_metrics(_: web.Request) -> web.Response:
        return web.Response(body=metrics(), headers={"Content-Type": "text/plain; version=0.0.4"})

    async def show_health(_: web.Request) -> web.Response:
        well, said = health()
        return web.json_response(said, status=200 if well else _UNWELL)

    app = web.Application()
    app.add_routes([web.get("/metrics", show_metrics), web.get("/health", show_health)])
    return await serve(app, settings)


async def serve(app: web.Application, settings: Settings) -> web.AppRunner:
    """Answer at the address of the settings; whoever asked for it cleans it up.

    Nothing is logged of requests: an address may be a key. Who is slow is not waited for.

    Raises
    ------
    ConfigurationError
        When the port is taken.

    """
    runner = PromptRunner(app)
    await runner.setup()
    host, port = settings.http_host, settings.http_port
    try:
        await web.TCPSite(runner, host, port).start()
    except (OSError, OverflowError) as error:
        await runner.cleanup()
        message = f"cannot listen on {host}:{port} ({error}): give every process of this machine a port of its own"
        raise ConfigurationError([Fault("FENGHUO_HTTP_PORT", "", message)]) from error
    return runner
