"""`fenghuo demo`."""

# ruff: noqa: FBT002, PLC0415 - as in `streams.cli`
from __future__ import annotations

from typing import Annotated

import typer

from streams.options import Bootstrap, Language, Scenarios, settings_of, times


def demo(
    bootstrap: Bootstrap = None,
    speed: Annotated[float, typer.Option(help="Event time against real time.", parser=times, metavar="N")] = "600x",  # type: ignore[assignment]
    seconds: Annotated[float | None, typer.Option(help="End by itself after so long.", min=1)] = None,
    seed: Annotated[int, typer.Option(help="Same seed, same day.")] = 1,
    scenario: Scenarios = None,
    history: Annotated[int, typer.Option(help="Plain days before, from which it learns what is normal.", min=0)] = 8,
    workers: Annotated[int, typer.Option(help="Worker processes.", min=1, max=16)] = 1,
    with_board: Annotated[
        bool, typer.Option("--board/--no-board", help="With the duty board, and delivery into an inbox of the demo.")
    ] = True,
    with_prometheus: Annotated[
        bool, typer.Option("--with-prometheus", help="With Prometheus and the rules of deploy/prometheus.")
    ] = False,
    kafka: Annotated[bool, typer.Option("--kafka/--no-kafka", help="Through Kafka, or the pipeline directly.")] = True,
    keep: Annotated[bool, typer.Option("--keep", help="Leave the demo's topics on the cluster.")] = False,
    restricted: Annotated[bool, typer.Option("--restricted", help="Show those for the duty desk only, too.")] = False,
    lang: Language = "zh",
) -> None:
    """Show a simulated day of a city, faster than real time, and the alerts that come of it. Ctrl-C ends it."""
    if with_prometheus and not kafka:
        raise typer.BadParameter("--with-prometheus goes with Kafka: without it there is nothing to scrape")
    settings = settings_of(bootstrap, None)
    from rich.console import Console

    from streams.demo import demo as show
    from streams.demo_day import SHIPPED, Plan

    plan = Plan(
        speed=speed,
        seconds=seconds,
        seed=seed,
        scenarios=tuple(scenario or SHIPPED),
        history_days=history,
        workers=workers,
        lang=lang,
        keep=keep,
        restricted=restricted,
        board=with_board and kafka,
        prometheus=with_prometheus,
    )
    raise typer.Exit(show(plan, settings, Console(highlight=False), kafka=kafka))
