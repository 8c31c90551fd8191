"""Who may do what about which alerts: accounts with roles and areas, and a table of what each role may do."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Literal, get_args

import msgspec

from rules.alert import Alert, AlertPlace
from rules.command import ACTIONS, Action, Command
from rules.life import Reason

Role = Literal["viewer", "duty", "commander", "analyst", "admin"]
ROLES: tuple[Role, ...] = get_args(Role)
_DESK = frozenset({"confirm", "sign", "assign", "arrive", "resolve", "close", "reopen", "true", "false", "note"})
MAY: Mapping[Role, frozenset[str]] = {
    "viewer": frozenset(),
    "duty": _DESK | {"upgrade"},
    "commander": _DESK | {"upgrade", "downgrade", "merge", "split", "silence", "unsilence"},
    "analyst": frozenset({"true", "false", "note", "merge", "split"}),
    "admin": frozenset(ACTIONS),
}
"""值班员 take alerts over and see them through; 值班长 and commanders also lower, merge and silence; 研判员 judge."""

SEE_RESTRICTED: frozenset[Role] = frozenset({"duty", "commander", "admin"})
"""Who may see what is only for the duty desk; an analyst judges rules, and a viewer watches."""
SEE_ORIGINALS: frozenset[Role] = frozenset({"commander", "admin"})
"""Who may be shown what a source sent before it was masked, with a reason that goes on record first: those who run an
incident and may have to call somebody back. Judging alerts takes no names."""


class Account(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """One account.

    Parameters
    ----------
    roles
        Its roles: viewer, duty, commander, analyst, admin.
    areas
        Ids of the areas, at any level, whose alerts it may do something about; all when none is given.
    name
        How it is called.

    """

    roles: tuple[Role, ...]
    areas: tuple[str, ...] = ()
    name: str = ""


class People(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Everybody who may do something, by account."""

    people: dict[str, Account]


def authorise(command: Command, people: People | None, alert: Alert | None, city: str = "") -> Reason | None:
    """Return why somebody may not do what he asks, ``None`` when he may.

    Parameters
    ----------
    command
        What he asks.
    people
        The accounts; ``None``: everybody may do everything.
    alert
        The alert it is about, ``None`` when there is none.
    city
        Id of the city, which contains every area.

    """
    if people is None:
        return None
    account = people.people.get(command.by)
    if account is None:
        return "NOBODY"
    if not permits((role for role in account.roles if command.role in {"", role}), command.action):
        return "ROLE"
    if alert is None or reaches(scope(account, city), alert.place, alert.districts):
        return None
    return "AREA"


def permits(roles: Iterable[Role], action: Action) -> bool:
    """Tell whether somebody in any of these roles may do something."""
    return any(action in MAY[role] for role in roles)


def scope(account: Account, city: str) -> tuple[str, ...]:
    """Return the areas an account is for; none when it is for all of them, because it names none or the city itself."""
    return () if city in account.areas else account.areas


def reaches(areas: Iterable[str], place: AlertPlace, districts: Iterable[str]) -> bool:
    """Tell whether an alert there, which concerns these districts, is one for somebody of these areas.

    Parameters
    ----------
    areas
        As `scope` returns them: none for all.
    place, districts
        Of the alert.

    """
    wanted = set(areas)
    known = {place.key, place.district, place.street, place.community, place.grid, *districts} - {""}
    return not wanted or not wanted.isdisjoint(known)
