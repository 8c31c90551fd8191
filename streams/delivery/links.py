"""Links in messages: each one lets its reader do one thing about one alert, until it expires."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from rules.life import Step
from streams.channels.base import Message
from streams.delivery.handing import Links
from streams.errors import ConfigurationError, Fault
from streams.tokens import KEY, Token, TokenKeys, issue_token, token_keys

HOLDS_S = 86_400.0
"""For how long a link holds, seconds."""
_STEPS: dict[str, Step] = {"sign": "sign", "false": "false"}
_TOLD = frozenset({"alert", "reminder", "escalation"})


def sign_links(base: str, keys: TokenKeys, clock: Callable[[], float]) -> Links:
    """Return what makes the links of a message: made when it is sent, for they expire.

    Parameters
    ----------
    base
        Address of the page that takes them; the token is put behind it, after a slash.
    keys
        What tokens are made with.
    clock
        The time, epoch seconds.

    """

    def links(message: Message) -> dict[str, str]:
        alert = message.alerts[0]
        if message.what not in _TOLD or len(message.alerts) > 1 or alert.status != "open":
            return {}
        expires = int(clock() + HOLDS_S)
        return {
            name: f"{base.rstrip('/')}/" + issue_token(_token(message, step, expires), keys)
            for name, step in _STEPS.items()
        }

    return links


def _token(message: Message, step: Step, expires: int) -> Token:
    alert = message.alerts[0]
    return Token(
        alert=alert.id,
        version=alert.revision.version,
        grade=alert.grade,
        action=step,
        recipient=message.recipient.id,
        expires=expires,
    )


def links_from(base: str, environ: Mapping[str, str], clock: Callable[[], float]) -> Links | None:
    """Return what makes links, ``None`` when no address is given.

    Raises
    ------
    ConfigurationError
        When there is an address and no key to make tokens with, or a key that cannot be used.

    """
    keys = token_keys(environ)
    if not base:
        return None
    if keys is None:
        raise ConfigurationError([Fault(KEY, "", "is not set: links cannot be made without a key")])
    return sign_links(base, keys, clock)
