"""Passwords: what is refused, how they are hashed, and the file that keeps the hashes.

Argon2id (RFC 9106, second recommended option: 64 MiB, 3 passes). The file is apart from the accounts, so that who may
do what can be read and discussed by people who may not read this one.
"""

from __future__ import annotations

import re
import secrets
import stat
import unicodedata
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from argon2 import PasswordHasher, Type, extract_parameters
from argon2.exceptions import InvalidHashError, VerificationError

from rules.reading import At, Reading, path_of
from rules.rulefile import line_of
from streams.errors import ConfigurationError, Fault
from streams.messages.templates import open_document
from streams.settings import reason

SHORTEST, LONGEST = 10, 256
_FEWEST_DIFFERENT = 5
_LEAST_MEMORY_KIB, _MOST_MEMORY_KIB = 19 * 1_024, 1_024 * 1_024
_MOST_PASSES = 20
_WHOLE = re.compile(r"\$argon2id\$v=19\$m=\d{1,9},t=\d{1,4},p=\d{1,2}\$[A-Za-z0-9+/]{11,86}\$[A-Za-z0-9+/]{22,86}")
_HASHER = PasswordHasher(time_cost=3, memory_cost=65_536, parallelism=4, hash_len=32, salt_len=16, type=Type.ID)


def refusal(password: str) -> str:
    """Return why a password is not taken, empty when it is."""
    if len(password) < SHORTEST:
        return f"is shorter than {SHORTEST} characters"
    if len(password) > LONGEST:
        return f"is longer than {LONGEST} characters"
    if len(set(password)) < _FEWEST_DIFFERENT:
        return f"has fewer than {_FEWEST_DIFFERENT} different characters"
    if any(unicodedata.category(one) == "Cc" for one in password):
        return "has characters that cannot be typed"
    return ""


def hashed(password: str) -> str:
    """Return the hash of a password as the file keeps it."""
    return _HASHER.hash(_normal(password))


def matches(password: str, kept: str) -> bool:
    """Tell whether a password is the one a hash was made of; takes as long for a wrong one as for the right one."""
    try:
        return _HASHER.verify(kept, _normal(password))
    except (VerificationError, InvalidHashError, UnicodeEncodeError):
        return False


def outdated(kept: str) -> bool:
    """Tell whether a hash was made with other parameters than today's."""
    return _HASHER.check_needs_rehash(kept)


class Passwords:
    """Hashes by account.

    Parameters
    ----------
    hashes
        As `hashed` returns them.

    """

    def __init__(self, hashes: dict[str, str]) -> None:
        self.hashes = hashes
        # Somebody who has no account costs as much as a wrong password: his is held against a hash nobody knows a
        # password of, which takes as long as most of them.
        usual = Counter(kept.rpartition("$")[0].rpartition("$")[0] for kept in hashes.values()).most_common(1)
        like = next((kept for kept in hashes.values() if kept.startswith(f"{usual[0][0]}$")), "")
        hasher = PasswordHasher.from_parameters(extract_parameters(like)) if like else _HASHER
        self._nobody = hasher.hash(secrets.token_bytes(32))

    def right(self, account: str, password: str) -> bool:
        """Tell whether this is the password of the account; blocks for about a tenth of a second."""
        kept = self.hashes.get(account)
        return matches(password, kept or self._nobody) and kept is not None


def load_passwords(path: Path) -> Passwords:
    """Read the file of the hashes.

    Parameters
    ----------
    path
        YAML: every account with its hash, as `fenghuo people hash` prints it. It is refused when others may read it.

    Raises
    ------
    ConfigurationError
        With every fault, its path in the file and its line; none of them repeats a hash.

    """
    exposed = exposure(path)
    if exposed:
        raise ConfigurationError([Fault(str(path), "", exposed)])
    document = open_document(path)
    faults = [Fault(str(path), path_of(at), said, line) for line, at, said in document.doubles]
    faults += [Fault(str(path), path_of(at), said, line_of(document.node, at)) for at, said in _faults(document.data)]
    if faults:
        raise ConfigurationError(faults)
    return Passwords({str(account): str(kept) for account, kept in document.data.items()})


def exposure(path: Path) -> str:
    """Return why a file of secrets lies too open, empty when it does not."""
    try:
        mode = path.stat().st_mode
    except OSError as error:
        return f"cannot be read: {reason(error)}"
    if mode & (stat.S_IROTH | stat.S_IWOTH | stat.S_IWGRP):
        who = "everybody on this machine may read it" if mode & stat.S_IROTH else "others may write to it"
        return f"{who}: `chmod 600` it, or 640 with a group of the board's own"
    return ""


def _faults(data: object) -> Iterator[tuple[At, str]]:
    if not isinstance(data, dict):
        reading = Reading()
        reading.value(dict[str, str], data)
        yield from reading.faults
        return
    for account, kept in data.items():
        at: At = (str(account),)
        if not isinstance(account, str) or not account:
            yield at, "an account is a text: put it in quotes"
        elif not isinstance(kept, str) or not kept.startswith("$argon2id$"):
            yield at, "is no hash of Argon2id: make one with `fenghuo people hash`"
        else:
            yield from ((at, said) for said in _weak(kept))


def _weak(kept: str) -> Iterator[str]:
    """Yield what is wrong with a hash: not whole, made with too little, or so much that signing in stops the board."""
    if not _WHOLE.fullmatch(kept):
        yield "is no whole hash: copy the line of `fenghuo people hash` once more"
        return
    found = extract_parameters(kept)
    if found.memory_cost < _LEAST_MEMORY_KIB:
        yield f"was made with {found.memory_cost} KiB of memory, fewer than {_LEAST_MEMORY_KIB}: make a new one"
    if found.memory_cost > _MOST_MEMORY_KIB or found.time_cost > _MOST_PASSES:
        yield "takes more memory or time than the board may spend: make a new one"


def _normal(password: str) -> bytes:
    """Return the bytes of a password: one way of typing a character is as good as another (NFKC)."""
    return unicodedata.normalize("NFKC", password).encode()
