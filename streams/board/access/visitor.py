"""Who looks at the board, and what he may see and do."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from rules.alert import AlertPlace
from rules.command import Action
from rules.roles import SEE_RESTRICTED, Account, Role, permits, reaches, scope
from streams.language import Lang


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
        return self.anybody or not SEE_RESTRICTED.isdisjoint(self.roles)

    def may(self, action: Action) -> bool:
        """Tell whether any of its roles permits an action; whether an alert is its business is `sees`."""
        return self.anybody or permits(self.roles, action)

    def sees(self, place: AlertPlace, districts: Sequence[str] = ()) -> bool:
        """Tell whether a place, or one of the districts an alert concerns, lies in its areas."""
        return self.anybody or reaches(self.areas, place, districts)


def visitor_of(name: str, account: Account, city: str, lang: Lang) -> Visitor:
    """Return the holder of an account as a visitor."""
    return Visitor(name, account.name or name, account.roles, scope(account, city), lang)
