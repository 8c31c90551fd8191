"""A file that is read again when it has changed."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Generic, TypeVar

from streams.errors import ConfigurationError
from streams.logs import log

T = TypeVar("T")

_LOOKED_AT_S = 1.0


class Kept(Generic[T]):
    """The content of a file, as it is now.

    A file that has become faulty, or is gone, counts as it was; the log says so once. A board that lets nobody in
    because of a slip in a file would be worse than one that waits for the correction.

    Parameters
    ----------
    path
        The file.
    load
        Reads it; raises `ConfigurationError`, also at once.
    clock
        Seconds that only grow.

    """

    def __init__(self, path: Path, load: Callable[[Path], T], clock: Callable[[], float]) -> None:
        self._path = path
        self._load = load
        self._clock = clock
        self._mark = self._marked()
        self._content = load(path)
        self._looked = clock()

    def now(self) -> T:
        """Return the content; looks whether the file has changed once a second."""
        at = self._clock()
        if at - self._looked >= _LOOKED_AT_S:
            self._looked = at
            if (mark := self._marked()) != self._mark:
                self._mark = mark
                self._read()
        return self._content

    def _read(self) -> None:
        try:
            self._content = self._load(self._path)
        except ConfigurationError as error:
            for fault in error.faults:
                log.error("%s; it counts as it was", fault)
        else:
            log.info("%s has changed and was read again", self._path)

    def _marked(self) -> tuple[int, int, int, int] | None:
        """Return what changes with the file; its rights count too, for a file that lies too open is refused."""
        try:
            found = self._path.stat()
        except OSError:
            return None
        return found.st_mtime_ns, found.st_size, found.st_ino, found.st_mode
