"""Who looks at the board, and what he may see and do."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from rules.alert import AlertPlace
from rules.command import Action
from rules.roles import MAY, Role
from streams.language import Lang

_DESK: frozenset[Role] = frozenset({"duty", "commander", "admin"})


class Visitor(msgspec.Struct, frozen=True):
    """One who looks at a page.

    Parameters
    ----------
    account
        What commands carry as ``by``; empty where there are no accounts.
    name
        How it is called.
    roles
        Its roles.
    areas
        Ids of the areas whose alerts it sees; all when none is given.
    lang
        Language of the page.
    anybody
        There are no accounts: everybody may do everything.

    """

    account: str = ""
    name: str = ""
    roles: tuple[Role, ...] = ()
    areas: tuple[str, ...] = ()
    lang: Lang = "zh"
    anybody: bool = False

    @property
    def restricted(self) -> bool:
        """Whether it may see what only the duty desk may."""
        return self.anybody or not _DESK.isdisjoint(self.roles)

    def may(self, action: Action) -> bool:
        """Tell whether any of its roles allows an action."""
        return self.anybody or any(action in MAY[role] for role in self.roles)

    def sees(self, place: AlertPlace, districts: Sequence[str] = ()) -> bool:
        """Tell whether a place, or one of the districts an alert touches, lies in its areas."""
        known = {place.key, place.district, place.street, place.community, place.grid, *districts}
        return self.anybody or not self.areas or not known.isdisjoint(self.areas)
