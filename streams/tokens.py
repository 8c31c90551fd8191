"""Tokens of sign links: whoever has one may do one thing about one alert, as one recipient, until it expires.

A token is ``payload.key.signature``: the payload is JSON in base64url, `key` names the key, and the signature is
HMAC-SHA256 (RFC 2104) of all before it. Keys are ``FENGHUO_TOKEN_KEY`` and, while one takes the place of the other,
``FENGHUO_TOKEN_KEY_OLD``: tokens are made with the first and read with both. With ``_FILE`` behind, each is the name of
a file that holds the key.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

import msgspec

from rules.alert import Grade
from rules.command import Command
from rules.life import Step
from streams.errors import BadInput, ConfigurationError, Fault
from streams.settings import LEAST_KEY_BYTES, reason

KEY, OLD_KEY = "FENGHUO_TOKEN_KEY", "FENGHUO_TOKEN_KEY_OLD"
LONGEST = 1_024
_PURPOSE = b"fenghuo sign link 1\n"


class Token(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """What a token allows.

    Parameters
    ----------
    alert, version, grade
        Id of the alert, its version and grade as they were sent: it does not hold for a higher grade.
    action
        The one thing it is for.
    recipient
        Who it was sent to: the account the command is given by.
    expires
        Until when it holds, epoch seconds.

    """

    alert: str
    version: int
    grade: Grade
    action: Step
    recipient: str
    expires: int


class TokenKeys(NamedTuple):
    """The key tokens are made with, and the one of before, empty when there is none."""

    key: bytes
    old: bytes = b""


def token_keys(environ: Mapping[str, str]) -> TokenKeys | None:
    """Return the keys; ``None`` when none is set: then there are no sign links.

    Raises
    ------
    ConfigurationError
        With every key that is too short or whose file cannot be read, or an old one without a new one.

    """
    faults: list[Fault] = []
    key, old = (_key(name, environ, faults) for name in (KEY, OLD_KEY))
    if old and not key and not faults:
        faults.append(Fault(OLD_KEY, "", f"is of no use without {KEY}: tokens are made with that one"))
    if faults:
        raise ConfigurationError(faults)
    return TokenKeys(key, old) if key else None


def _key(name: str, environ: Mapping[str, str], faults: list[Fault]) -> bytes:
    """Return a key, empty when there is none; of what is wrong with it note is taken."""
    where, key = name, environ.get(name, "").encode()
    if path := environ.get(f"{name}_FILE"):
        where = path
        try:
            key = Path(path).read_bytes().strip()
        except OSError as error:
            faults.append(Fault(f"{name}_FILE", "", f"{path} cannot be read: {reason(error)}"))
            return b""
        if not key:
            faults.append(Fault(path, "", "is empty"))
    if key and len(key) < LEAST_KEY_BYTES:
        faults.append(Fault(where, "", f"is shorter than {LEAST_KEY_BYTES} bytes"))
    return key


def issue_token(token: Token, keys: TokenKeys) -> str:
    """Return a token as it stands in a link: letters, digits, ``-``, ``_`` and ``.`` only."""
    signed = f"{_packed(msgspec.json.encode(token))}.{_name_of(keys.key)}"
    return f"{signed}.{_packed(_signature(signed, keys.key))}"


def read_token(text: str, keys: TokenKeys, now: float) -> Token:
    """Return what a token allows.

    Parameters
    ----------
    text
        As it stood in the link.
    keys
        The keys.
    now
        Epoch seconds.

    Raises
    ------
    BadInput
        ``MALFORMED``, ``FORGED`` (nobody who has a key made it), or ``EXPIRED``.

    """
    parts = text.split(".")
    if len(text) > LONGEST or len(parts) != 3:  # noqa: PLR2004 - payload, key, signature
        raise BadInput("MALFORMED", "$", "is no sign link")
    signed, given = f"{parts[0]}.{parts[1]}", _unpacked(parts[2])
    # Every key is tried, whichever the token names: how long it takes says nothing.
    right = [hmac.compare_digest(_signature(signed, key), given) for key in keys if key]
    if not any(right):
        raise BadInput("FORGED", "$", "was not made with a key that counts")
    try:
        token = msgspec.json.decode(_unpacked(parts[0]), type=Token)
    except msgspec.DecodeError as error:
        raise BadInput("MALFORMED", "$", "does not say what it is for") from error
    if token.expires <= now:
        raise BadInput(
            "EXPIRED", "$.expires", f"held until {datetime.fromtimestamp(token.expires, UTC):%Y-%m-%d %H:%M} UTC"
        )
    return token


def command_of(token: Token, text: str, at: datetime, why: str = "") -> Command:
    """Return the command a token stands for; used twice it is the same command, and counts once.

    Parameters
    ----------
    token, text
        What it allows, and as it stood in the link.
    at
        When it was used, aware.
    why
        A note.

    """
    id_ = hashlib.sha256(text.encode()).hexdigest()[:32]
    grade = None if token.action in {"upgrade", "downgrade"} else token.grade
    return Command(id=id_, action=token.action, alert=token.alert, by=token.recipient, at=at, why=why, grade=grade)


def _signature(signed: str, key: bytes) -> bytes:
    return hmac.new(key, _PURPOSE + signed.encode(), hashlib.sha256).digest()


def _name_of(key: bytes) -> str:
    """Return the name of a key: enough to tell two apart, nothing of the key itself."""
    return hmac.new(key, b"fenghuo key name", hashlib.sha256).hexdigest()[:8]


def _packed(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def _unpacked(text: str) -> bytes:
    """Return the bytes of base64url without padding, written in its one way.

    Raises
    ------
    BadInput
        When it is none, or written in another way.

    """
    try:
        data = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError) as error:
        raise BadInput("MALFORMED", "$", "is no sign link") from error
    if _packed(data) != text:
        raise BadInput("MALFORMED", "$", "is no sign link")
    return data
