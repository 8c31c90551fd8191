"""Puts the pure parts together from the files an operator names."""

from __future__ import annotations

import gc
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

from threadpoolctl import threadpool_limits

from detectors.areas import AreaTree
from detectors.detector import Scope
from detectors.taxonomy import Taxonomy, load_taxonomy
from rules.book import Book
from rules.duty import Duty
from rules.fusion import Fusion
from rules.loader import BOOK, BookFaults, load_book, tags_of
from rules.roles import People
from streams.alerts import AlertsPartition
from streams.errors import ConfigurationError, Fault
from streams.index import IndexStage
from streams.intake.hazards import load_hazards
from streams.intake.intake import Intake
from streams.intake.places import load_areas
from streams.people import load_people
from streams.pipeline import Pipeline
from streams.published import Library
from streams.settings import Settings
from streams.tallying import Tallying

_T = TypeVar("_T")


@dataclass(frozen=True)
class Parts:
    """A city, its taxonomy, the rule book and who may do what: everything a pipeline and a desk are made of."""

    areas: AreaTree
    taxonomy: Taxonomy
    book: Book
    intake: Intake
    people: People | None = field(default=None, kw_only=True)

    def new_pipeline(self, scope: Scope | None = None) -> Pipeline:
        """Return a pipeline of a scope that has seen nothing yet: of all there is, when none is given."""
        return Pipeline(book=self.book, areas=self.areas, taxonomy=self.taxonomy, scope=scope)

    def new_duty(self) -> Duty:
        """Return a duty that knows of no alert yet."""
        return Duty(self.book, self.areas.city, self.people)

    def new_tallying(self) -> Tallying:
        """Return what counts for the area index, and has counted nothing yet."""
        return Tallying(self.areas, self.taxonomy)

    def new_alerts(self, library: Library | None = None, *, exercise: bool = False) -> AlertsPartition:
        """Return what makes alerts of findings, and knows of none yet; with a library it goes by published books."""
        fusion, index = Fusion(self.areas, exercise=exercise), IndexStage(self.areas, self.taxonomy)
        return AlertsPartition(fusion, self.new_duty(), self.book, library, index)


def read_book(folder: str, taxonomy: Taxonomy, *, examples: bool = True) -> Book:
    """Read the rule book in `folder`, the shipped one when it is empty; `examples` says whether to run its examples.

    Raises
    ------
    ConfigurationError
        With every fault of every file.

    """
    try:
        kinds, tags = frozenset(taxonomy.kinds), tags_of(taxonomy)
        return load_book(Path(folder) if folder else BOOK, kinds=kinds, tags=tags, examples=examples)
    except BookFaults as faults:
        listed = [Fault(f.file, f.path, f.message, f.line) for f in faults.faults]
        raise ConfigurationError(listed) from faults


def assembled(settings: Settings, reporter_key: bytes | Callable[[], bytes] | None = None) -> Parts:
    """Read all that settings name, with their own secret when no key is given; see `assemble`."""
    return assemble(
        areas=settings.areas,
        book=settings.book,
        hazards=settings.hazards,
        people=settings.people,
        reporter_key=settings.secret if reporter_key is None else reporter_key,
    )


def assemble(
    *, areas: str, book: str, hazards: str, reporter_key: bytes | Callable[[], bytes], people: str = ""
) -> Parts:
    """Read area tree, taxonomy, rule book, hazard register and accounts.

    Parameters
    ----------
    areas
        Shipped name or path of an area file.
    book
        Folder of a rule book, empty for the shipped one.
    hazards
        Path of a hazard register, empty for none.
    reporter_key
        Key reporters are hashed with, at least 16 bytes; or what reads it.
    people
        Path of the accounts, empty for none: everybody may do everything.

    Raises
    ------
    ConfigurationError
        With every fault of key, area file, hazard register, accounts and rule book. While the area file is at fault, it
        is not known which areas the register and the accounts may name; these are held against it the next time.

    """
    faults: list[Fault] = []
    taxonomy = load_taxonomy()
    key = _read(reporter_key, faults) if callable(reporter_key) else reporter_key
    tree = _read(lambda: load_areas(areas), faults)
    register = _read(lambda: load_hazards(Path(hazards), tree), faults) if hazards else None
    accounts = _read(lambda: load_people(Path(people), tree), faults) if people else None
    rules = _read(lambda: read_book(book, taxonomy), faults)
    if key is None or tree is None or rules is None or faults:
        raise ConfigurationError(faults)
    intake = Intake(areas=tree, taxonomy=taxonomy, reporter_key=key, hazards=register)
    return Parts(tree, taxonomy, rules, intake, people=accounts)


def _read(read: Callable[[], _T], faults: list[Fault]) -> _T | None:
    """Return what was read; ``None`` when it is at fault, of which note is taken."""
    try:
        return read()
    except ConfigurationError as error:
        faults += error.faults
        return None


def tune_the_process() -> None:
    """Set this process up for long runs over many small objects and small matrices, on one core.

    Python's cyclic garbage collector looks at what was loaded no more, and at the rest rarely: events, items and alerts
    cannot form cycles and are freed by reference counts; scanning them again and again costs a tenth of the CPU.
    Matrices are small: the threads of a linear algebra library would wait for each other, at twice the CPU.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(100_000, 50, 100)
    threadpool_limits(limits=1)
