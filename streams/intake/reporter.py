"""Who reported it, as a keyed hash: enough to count distinct reporters, useless to find one."""

from __future__ import annotations

import hashlib
import re
import unicodedata
from typing import Literal

Sort = Literal["caller", "worker", "device"]

SHORTEST_KEY = 16
SORTS: tuple[Sort, ...] = ("caller", "worker", "device")
_SEPARATORS = re.compile(r"[\s\-.·()（）—–]+")
_TELEPHONE = re.compile(r"\+?\d{5,20}")
_PLAIN_MOBILE = re.compile(r"1[3-9][0-9]{9}")
_MOBILE = re.compile(r"(?:(?:\+|00)?86|0)?(1[3-9]\d{9})")
_COUNTRY = re.compile(r"(?:\+|00)860?([1-9]\d{8,10})")
_STAND_IN = "id-"
_WRITTEN = re.compile(f"{_STAND_IN}[0-9a-f]{{16}}")
_NOBODY = frozenset(
    {"", "0", "无", "匿名", "未知", "不详", "保密", "没有", "none", "null", "anonymous", "unknown", "n/a", "na"}
)


def canonical(contact: str) -> str:
    """Return one spelling of a contact: a telephone number without separators and country code, else folded text.

    Empty for the words sources write when they do not know who it was.
    """
    text = unicodedata.normalize("NFKC", contact).strip().casefold()
    digits = _SEPARATORS.sub("", text)
    if not digits or text in _NOBODY:
        return ""
    if not _TELEPHONE.fullmatch(digits):
        return text
    mobile, abroad = _MOBILE.fullmatch(digits), _COUNTRY.fullmatch(digits)
    if mobile:
        return mobile[1]
    return f"0{abroad[1]}" if abroad else digits.removeprefix("+")


class ReporterHash:
    """Keyed BLAKE2b (RFC 7693) of contacts, 64 bits as 16 hexadecimal characters.

    A telephone number gives one token whichever source it came through, so that a caller of 12345 and of 110 counts
    once; workers and devices have name spaces of their own.

    Parameters
    ----------
    key
        Secret of at least 16 bytes.

    Raises
    ------
    ValueError
        When the key is shorter.

    """

    def __init__(self, key: bytes) -> None:
        if len(key) < SHORTEST_KEY:
            raise ValueError(f"the reporter key has {len(key)} bytes, at least {SHORTEST_KEY} are needed")
        keyed = hashlib.blake2b(key=hashlib.sha256(key).digest(), digest_size=8, person=b"fenghuo.reporter")
        self._records = keyed.copy()
        self._records.update(b"record:")
        self._keyed = {sort: keyed.copy() for sort in SORTS}
        for sort, one in self._keyed.items():
            one.update(f"{sort}:".encode())

    def token(self, contact: str, sort: Sort) -> str:
        """Return the token of a contact, empty for nobody.

        Parameters
        ----------
        contact
            What the source gives; forgotten at once.
        sort
            Whose name space it is in.

        """
        who = contact if _PLAIN_MOBILE.fullmatch(contact) else canonical(contact)
        if not who:
            return ""
        keyed = self._keyed[sort].copy()
        keyed.update(who.encode())
        return keyed.hexdigest()

    def stand_in(self, id_: str) -> str:
        """Return what stands for the id of a record that would tell somebody's number or name; always the same."""
        keyed = self._records.copy()
        keyed.update(id_.encode())
        return _STAND_IN + keyed.hexdigest()


def is_stand_in(id_: str) -> bool:
    """Tell whether an id may be what `ReporterHash.stand_in` returned."""
    return _WRITTEN.fullmatch(id_) is not None
