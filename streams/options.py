"""Options that several commands have."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

if TYPE_CHECKING:
    from streams.settings import Settings

Bootstrap = Annotated[
    str | None,
    typer.Option(help="Address of the Kafka cluster, instead of KAFKA_BOOTSTRAP_SERVERS.", metavar="HOST:PORT"),
]
Prefix = Annotated[str | None, typer.Option(help="Prefix of the topics, instead of FENGHUO_PREFIX.")]
Language = Annotated[
    Literal["zh", "en"], typer.Option("--lang", "--language", help="Language of what is shown.", envvar="FENGHUO_LANG")
]
Reason = Annotated[str | None, typer.Option(help="Only those with this reason, as in SCHEMA or FUTURE.")]
Scenarios = Annotated[list[str] | None, typer.Option(help="Shipped scenario or plan, or a .yaml; may be repeated.")]
Areas = Annotated[str | None, typer.Option(help="Area tree: shipped name or path, instead of FENGHUO_AREAS.")]
Lessons = Annotated[
    Path | None, typer.Option(help="What was taught of kinds, as `fenghuo events lessons --json` writes; with files.")
]


def times(value: str) -> float:
    """Read a multiple of real time: ``600x``, ``600`` or ``1.5x``."""
    try:
        speed = float(value.lower().removesuffix("x").removesuffix("×"))
    except ValueError:
        speed = 0.0
    if not 0 < speed < float("inf"):
        raise typer.BadParameter(f"{value!r} is no multiple of real time such as 600x")
    return speed


Speed = Annotated[
    float | None, typer.Option(help="Event time against real time, as in 600x.", parser=times, metavar="N")
]


def settings_of(bootstrap: str | None, prefix: str | None, **over: Any) -> Settings:  # noqa: ANN401 - as `load_settings`
    """Read the settings; what was said on the command line goes before the environment."""
    from streams.settings import load_settings  # noqa: PLC0415 - help does without

    return load_settings(bootstrap=bootstrap, prefix=prefix, **over)


def settings_to_start(bootstrap: str | None, prefix: str | None, **over: Any) -> Settings:  # noqa: ANN401 - as above
    """Read the settings of a worker; faults of the files they name are told together with theirs."""
    from streams.settings import read_settings  # noqa: PLC0415 - help does without

    settings, wrong = read_settings(bootstrap=bootstrap, prefix=prefix, **over)
    if wrong:
        from streams.preflight import all_faults  # noqa: PLC0415 - only now are the files read twice

        raise all_faults(settings, wrong)
    return settings
