"""The order in which one person hears of one alert."""

from __future__ import annotations

from streams.channels.base import Message

Line = tuple[str, str, str]


def line_of(message: Message) -> Line:
    """Return channel, recipient and alert of a message; every digest is a line of its own."""
    subject = message.key if message.what == "digest" else message.alerts[0].id
    return message.recipient.channel, message.recipient.id, subject


class Lines:
    """Messages about one alert to one recipient, which go one after the other.

    A version waits for the one before, so that nobody hears of the end before the beginning; only one of a higher grade
    does not wait, and what it overtakes has nothing to add once it was sent.
    """

    def __init__(self) -> None:
        self._lines: dict[Line, dict[str, int]] = {}

    def add(self, line: Line, key: str, rank: int) -> None:
        """Append a message."""
        self._lines.setdefault(line, {})[key] = rank

    def is_held(self, line: Line, key: str) -> bool:
        """Tell whether a message has to wait for one before it."""
        ranks = self._lines[line]
        ahead = self.ahead(line, key)
        return bool(ahead) and ranks[key] <= max(ranks[one] for one in ahead)

    def ahead(self, line: Line, key: str) -> list[str]:
        """Return the messages before a message."""
        found: list[str] = []
        for one in self._lines[line]:
            if one == key:
                break
            found.append(one)
        return found

    def remove(self, line: Line, key: str) -> list[str]:
        """Take a message out; return those that were behind it."""
        keys = list(self._lines[line])
        del self._lines[line][key]
        if not self._lines[line]:
            del self._lines[line]
        return keys[keys.index(key) + 1 :]
