"""The command line: `fenghuo oncall`."""

# ruff: noqa: PLC0415 - as in `streams.cli`
from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from rules.alert import Grade
from streams.options import Areas, Language, settings_of

if TYPE_CHECKING:
    from streams.oncall.loading import OnCall
    from streams.settings import Settings

_FURTHEST_S = 36_525 * 86_400.0

File = Annotated[Path, typer.Argument(metavar="FILE", help="File of people, rosters and routes.")]
At = Annotated[str | None, typer.Option(help="When; local time of the city, now when not given.", metavar="INSTANT")]
Area = Annotated[str, typer.Option(help="Id or name of an area; the whole city when not given.")]

oncall_app = typer.Typer(help="Who is told of alerts: rosters, routes, silences.", no_args_is_help=True)


@oncall_app.command("check")
def check_file(file: File, at: At = None, areas: Areas = None) -> None:
    """Say every fault of a file, also every gap and overlap of its rosters with from and until."""
    settings = settings_of(None, None, areas=areas)
    from streams.bars import console
    from streams.oncall.showing import show_summary

    since = _instant(at, settings)
    show_summary(console(), _load(file, since, settings), since)


@oncall_app.command("test")
def try_routes(
    file: File,
    alert: Annotated[Path | None, typer.Option(help="File with one alert, as `alerts tail --json` prints it.")] = None,
    grade: Annotated[Grade, typer.Option(help="Of the alert.")] = Grade.ORANGE,
    kind: Annotated[str, typer.Option(help="Kind of the taxonomy, by id or name.")] = "gas_leak",
    area: Area = "",
    owner: Annotated[str, typer.Option(help="The office that leads, as its rule names it.")] = "",
    rule: Annotated[str, typer.Option(help="Id of the rule.")] = "trial",
    missed: Annotated[int, typer.Option(help="So many clocks ran out with nobody signing.", min=0)] = 0,
    restricted: Annotated[bool, typer.Option("--restricted", help="Only for the duty desk.")] = False,  # noqa: FBT002
    exercise: Annotated[bool, typer.Option("--exercise", help="An exercise (演练).")] = False,  # noqa: FBT002
    expect: Annotated[
        str, typer.Option(help="Who has to be told, with commas between: leaves with 1 when it is anybody else.")
    ] = "",
    at: At = None,
    areas: Areas = None,
    lang: Language = "zh",
) -> None:
    """Print who would be told of an alert, over which channel, and because of which route and roster."""
    settings = settings_of(None, None, areas=areas)
    from detectors.taxonomy import load_taxonomy
    from rules.alert import Text
    from streams.bars import console
    from streams.oncall.showing import find_area, find_kind, read_alert, show_trial
    from streams.oncall.trial import trial_alert

    now, taxonomy = _instant(at, settings), load_taxonomy()
    oncall = _load(file, now, settings)
    if alert is not None:
        tried = read_alert(alert)
    else:
        tried = trial_alert(
            oncall.areas,
            taxonomy,
            area=find_area(oncall.areas, area),
            kind=find_kind(taxonomy, kind),
            grade=grade,
            at=now,
            owner=Text(owner, owner),
            rule=rule,
            missed=missed,
            restricted=restricted,
            exercise=exercise,
        )
    found = show_trial(console(), oncall, tried, now, lang)
    wanted = {one.strip() for one in expect.split(",") if one.strip()}
    if wanted and wanted != found:
        missing, beyond = sorted(wanted - found), sorted(found - wanted)
        typer.echo(f"fenghuo: expected but not told: {missing}; told but not expected: {beyond}", err=True)
        raise typer.Exit(1)


@oncall_app.command("who")
def show_duty(
    file: File,
    role: Annotated[str, typer.Option(help="Role of a roster.")] = "duty",
    area: Area = "",
    at: At = None,
    areas: Areas = None,
    lang: Language = "zh",
) -> None:
    """Print who is on duty in a role for an area, and because of which roster and shift."""
    settings = settings_of(None, None, areas=areas)
    from streams.oncall.showing import find_area

    now = _instant(at, settings)
    oncall = _load(file, now, settings)
    node = find_area(oncall.areas, area)
    found = oncall.rota.who(role, node.id if node is not None else oncall.areas.city, now)
    for one in found:
        typer.echo(f"{one.person}  {one.why.en if lang == 'en' else one.why.zh}")
    if not found:
        typer.echo("nobody" if lang == "en" else "无人", err=True)
        raise typer.Exit(1)


def _load(file: Path, at: float, settings: Settings) -> OnCall:
    from detectors.taxonomy import load_taxonomy
    from streams.intake.places import load_areas
    from streams.oncall.loading import load_oncall

    return load_oncall(file, areas=load_areas(settings.areas), taxonomy=load_taxonomy(), at=at)


def _instant(at: str | None, settings: Settings) -> float:
    """Return an instant given on the command line, else now.

    Raises
    ------
    ConfigurationError
        When it is none.

    """
    import time

    if at is None:
        return time.time()
    from streams.errors import ConfigurationError, Fault
    from streams.intake.places import load_areas
    from streams.oncall.walltime import parse_instant

    try:
        asked = parse_instant(at, load_areas(settings.areas).zone)
    except ValueError as error:
        raise ConfigurationError([Fault("--at", "", str(error))]) from error
    if asked > time.time() + _FURTHEST_S:
        raise ConfigurationError([Fault("--at", "", f"{at!r} is more than a hundred years ahead")])
    return asked
