"""A small disk of its own for a folder, which can be full and have room again: a file system in memory."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path
from types import TracebackType
from typing import Self

_ROOM_MB = 4_096  # taken from memory only as it is written to


class SmallDisk:
    """A file system over a folder; needs root.

    Parameters
    ----------
    folder
        Made when it does not exist. What is written to it is gone at the end.

    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def __enter__(self) -> Self:
        self._folder.mkdir(parents=True, exist_ok=True)
        _run("mount", "-t", "tmpfs", "-o", f"size={_ROOM_MB}m", "fenghuo-faults", str(self._folder))
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        _run("umount", "--lazy", str(self._folder))

    def fill(self, left_kb: int) -> None:
        """Leave so much room and no more: who writes beyond it is told that the disk is full (ENOSPC)."""
        told = os.statvfs(self._folder)
        used_kb = (told.f_blocks - told.f_bfree) * told.f_frsize // 1024
        self._resize(f"{used_kb + left_kb}k")

    def free(self) -> None:
        """Make room again."""
        self._resize(f"{_ROOM_MB}m")

    def _resize(self, size: str) -> None:
        _run("mount", "-o", f"remount,size={size}", str(self._folder))


def _run(*words: str) -> None:
    subprocess.run(words, check=True, capture_output=True)
