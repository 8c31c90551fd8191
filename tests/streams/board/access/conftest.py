"""A board of a test's own."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.streams.board.access.behind import Place, opened


@pytest.fixture
def place(tmp_path: Path) -> Place:
    """Where the files of a board lie; nothing is served yet."""
    return Place(tmp_path)


@pytest.fixture
def board(place: Place) -> Iterator[Place]:
    """A board with accounts and passwords, being served."""
    with opened(place, place.write()):
        yield place
