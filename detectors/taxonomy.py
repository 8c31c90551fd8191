"""Ten classes, their kinds, and the words that give a kind away in a Chinese text."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Annotated, Literal

import msgspec
import yaml

OTHER = "other"


@dataclass(frozen=True, slots=True)
class Category:
    """One of the ten classes."""

    id: str
    zh: str
    en: str


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of problem: what events are counted by.

    Parameters
    ----------
    id, category
        Ids of the kind and of its class.
    zh, en
        Names.
    words
        Words that speak for the kind, with their weights.
    not_words
        Phrases that look like the kind and are not.

    """

    id: str
    category: str
    zh: str
    en: str
    words: Mapping[str, float]
    not_words: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Exclusion:
    """Words that take back what a text seems to report.

    Parameters
    ----------
    words
        The words.
    cancels
        ``text``: nothing in the text counts (a drill); ``clause``: nothing in the same clause counts.
    spares
        Classes whose kinds are kept all the same.
    tag
        Mark the event gets instead, empty for none.

    """

    words: tuple[str, ...]
    cancels: Literal["text", "clause"]
    spares: frozenset[str] = frozenset()
    tag: str = ""


@dataclass(frozen=True, slots=True)
class Taxonomy:
    """Kinds by id in the order of the file, classes by id, exclusions and tag words."""

    version: int
    categories: Mapping[str, Category]
    kinds: Mapping[str, Kind]
    exclusions: tuple[Exclusion, ...]
    tags: Mapping[str, tuple[str, ...]]

    def category_of(self, kind: str) -> str:
        """Return the class of `kind`, ``other`` for an unknown one."""
        known = self.kinds.get(kind)
        return known.category if known else OTHER


_Weight = Annotated[float, msgspec.Meta(gt=0)]
_Word = Annotated[str, msgspec.Meta(min_length=1)]


class _CategoryFile(msgspec.Struct, forbid_unknown_fields=True):
    zh: str
    en: str


class _KindFile(msgspec.Struct, forbid_unknown_fields=True):
    category: str = msgspec.field(name="class")
    zh: str
    en: str
    words: dict[_Word, _Weight] = {}
    not_words: tuple[_Word, ...] = msgspec.field(name="not", default=())


class _ExclusionFile(msgspec.Struct, forbid_unknown_fields=True):
    words: tuple[_Word, ...]
    cancels: Literal["text", "clause"]
    spares: frozenset[str] = frozenset()
    tag: str = ""


class _TaxonomyFile(msgspec.Struct, forbid_unknown_fields=True):
    version: int
    classes: dict[str, _CategoryFile]
    kinds: dict[str, _KindFile]
    exclusions: tuple[_ExclusionFile, ...] = ()
    tags: dict[str, tuple[_Word, ...]] = {}


def read_taxonomy(text: str) -> Taxonomy:
    """Read a taxonomy from YAML.

    Parameters
    ----------
    text
        YAML in the form of the shipped ``taxonomy.yaml``.

    Raises
    ------
    ValueError
        When it does not have that form, or a kind names a class that is not there.

    """
    try:
        content = msgspec.convert(yaml.safe_load(text), _TaxonomyFile)
    except (msgspec.ValidationError, yaml.YAMLError) as error:
        raise ValueError(f"not a taxonomy: {error}") from error
    homeless = sorted(id_ for id_, kind in content.kinds.items() if kind.category not in content.classes)
    homeless += sorted(name for one in content.exclusions for name in one.spares if name not in content.classes)
    if homeless:
        raise ValueError(f"not a taxonomy: unknown class in {', '.join(homeless)}")
    if OTHER not in content.kinds:
        raise ValueError(f"not a taxonomy: there is no kind {OTHER!r} for what nobody can tell")
    return Taxonomy(
        version=content.version,
        categories={id_: Category(id_, one.zh, one.en) for id_, one in content.classes.items()},
        kinds={
            id_: Kind(id_, one.category, one.zh, one.en, one.words, one.not_words) for id_, one in content.kinds.items()
        },
        exclusions=tuple(Exclusion(one.words, one.cancels, one.spares, one.tag) for one in content.exclusions),
        tags=content.tags,
    )


@cache
def load_taxonomy() -> Taxonomy:
    """Return the shipped taxonomy."""
    return read_taxonomy(resources.files(__package__).joinpath("taxonomy.yaml").read_text(encoding="utf-8"))
