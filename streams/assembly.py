"""Puts the pure parts together from the files an operator names."""

from __future__ import annotations

import gc
from dataclasses import dataclass
from pathlib import Path

from detectors.areas import AreaTree
from detectors.taxonomy import Taxonomy, load_taxonomy
from rules.book import Book
from rules.loader import BOOK, BookFaults, load_book
from streams.errors import ConfigurationError, Fault
from streams.intake.hazards import load_hazards
from streams.intake.intake import Intake
from streams.intake.places import load_areas
from streams.pipeline import Pipeline


@dataclass(frozen=True)
class Parts:
    """A city, its taxonomy and the rule book: everything a pipeline is made of."""

    areas: AreaTree
    taxonomy: Taxonomy
    book: Book
    intake: Intake

    def new_pipeline(self) -> Pipeline:
        """Return a pipeline that has seen nothing yet."""
        return Pipeline(book=self.book, areas=self.areas, taxonomy=self.taxonomy)


def read_book(folder: str, taxonomy: Taxonomy) -> Book:
    """Read the rule book in `folder`, the shipped one when it is empty.

    Raises
    ------
    ConfigurationError
        With every fault of every file.

    """
    try:
        return load_book(Path(folder) if folder else BOOK, kinds=frozenset(taxonomy.kinds))
    except BookFaults as faults:
        listed = [Fault(f.file, f.path, f.message, f.line) for f in faults.faults]
        raise ConfigurationError(listed) from faults


def assemble(*, areas: str, book: str, hazards: str, reporter_key: bytes) -> Parts:
    """Read area tree, taxonomy, rule book and hazard register.

    Parameters
    ----------
    areas
        Shipped name or path of an area file.
    book
        Folder of a rule book, empty for the shipped one.
    hazards
        Path of a hazard register, empty for none.
    reporter_key
        Key reporters are hashed with, at least 16 bytes.

    Raises
    ------
    ConfigurationError
        With every fault of the first kind of file that has any.

    """
    tree = load_areas(areas)
    taxonomy = load_taxonomy()
    register = load_hazards(Path(hazards), tree) if hazards else None
    intake = Intake(areas=tree, taxonomy=taxonomy, reporter_key=reporter_key, hazards=register)
    return Parts(tree, taxonomy, read_book(book, taxonomy), intake)


def spare_the_collector() -> None:
    """Let Python's cyclic garbage collector look at what was loaded no more, and at the rest rarely.

    Events, items and alerts cannot form cycles and are freed by reference counts; scanning them again and again
    costs a tenth of the CPU of a run.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(100_000, 50, 100)
