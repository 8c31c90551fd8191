"""The topics detector's state as explicit bytes: a head, a matter each, and the vocabulary in parts."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import msgspec

from detectors.dossier import Dossier
from detectors.matter import Matter, MattersHead
from detectors.matters import Matters

HEAD, MATTER, TERMS = "topics/head", "topics/matter/", "topics/terms/"


class Head(msgspec.Struct, frozen=True, array_like=True):
    """What is known beside matters and terms.

    Parameters
    ----------
    matters
        As `detectors.matters.Matters.head` returns it.
    exposure
        As `detectors.burst.Exposure.state` returns it.
    told
        Tellings ever.
    first, latest
        When the first and the last was told, epoch seconds.
    looks, looked_t
        Looks taken at matters, fading, and when the last was.

    """

    matters: MattersHead
    exposure: list[dict[int, int]]
    told: int
    first: float
    latest: float
    looks: float
    looked_t: float


@dataclass(frozen=True, slots=True)
class Loaded:
    """What entries say."""

    head: Head
    matters: dict[int, Matter]
    dossiers: dict[int, Dossier]
    chunks: list[dict[str, float]]


_encode = msgspec.msgpack.Encoder().encode
_heads = msgspec.msgpack.Decoder(Head)
_pages = msgspec.msgpack.Decoder(tuple[Matter, Dossier])
_terms = msgspec.msgpack.Decoder(dict[str, float])


def encode_head(head: Head) -> bytes:
    """Return a head as bytes."""
    return _encode(head)


def dump(
    numbers: Iterable[int], matters: Matters, dossiers: Mapping[int, Dossier], *, touched: bool
) -> dict[str, bytes | None]:
    """Return the matters of `numbers` (``None`` for one given up) and parts of the vocabulary."""
    entries: dict[str, bytes | None] = {}
    for number in sorted(numbers):
        page = _encode((matters.matter(number), dossiers[number])) if number in matters else None
        entries[f"{MATTER}{number:012d}"] = page
    for part, weights in matters.chunks(touched=touched).items():
        entries[f"{TERMS}{part:03d}"] = _encode(weights) if weights else None
    return entries


def load(items: Mapping[str, bytes]) -> Loaded:
    """Read what `dump` wrote."""
    pages = {
        int(key.removeprefix(MATTER)): _pages.decode(items[key]) for key in sorted(items) if key.startswith(MATTER)
    }
    return Loaded(
        head=_heads.decode(items[HEAD]),
        matters={number: matter for number, (matter, _) in pages.items()},
        dossiers={number: dossier for number, (_, dossier) in pages.items()},
        chunks=[_terms.decode(items[key]) for key in sorted(items) if key.startswith(TERMS)],
    )
