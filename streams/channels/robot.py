"""What the group robots of WeCom, DingTalk and Feishu have in common."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Literal, NamedTuple

from rules.alert import Grade
from streams.channels.base import Message, Permanent, Retryable
from streams.channels.settings import ChannelSettings, Secret, url_fault
from streams.messages import Composed, Composer, DoesNotFit, Form

Mention = Literal["blue", "yellow", "orange", "red", "none"]
EVERYBODY = "@all"
_PHONE = re.compile(r"\+?[0-9][0-9-]{5,18}")


class Codes(NamedTuple):
    """What the codes in a robot's answers mean; every other one but 0 is a refusal.

    Parameters
    ----------
    too_often
        Too many messages.
    later
        The other side has trouble of its own.
    too_long
        The message is too long.
    configuration
        The robot is unknown, stopped or guarded by a key, a word or an address that does not fit.
    wait_s
        How long to wait after too many messages, seconds.

    """

    too_often: frozenset[int]
    later: frozenset[int]
    too_long: frozenset[int]
    configuration: frozenset[int]
    wait_s: float


def judge(code: object, said: str, codes: Codes) -> None:
    """Raise what a robot's answer means; return when it took the message.

    Parameters
    ----------
    code
        Its code, ``None`` when there is none.
    said
        What it says besides, without secrets.
    codes
        What codes mean.

    Raises
    ------
    Retryable
        ``RATE_LIMITED``, ``SERVER_ERROR``, or ``GARBAGE`` when there is no code.
    Permanent
        ``TOO_LONG``, ``CONFIGURATION`` or ``REJECTED``.

    """
    if not isinstance(code, int) or isinstance(code, bool):
        raise Retryable("GARBAGE")
    if code == 0:
        return
    if code in codes.too_often:
        raise Retryable("RATE_LIMITED", codes.wait_s)
    if code in codes.later:
        raise Retryable("SERVER_ERROR")
    message = f"{code} {said}".strip()
    if code in codes.too_long:
        raise Permanent("TOO_LONG", message)
    raise Permanent("CONFIGURATION" if code in codes.configuration else "REJECTED", message)


def composed(composer: Composer, message: Message, form: Form, limit: int, *, brief: bool = False) -> Composed:
    """Write a message.

    Raises
    ------
    Permanent
        ``TOO_LONG`` when not even what is essential fits.

    """
    try:
        return composer.compose(message, form, limit, brief=brief)
    except DoesNotFit as error:
        raise Permanent("TOO_LONG", str(error)) from None


def to_mention(message: Message, least: Mention) -> bool:
    """Tell whether a message calls somebody by name: a single alert of that grade or more that somebody has to see."""
    if least == "none" or message.what in {"digest", "resolved"} or len(message.alerts) != 1:
        return False
    alert = message.alerts[0]
    return alert.status == "open" and alert.grade.rank >= Grade(least).rank


def mentions(message: Message, otherwise: Sequence[str]) -> tuple[list[str], list[str]]:
    """Return the users and the phone numbers to be called: the recipient's, or the channel's where it has none."""
    named = [one for one in re.split(r"[,;，；\s]+", message.recipient.address) if one] or list(otherwise)
    phones = [one for one in named if _PHONE.fullmatch(one)]
    return [one for one in named if one not in phones], phones


def robot_faults(settings: ChannelSettings, secrets: Mapping[str, Secret]) -> Iterator[tuple[str, str]]:
    """Yield what is wrong with the URL of a robot."""
    if secrets["url"] and (fault := url_fault(secrets["url"].reveal())):
        given: Any = settings
        yield "url_from" if given.url_from else "url_file", f"what it names {fault}"
