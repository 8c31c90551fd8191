"""Who may do what about which alerts: accounts with roles and areas, and a table of what each role may do."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal, get_args

import msgspec

from rules.alert import Alert
from rules.command import ACTIONS, Command
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
    roles = [role for role in account.roles if command.role in {"", role}]
    if not any(command.action in MAY[role] for role in roles):
        return "ROLE"
    if alert is None or not account.areas or city in account.areas:
        return None
    place = alert.place
    known = {place.key, place.district, place.street, place.community, place.grid, *alert.districts} - {""}
    return None if known.intersection(account.areas) else "AREA"
