"""Who reported it, as a keyed hash: enough to count distinct reporters, useless to find one."""

from __future__ import annotations

import hashlib
import re
import unicodedata

SHORTEST_KEY = 16
_CACHE_SIZE = 50_000
_SEPARATORS = re.compile(r"[\s\-.·()（）—–]+")
_TELEPHONE = re.compile(r"\+?\d{5,20}")
_MOBILE = re.compile(r"(?:(?:\+|00)?86|0)?(1[3-9]\d{9})")
_COUNTRY = re.compile(r"(?:\+|00)860?([1-9]\d{8,10})")
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
        self._keyed = hashlib.blake2b(key=hashlib.sha256(key).digest(), digest_size=8, person=b"fenghuo.reporter")
        self._cache: dict[tuple[str, str], str] = {}

    def token(self, contact: str, sort: str) -> str:
        """Return the token of a contact, empty for nobody.

        Parameters
        ----------
        contact
            What the source gives; forgotten but for a bounded cache in memory.
        sort
            ``caller``, ``worker`` or ``device``.

        """
        if not contact:
            return ""
        found = self._cache.get((contact, sort))
        if found is None:
            if len(self._cache) >= _CACHE_SIZE:
                self._cache.clear()
            found = self._cache[contact, sort] = self._hash(canonical(contact), sort)
        return found

    def _hash(self, who: str, sort: str) -> str:
        """Hash one canonical contact."""
        if not who:
            return ""
        keyed = self._keyed.copy()
        keyed.update(f"{sort}:{who}".encode())
        return keyed.hexdigest()
