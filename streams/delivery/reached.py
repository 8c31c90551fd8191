"""How far notices were taken in, and where that means to go on. Pure."""

from __future__ import annotations

from typing import NamedTuple


class Reached(NamedTuple):
    """How far notices were taken in.

    Parameters
    ----------
    offset
        Of the next one.
    topic
        The id Kafka gave the topic; empty where it is not known.

    """

    offset: int
    topic: str = ""

    def encoded(self) -> bytes:
        """Return it as the state keeps it.

        Examples
        --------
        >>> Reached(12, "pFoQ5a").encoded(), Reached(12).encoded()
        (b'12 pFoQ5a', b'12')

        """
        return f"{self.offset} {self.topic}".rstrip().encode()


class Resumption(NamedTuple):
    """Where to go on.

    Parameters
    ----------
    offset
        Of the notice to begin with.
    gone
        Number of notices that were deleted before they were taken in.
    anew
        The topic is not the one of before, or lost its newest records: what is on it is all to be taken in.

    """

    offset: int
    gone: int = 0
    anew: bool = False


def read_reached(data: bytes) -> Reached:
    """Return what `Reached.encoded` was of.

    Raises
    ------
    ValueError
        When it is something else.

    """
    offset, _, topic = data.decode().partition(" ")
    return Reached(int(offset), topic)


def resume(reached: Reached, *, topic: str, begin: int, end: int) -> Resumption:
    """Return where to go on.

    Parameters
    ----------
    reached
        How far notices were taken in.
    topic
        Id of the topic that is there.
    begin, end
        Its first offset, and the one behind its last.

    Examples
    --------
    >>> resume(Reached(7, "a"), topic="a", begin=0, end=9)
    Resumption(offset=7, gone=0, anew=False)
    >>> resume(Reached(7, "a"), topic="a", begin=8, end=9)
    Resumption(offset=8, gone=1, anew=False)
    >>> resume(Reached(7, "a"), topic="b", begin=0, end=9)
    Resumption(offset=0, gone=0, anew=True)

    """
    other = topic and reached.topic and topic != reached.topic
    if other or reached.offset > end:
        return Resumption(begin, anew=True)
    return Resumption(max(reached.offset, begin), gone=max(0, begin - reached.offset))
