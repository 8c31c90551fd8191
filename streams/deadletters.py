"""Reads the dead letters, and puts the original bytes back on their topics."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator

from streams import topics
from streams.codec import DeadLetter, decode_dead_letter
from streams.feed import Fed, Parcel, feed_reports
from streams.passing import legible
from streams.settings import Settings
from streams.tail import Tail


def read_dead_letters(
    settings: Settings, reason: str | None = None, progress: Callable[[int, int], None] | None = None
) -> Iterator[DeadLetter]:
    """Yield the dead letters there are now, each once, in the order of when they were received.

    Parameters
    ----------
    settings
        Cluster and prefix.
    reason
        Only those with this reason.
    progress
        Called with the number of records read and of those there are.

    Raises
    ------
    BrokerUnavailable
        When the broker does not answer or there is no such topic.

    """
    found: dict[tuple[object, ...], DeadLetter] = {}
    with Tail(settings, [topics.DEAD], from_beginning=True) as tail:
        for record in tail.to_end(progress):
            letter = legible(record, decode_dead_letter)
            if letter is None:
                continue
            if reason is None or letter.reason == reason.upper():
                found[_identity(letter)] = letter
    yield from sorted(found.values(), key=lambda one: (one.received_at, one.topic, one.partition, one.offset))


def _identity(letter: DeadLetter) -> tuple[object, ...]:
    """Return what only one raw record, or one row of one feed, has: a restarted worker writes a letter again."""
    fed_at = letter.received_at if letter.file else None
    return letter.file, letter.topic, letter.partition, letter.offset, fed_at


def count_dead_letters(letters: Iterable[DeadLetter]) -> Counter[tuple[str, str]]:
    """Return the number of letters by topic and reason."""
    return Counter((letter.topic, letter.reason) for letter in letters)


def goes_back(letter: DeadLetter) -> bool:
    """Tell whether a letter was a record of a raw topic, and holds all of it: only that can be sent again as it was."""
    return not letter.file and not letter.cut_from and letter.topic in topics.raw_topics()


def resend(letters: Iterable[DeadLetter], settings: Settings, told: Callable[[Fed], None] | None = None) -> Fed:
    """Put the original bytes of `letters` back on their topics, and return when the broker has confirmed them.

    Rows of files are left out: they were never records. Mend the file or the mapping, and feed it. So is what was
    declared or published: the next word under the same key is in force, and an old one must not come after it.
    What was wrong with them should have been mended before (a mapping, an area file, a release): unchanged bytes meet
    an unchanged worker as dead letters again, with new offsets.

    Raises
    ------
    BrokerUnavailable
        When the broker does not answer, or any could not be written.

    """
    records = (Parcel(None, letter.topic, letter.original()) for letter in letters if goes_back(letter))
    return feed_reports(records, settings, told=told)
