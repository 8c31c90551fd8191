"""The command line: what people do about alerts (`fenghuo alerts sign`, `assign`, `close` …)."""

# ruff: noqa: FBT002, PLC0415 - as in `streams.cli`
from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from streams.options import Areas, Bootstrap, Language, Prefix, settings_of

if TYPE_CHECKING:
    from rules.command import Action
    from streams.commanding import Done
    from streams.language import Lang
    from streams.settings import Settings

Restricted = Annotated[bool, typer.Option("--restricted", help="Those for the duty desk only as well.")]

Alert = Annotated[str, typer.Argument(metavar="ALERT", help="Id of an alert, or how it alone begins.")]
By = Annotated[str, typer.Option(help="Who does it: an account of the duty desk or of an office.")]
Role = Annotated[str, typer.Option(help="In which of the account's roles; in any of them when not given.")]
Why = Annotated[str, typer.Option(help="A note to go with it, or the reason.")]
Reason = Annotated[str, typer.Option("--why", help="The reason; it is kept with the alert.")]
To = Annotated[str, typer.Option(help="Who has to go: an account, a team, an office.")]
Wanted = Annotated[
    Literal["blue", "yellow", "orange", "red"] | None,
    typer.Option("--grade", help="The grade it is to have; one step when not given."),
]

_PLAIN: dict[Action, str] = {
    "confirm": "Confirm a red or orange alert that waits for it (核实): it goes out.",
    "sign": "Take an alert over (签收): its clock stops, and it goes no further up.",
    "arrive": "Say that somebody is on site (到场): that clock stops.",
    "resolve": "Say that it is dealt with (办结): it closes once its place is quiet, or with `close`.",
    "close": "Close an alert (解除): once it is resolved, or with --why.",
    "true": "Say that an alert is what it says (属实); detectors' rules ask for less from then on.",
    "false": "Call an alert a false alarm (误报): its clocks stop; detectors' rules ask for more from then on.",
}
_EXPLAINED: dict[Action, str] = {
    "reopen": "Open an alert again that was resolved or closed (重开): somebody has to sign it anew.",
    "note": "Put a remark to an alert (备注).",
}
_GRADED: dict[Action, str] = {
    "upgrade": "Raise an alert by hand (升级): it stays at least there until it is lowered by hand or closed.",
    "downgrade": "Lower an alert by hand (降级), until its rules say more of it than now.",
}


def register(app: typer.Typer) -> None:
    """Put the commands on `fenghuo alerts`."""
    for made, named in ((_plain, _PLAIN), (_explained, _EXPLAINED), (_graded, _GRADED)):
        for action, says in named.items():
            app.command(action, help=says)(made(action))
    app.command("assign")(assign_alert)
    app.command("merge")(merge_alerts)
    app.command("split")(split_alert)


def _plain(action: Action) -> Callable[..., None]:
    def run(
        alert: Alert,
        by: By,
        why: Why = "",
        role: Role = "",
        restricted: Restricted = False,
        bootstrap: Bootstrap = None,
        prefix: Prefix = None,
        areas: Areas = None,
        lang: Language = "zh",
    ) -> None:
        settings = settings_of(bootstrap, prefix, areas=areas)
        _give(settings, alert, action, lang, by=by, why=why, role=role, restricted=restricted)

    return run


def _explained(action: Action) -> Callable[..., None]:
    def run(
        alert: Alert,
        by: By,
        why: Reason,
        role: Role = "",
        restricted: Restricted = False,
        bootstrap: Bootstrap = None,
        prefix: Prefix = None,
        areas: Areas = None,
        lang: Language = "zh",
    ) -> None:
        settings = settings_of(bootstrap, prefix, areas=areas)
        _give(settings, alert, action, lang, by=by, why=why, role=role, restricted=restricted)

    return run


def _graded(action: Action) -> Callable[..., None]:
    def run(
        alert: Alert,
        by: By,
        why: Reason,
        grade: Wanted = None,
        role: Role = "",
        restricted: Restricted = False,
        bootstrap: Bootstrap = None,
        prefix: Prefix = None,
        areas: Areas = None,
        lang: Language = "zh",
    ) -> None:
        settings = settings_of(bootstrap, prefix, areas=areas)
        from rules.alert import Grade

        wanted = Grade(grade) if grade is not None else None
        _give(settings, alert, action, lang, by=by, why=why, role=role, restricted=restricted, grade=wanted)

    return run


def assign_alert(
    alert: Alert,
    by: By,
    to: To,
    why: Why = "",
    role: Role = "",
    restricted: Restricted = False,
    bootstrap: Bootstrap = None,
    prefix: Prefix = None,
    areas: Areas = None,
    lang: Language = "zh",
) -> None:
    """Send somebody (派单); again, to send somebody else."""
    settings = settings_of(bootstrap, prefix, areas=areas)
    _give(settings, alert, "assign", lang, by=by, why=why, role=role, restricted=restricted, to=to)


def merge_alerts(
    alert: Alert,
    other: Annotated[str, typer.Argument(metavar="OTHER", help="The alert it is one with.")],
    by: By,
    why: Why = "",
    role: Role = "",
    restricted: Restricted = False,
    bootstrap: Bootstrap = None,
    prefix: Prefix = None,
    areas: Areas = None,
    lang: Language = "zh",
) -> None:
    """Make one alert of two (合并); they stay one. The one that was there first goes on, with who took either over."""
    settings = settings_of(bootstrap, prefix, areas=areas)
    _give(settings, alert, "merge", lang, by=by, why=why, role=role, restricted=restricted, other=other)


def split_alert(
    alert: Alert,
    finding: Annotated[str, typer.Argument(metavar="FINDING", help="Id of one of its findings, or how it begins.")],
    by: By,
    why: Why = "",
    role: Role = "",
    restricted: Restricted = False,
    bootstrap: Bootstrap = None,
    prefix: Prefix = None,
    areas: Areas = None,
    lang: Language = "zh",
) -> None:
    """Make a finding an alert of its own (拆分); it stays apart."""
    settings = settings_of(bootstrap, prefix, areas=areas)
    _give(settings, alert, "split", lang, by=by, why=why, role=role, restricted=restricted, finding=finding)


def _give(settings: Settings, alert: str, action: Action, lang: Lang, **said: Any) -> None:  # noqa: ANN401 - of a command
    from streams.commanding import give

    _show(give(settings, alert, action, lang=lang, **said), settings, lang)


def _show(done: Done, settings: Settings, lang: Lang) -> None:
    """Print what came of a command; what no worker has confirmed is a fault."""
    from streams.bars import console
    from streams.bulletin import bulletin
    from streams.intake.places import load_areas
    from streams.language import voice_of

    voice = voice_of(load_areas(settings.areas), lang)
    console().print(bulletin(done.alert, voice))
    if done.confirmed:
        return
    said = voice.pick(
        "已发出，但无工作进程确认：是否有在运行的？", "sent, but no worker has confirmed it: is one running?"
    )
    typer.echo(f"fenghuo: {said}", err=True)
    raise typer.Exit(1)
