"""Which book an explanation is worked out with: that of a folder, or the one workers were last sent."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any

import msgspec

from detectors.taxonomy import load_taxonomy
from rules.alert import Text
from rules.explanation import Explanation, WhyNot
from streams.assembly import Parts
from streams.replay_cli import assemble_for
from streams.settings import Settings


@dataclass(frozen=True)
class BookUsed:
    """A book, and where it is from.

    Parameters
    ----------
    digest
        Its hash, as stamped on alerts.
    folder
        Where its files are; empty for the book that is shipped. Of no meaning when it was published.
    published_at, by
        When it was published and by whom; ``None`` when it is from a folder.

    """

    digest: str
    folder: str = ""
    published_at: datetime | None = None
    by: str = ""

    @property
    def origin(self) -> Text:
        """Where it is from, in words; times are as published, UTC."""
        if self.published_at is not None:
            at, by = f"{self.published_at:%Y-%m-%d %H:%M}Z", self.by or "?"
            return Text(f"{by} 于 {at} 发布", f"published {at} by {by}")
        return Text(f"目录 {self.folder}", f"folder {self.folder}") if self.folder else Text("随程序", "shipped")

    def as_dict(self) -> dict[str, Any]:
        """Return it for programs."""
        if self.published_at is not None:
            return {"digest": self.digest, "from": "published", "published_at": self.published_at, "by": self.by}
        return {"digest": self.digest, "from": "folder" if self.folder else "shipped", "folder": self.folder}


def assemble_with_book(
    areas: str, settings: Settings, *, published: bool, lessons: Path | None = None
) -> tuple[Parts, BookUsed]:
    """Return the pure parts and their book: the one published last, if there is one and it is `published` we ask for.

    Of a folder's book also with what the file of `lessons` teaches of kinds: what is on topics has its kinds.

    Raises
    ------
    ConfigurationError
        With every fault of every file.
    BrokerUnavailable
        When the broker does not answer, or there is no such topic.

    """
    if published:
        from streams.bookshop import last_published  # noqa: PLC0415 - files need no Kafka

        found = last_published(settings, load_taxonomy())
        if found is not None:
            record, book = found
            shipped = msgspec.structs.replace(settings, book="")  # that of the settings is of no use, even if at fault
            used = BookUsed(book.digest, published_at=record.published_at, by=record.by)
            return replace(assemble_for(areas, shipped), book=book), used
    parts = assemble_for(areas, settings, lessons)
    return parts, BookUsed(parts.book.digest, settings.book)


def warnings(said: Explanation | WhyNot, used: BookUsed) -> list[Text]:
    """Return why the answer may not be what happened: the worker went by another book at that time."""
    if isinstance(said, Explanation):
        issued, here = said.alert.rule.book, used.digest
        if issued == here:
            return []
        return [
            Text(
                f"预警由规则库 {issued} 发出，这里按规则库 {here} 解释：不一定是当时触发的原因",
                f"the alert was issued by book {issued}, and is explained by book {here}: it may not be why it fired",
            )
        ]
    if used.published_at is None or used.published_at <= said.at:
        return []
    return [
        Text(
            f"规则库 {used.digest} 在所问时刻之后才发布：当时用的是另一版",
            f"book {used.digest} was published after the time asked about: workers went by another one then",
        )
    ]
